//! The words beside a packet.

use std::fmt::{Display, Write};

/// The most bytes that one text within a line takes: an option of pcapng holds 65535 in all.
const LONGEST_TEXT: usize = 2048;

/// A word, and what belongs to it by name: `opened opening=1 port=1-1.4`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line(String);

impl Line {
    /// A line that begins with this word.
    pub(super) fn new(word: &str) -> Self {
        Self(word.to_owned())
    }

    /// With a value that has no spaces of its own.
    pub(super) fn with(mut self, name: &str, value: impl Display) -> Self {
        self.begin(name);
        self.push(format_args!("{value}"));
        self
    }

    /// With a text that may hold anything: in quotation marks, escaped as in Rust, and cut off where it is endless.
    pub(super) fn quoted(mut self, name: &str, text: &str) -> Self {
        self.begin(name);
        self.0.push('"');
        let end = self.0.len() + LONGEST_TEXT;
        for character in text.chars() {
            if self.0.len() >= end {
                break;
            }
            self.push(character.escape_default());
        }
        self.0.push('"');
        self
    }

    /// The line.
    pub(super) fn text(&self) -> &str {
        &self.0
    }

    fn begin(&mut self, name: &str) {
        let space = if self.0.is_empty() { "" } else { " " };
        self.push(format_args!("{space}{name}="));
    }

    fn push(&mut self, text: impl Display) {
        // A string takes whatever it is given.
        let Ok(()) = write!(self.0, "{text}") else { return };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line_whatever_is_in_it() {
        let line = Line::new("busy").with("interface", 2).quoted("holder", "a \"b\"\n\u{202e}c\\");
        assert_eq!(line.text(), r#"busy interface=2 holder="a \"b\"\n\u{202e}c\\""#);
        assert_eq!(Line::default().with("masked", 15).text(), "masked=15");
    }

    #[test]
    fn an_endless_text_is_cut_off() {
        let line = Line::new("failed").quoted("source", &"\u{7}".repeat(100_000));
        assert!(line.text().len() < LONGEST_TEXT + 40, "{}", line.text().len());
        assert!(line.text().ends_with("}\""));
    }
}
