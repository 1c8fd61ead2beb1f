//! The AT preamble: everything before the stick speaks HDLC.

use std::fmt::Write as _;
use std::time::Duration;

use super::{Command, DownloadError};
use crate::protocol::at::{self, Answer, AtError, DownloadInfo, Exchange, FinalResult};
use crate::protocol::{Conversation, Event, Step};

/// For questions that a port may not know, where silence is an answer.
const QUESTION_WITHIN: Duration = Duration::from_secs(3);
/// For commands that must be answered; today's tools wait as long.
const COMMAND_WITHIN: Duration = Duration::from_secs(10);

/// What an exchange came to, where it did not fail.
enum Ending {
    Answered(Answer),
    Silent,
}

/// One AT exchange whose end its owner interprets.
struct Asked {
    during: Command,
    exchange: Exchange,
}

impl Asked {
    fn new(during: Command, text: &str, within: Duration) -> Self {
        Self { during, exchange: Exchange::new(at::Command::known(text.to_owned()), within) }
    }

    fn next<T>(&mut self) -> Step<T> {
        self.exchange.step()
    }

    fn handle(&mut self, event: Event<'_>) -> Result<Option<Ending>, DownloadError> {
        match self.exchange.handle(event) {
            Ok(()) => Ok(self.exchange.answer().map(Ending::Answered)),
            Err(AtError::Silent { .. }) => Ok(Some(Ending::Silent)),
            Err(source) => Err(DownloadError::At { during: self.during, source }),
        }
    }
}

/// All that was answered, on one line.
fn spoken(answer: &Answer) -> String {
    let mut text: String = answer.lines.join(" | ");
    if !text.is_empty() {
        text.push_str(" | ");
    }
    // Writing to a `String` cannot fail.
    let _ = write!(text, "{}", answer.result);
    text
}

/// How a port answers `AT^DLOADVER?`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identified {
    /// 2.0: this is the port of a stick in download mode.
    Answers20,
    /// Nothing: the wrong port, or one that speaks HDLC already. [`HdlcProbe`](super::HdlcProbe) tells.
    SilentMaybeHdlc,
    /// Something else, escaped: not a port for flashing.
    OtherText(String),
}

/// Asks a port whether it is the one for flashing. Harmless on every AT port.
pub struct Identify {
    asked: Asked,
    outcome: Option<Identified>,
}

impl Identify {
    /// The question.
    #[must_use]
    pub fn new() -> Self {
        Self { asked: Asked::new(Command::Identify, "AT^DLOADVER?", QUESTION_WITHIN), outcome: None }
    }
}

impl Default for Identify {
    fn default() -> Self {
        Self::new()
    }
}

impl Conversation for Identify {
    type Output = Identified;
    type Error = DownloadError;

    fn next(&mut self) -> Step<Identified> {
        self.outcome.take().map_or_else(|| self.asked.next(), Step::Finished)
    }

    fn handle(&mut self, event: Event<'_>) -> Result<(), DownloadError> {
        self.outcome = match self.asked.handle(event) {
            Ok(ending) => ending.map(|ending| match ending {
                Ending::Silent => Identified::SilentMaybeHdlc,
                Ending::Answered(answer) => {
                    let version = answer.lines.last().map(String::as_str);
                    let fits = version == Some("2.0") && answer.result == FinalResult::Ok;
                    if fits { Identified::Answers20 } else { Identified::OtherText(spoken(&answer)) }
                }
            }),
            Err(DownloadError::At { source: AtError::Unfinished { lines, .. }, .. }) => {
                Some(Identified::OtherText(lines.join(" | ")))
            }
            Err(error) => return Err(error),
        };
        Ok(())
    }
}

/// Asks a stick in download mode what is on it (`AT^DLOADINFO?`). `None` where the loader does not know the question.
pub struct Info {
    asked: Asked,
    outcome: Option<Option<DownloadInfo>>,
}

impl Info {
    /// The question.
    #[must_use]
    pub fn new() -> Self {
        Self { asked: Asked::new(Command::Info, "AT^DLOADINFO?", QUESTION_WITHIN), outcome: None }
    }
}

