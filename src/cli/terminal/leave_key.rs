//! The key that leaves the terminal.

use std::fmt;
use std::str::FromStr;

/// A control character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaveKey(u8);

impl LeaveKey {
    /// The byte that the key sends.
    #[must_use]
    pub const fn byte(self) -> u8 {
        self.0
    }
}

/// A text that names no key to leave by.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct LeaveKeyError(String);

impl FromStr for LeaveKey {
    type Err = LeaveKeyError;

    fn from_str(text: &str) -> Result<Self, LeaveKeyError> {
        let lower = text.to_ascii_lowercase();
        let prefixes = ["^", "ctrl-", "ctrl+", "c-"];
        let key = prefixes.iter().find_map(|prefix| lower.strip_prefix(prefix)).unwrap_or_default();
        let letter = match key.as_bytes() {
            [letter] => letter.to_ascii_uppercase(),
            _ => 0,
        };
        match letter {
            b'M' | b'J' | b'[' => Err(LeaveKeyError(format!("{text} is Enter or Escape, which the terminal needs"))),
            b'@'..=b'_' => Ok(Self(letter & 0x1f)),
            _ => {
                Err(LeaveKeyError(format!("`{}` is no control character, such as ^] or ctrl-x", text.escape_default())))
            }
        }
    }
}

impl fmt::Display for LeaveKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ctrl-{}", char::from(self.0 | 0x40))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_named_in_any_of_the_usual_ways() {
        for (text, byte) in [("^]", 0x1d), ("ctrl-]", 0x1d), ("C-x", 0x18), ("Ctrl+A", 0x01), ("^\\", 0x1c), ("^@", 0)]
        {
            assert_eq!(text.parse::<LeaveKey>().map(LeaveKey::byte), Ok(byte), "{text}");
        }
        assert_eq!("ctrl-]".parse::<LeaveKey>().expect("a key").to_string(), "Ctrl-]");
    }

    #[test]
    fn what_is_no_control_character_or_is_needed_is_refused() {
        for text in ["", "]", "^", "^]]", "^1", "ctrl-", "^M", "ctrl-j", "^[", "^\u{e9}", "esc"] {
            assert!(text.parse::<LeaveKey>().is_err(), "{text}");
        }
    }
}
