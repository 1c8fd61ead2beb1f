//! What stands between a person, or a pipe, and the port.

use std::time::Duration;

/// What is to be done.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// Shown on standard output.
    pub show: Vec<u8>,
    /// Sent to the stick, as one transfer.
    pub send: Vec<u8>,
    /// The terminal is to be left.
    pub leave: bool,
    /// The terminal is to be left before all was said.
    pub trouble: Option<Trouble>,
}

/// Why a terminal ends before all was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Something is not sent, and neither is what stands behind it.
    Refused(String),
    /// The last command was not answered to its end. With the last line that came, if one did.
    Unanswered { command: String, within: Duration, heard: Option<String> },
    /// The port carries the data of a call, and lines are left.
    Connected,
}

impl Wish {
    pub fn showing(show: impl Into<Vec<u8>>) -> Self {
        Self { show: show.into(), ..Self::default() }
    }

    pub fn leaving() -> Self {
        Self { leave: true, ..Self::default() }
    }
}

/// A way to talk to the port. It does no input or output of its own.
pub trait Front {
    /// Takes what was typed, or came through the pipe.
    fn typed(&mut self, bytes: &[u8]) -> Wish;

    /// Takes note that no more will be typed.
    fn ended(&mut self) -> Wish;

    /// Takes what the stick said.
    fn heard(&mut self, chunk: &[u8]) -> Wish;

    /// Takes note that nothing was said in either direction for so long.
    fn silent(&mut self, how_long: Duration) -> Wish;

    /// Whether more of what was typed can be taken now.
    fn has_room(&self) -> bool {
        true
    }

    /// What to show in the end, so that whatever comes next begins on a line of its own.
    fn farewell(&mut self) -> Vec<u8> {
        Vec::new()
    }
}
