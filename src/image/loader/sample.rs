//! Small loaders for the tests: look-alikes of the forms that real ones have.

use super::signature::{FORMS, Form};

/// Where the signature of [`usbldr_of`] starts in the block.
pub(super) const SIGNATURE: usize = 0x100;
/// A call that leads nowhere near an erase function.
pub(super) const LIVE_CALL: [u8; 4] = [0x10, 0x00, 0x00, 0xeb];
pub(super) const NO_CALL: [u8; 4] = [0x00, 0x00, 0xa0, 0xe3];
/// `beq` and `b` over some instructions.
pub(super) const BRANCH_IF_EQUAL: [u8; 4] = [0x06, 0x00, 0x00, 0x0a];
pub(super) const BRANCH_ALWAYS: [u8; 4] = [0x06, 0x00, 0x00, 0xea];

/// File offset of the second block of [`loader`].
pub(super) const USBLDR: usize = 0x54 + 0x380;

pub(super) fn form(name: &str) -> &'static Form {
    FORMS.iter().find(|form| form.name == name).unwrap()
}

/// Bytes that are no code of anybody.
pub(super) fn filler(size: usize) -> Vec<u8> {
    (0..size).map(|at| (at % 251) as u8 ^ 0x11).collect()
}

/// A file of any blocks, each with mode and address.
pub(super) fn file(blocks: &[(u32, u32, &[u8])]) -> Vec<u8> {
    let mut file = vec![0, 0, 2, 0];
    file.resize(0x24, 0);
    let mut offset = 0x24 + 16 * (blocks.len() as u32 + 1);
    for (mode, address, data) in blocks {
        file.extend([*mode, data.len() as u32, *address, offset].iter().flat_map(|word| word.to_le_bytes()));
        offset += data.len() as u32;
    }
    file.extend([0; 16]);
    file.extend(blocks.iter().flat_map(|(_, _, data)| data.iter()));
    file
}

/// A two-block file whose addresses hint at no platform.
pub(super) fn loader(usbldr: &[u8]) -> Vec<u8> {
    file(&[(1, 0x1000, &filler(USBLDR - 0x54)), (2, 0x5780_0000, usbldr)])
}

/// A second block with one signature, and this instruction in the place of the erase call or branch.
pub(super) fn usbldr_of(form: &Form, instruction: [u8; 4]) -> Vec<u8> {
    let mut block = filler(0x400);
    put(&mut block, SIGNATURE, form.signature);
    put(&mut block, instruction_of(form), &instruction);
    block
}

/// Where the instruction of a form lies in [`usbldr_of`], worked out by hand from the published offsets.
pub(super) fn instruction_of(form: &Form) -> usize {
    SIGNATURE
        + match form.name {
            "V7R1" => 20,
            "V7R2" => 44 + 16,
            "V7R11" => 56 + 4,
            "V7R22" => return SIGNATURE + 32 - 37 - 3,
            "V7R22 (E5885 class)" => 24,
            "V7R22 (B525s class)" => 20,
            other => panic!("{other} is a form without a test"),
        }
}

/// A look-alike of the real V7R1 loader usblsafe-327x: a live call of a function whose block count is patched.
pub(super) fn v7r1_inner_patch() -> Vec<u8> {
    let mut block = filler(0x14000);
    put(&mut block, 0xdb0, form("V7R1").signature);
    put(&mut block, 0xdc4, &[0x49, 0x4a, 0x00, 0xeb]);
    put(&mut block, 0x136f0, &[0x00, 0x4c, 0x2d, 0xe9]);
    put(&mut block, 0x1371c, &NO_CALL);
    block
}

/// A look-alike of the real V7R1 loader usblsafe-8278: as above, with another offset in the third word.
pub(super) fn v7r1_masked_inner_patch() -> Vec<u8> {
    let mut block = filler(0x14000);
    put(&mut block, 0xda8, form("V7R1").signature);
    put(&mut block, 0xdb0, &[0x24, 0xc4, 0x9f, 0xe5]);
    put(&mut block, 0xda8 + 16 + 0x424, &0x9876_5432_u32.to_le_bytes());
    put(&mut block, 0xdbc, &[0x99, 0x48, 0x00, 0xeb]);
    put(&mut block, 0x13028, &[0x00, 0x4c, 0x2d, 0xe9]);
    put(&mut block, 0x13054, &NO_CALL);
    block
}

pub(super) fn put(block: &mut [u8], offset: usize, bytes: &[u8]) {
    block[offset..offset + bytes.len()].copy_from_slice(bytes);
}
