//! The call that asks whether a flash block is marked bad.
//!
//! With it taken out, erasing and writing no longer skip blocks marked bad, and the factory's marks can be lost. It is
//! recognised and reported; it is patched for experts only, together with fastboot.

use super::LoaderError;
use super::signature::{CALL, MOST_HITS, NO_CALL, word};
use super::verdict::{Place, hex};

const SIGNATURE: [u8; 8] = [0x04, 0x10, 0x8d, 0xe2, 0x04, 0x00, 0xa0, 0xe1];

/// The check for bad blocks, as it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadBlockCheck {
    /// Where the call is.
    pub place: Place,
    /// The instruction there, in file order. `None` where the block ends before it.
    pub instruction: Option<[u8; 4]>,
}

impl BadBlockCheck {
    /// Whether the call was taken out already: marks are ignored.
    #[must_use]
    pub fn ignores_marks(&self) -> bool {
        self.instruction == Some(NO_CALL)
    }
}

/// All places that look like the check, one more than a sane number at most.
pub(super) fn search(block: &[u8], file: usize) -> Vec<BadBlockCheck> {
    (0..block.len())
        .step_by(4)
        .filter(|&offset| block[offset..].starts_with(&SIGNATURE))
        .map(|offset| {
            let call = offset + SIGNATURE.len();
            let place = Place { block_offset: call, file_offset: file + call };
            BadBlockCheck { place, instruction: word(block, call) }
        })
        .take(MOST_HITS + 1)
        .collect()
}

/// The one call to take out; `None` where it is out already.
pub(super) fn to_patch(checks: &[BadBlockCheck]) -> Result<Option<Place>, LoaderError> {
    let found = match checks {
        [] => "there is no such call in this loader".into(),
        [check] => match check.instruction {
            Some(NO_CALL) => return Ok(None),
            Some([.., CALL]) => return Ok(Some(check.place)),
            Some(other) => format!("the instruction there is {}, not a call ({})", hex(other), check.place),
            None => format!("the block ends before the call ({})", check.place),
        },
        [first, second, ..] => format!("several places look like it, such as {} and {}", first.place, second.place),
    };
    Err(LoaderError::BadBlockCheck { found })
}
