//! Text from a stick, made fit to be shown.

use std::fmt::Write as _;

/// The bytes as text: control characters, invalid UTF-8 and characters that steer a terminal's layout are escaped.
pub(super) fn readable(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            let plain = character == ' ' || character.is_ascii_graphic() || character.is_alphanumeric();
            if plain {
                text.push(character);
            } else {
                text.extend(character.escape_default());
            }
        }
        for byte in chunk.invalid() {
            // Writing to a `String` cannot fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// The first bytes of something unexpected, in hexadecimal.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    const SHOWN: usize = 16;
    let mut text = String::new();
    for byte in bytes.iter().take(SHOWN) {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    if bytes.len() > SHOWN {
        text.push_str("..");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_escape_and_a_text_direction_mark_are_spelled_out() {
        assert_eq!(readable("E3372\u{1b}[2J \u{202e}é".as_bytes()), "E3372\\u{1b}[2J \\u{202e}é");
    }

    #[test]
    fn bytes_that_are_not_utf8_are_spelled_out() {
        assert_eq!(readable(b"a\xff\xc3b"), "a\\xff\\xc3b");
    }

    #[test]
    fn a_long_surprise_is_cut_short() {
        assert_eq!(hexadecimal(&[0xab; 17]), format!("{}..", "ab".repeat(16)));
    }
}
