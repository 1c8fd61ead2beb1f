//! What a job on one stick came to.

use crate::failure::FlashState;
use crate::stick::Mode;

/// What a job came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// `false` when only the plan was wanted.
    pub done: bool,
    /// Whether anything was done to the stick: `false` where it was as wanted already, and where only the plan was wanted.
    pub changed: bool,
    /// The mode the stick was in.
    pub from_mode: Mode,
    /// The mode it is in now.
    pub mode: Mode,
    /// The software that it ran, where it said so.
    pub from_software: Option<String>,
    /// The software that it runs now, where it said so.
    pub software: Option<String>,
    /// What the flash holds.
    pub state: FlashState,
}

impl Outcome {
    /// That of a job that asks nothing about versions and writes nothing.
    #[must_use]
    pub fn of_modes(done: bool, from_mode: Mode, mode: Mode) -> Self {
        Self { done, changed: done, from_mode, mode, from_software: None, software: None, state: FlashState::Untouched }
    }

    /// That of a stick that was where it was wanted, and of which nothing but questions were asked.
    #[must_use]
    pub fn unchanged(mode: Mode) -> Self {
        Self { changed: false, ..Self::of_modes(true, mode, mode) }
    }
}
