//! How far a job came, and what it leaves in the flash.

use std::fmt;

/// What is in the stick's flash now, as far as the program can know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlashState {
    /// Nothing was sent that could change it.
    Untouched,
    /// A loader was started in RAM; the flash is as it was.
    RunningFromRam,
    /// Some of the partitions, or a part of one, were written.
    PartlyWritten,
    /// Every partition was written and confirmed.
    Written,
    /// The stick did not say whether it kept what it was sent.
    Unknown,
}

impl FlashState {
    /// This state after a loader was started: a flash that was written in an earlier pass stays so.
    #[must_use]
    pub const fn with_loader_running(self) -> Self {
        match self {
            Self::Untouched | Self::RunningFromRam => Self::RunningFromRam,
            written => written,
        }
    }

    /// The word in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Untouched => "untouched",
            Self::RunningFromRam => "running_from_ram",
            Self::PartlyWritten => "partly_written",
            Self::Written => "written",
            Self::Unknown => "unknown",
        }
    }
}

/// The rows of the main job's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Out of the running firmware, into download mode or the boot ROM.
    Leave,
    /// From the boot ROM into download mode, by a loader.
    Load,
    /// Writing the partitions.
    Flash,
    /// Reset, and proof of what came back.
    Return,
}

impl Stage {
    /// The word in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Leave => "leave",
            Self::Load => "load",
            Self::Flash => "flash",
            Self::Return => "return",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
