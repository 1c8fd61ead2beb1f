//! What a function of the stick wants to happen after it understood a message.

use std::time::Duration;

use bytes::Bytes;

use crate::composition::Shape;
use crate::loader::Loaded;

/// The answer to one message, and what follows it.
#[derive(Debug)]
pub(crate) struct Reaction {
    /// What is said, if anything.
    pub(crate) answer: Option<Bytes>,
    /// A second transfer behind it.
    pub(crate) second: Option<Bytes>,
    /// How long the stick works before it says it.
    pub(crate) after: Duration,
    /// What happens then.
    pub(crate) then: Then,
}

/// What happens after an answer.
#[derive(Debug)]
pub(crate) enum Then {
    Stay,
    /// The OUT endpoint is not armed again until the stick is re-plugged.
    Deaf,
    /// The OUT endpoint answers NAK for a while.
    BusyFor(Duration),
    /// The endpoints are halted.
    Halt,
    Leave {
        after: Duration,
        next: Next,
    },
}

/// What a stick becomes after it left the bus.
#[derive(Debug)]
pub(crate) enum Next {
    /// It restarts and decides by what its flash holds.
    Boot,
    /// It restarts into the download daemon, as asked for by a mark in RAM.
    ForcedDownload,
    /// It restarts into the fastboot that it is running.
    Fastboot,
    /// It takes on another composition without a restart.
    Shape(Shape),
    /// It starts what the boot ROM was given.
    Loaded(Loaded),
    /// The test device comes back after this time.
    Again(Duration),
}

impl Reaction {
    /// No answer, nothing happens.
    pub(crate) fn silence() -> Self {
        Self { answer: None, second: None, after: Duration::ZERO, then: Then::Stay }
    }

    /// No answer, now or ever again.
    pub(crate) fn deaf() -> Self {
        Self { then: Then::Deaf, ..Self::silence() }
    }

    pub(crate) fn answer(answer: impl Into<Bytes>) -> Self {
        Self { answer: Some(answer.into()), ..Self::silence() }
    }

    /// The same, said only after some work.
    pub(crate) fn after(self, work: Duration) -> Self {
        Self { after: work, ..self }
    }

    pub(crate) fn then(self, then: Then) -> Self {
        Self { then, ..self }
    }
}
