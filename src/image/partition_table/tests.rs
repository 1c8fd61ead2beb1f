use proptest::prelude::*;

use super::*;

/// One row: name, start, load size, length, load address, entry, type, property.
type Row = (&'static str, [u32; 7]);

/// The first rows of the table of a real V3R3 loader.
const V3R3: &[Row] = &[
    ("BootLoad", [0, 0x20000, 0x20000, 0, 0, 0x101, 0x4000]),
    ("NvBackGU", [0x20000, 0xc0000, 0xc0000, 0, 0, 0x10e, 0x4800]),
    ("BootRomA", [0xe0000, 0x240000, 0x240000, 0x3010_4000, 0x3010_4000, 0x102, 0x4800]),
];

/// Rows in the numbering of V7R11.
pub(crate) const V7R11: &[Row] = &[
    ("m3boot", [0, 0, 0x20000, 0, 0, 0x101, 0]),
    ("fastboot", [0x20000, 0, 0x60000, 0, 0, 0x102, 0]),
    ("kernel", [0x80000, 0, 0x60_0000, 0, 0, 0x107, 0]),
    ("kernelbk", [0x68_0000, 0, 0x60_0000, 0, 0, 0x108, 0]),
];

/// A table with its end mark, and `pTableTail` at `tail`, in `size` bytes.
pub(crate) fn build(rows: &[Row], tail: Option<usize>, size: usize) -> Vec<u8> {
    let mut table = HEAD.to_vec();
    table.extend(b"BOOTROM_V01.02\0\0TEST_STICK\0\0\0\0\0\0");
    for (name, numbers) in rows.iter().chain(&[("T", [0, 0, 0, 0, 0, 0x200, 1])]) {
        let mut field = [0; 16];
        field[..name.len()].copy_from_slice(name.as_bytes());
        table.extend(field);
        table.extend(numbers.iter().chain(&[0]).flat_map(|number| number.to_le_bytes()));
    }
    table.resize(size.max(table.len()), 0);
    if let Some(tail) = tail {
        table[tail..tail + TAIL.len()].copy_from_slice(&TAIL);
    }
    table
}

#[test]
fn a_table_is_read_to_its_end_mark_and_not_to_2048_bytes() {
    let bytes = build(V3R3, Some(0x7e0), 0x800);
    let (table, size) = PartitionTable::parse(&bytes).unwrap();
    assert_eq!(size, 0x30 + 4 * 48);
    assert_eq!((table.version.as_str(), table.product.as_str()), ("BOOTROM_V01.02", "TEST_STICK"));
    assert_eq!(table.entries.len(), 3);
    let bootrom = &table.entries[2];
    assert_eq!((bootrom.name.as_str(), bootrom.start, bootrom.length), ("BootRomA", 0xe0000, 0x240000));
    assert_eq!((bootrom.load_address, bootrom.image_type, bootrom.property), (0x3010_4000, 0x102, 0x4800));
    assert_eq!(room(&bytes, size), 0x7e0);
}

#[test]
fn an_empty_name_ends_a_table_too() {
    let mut bytes = build(V3R3, None, 0x800);
    bytes[0x30 + 48..].fill(0);
    let (table, size) = PartitionTable::parse(&bytes).unwrap();
    assert_eq!((table.entries.len(), size), (1, 0x30 + 96));
}

#[test]
fn forty_one_entries_need_the_tail_behind_them() {
    let mut rows = vec![("x", [0; 7]); 41];
    let mut bytes = build(&rows, None, 0x800);
    bytes.truncate(0x7e0);
    bytes.extend(TAIL);
    let (table, size) = PartitionTable::parse(&bytes).unwrap();
    assert_eq!((table.entries.len(), size), (41, 0x7f0));
    rows.push(("y", [0; 7]));
    assert_eq!(PartitionTable::parse(&build(&rows, None, 0x800)), Err(TableError::NoEnd { offset: 0x7e0 }));
}

#[test]
fn a_tail_mark_with_something_in_its_padding_is_damage_and_no_partition() {
    let mut bytes = build(&[], None, 0x800);
    bytes[0x30..0x40].copy_from_slice(&TAIL);
    assert_eq!(PartitionTable::parse(&bytes).unwrap().0.entries, []);
    for at in 0x3b..0x40 {
        let mut damaged = bytes.clone();
        damaged[at] = 1;
        assert_eq!(PartitionTable::parse(&damaged), Err(TableError::DamagedEnd { offset: 0x30 }), "byte {at:#x}");
    }
}

#[test]
fn a_table_cut_anywhere_before_its_true_end_is_refused_and_complete_from_there_on() {
    let bytes = build(V3R3, Some(0x7e0), 0x800);
    let size = 0x30 + 4 * 48;
    for length in 0..size {
        assert!(PartitionTable::parse(&bytes[..length]).is_err(), "cut at {length}");
    }
    assert_eq!(PartitionTable::parse(&bytes[..size]), PartitionTable::parse(&bytes));
}

#[test]
fn the_head_is_compared_to_its_sixteenth_byte() {
    for at in 0..16 {
        let mut bytes = build(V3R3, None, 0x800);
        bytes[at] ^= 0x10;
        assert!(matches!(PartitionTable::parse(&bytes), Err(TableError::Head { .. })), "byte {at}");
    }
}

#[test]
fn a_partition_beyond_four_gigabytes_is_refused_by_name_and_offset() {
    let bytes = build(&[("good", [0; 7]), ("far", [0xffff_0000, 0, 0x2_0000, 0, 0, 0, 0])], None, 0);
    let error = PartitionTable::parse(&bytes).unwrap_err();
    assert!(matches!(&error, TableError::BeyondFlash { name, offset: 0x60, .. } if name == "far"), "{error}");
}

#[test]
fn control_characters_in_a_name_are_escaped() {
    let (table, _) = PartitionTable::parse(&build(&[("a\x1b[2J", [0; 7])], None, 0)).unwrap();
    assert_eq!(table.entries[0].name, "a\\x1b[2J");
}

#[test]
fn a_capacity_is_told_only_where_type_and_name_agree() {
    let (table, _) = PartitionTable::parse(&build(V7R11, None, 0)).unwrap();
    assert_eq!(table.capacity_of(0x0011_0000), Some(0x6_0000));
    assert_eq!(table.capacity_of(0x0020_0000), Some(0x2_0000));
    assert_eq!(table.capacity_of(0x0002_0000), Some(0x2_0000));
    assert_eq!(table.capacity_of(0x0009_0000), Some(0x60_0000));
    assert_eq!(table.capacity_of(0x0022_0000), None, "no vxworks entry");
    assert_eq!(table.capacity_of(0x0059_0000), None, "file systems do not compare one to one");
    let (older, _) = PartitionTable::parse(&build(V3R3, None, 0)).unwrap();
    assert_eq!(older.capacity_of(0x0011_0000), None, "0x102 is BootRom in the older numbering");
}

#[test]
fn a_capacity_of_two_entries_that_fit_is_not_certain() {
    let twice = [V7R11[1], V7R11[1]];
    let (table, _) = PartitionTable::parse(&build(&twice, None, 0)).unwrap();
    assert_eq!(table.capacity_of(0x0011_0000), None);
}

#[test]
fn a_plan_of_whole_erase_blocks_without_overlap_is_needed_to_replace_another() {
    let check = |rows: &[Row]| PartitionTable::parse(&build(rows, None, 0)).unwrap().0.check_plan();
    assert_eq!(check(V7R11), Ok(()));
    let odd = ("odd", [0x20000, 0, 0x1000, 0, 0, 0, 0]);
    assert!(matches!(check(&[odd]), Err(TableError::Unaligned { length: 0x1000, .. })));
    let inside = ("inside", [0x40000, 0, 0x20000, 0, 0, 0, 0]);
    let empty = ("empty", [0x40000, 0, 0, 0, 0, 0, 0]);
    assert_eq!(check(&[V7R11[1], empty]), Ok(()), "a partition of length zero takes no room");
    assert!(matches!(check(&[V7R11[1], inside]), Err(TableError::Overlap { start: 0x40000, .. })));
}

#[test]
fn the_room_ends_at_the_end_mark_where_foreign_data_or_no_tail_follows() {
    let mut bytes = build(V3R3, Some(0x3f0), 0x800);
    let (_, size) = PartitionTable::parse(&bytes).unwrap();
    assert_eq!(room(&bytes, size), 0x3f0);
    bytes[size + 4] = 1;
    assert_eq!(room(&bytes, size), size);
    assert_eq!(room(&build(V3R3, None, 0x800), size), size);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_bytes_behind_a_good_head_panic(rest in proptest::collection::vec(any::<u8>(), 0..2200)) {
        let mut bytes = HEAD.to_vec();
        bytes.extend(rest);
        if let Ok((_, size)) = PartitionTable::parse(&bytes) {
            prop_assert!(size <= bytes.len() && size <= LARGEST);
            prop_assert!((size..=LARGEST).contains(&room(&bytes, size)));
        }
    }
}
