//! The virtual CD, ejected as a system would eject it.

use std::convert::Infallible;

use super::{CommandWrapper, Conversation, Event, LeaveCd, Reaction, Sent, Step};

/// The conversation that allows the medium to be removed, and ejects it.
///
/// What comes of the first command matters only where it shows that no other will be taken.
#[derive(Debug)]
pub struct Eject {
    command: LeaveCd,
    ejects: bool,
}

impl Eject {
    /// A conversation that ejects once.
    #[must_use]
    pub fn new() -> Self {
        Self { command: LeaveCd::new(CommandWrapper::allow_removal()), ejects: false }
    }
}

impl Default for Eject {
    fn default() -> Self {
        Self::new()
    }
}

impl Conversation for Eject {
    type Output = Sent;
    type Error = Infallible;

    fn next(&mut self) -> Step<Sent> {
        match self.command.next() {
            Step::Finished(Sent { reaction })
                if !self.ejects && !matches!(reaction, Reaction::NotTaken | Reaction::Left) =>
            {
                self.ejects = true;
                self.command = LeaveCd::new(CommandWrapper::eject());
                self.command.next()
            }
            step => step,
        }
    }

    fn handle(&mut self, event: Event<'_>) -> Result<(), Infallible> {
        self.command.handle(event)
    }
}
