//! Standard input that is no terminal: lines one after the other, or bytes as they are.

use std::collections::VecDeque;
use std::time::Duration;

use super::front::{Front, Trouble, Wish};
use super::line_check::LineCheck;
use crate::protocol::at::{Command, FinalResult, Line, LineSplitter};

/// How many lines may wait to be sent.
const MOST_WAITING: usize = 64;
/// The longest line taken.
const LONGEST_LINE: usize = 16 * 1024;
/// How long a line of the stick's may lack its end before it is shown as it is.
const UNFINISHED_AFTER: Duration = Duration::from_millis(150);

/// Sends one line after the other: the next one when the answer to the last ended with a result, or when nothing came for
/// some time. A character that is sent while a command runs aborts it (V.250, section 5.6.1).
pub struct PipedLines {
    silence: Duration,
    typed: Vec<u8>,
    /// How many lines came, and which of them wait; of one that cannot be taken, why.
    count: usize,
    waiting: VecDeque<(usize, Result<Vec<u8>, String>)>,
    check: LineCheck,
    heard: LineSplitter,
    echo: Option<String>,
    /// Whether an answer is awaited.
    asked: bool,
    /// The last command, until its answer has ended.
    open: Option<String>,
    /// The last line of that answer.
    last: Option<String>,
    call: Call,
    ended: bool,
}

/// What is known of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    None,
    /// The last line asked for one.
    AskedFor,
    /// The port carries its data.
    Connected,
}

impl PipedLines {
    /// With how long the stick must be silent before it counts as done.
    pub fn new(silence: Duration) -> Self {
        Self {
            silence,
            typed: Vec::new(),
            count: 0,
            waiting: VecDeque::new(),
            check: LineCheck::default(),
            heard: LineSplitter::new(),
            echo: None,
            asked: false,
            open: None,
            last: None,
            call: Call::None,
            ended: false,
        }
    }

    fn show(&mut self, lines: Vec<Line>) -> Wish {
        let mut wish = Wish::default();
        for Line { text, of_report } in lines {
            if self.call == Call::Connected {
                // What follows are the bytes of the call, which the splitter has cut anyhow.
                break;
            }
            if !of_report && self.echo.take_if(|sent| sent.eq_ignore_ascii_case(&text)).is_some() {
                continue;
            }
            if let Some(result) = FinalResult::of(&text).filter(|_| !of_report) {
                self.asked = false;
                self.open = None;
                if matches!(result, FinalResult::Connect(_)) && self.call == Call::AskedFor {
                    self.call = Call::Connected;
                }
            }
            wish.show.extend_from_slice(text.as_bytes());
            wish.show.push(b'\n');
            self.last = Some(text);
        }
        self.next_line(&mut wish);
        wish
    }

    /// The next line, if nothing is awaited any more.
    fn next_line(&mut self, wish: &mut Wish) {
        if self.asked {
            return;
        }
        let Some((number, line)) = self.waiting.pop_front() else { return };
        if self.call == Call::Connected {
            wish.trouble = Some(Trouble::Connected);
            return;
        }
        let taken = line.and_then(|line| {
            let transfer = [line.as_slice(), b"\r"].concat();
            self.check.take(&transfer).map(|()| (line, transfer))
        });
        match taken {
            Err(why) => wish.trouble = Some(Trouble::Refused(format!("line {number} of standard input: {why}"))),
            Ok((line, transfer)) => {
                let text = String::from_utf8_lossy(&line).trim().to_owned();
                let command = Command::new(&text).ok().filter(|_| is_at(&text));
                self.call = match &command {
                    Some(command) if command.makes_calls() => Call::AskedFor,
                    _ => Call::None,
                };
                self.asked = true;
                self.open = command.map(|command| command.to_string());
                self.last = None;
                self.echo = Some(text);
                wish.send = transfer;
            }
        }
    }

    fn take_line(&mut self, line: Vec<u8>) {
        self.count += 1;
        let blank = line.iter().all(u8::is_ascii_whitespace);
        if !blank {
            self.waiting.push_back((self.count, Ok(line)));
        }
    }
}

fn is_at(text: &str) -> bool {
    text.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("AT"))
}

impl Front for PipedLines {
    fn typed(&mut self, bytes: &[u8]) -> Wish {
        for &byte in bytes {
            match byte {
                b'\n' => {
                    let mut line = std::mem::take(&mut self.typed);
                    line.pop_if(|last| *last == b'\r');
                    self.take_line(line);
                }
                _ if self.typed.len() < LONGEST_LINE => self.typed.push(byte),
                _ => {
                    // Nothing behind it is taken either: it ends here.
                    self.typed.clear();
                    self.ended = true;
                    let why = format!("it has more than {LONGEST_LINE} bytes");
                    self.waiting.push_back((self.count + 1, Err(why)));
                    break;
                }
            }
        }
        let mut wish = Wish::default();
        self.next_line(&mut wish);
        wish
    }

