//! Text from a stick, made safe to show.

/// The longest text that is kept, in characters. Real version texts have about twenty.
const LONGEST: usize = 256;

/// The text with everything that a terminal would not print as itself escaped, and cut (with an ellipsis) where it is
/// longer than any real one.
pub(super) fn safe(text: &str) -> String {
    let mut shown = String::new();
    let mut characters = text.chars();
    for character in characters.by_ref().take(LONGEST) {
        match character {
            '\'' | '"' => shown.push(character),
            other => shown.extend(other.escape_debug()),
        }
    }
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_direction_characters_are_escaped_and_plain_text_is_not() {
        assert_eq!(safe("E3372 \"h\"\r\n\u{1b}]0;x\u{7}"), "E3372 \"h\"\\r\\n\\u{1b}]0;x\\u{7}");
        assert_eq!(safe("a\u{202e}b\u{9b}c"), "a\\u{202e}b\\u{9b}c");
    }

    #[test]
    fn text_of_256_characters_is_whole_and_of_257_is_cut() {
        assert_eq!(safe(&"x".repeat(256)), "x".repeat(256));
        assert_eq!(safe(&"x".repeat(257)), "x".repeat(256) + "…");
    }
}
