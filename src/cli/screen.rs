//! What standard output is drawn on.

/// A terminal to draw on. Where standard output is none, there is no screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Screen {
    /// How many characters a line has.
    pub columns: usize,
    /// Whether colours are wanted.
    pub colour: bool,
}

/// The columns where no terminal says how many it has.
pub(super) const COLUMNS: usize = 80;

impl Screen {
    /// The screen behind standard output of this process; `None` where that is no terminal.
    ///
    /// A variable `NO_COLOR` that is not empty keeps it without colour.
    #[must_use]
    pub fn of_standard_output() -> Option<Self> {
        use std::io::IsTerminal;
        let out = std::io::stdout();
        if !out.is_terminal() {
            return None;
        }
        let colour = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Some(Self { columns: columns(&out).unwrap_or(COLUMNS), colour })
    }
}

#[cfg(unix)]
fn columns(out: &std::io::Stdout) -> Option<usize> {
    // A terminal that cannot tell its size, such as a serial line, has the usual one.
    let size = rustix::termios::tcgetwinsize(out).ok()?;
    Some(usize::from(size.ws_col)).filter(|&columns| columns > 0)
}

#[cfg(not(unix))]
fn columns(_out: &std::io::Stdout) -> Option<usize> {
    None
}