    fn ended(&mut self) -> Wish {
        self.ended = true;
        let line = std::mem::take(&mut self.typed);
        self.take_line(line);
        let mut wish = Wish::default();
        self.next_line(&mut wish);
        wish
    }

    fn heard(&mut self, chunk: &[u8]) -> Wish {
        if self.call == Call::Connected {
            return Wish::showing(format!("{}\n", chunk.escape_ascii()));
        }
        let lines = self.heard.push(chunk);
        self.show(lines)
    }

    fn silent(&mut self, how_long: Duration) -> Wish {
        if how_long >= UNFINISHED_AFTER && !self.heard.unfinished().is_empty() {
            let lines = self.heard.rest();
            return self.show(lines);
        }
        let mut wish = Wish::default();
        if how_long < self.silence {
            return wish;
        }
        self.asked = false;
        if self.waiting.is_empty() && self.ended {
            let unanswered = self.open.take();
            wish.trouble = unanswered.map(|command| Trouble::Unanswered {
                command,
                within: self.silence,
                heard: self.last.take(),
            });
            wish.leave = true;
        }
        self.next_line(&mut wish);
        wish
    }

    fn has_room(&self) -> bool {
        self.waiting.len() < MOST_WAITING && !self.ended
    }
}

/// Bytes as they are, in both directions. They may be anything, and still no line that is never sent is among them.
pub struct PipedBytes {
    silence: Duration,
    check: LineCheck,
    ended: bool,
}

impl PipedBytes {
    /// With how long the stick must be silent, once there is no more to be sent.
    pub fn new(silence: Duration) -> Self {
        Self { silence, check: LineCheck::default(), ended: false }
    }
}

impl Front for PipedBytes {
    fn typed(&mut self, bytes: &[u8]) -> Wish {
        match self.check.take(bytes) {
            Ok(()) => Wish { send: bytes.to_vec(), ..Wish::default() },
            Err(why) => {
                let why = format!("{why}, nor what came together with it");
                Wish { trouble: Some(Trouble::Refused(why)), ..Wish::default() }
            }
        }
    }

    fn ended(&mut self) -> Wish {
        self.ended = true;
        Wish::default()
    }

    fn heard(&mut self, chunk: &[u8]) -> Wish {
        Wish::showing(chunk)
    }

