//! Commands and their words.

use std::str::{FromStr, SplitWhitespace};
use std::time::Duration;

use bytes::Bytes;

use super::fault;
use crate::faults::Fault;
use crate::model::Mode;
use crate::pipes::Ending;

/// Every command, as the answer to `help` gives it.
pub(super) const HELP: [&str; 15] = [
    "plug [after TIME]",
    "unplug [after TIME]",
    "pad short|release",
    "needle [after TIME]",
    "miss [after TIME]",
    "say INTERFACE HEX [open]",
    "mode",
    "wait MODE [within TIME]",
    "flash",
    "transcript",
    "guest",
    "fault at MOMENT EFFECT",
    "fault return RETURN | fault stale HEX [now] | fault stall-control",
    "help",
    "quit",
];

/// How long `wait` waits unless it is told otherwise.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Plug(Duration),
    Unplug(Duration),
    Pad(bool),
    Needle(Duration),
    Miss(Duration),
    Say { interface: u8, bytes: Bytes, ending: Ending },
    Mode,
    Wait { mode: Mode, within: Duration },
    Flash,
    Transcript,
    Guest,
    Fault(Fault),
    Help,
    Quit,
}

pub(super) fn parse(line: &str) -> Result<Command, String> {
    let mut words = Words(line.split_whitespace());
    let command = match words.next("a command")? {
        "plug" => Command::Plug(words.time("after")?.unwrap_or_default()),
        "unplug" => Command::Unplug(words.time("after")?.unwrap_or_default()),
        "pad" => Command::Pad(words.one_of("short or release", &[("short", true), ("release", false)])?),
        "needle" => Command::Needle(words.time("after")?.unwrap_or_default()),
        "miss" => Command::Miss(words.time("after")?.unwrap_or_default()),
        "say" => {
            let (interface, bytes) = (words.number("an interface")?, words.hex("bytes in hex")?);
            let ending = if words.word("open")? { Ending::Nothing } else { Ending::ZeroLengthPacket };
            Command::Say { interface, bytes, ending }
        }
        "mode" => Command::Mode,
        "wait" => {
            let mode = words.parsed("a mode")?;
            Command::Wait { mode, within: words.time("within")?.unwrap_or(PATIENCE) }
        }
        "flash" => Command::Flash,
        "transcript" => Command::Transcript,
        "guest" => Command::Guest,
        "fault" => Command::Fault(fault::parse(&mut words)?),
        "help" => Command::Help,
        "quit" => Command::Quit,
        other => return Err(format!("`{}` is no command; `help` lists them", other.escape_default())),
    };
    words.end()?;
    Ok(command)
}

/// What is left of a line.
pub(super) struct Words<'a>(SplitWhitespace<'a>);

impl<'a> Words<'a> {
    pub(super) fn next(&mut self, expected: &str) -> Result<&'a str, String> {
        self.0.next().ok_or_else(|| format!("the line ends where {expected} is expected"))
    }

    fn end(&mut self) -> Result<(), String> {
        self.0.next().map_or(Ok(()), |word| Err(format!("`{}` is one word too many", word.escape_default())))
    }

    /// Whether the last word is there. Any other one is an error.
    pub(super) fn word(&mut self, expected: &str) -> Result<bool, String> {
        match self.0.next() {
            None => Ok(false),
            Some(word) if word == expected => Ok(true),
            Some(word) => Err(format!("`{}` stands where only `{expected}` may", word.escape_default())),
        }
    }

    /// A time, with or without the word in front of it, if the line has one.
    fn time(&mut self, preposition: &str) -> Result<Option<Duration>, String> {
        match self.0.next() {
            None => Ok(None),
            Some(word) if word == preposition => self.duration().map(Some),
            Some(word) => duration(word).map(Some),
        }
    }

    pub(super) fn duration(&mut self) -> Result<Duration, String> {
        duration(self.next("a time, such as 8s")?)
    }

    pub(super) fn parsed<T: FromStr<Err: std::fmt::Display>>(&mut self, expected: &str) -> Result<T, String> {
        self.next(expected)?.parse().map_err(|error: T::Err| error.to_string())
    }

    pub(super) fn number<T: FromStr>(&mut self, expected: &str) -> Result<T, String> {
        let word = self.next(expected)?;
        word.parse().map_err(|_| format!("`{}` is not {expected}", word.escape_default()))
    }

    pub(super) fn one_of<T: Clone>(&mut self, expected: &str, choices: &[(&str, T)]) -> Result<T, String> {
        let word = self.next(expected)?;
        let found = choices.iter().find(|(name, _)| *name == word);
        found.map(|(_, value)| value.clone()).ok_or_else(|| format!("`{}` is not {expected}", word.escape_default()))
    }

    /// Bytes as pairs of hex digits.
    pub(super) fn hex(&mut self, expected: &str) -> Result<Bytes, String> {
        let word = self.next(expected)?;
        let wrong = || format!("`{}` is not {expected}: an even number of hex digits", word.escape_default());
        let digits: Option<Vec<u8>> =
            word.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
        let digits = digits.filter(|digits| digits.len().is_multiple_of(2)).ok_or_else(wrong)?;
        Ok(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
    }

    /// One byte in hex.
    pub(super) fn byte(&mut self, expected: &str) -> Result<u8, String> {
        match self.hex(expected)?[..] {
            [byte] => Ok(byte),
            _ => Err(format!("{expected} is one byte: two hex digits")),
        }
    }
}

/// A time such as `250ms`, `8s` or `2m`, in the stick's own time.
fn duration(word: &str) -> Result<Duration, String> {
    let wrong = || format!("`{}` is no time; write 250ms, 8s or 2m", word.escape_default());
    let digits = word.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(word.len());
    let number: u32 = word[..digits].parse().map_err(|_| wrong())?;
    match &word[digits..] {
        "ms" => Ok(Duration::from_millis(number.into())),
        "s" => Ok(Duration::from_secs(number.into())),
        "m" => Ok(Duration::from_secs(u64::from(number) * 60)),
        _ => Err(wrong()),
    }
}
