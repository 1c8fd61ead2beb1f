//! What became of a program in the guest, or of the guest itself.

use std::fmt;
use std::io;
use std::time::Duration;

use super::initramfs::InitramfsError;

/// How a program's run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By itself, with this status; 128 and the signal's number if a signal ended it, 127 if it was not found.
    Exited(u8),
    /// It was still running at its deadline and was killed, with its process group. The guest goes on.
    Killed,
    /// The guest did not even kill it: the guest was killed.
    Wedged,
    /// The guest ended under it: a kernel panic, or it powered itself off.
    GuestEnded,
}

/// One program's run.
#[derive(Clone, Debug)]
pub struct GuestRun {
    /// How it ended.
    pub ended: Ended,
    /// Its standard output, as far as it came.
    pub output: String,
    /// Its standard error, as far as it came.
    pub errors: String,
    /// The guest's console from the boot to the end of the run.
    pub console: String,
    /// From the start of the program to its end; the boot is not counted.
    pub took: Duration,
}

impl GuestRun {
    /// The exit status, if it ended by itself.
    #[must_use]
    pub fn status(&self) -> Option<u8> {
        match self.ended {
            Ended::Exited(status) => Some(status),
            Ended::Killed | Ended::Wedged | Ended::GuestEnded => None,
        }
    }
}

impl fmt::Display for GuestRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.took.as_secs_f32();
        writeln!(f, "{} after {seconds:.1} s\n--- standard output\n{}", self.ended, self.output)?;
        writeln!(f, "--- standard error\n{}", self.errors)?;
        write!(f, "--- end of the console\n{}", tail(&self.console))
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(status) => write!(f, "exit {status}"),
            Self::Killed => f.write_str("killed at its deadline"),
            Self::Wedged => f.write_str("killed with the guest, which no longer answered"),
            Self::GuestEnded => f.write_str("the guest ended under it"),
        }
    }
}

/// The guest cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum GuestError {
    /// Its first file system cannot be built.
    #[error("the guest's first file system cannot be built")]
    Initramfs(#[from] InitramfsError),
    /// No program was named to be run.
    #[error("no program was named to be run in the guest")]
    NoProgram,
    /// A file or process of the host.
    #[error("cannot {doing}")]
    Host {
        /// What was attempted.
        doing: String,
        /// The reason.
        source: io::Error,
    },
    /// It did not come up.
    #[error("the guest did not come up: {reason}\n--- QEMU said\n{said}\n--- end of the console\n{}", tail(console))]
    NotReady {
        /// Why it was given up.
        reason: String,
        /// QEMU's own messages.
        said: String,
        /// All of the console.
        console: String,
    },
    /// It is no longer there, or does not answer.
    #[error("the guest is gone: {reason}\n--- QEMU said\n{said}\n--- end of the console\n{}", tail(console))]
    Gone {
        /// What was noticed.
        reason: String,
        /// QEMU's own messages.
        said: String,
        /// All of the console.
        console: String,
    },
}

impl GuestError {
    pub(crate) fn host(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Host { doing, source }
    }
}

/// A console holds hundreds of lines of a good boot; what went wrong is at its end.
fn tail(console: &str) -> String {
    let lines: Vec<_> = console.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}

/// Text from a console or a program, without what would act on a terminal.
pub fn harmless(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let shown = text.chars().filter(|&character| character != '\r');
    let mut harmless = String::with_capacity(text.len());
    for character in shown {
        match character {
            '\n' | '\t' => harmless.push(character),
            character if character.is_control() => harmless.extend(character.escape_default()),
            character => harmless.push(character),
        }
    }
    harmless
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_and_lines_stay_lines() {
        assert_eq!(harmless(b"one\r\n\ttwo\x1b[2J\x07 \xff"), "one\n\ttwo\\u{1b}[2J\\u{7} \u{fffd}");
    }

    #[test]
    fn a_failure_shows_the_last_forty_lines_of_the_console() {
        let console: String = (1..=100).map(|number| format!("line {number}\n")).collect();
        let run = GuestRun {
            ended: Ended::Killed,
            output: "half".to_owned(),
            errors: String::new(),
            console,
            took: Duration::from_millis(2500),
        };
        let shown = run.to_string();
        assert!(shown.starts_with("killed at its deadline after 2.5 s\n--- standard output\nhalf\n"), "{shown}");
        assert!(shown.contains("\nline 61\n") && !shown.contains("line 60\n"), "{shown}");
        assert_eq!(run.status(), None);
    }
}
