//! The code around the call that erases the whole flash.
//!
//! An original loader erases everything as it starts, calibration and identity included. Its code is recognised by one
//! of the byte strings below, found by the field in real loaders; each platform has its own. They lie at multiples of
//! four from the start of the second block. Bytes are in file order.

use super::inner_patch;
use crate::image::platform::Platform;

/// `mov r0, #0`: what a taken-out call is replaced by.
pub(super) const NO_CALL: [u8; 4] = [0x00, 0x00, 0xa0, 0xe3];
/// The last byte of `bl`.
pub(super) const CALL: u8 = 0xeb;
/// More hits than any loader has; with more the file is no loader whose code can be trusted.
pub(super) const MOST_HITS: usize = 16;

const BRANCH_IF_EQUAL: u8 = 0x0a;
const BRANCH_ALWAYS: u8 = 0xea;
/// No real hit lies in the first two words.
const FIRST_OFFSET: usize = 8;

/// What is changed to keep the flash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Patch {
    /// The call so many bytes behind the end of the signature becomes `mov r0, #0`.
    Call { behind: usize },
    /// The branch that starts eight bytes before the signature is always taken.
    Branch,
}

/// One byte string and what to do about it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Form {
    /// Platform, and class of products where one platform has several forms.
    pub name: &'static str,
    pub platform: Platform,
    pub signature: &'static [u8],
    patch: Patch,
}

pub(super) const FORMS: [Form; 6] = [
    Form {
        name: "V7R1",
        platform: Platform::V7R1,
        signature: b"\x3d\xe2\xe0\xe3\x00\xe0\x9e\xe5\x5c\xc3\x9f\xe5\x0c\x00\x5e\xe1\x00\x00\x00\x0a",
        patch: Patch::Call { behind: 0 },
    },
    Form {
        name: "V7R2",
        platform: Platform::V7R2,
        signature: b"\x00\x30\xa0\xe3\x9a\x3f\x07\xee\xff\x2f\x0f\xe3\xe1\x2f\x44\xe3\x07\x30\x02\xe5\
            \x9a\x3f\x07\xee\x00\x40\xa0\xe3\xe0\x4f\x44\xe3\x4e\x36\x04\xe3\x4c\x34\x44\xe3\
            \x30\x33\x84\xe5",
        patch: Patch::Call { behind: 16 },
    },
    Form {
        name: "V7R11",
        platform: Platform::V7R11,
        signature: b"\x00\x00\x50\xe3\x70\x80\xbd\x08\x00\x30\xa0\xe3\x4e\x26\x04\xe3\xe0\x3f\x44\xe3\
            \x55\x22\x44\xe3\x4c\x01\x9f\xe5\x4e\xc6\x04\xe3\x48\x41\x9f\xe5\x02\x10\xa0\xe1\
            \x4c\xc4\x44\xe3\x5c\x23\x83\xe5\x00\x00\x8f\xe0\x40\xc3\x83\xe5",
        patch: Patch::Call { behind: 4 },
    },
    Form {
        name: "V7R22",
        platform: Platform::V7R22,
        signature: b"\x12\x3b\xa0\xe3\x4a\x35\x4a\xe3\x00\x20\xa0\xe3\x78\x20\xc3\xe5\x79\x20\xc3\xe5\
            \x7a\x20\xc3\xe5\x7b\x20\xc3\xe5\x00\x00\xa0\xe3",
        patch: Patch::Branch,
    },
    Form {
        name: "V7R22 (E5885 class)",
        platform: Platform::V7R22,
        signature: b"\x18\x30\x94\xe5\x10\x20\x94\xe5\x0d\x00\xa0\xe1\x30\x40\x84\xe2\x14\x30\x8d\xe5\
            \x10\x20\x8d\xe5",
        patch: Patch::Call { behind: 0 },
    },
    Form {
        name: "V7R22 (B525s class)",
        platform: Platform::V7R22,
        signature: b"\x10\x30\x94\xe5\x0d\x00\xa0\xe1\x10\x30\x8d\xe5\x18\x30\x94\xe5\x14\x30\x8d\xe5",
        patch: Patch::Call { behind: 0 },
    },
];

/// What the code at a hit does now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// It erases. `found` is the instruction.
    Erases { found: [u8; 4] },
    /// The call or branch carries the patch.
    Patched,
    /// The call is there, and the function that it calls counts no blocks. The offset is that of the patched word.
    CountsNothing { patched: usize },
    /// Neither the instruction that belongs there nor the patched one.
    Unexpected { found: [u8; 4] },
    /// The instruction would lie outside of the block.
    Outside,
}

/// A signature that was found. Offsets count from the start of the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hit {
    pub form: &'static Form,
    /// Where the signature starts.
    pub offset: usize,
    /// The instruction in question.
    pub instruction: usize,
    pub condition: Condition,
}

impl Hit {
    fn at(form: &'static Form, block: &[u8], offset: usize) -> Option<Self> {
        let masked = || form.platform == Platform::V7R1 && inner_patch::is_masked_form(form.signature, block, offset);
        if !block[offset..].starts_with(form.signature) && !masked() {
            return None;
        }
        let instruction = match form.patch {
            Patch::Call { behind } => offset + form.signature.len() + behind,
            Patch::Branch => offset - 8,
        };
        let condition = match (word(block, instruction), form.patch) {
            (None, _) => Condition::Outside,
            (Some(NO_CALL), Patch::Call { .. }) => Condition::Patched,
            (Some(found @ [.., CALL]), Patch::Call { .. }) => match inner_patch::in_target(form, block, instruction) {
                Some(patched) => Condition::CountsNothing { patched },
                None => Condition::Erases { found },
            },
            // Any other condition would become another instruction, not an unconditional branch.
            (Some(found @ [.., BRANCH_IF_EQUAL]), Patch::Branch) => Condition::Erases { found },
            (Some([.., BRANCH_ALWAYS]), Patch::Branch) => Condition::Patched,
            (Some(found), _) => Condition::Unexpected { found },
        };
        Some(Self { form, offset, instruction, condition })
    }

    /// Where to write what, in the block, to keep the flash.
    pub(super) fn patch(&self) -> (usize, &'static [u8]) {
        match self.form.patch {
            Patch::Call { .. } => (self.instruction, &NO_CALL),
            Patch::Branch => (self.instruction + 3, &[BRANCH_ALWAYS]),
        }
    }
}

/// All hits of all platforms, one more than [`MOST_HITS`] at most.
pub(super) fn search(block: &[u8]) -> Vec<Hit> {
    (FIRST_OFFSET..block.len())
        .step_by(4)
        .flat_map(|offset| FORMS.iter().filter_map(move |form| Hit::at(form, block, offset)))
        .take(MOST_HITS + 1)
        .collect()
}

/// Four bytes, where the block has them.
pub(super) fn word(block: &[u8], offset: usize) -> Option<[u8; 4]> {
    block.get(offset..)?.first_chunk().copied()
}

#[cfg(test)]
mod tests;
