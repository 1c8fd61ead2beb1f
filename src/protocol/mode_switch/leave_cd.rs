//! One message to a storage interface, and what comes of it.

use std::convert::Infallible;

use super::{CommandWrapper, Conversation, Event, Reaction, SEND_WITHIN, STATUS_WITHIN, Sent, Step, is_status};

/// The conversation that asks a stick to leave its CD stage by one message.
///
/// A missing status, a stall, a departure and a timeout are all normal: the stick may be gone before it answers.
#[derive(Debug)]
pub struct LeaveCd {
    message: Option<CommandWrapper>,
    /// Something came that is no status: the data that the message asked for.
    heard: bool,
    reaction: Option<Reaction>,
}

impl LeaveCd {
    /// A conversation that sends this message once.
    #[must_use]
    pub fn new(message: impl Into<CommandWrapper>) -> Self {
        Self { message: Some(message.into()), heard: false, reaction: None }
    }
}

impl Conversation for LeaveCd {
    type Output = Sent;
    type Error = Infallible;

    fn next(&mut self) -> Step<Sent> {
        if let Some(reaction) = self.reaction {
            return Step::Finished(Sent { reaction });
        }
        match self.message.take() {
            Some(message) => Step::Send { bytes: message.transfer(), within: SEND_WITHIN },
            None => Step::Receive { within: STATUS_WITHIN },
        }
    }

    fn handle(&mut self, event: Event<'_>) -> Result<(), Infallible> {
        self.reaction = match event {
            Event::Received(chunk) if is_status(chunk) => Some(Reaction::Answered),
            // An empty transfer means nothing; anything else goes before the status.
            Event::Received(chunk) => {
                self.heard |= !chunk.is_empty();
                None
            }
            Event::TimedOut if self.heard => Some(Reaction::Answered),
            Event::TimedOut => Some(Reaction::Silent),
            Event::SendTimedOut { .. } => Some(Reaction::NotTaken),
            Event::Stalled(_) => Some(Reaction::Stalled),
            Event::Gone => Some(Reaction::Left),
        };
        Ok(())
    }
}
