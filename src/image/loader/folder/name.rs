//! The names of the files of a loader's folder.

use crate::image::loader::BlockMode;

/// The partition table, as it is in the loader.
pub(super) const TABLE: &str = "ptable.bin";
/// The partition table for reading.
pub const TABLE_TEXT: &str = "ptable.txt";
pub(super) const HEAD: &str = "head.bin";
pub(super) const TRAILING: &str = "trailing.bin";

/// What a file of the folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Member {
    Block { number: usize, address: u32, mode: BlockMode },
    Table,
    TableText,
    Head,
    Trailing,
}

pub(super) fn of_block(number: usize, address: u32, mode: BlockMode) -> String {
    format!("{number:02}-{address:08x}-{}.bin", word(mode))
}

const fn word(mode: BlockMode) -> &'static str {
    match mode {
        BlockMode::CallAndReturn => "call",
        BlockMode::Start => "start",
    }
}

/// What a file is by its name; nothing for a name that has no place in such a folder.
pub(super) fn classify(name: &str) -> Option<Member> {
    match name {
        TABLE => Some(Member::Table),
        TABLE_TEXT => Some(Member::TableText),
        HEAD => Some(Member::Head),
        TRAILING => Some(Member::Trailing),
        block => block_of(block),
    }
}

fn block_of(name: &str) -> Option<Member> {
    let mut parts = name.strip_suffix(".bin")?.split('-');
    let (number, address, mode) = (parts.next()?, parts.next()?, parts.next()?);
    let is_number = number.len() == 2 && number.bytes().all(|digit| digit.is_ascii_digit());
    let is_address = address.len() == 8 && address.bytes().all(|digit| digit.is_ascii_hexdigit());
    if parts.next().is_some() || !is_number || !is_address {
        return None;
    }
    let mode = [BlockMode::CallAndReturn, BlockMode::Start].into_iter().find(|known| word(*known) == mode)?;
    Some(Member::Block { number: number.parse().ok()?, address: u32::from_str_radix(address, 16).ok()?, mode })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_named_by_number_address_and_mode_and_nothing_else_is_taken_for_one() {
        assert_eq!(of_block(1, 0x5790_0000, BlockMode::Start), "01-57900000-start.bin");
        let block = Member::Block { number: 1, address: 0x5790_0000, mode: BlockMode::Start };
        assert_eq!(classify("01-57900000-start.bin"), Some(block));
        for wrong in [
            "1-57900000-start.bin",
            "01-5790000-start.bin",
            "01-57900000-run.bin",
            "01-57900000-start.fw",
            "01-+7900000-start.bin",
            "+1-57900000-start.bin",
            "01-57900000-start-x.bin",
            "../01-57900000-start.bin",
            "",
        ] {
            assert_eq!(classify(wrong), None, "{wrong}");
        }
    }
}
