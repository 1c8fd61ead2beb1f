//! Who holds a lock.

use std::fmt;

/// The longest command that is shown, in characters.
const LONGEST_COMMAND: usize = 120;

/// The process that holds a lock, as far as it can be known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holder {
    /// Its number; nothing where the file does not say.
    pub process: Option<u32>,
    /// Its command, where the system tells.
    pub command: Option<String>,
}

impl Holder {
    /// The process that a lock file names. Anybody may have written the file, so nothing but a number is taken from it.
    pub(super) fn named_by(text: &[u8]) -> Self {
        let process = std::str::from_utf8(text).ok().and_then(|text| text.trim_end().parse().ok());
        Self { process, command: process.and_then(command) }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.process, &self.command) {
            (Some(process), Some(command)) => write!(f, "process {process} (`{command}`)"),
            (Some(process), None) => write!(f, "process {process}"),
            (None, _) => f.write_str("another process of this program"),
        }
    }
}

/// The command line of a process, where there is a `/proc`.
fn command(process: u32) -> Option<String> {
    let words = std::fs::read(format!("/proc/{process}/cmdline")).ok()?;
    let words: Vec<_> = words.split(|&byte| byte == 0).map(String::from_utf8_lossy).collect();
    shown(&words.join(" "))
}

/// In one line, without what would act on a terminal.
fn shown(command: &str) -> Option<String> {
    let command = command.trim_end();
    let escaped = command.chars().flat_map(char::escape_debug);
    let mut shown: String = escaped.clone().take(LONGEST_COMMAND).collect();
    if escaped.count() > LONGEST_COMMAND {
        shown.push_str("...");
    }
    (!shown.is_empty()).then_some(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_anybodys_yields_a_number_or_nothing() {
        for text in [&b""[..], b"0x10", b"-1", b"12 34", b"99999999999", b"\x1b[2J", b"\xff"] {
            assert_eq!(Holder::named_by(text), Holder::default(), "{text:?}");
        }
        assert_eq!(Holder::default().to_string(), "another process of this program");
    }

    #[test]
    fn the_command_of_a_process_is_shown_where_the_system_tells() {
        let own = Holder::named_by(format!("{}\n", std::process::id()).as_bytes());
        assert_eq!(own.process, Some(std::process::id()));
        assert_eq!(own.command.is_some(), std::path::Path::new("/proc/self/cmdline").exists());
        let nobody = Holder { process: Some(7), command: None };
        assert_eq!(nobody.to_string(), "process 7");
    }

    #[test]
    fn a_command_is_one_bounded_line() {
        assert_eq!(shown("a\nb \x1b "), Some("a\\nb \\u{1b}".to_owned()));
        assert_eq!(shown(" "), None);
        assert_eq!(shown(&"x".repeat(500)).map(|shown| shown.len()), Some(LONGEST_COMMAND + 3));
    }
}
