//! The end of the session: the stick restarts into what was written.

use std::time::Duration;

use super::question::{Heard, Question};
use super::{Command, DownloadError, Wrote};
use crate::protocol::{Conversation, Event, Step};

const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// How the stick took the restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restarted {
    /// It acknowledged, and restarts about a second later.
    Acknowledged,
    /// It was gone before it acknowledged.
    Left,
}

/// Restarts the stick (0a).
pub struct Restart {
    question: Question,
    outcome: Option<Restarted>,
}

impl Restart {
    /// The command.
    #[must_use]
    pub fn new() -> Self {
        Self { question: Question::new(&[0x0a], ANSWER_WITHIN).dropping_stale(), outcome: None }
    }
}

impl Default for Restart {
    fn default() -> Self {
        Self::new()
    }
}

impl Conversation for Restart {
    type Output = Restarted;
    type Error = DownloadError;

    fn next(&mut self) -> Step<Restarted> {
        self.outcome.take().map_or_else(|| self.question.next(), Step::Finished)
    }

    fn handle(&mut self, event: Event<'_>) -> Result<(), DownloadError> {
        self.outcome = match self.question.handle(event) {
            Heard::Nothing => None,
            Heard::Gone if self.question.asked() => Some(Restarted::Left),
            Heard::Frame(Ok(payload)) if payload[..] == [0x02] => Some(Restarted::Acknowledged),
            heard => return Err(DownloadError::of(heard, Command::Reset, None, Wrote::Nothing)),
        };
        Ok(())
    }
}
