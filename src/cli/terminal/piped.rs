//! Standard input that is no terminal: lines one after the other, or bytes as they are.

use std::collections::VecDeque;
use std::time::Duration;

use super::front::{Front, Wish};
use crate::protocol::at::{FinalResult, LineSplitter};

/// How many lines may wait to be sent.
const MOST_WAITING: usize = 64;
/// How long a line of the stick's may lack its end before it is shown as it is.
const UNFINISHED_AFTER: Duration = Duration::from_millis(150);

/// Sends one line after the other: the next one when the answer to the last ended with a result, or when nothing came for
/// some time. A character that is sent while a command runs aborts it (V.250, section 5.6.1).
pub struct PipedLines {
    silence: Duration,
    typed: Vec<u8>,
    waiting: VecDeque<Vec<u8>>,
    heard: LineSplitter,
    echo: Option<String>,
    /// Whether an answer is awaited.
    asked: bool,
    ended: bool,
}

impl PipedLines {
    /// With how long the stick must be silent before it counts as done.
    pub fn new(silence: Duration) -> Self {
        Self {
            silence,
            typed: Vec::new(),
            waiting: VecDeque::new(),
            heard: LineSplitter::new(),
            echo: None,
            asked: false,
            ended: false,
        }
    }

    fn show(&mut self, lines: &[String]) -> Wish {
        let mut show = Vec::new();
        for line in lines {
            if self.echo.take_if(|sent| sent.eq_ignore_ascii_case(line)).is_some() {
                continue;
            }
            self.asked = self.asked && FinalResult::of(line).is_none();
            show.extend_from_slice(line.as_bytes());
            show.push(b'\n');
        }
        Wish { show, send: self.next_line(), leave: false }
    }

    /// The next line, if nothing is awaited any more.
    fn next_line(&mut self) -> Vec<u8> {
        if self.asked {
            return Vec::new();
        }
        let Some(line) = self.waiting.pop_front() else { return Vec::new() };
        self.asked = true;
        self.echo = Some(String::from_utf8_lossy(&line).trim().to_owned());
        [line, b"\r".to_vec()].concat()
    }

    fn take_line(&mut self, line: Vec<u8>) {
        let blank = line.iter().all(u8::is_ascii_whitespace);
        if !blank {
            self.waiting.push_back(line);
        }
    }
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
                _ => self.typed.push(byte),
            }
        }
        Wish { send: self.next_line(), ..Wish::default() }
    }

    fn ended(&mut self) -> Wish {
        self.ended = true;
        let line = std::mem::take(&mut self.typed);
        self.take_line(line);
        Wish { send: self.next_line(), ..Wish::default() }
    }

    fn heard(&mut self, chunk: &[u8]) -> Wish {
        let lines = self.heard.push(chunk);
        self.show(&lines)
    }

    fn silent(&mut self, how_long: Duration) -> Wish {
        if how_long >= UNFINISHED_AFTER && !self.heard.unfinished().is_empty() {
            let lines = self.heard.rest();
            return self.show(&lines);
        }
        if how_long < self.silence {
            return Wish::default();
        }
        self.asked = false;
        let send = self.next_line();
        Wish { leave: self.ended && send.is_empty(), send, show: Vec::new() }
    }

    fn has_room(&self) -> bool {
        self.waiting.len() < MOST_WAITING
    }
}

/// Bytes as they are, in both directions.
pub struct PipedBytes {
    silence: Duration,
    ended: bool,
}

impl PipedBytes {
    /// With how long the stick must be silent, once there is no more to be sent.
    pub fn new(silence: Duration) -> Self {
        Self { silence, ended: false }
    }
}

impl Front for PipedBytes {
    fn typed(&mut self, bytes: &[u8]) -> Wish {
        Wish { send: bytes.to_vec(), ..Wish::default() }
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
    fn bytes_go_through_as_they_are() {
        let mut piped = PipedBytes::new(SILENCE);
        assert_eq!(piped.typed(b"\x7e\x0c\x00").send, b"\x7e\x0c\x00");
        assert_eq!(piped.heard(b"\xff\n").show, b"\xff\n");
        assert!(!piped.silent(SILENCE).leave);
        let _ = piped.ended();
        assert!(piped.silent(SILENCE).leave);
    }
}
