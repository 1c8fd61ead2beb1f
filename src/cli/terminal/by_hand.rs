//! A person at a terminal: lines that are edited here, or single characters.

use std::time::Duration;

use super::LeaveKey;
use super::editor::{Edited, Editor};
use super::front::{Front, Wish};
use super::keys::Keys;
use super::line_check::LineCheck;
use crate::protocol::at::{Line, LineSplitter};

/// How long a line of the stick's may lack its end before it is shown as it is: a prompt has none.
const UNFINISHED_AFTER: Duration = Duration::from_millis(150);

/// Ends a text that was asked for (3GPP TS 27.005, section 3.5.1).
const END_OF_TEXT: u8 = 0x1a;
const ESCAPE: u8 = 0x1b;

/// Lines are edited here and sent whole. A line feed shown is enough: the terminal's output is still processed.
///
/// What the stick says is shown line by line, above the line that is being typed.
pub struct LinesByHand {
    leave: LeaveKey,
    prompt: String,
    columns: fn() -> usize,
    keys: Keys,
    editor: Editor,
    heard: LineSplitter,
    check: LineCheck,
    /// The line sent last, until its echo was there.
    echo: Option<String>,
    drawn: bool,
}

impl LinesByHand {
    pub fn new(leave: LeaveKey, prompt: String, columns: fn() -> usize) -> Self {
        Self {
            leave,
            prompt,
            columns,
            keys: Keys::default(),
            editor: Editor::default(),
            heard: LineSplitter::new(),
            check: LineCheck::default(),
            echo: None,
            drawn: false,
        }
    }

    fn draw(&mut self) -> Vec<u8> {
        self.drawn = true;
        self.editor.draw(&self.prompt, (self.columns)()).into_bytes()
    }

    /// Lines of the stick's, and what is being typed below them.
    fn above(&mut self, lines: Vec<Line>) -> Wish {
        let lines: Vec<_> = lines.into_iter().map(|line| line.text).filter(|line| !self.is_echo(line)).collect();
        if lines.is_empty() {
            return Wish::default();
        }
        let mut show = b"\r\x1b[K".to_vec();
        for line in lines {
            show.extend_from_slice(line.as_bytes());
            show.push(b'\n');
        }
        show.extend(self.draw());
        Wish::showing(show)
    }

    fn is_echo(&mut self, line: &str) -> bool {
        self.echo.take_if(|sent| sent.eq_ignore_ascii_case(line)).is_some()
    }

    fn sent(&mut self, wish: &mut Wish, text: &str, end: u8) {
        wish.show.extend(format!("\r\x1b[K{}{text}\n", self.prompt).into_bytes());
        if let Err(why) = self.check.take(&[text.as_bytes(), &[end]].concat()) {
            wish.show.extend(format!("(not sent) {why}\n").into_bytes());
            wish.show.extend(self.draw());
            return;
        }
        wish.show.extend(self.draw());
        wish.send.extend_from_slice(text.as_bytes());
        wish.send.push(end);
        self.echo = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    }
}

impl Front for LinesByHand {
    fn typed(&mut self, bytes: &[u8]) -> Wish {
        let mut wish = Wish::default();
        for &byte in bytes {
            if byte == self.leave.byte() && self.keys.at_rest() {
                wish.leave = true;
                break;
            }
            let Some(key) = self.keys.push(byte) else { continue };
            match self.editor.key(key) {
                Edited::Changed => wish.show.extend(self.draw()),
                Edited::Line(text) => self.sent(&mut wish, &text, b'\r'),
                Edited::Text(text) => self.sent(&mut wish, &text, END_OF_TEXT),
                Edited::Escape => wish.send.push(ESCAPE),
                Edited::End => {
                    wish.leave = true;
                    break;
                }
                Edited::Nothing => {}
            }
        }
        wish
    }

    fn ended(&mut self) -> Wish {
        Wish::leaving()
    }

    fn heard(&mut self, chunk: &[u8]) -> Wish {
        let lines = self.heard.push(chunk);
        self.above(lines)
    }

    fn silent(&mut self, how_long: Duration) -> Wish {
        if !self.drawn {
            return Wish::showing(self.draw());
        }
        if how_long < UNFINISHED_AFTER || self.heard.unfinished().is_empty() {
            return Wish::default();
        }
        let lines = self.heard.rest();
        self.above(lines)
    }

    fn farewell(&mut self) -> Vec<u8> {
        b"\r\x1b[K".to_vec()
    }
}

/// Every key goes to the stick at once, so that no line can be looked at before it is sent: what is typed here is the
/// person's own voice. What the stick says goes to the terminal. Both go as they are.
pub struct Characters {
    leave: LeaveKey,
}