impl Default for Info {
    fn default() -> Self {
        Self::new()
    }
}

impl Conversation for Info {
    type Output = Option<DownloadInfo>;
    type Error = DownloadError;

    fn next(&mut self) -> Step<Option<DownloadInfo>> {
        self.outcome.take().map_or_else(|| self.asked.next(), Step::Finished)
    }

    fn handle(&mut self, event: Event<'_>) -> Result<(), DownloadError> {
        self.outcome = self.asked.handle(event)?.map(|ending| match ending {
            Ending::Answered(answer) if answer.result == FinalResult::Ok => Some(DownloadInfo::parse(&answer.lines)),
            Ending::Answered(_) | Ending::Silent => None,
        });
        Ok(())
    }
}

/// What a stick makes of an announced signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureAnswer {
    /// It will check the firmware against it.
    Accepted,
    /// An old loader that does not know the command and stays silent. It verifies at the end of a partition anyway.
    Unknown,
}

/// Announces the signature of the firmware that follows (`AT^SIGNVER`). Only for firmware that has one.
pub struct AnnounceSignature {
    asked: Asked,
    outcome: Option<SignatureAnswer>,
}

impl AnnounceSignature {
    /// The announcement: `dload_type` 1 to 7 (the lower three bits of the container's type byte), the SHA-256 of the
    /// signer's public key, and the length of the signature trailer in bytes, both from the firmware's own trailer.
    #[must_use]
    pub fn new(dload_type: u8, key_hash: [u8; 32], length: u32) -> Self {
        let mut text = format!("AT^SIGNVER={dload_type},0,");
        for byte in key_hash {
            // Writing to a `String` cannot fail.
            let _ = write!(text, "{byte:02X}");
        }
        let _ = write!(text, ",{length}");
        Self { asked: Asked::new(Command::Signature, &text, COMMAND_WITHIN), outcome: None }
    }
}

impl Conversation for AnnounceSignature {
    type Output = SignatureAnswer;
    type Error = DownloadError;

    fn next(&mut self) -> Step<SignatureAnswer> {
        self.outcome.take().map_or_else(|| self.asked.next(), Step::Finished)
    }

    fn handle(&mut self, event: Event<'_>) -> Result<(), DownloadError> {
        self.outcome = match self.asked.handle(event)? {
            None => None,
            Some(Ending::Silent) => Some(SignatureAnswer::Unknown),
            Some(Ending::Answered(answer)) => {
                let zero = answer.lines.last().map(String::as_str) == Some("0");
                if !zero || answer.result != FinalResult::Ok {
                    return Err(DownloadError::SignatureRefused { answer: spoken(&answer) });
                }
                Some(SignatureAnswer::Accepted)
            }
        };
        Ok(())
    }
}

/// Changes from AT commands to HDLC frames (`AT^DATAMODE`).
pub struct EnterDataMode {
    asked: Asked,
    entered: bool,
}

impl EnterDataMode {
    /// The change.
    #[must_use]
    pub fn new() -> Self {
        Self { asked: Asked::new(Command::DataMode, "AT^DATAMODE", COMMAND_WITHIN), entered: false }
    }
}

impl Default for EnterDataMode {
    fn default() -> Self {
        Self::new()
    }
}

impl Conversation for EnterDataMode {
    type Output = ();
    type Error = DownloadError;

    fn next(&mut self) -> Step<()> {
        if self.entered { Step::Finished(()) } else { self.asked.next() }
    }

    fn handle(&mut self, event: Event<'_>) -> Result<(), DownloadError> {
        match self.asked.handle(event)? {
            None => Ok(()),
            Some(Ending::Answered(answer)) if answer.result == FinalResult::Ok => {
                self.entered = true;
                Ok(())
            }
            Some(Ending::Answered(answer)) => Err(DownloadError::DataModeRefused { answer: spoken(&answer) }),
            Some(Ending::Silent) => {
                Err(DownloadError::NoAnswer { during: Command::DataMode, block: None, wrote: super::Wrote::Nothing })
            }
        }
    }
}
