//! Messages: whatever a file holds, they can go to a terminal.

use std::error::Error;

/// Holds an error and what it rests on to being readable.
pub fn assert_error_is_readable(error: &dyn Error) {
    let mut next = Some(error);
    while let Some(error) = next {
        assert_is_readable(&error.to_string());
        next = error.source();
    }
}

/// Holds a text to saying something, without control characters.
pub fn assert_is_readable(text: &str) {
    assert!(!text.trim().is_empty(), "an empty message");
    assert!(!text.contains(char::is_control), "a control character in {text:?}");
}