impl Characters {
    pub fn new(leave: LeaveKey) -> Self {
        Self { leave }
    }
}

impl Front for Characters {
    fn typed(&mut self, bytes: &[u8]) -> Wish {
        let leaves = bytes.iter().position(|byte| *byte == self.leave.byte());
        let send = bytes[..leaves.unwrap_or(bytes.len())].to_vec();
        Wish { send, leave: leaves.is_some(), ..Wish::default() }
    }

    fn ended(&mut self) -> Wish {
        Wish::leaving()
    }

    fn heard(&mut self, chunk: &[u8]) -> Wish {
        Wish::showing(chunk)
    }

    fn silent(&mut self, _how_long: Duration) -> Wish {
        Wish::default()
    }

    fn farewell(&mut self) -> Vec<u8> {
        b"\n".to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines() -> LinesByHand {
        LinesByHand::new("^]".parse().expect("a key"), "at> ".to_owned(), || 80)
    }

    fn text(bytes: &[u8]) -> String {
        String::from_utf8(bytes.to_vec()).expect("text")
    }

    #[test]
    fn a_line_is_sent_whole_and_its_echo_is_not_shown() {
        let mut lines = lines();
        assert!(lines.typed(b"ATI").send.is_empty());
        assert_eq!(lines.typed(b"\r").send, b"ATI\r");
        assert_eq!(lines.heard(b"ATI\r\r\n"), Wish::default());
        assert_eq!(text(&lines.heard(b"ATI\r\n").show), "\r\x1b[KATI\n\r\x1b[Kat> ", "an echo comes once");
    }

    #[test]
    fn a_line_that_is_never_sent_is_not_sent_and_says_why() {
        let mut lines = lines();
        let refused = lines.typed(b"AT^DATALOCK=\"1\"\r");
        assert!(refused.send.is_empty() && !refused.leave, "{refused:?}");
        assert!(text(&refused.show).contains("(not sent) AT^DATALOCK is about SIM locks"), "{:?}", text(&refused.show));
        assert_eq!(lines.typed(b"AT^DATA\x1a").send, b"AT^DATA\x1a");
        assert!(lines.typed(b"LOCK=1\r").send.is_empty(), "an end of text need not end a line");
        assert_eq!(lines.typed(b"AT\r").send, b"AT\r");
    }

    #[test]
    fn what_the_stick_says_comes_above_the_line_that_is_being_typed() {
        let mut lines = lines();
        let _ = lines.typed(b"AT^HW");
        let shown = lines.heard(b"\r\n^RSSI: 17\r\n\r\n^HCSQ:\x1b[2J\r\n");
        assert_eq!(text(&shown.show), "\r\x1b[K^RSSI: 17\n^HCSQ:\\u{1b}[2J\n\r\x1b[Kat> AT^HW");
        assert_eq!(lines.typed(b"VER\r").send, b"AT^HWVER\r");
    }

    #[test]
    fn a_prompt_without_an_end_is_shown_after_a_moment_and_a_text_is_ended_by_its_key() {
        let mut lines = lines();
        let _ = lines.silent(Duration::ZERO);
        let _ = lines.typed(b"AT+CMGS=\"1\"\r");
        assert_eq!(lines.heard(b"AT+CMGS=\"1\"\r\r\n> "), Wish::default());
        assert_eq!(lines.silent(Duration::from_millis(100)), Wish::default());
        assert_eq!(text(&lines.silent(Duration::from_millis(200)).show), "\r\x1b[K>\n\r\x1b[Kat> ");
        assert_eq!(lines.typed(b"hello\x1a").send, b"hello\x1a");
        assert_eq!(lines.typed(b"\x1b\x1b").send, b"\x1b");
    }

    #[test]
    fn the_key_to_leave_leaves_and_what_was_typed_behind_it_is_not_sent() {
        let left = lines().typed(b"AT\r\x1dATI\r");
        assert_eq!((left.send.as_slice(), left.leave), (&b"AT\r"[..], true));
        let left = Characters::new("^]".parse().expect("a key")).typed(b"AT\r\x1dATI\r");
        assert_eq!((left.send.as_slice(), left.leave), (&b"AT\r"[..], true));
    }

    #[test]
    fn characters_go_through_as_they_are_in_both_directions() {
        let mut characters = Characters::new("^]".parse().expect("a key"));
        assert_eq!(characters.typed(b"\x03\x1b[A\xff").send, b"\x03\x1b[A\xff");
        assert_eq!(characters.heard(b"\x1b[31mred\xff").show, b"\x1b[31mred\xff");
    }
}
