//! One AT command, checked before it is sent.

use std::fmt;

use bytes::{BufMut, Bytes, BytesMut};

use super::command_line::{Part, parts};

/// The longest command taken. Far beyond any that is known; a bound nonetheless.
const LONGEST: usize = 1024;

/// A text that is no AT command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// There is nothing to send.
    #[error("an AT command cannot be empty")]
    Empty,
    /// It holds something that would end the command early or is not ASCII.
    #[error("an AT command is printable ASCII; `{command}` has {found} at character {position}")]
    NotPrintable {
        /// The command, escaped.
        command: String,
        /// The first character that does not belong, escaped.
        found: String,
        /// Where, counted from 1.
        position: usize,
    },
    /// It is too long.
    #[error("an AT command of {length} characters is too long (at most {LONGEST})")]
    TooLong {
        /// Its length.
        length: usize,
    },
}

/// An AT command, such as `AT^DLOADVER?`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command(String);

impl Command {
    /// A command from its text, without the carriage return.
    ///
    /// # Errors
    ///
    /// [`CommandError`] for an empty text, for control characters (a line end within would make two commands of it) and
    /// for what is not ASCII.
    pub fn new(text: &str) -> Result<Self, CommandError> {
        if text.is_empty() {
            return Err(CommandError::Empty);
        }
        if text.len() > LONGEST {
            return Err(CommandError::TooLong { length: text.len() });
        }
        let odd = |character: &char| *character != ' ' && !character.is_ascii_graphic();
        match text.chars().enumerate().find(|(_, character)| odd(character)) {
            None => Ok(Self(text.to_owned())),
            Some((index, found)) => Err(CommandError::NotPrintable {
                command: text.escape_default().to_string(),
                found: found.escape_default().to_string(),
                position: index + 1,
            }),
        }
    }

    /// The text, without the carriage return.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// What goes over the wire: the text and one carriage return.
    #[must_use]
    pub fn transfer(&self) -> Bytes {
        let mut transfer = BytesMut::with_capacity(self.0.len() + 1);
        transfer.put(self.0.as_bytes());
        transfer.put_u8(b'\r');
        transfer.freeze()
    }

    /// Whether it makes, takes, joins or ends a call, so that `CONNECT` or `NO CARRIER` is its result (V.250, section 6.3;
    /// 3GPP TS 27.007, section 10.1.12). Any command of the line counts.
    #[must_use]
    pub fn makes_calls(&self) -> bool {
        parts(&self.0).iter().any(|part| match part {
            Part::Dial => true,
            Part::Basic(name) => matches!(name.as_str(), "A" | "O" | "H"),
            Part::Extended(text) => text.contains("+CGDATA"),
            Part::Register { .. } => false,
        })
    }

    /// A command that this program wrote itself, from parts that are printable ASCII by construction.
    pub(in crate::protocol) fn known(text: String) -> Self {
        debug_assert_eq!(Self::new(&text), Ok(Self(text.clone())));
        Self(text)
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_sent_with_one_carriage_return_and_nothing_else() {
        let command = Command::new("AT^DLOADVER?").expect("printable");
        assert_eq!(&command.transfer()[..], b"AT^DLOADVER?\r");
    }

    #[test]
    fn a_command_that_hides_a_second_one_is_refused_by_character() {
        let error = Command::new("ATI\rAT^RESET").expect_err("two commands");
        assert_eq!(error.to_string(), "an AT command is printable ASCII; `ATI\\rAT^RESET` has \\r at character 4");
    }

    #[test]
    fn a_call_is_seen_wherever_it_stands_in_the_line() {
        let makes_calls = |text| Command::new(text).expect("printable").makes_calls();
        for text in ["ATD*99#", "ATE0D*99#", "ATZ;D*99#", "ATX1DT*99#", "atd*99***1#", "AT+CGDATA=\"PPP\",1", "ATA"] {
            assert!(makes_calls(text), "{text}");
        }
        for text in ["AT", "ATI", "AT^DLOADVER?", "AT+CGDCONT=1,\"IP\",\"d;ata\"", "AT&D2", "ATE0V1"] {
            assert!(!makes_calls(text), "{text}");
        }
    }

    #[test]
    fn empty_foreign_and_endless_commands_are_refused() {
        assert_eq!(Command::new(""), Err(CommandError::Empty));
        assert!(matches!(Command::new("AT^é"), Err(CommandError::NotPrintable { position: 4, .. })));
        assert_eq!(Command::new(&"A".repeat(1025)), Err(CommandError::TooLong { length: 1025 }));
    }
}
