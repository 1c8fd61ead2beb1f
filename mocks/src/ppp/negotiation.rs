//! What differs from one control protocol to the other, and what the layers above are told.

use super::packet::Choice;

/// What one end may say to the options of the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Agree,
    /// These, with these values instead.
    Suggest(Vec<Choice>),
    /// Not these.
    Refuse(Vec<Choice>),
}

/// What the layers above are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Up,
    Down,
    Finished,
}

/// What differs from protocol to protocol.
pub(super) trait Negotiation {
    /// The options of the next Configure-Request.
    fn wanted(&self) -> Vec<Choice>;
    /// What to say to the options of the other end.
    fn judge(&mut self, choices: &[Choice]) -> Verdict;
    /// The other end suggests these values.
    fn suggested(&mut self, choices: &[Choice]);
    /// The other end refuses these.
    fn refused(&mut self, choices: &[Choice]);
    /// The other end agreed to all that was wanted.
    fn agreed(&mut self);
}