    fn silent(&mut self, how_long: Duration) -> Wish {
        Wish { leave: self.ended && how_long >= self.silence, ..Wish::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SILENCE: Duration = Duration::from_secs(2);

    #[test]
    fn the_next_line_waits_for_the_result_of_the_last() {
        let mut piped = PipedLines::new(SILENCE);
        assert_eq!(piped.typed(b"ATI\r\n\n  \nAT^HWV").send, b"ATI\r");
        assert_eq!(piped.typed(b"ER\n").send, b"");
        assert_eq!(piped.heard(b"ATI\r\r\nModel: E3372\r\n"), Wish::showing(*b"Model: E3372\n"));
        let answered = piped.heard(b"\r\nOK\r\n");
        assert_eq!((answered.show.as_slice(), answered.send.as_slice()), (&b"OK\n"[..], &b"AT^HWVER\r"[..]));
    }

    #[test]
    fn a_line_without_a_result_holds_up_the_next_for_the_silence_alone() {
        let mut piped = PipedLines::new(SILENCE);
        assert_eq!(piped.typed(b"ls\nuname").send, b"ls\r");
        assert_eq!(piped.ended().send, b"", "a last line needs no line end");
        assert_eq!(piped.silent(Duration::from_secs(1)), Wish::default());
        assert_eq!(piped.silent(SILENCE).send, b"uname\r");
    }

    #[test]
    fn it_ends_after_the_end_and_a_silence_and_not_before() {
        let mut piped = PipedLines::new(SILENCE);
        assert_eq!(piped.typed(b"AT\n").send, b"AT\r");
        let _ = piped.heard(b"\r\nOK\r\n");
        assert!(!piped.silent(SILENCE).leave, "more may be typed");
        let _ = piped.ended();
        assert!(!piped.silent(Duration::from_secs(1)).leave && piped.silent(SILENCE).leave);
    }

    #[test]
    fn many_lines_wait_outside() {
        let mut piped = PipedLines::new(SILENCE);
        assert!(piped.has_room());
        let _ = piped.typed(&b"AT\n".repeat(100));
        assert!(!piped.has_room());
    }

    #[test]
    fn a_line_that_is_never_sent_ends_it_in_its_turn() {
        let mut piped = PipedLines::new(SILENCE);
        assert_eq!(piped.typed(b"ATI\n\nAT^DATALOCK=1\nAT\n").send, b"ATI\r");
        let refused = piped.heard(b"\r\nOK\r\n");
        let Some(Trouble::Refused(why)) = &refused.trouble else { panic!("{refused:?}") };
        assert!(why.starts_with("line 3 of standard input: AT^DATALOCK is about SIM locks"), "{why}");
        assert_eq!((refused.show.as_slice(), refused.send.as_slice()), (&b"OK\n"[..], &b""[..]));
        let mut bytes = PipedBytes::new(SILENCE);
        assert_eq!(bytes.typed(b"AT^DATA").send, b"AT^DATA");
        assert!(matches!(bytes.typed(b"LOCK=1\r").trouble, Some(Trouble::Refused(_))));
    }

    #[test]
    fn a_line_without_end_is_not_kept_and_ends_it() {
        let mut piped = PipedLines::new(SILENCE);
        let mut refused = Wish::default();
        let mut chunks = 0;
        while piped.has_room() && refused.trouble.is_none() {
            refused = piped.typed(&[0; 4096]);
            chunks += 1;
        }
        assert_eq!(chunks, 5);
        let Some(Trouble::Refused(why)) = refused.trouble else { panic!("it was taken") };
        assert!(why.contains("line 1 of standard input: it has more than 16384 bytes"), "{why}");
    }

    #[test]
    fn a_last_command_without_an_answer_is_told_and_one_before_it_is_not() {
        let mut piped = PipedLines::new(SILENCE);
        assert_eq!(piped.typed(b"AT+COPS=?\nAT+CSQ\n").send, b"AT+COPS=?\r");
        let _ = piped.ended();
        assert_eq!(piped.silent(SILENCE).send, b"AT+CSQ\r");
        let _ = piped.heard(b"\r\n+CSQ: 17,99\r\n");
        let left = piped.silent(SILENCE);
        let expected = Trouble::Unanswered {
            command: "AT+CSQ".to_owned(),
            within: SILENCE,
            heard: Some("+CSQ: 17,99".to_owned()),
        };
        assert_eq!(left.trouble, Some(expected));
        let mut shell = PipedLines::new(SILENCE);
        let _ = (shell.typed(b"ls\n"), shell.ended());
        assert_eq!(shell.silent(SILENCE), Wish::leaving(), "what is no command owes no result");
    }

    #[test]
    fn a_message_that_reads_ok_does_not_end_an_answer() {
        let mut piped = PipedLines::new(SILENCE);
        let _ = piped.typed(b"AT+CSQ\nATI\n");
        assert_eq!(piped.heard(b"\r\n+CMT: \"+49\",,\"26\"\r\nOK\r\n").send, b"");
        assert_eq!(piped.heard(b"\r\nOK\r\n").send, b"ATI\r");
    }

    #[test]
    fn behind_connect_no_line_is_sent_and_nothing_is_read_as_one() {
        let mut piped = PipedLines::new(SILENCE);
        assert_eq!(piped.typed(b"ATE0D*99#\n").send, b"ATE0D*99#\r");
        assert_eq!(piped.heard(b"\r\nCONNECT\r\n~\xff\r\nOK\r\n"), Wish::showing(*b"CONNECT\n"));
        assert_eq!(piped.heard(b"\r\nOK\r\n"), Wish::showing(*b"\\r\\nOK\\r\\n\n"));
        assert_eq!(piped.typed(b"ATI\n"), Wish { trouble: Some(Trouble::Connected), ..Wish::default() });
        let mut alone = PipedLines::new(SILENCE);
        let _ = (alone.typed(b"ATD*99#\n"), alone.ended(), alone.heard(b"\r\nCONNECT\r\n"));
        assert_eq!(alone.silent(SILENCE), Wish::leaving());
    }

    #[test]
    fn bytes_go_through_as_they_are() {
        let mut piped = PipedBytes::new(SILENCE);
        assert_eq!(piped.typed(b"\x7e\x0c\x00").send, b"\x7e\x0c\x00");
        assert_eq!(piped.heard(b"\xff\n").show, b"\xff\n");
        assert!(!piped.silent(SILENCE).leave);
        let _ = piped.ended();
        assert!(piped.silent(SILENCE).leave);
    }
}
