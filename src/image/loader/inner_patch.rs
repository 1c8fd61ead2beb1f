//! V7R1 loaders that were made safe inside their erase function, as two real ones were.
//!
//! The call of the erase function is still there. 0x2c bytes into the function, the call that computes the number of
//! blocks was replaced by `mov r0, #0`, so its loop runs zero times.

use super::signature::{Form, NO_CALL, word};
use crate::image::platform::Platform;

/// What is compared in RAM to skip the erasing after a restart in the middle of a flash.
const RESTART_MARK: [u8; 4] = 0x9876_5432_u32.to_le_bytes();
/// How the erase function begins: `push {r10, r11, lr}`.
const FUNCTION_START: [u8; 4] = [0x00, 0x4c, 0x2d, 0xe9];
const BLOCK_COUNT: usize = 0x2c;
/// The third word of the signature loads the restart mark from a place that differs between builds.
const LOAD: usize = 8;

/// Whether the V7R1 signature is at `offset` with another offset in its "load literal", and that literal is the mark.
pub(super) fn is_masked_form(signature: &[u8], block: &[u8], offset: usize) -> bool {
    let Some(found) = offset.checked_add(signature.len()).and_then(|end| block.get(offset..end)) else { return false };
    let load = &found[LOAD..LOAD + 4];
    let same = found[..LOAD] == signature[..LOAD]
        && found[LOAD + 4..] == signature[LOAD + 4..]
        && load[1] & 0xf0 == 0xc0
        && load[2..] == [0x9f, 0xe5];
    // The program counter is two instructions ahead of the load.
    let literal = offset + LOAD + 8 + (usize::from(load[1] & 0x0f) << 8 | usize::from(load[0]));
    same && word(block, literal) == Some(RESTART_MARK)
}

/// Follows the call at `instruction`, and tells where its target was patched so that it erases nothing.
pub(super) fn in_target(form: &Form, block: &[u8], instruction: usize) -> Option<usize> {
    if form.platform != Platform::V7R1 {
        return None;
    }
    let function = target(word(block, instruction)?, instruction)?;
    let count = function.checked_add(BLOCK_COUNT)?;
    (word(block, function)? == FUNCTION_START && word(block, count)? == NO_CALL).then_some(count)
}

/// Where a `bl` leads, in the same block: eight bytes ahead, plus its lower 24 bits as a signed number of words.
fn target(call: [u8; 4], instruction: usize) -> Option<usize> {
    let [low, middle, high, _] = call;
    let distance = i32::from_le_bytes([0, low, middle, high]) >> 6;
    instruction.checked_add(8)?.checked_add_signed(isize::try_from(distance).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calls_of_the_two_real_loaders_lead_to_functions_that_are_patched_at_2c() {
        // Read in usblsafe-327x and usblsafe-8278: instruction, place of the call, place of the inner patch.
        assert_eq!(target([0x49, 0x4a, 0x00, 0xeb], 0xdc4), Some(0x1371c - BLOCK_COUNT));
        assert_eq!(target([0x99, 0x48, 0x00, 0xeb], 0xdbc), Some(0x13054 - BLOCK_COUNT));
    }

    #[test]
    fn a_call_may_lead_backwards_but_not_before_the_block() {
        assert_eq!(target([0xfe, 0xff, 0xff, 0xeb], 0x40), Some(0x40));
        assert_eq!(target([0x00, 0x00, 0x80, 0xeb], 0x40), None);
    }
}
