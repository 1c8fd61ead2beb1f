use super::*;
use crate::image::partition_table::tests::{V7R11, build};

fn table(rows: &[(&'static str, [u32; 7])]) -> PartitionTable {
    PartitionTable::parse(&build(rows, None, 0)).unwrap().0
}

fn row(name: &'static str, start: u32, length: u32, image_type: u32) -> (&'static str, [u32; 7]) {
    (name, [start, 0, length, 0, 0, image_type, 0])
}

fn write(code: u32, size: u64) -> Write {
    Write { code: PartitionCode(code), size }
}

fn marks(map: &FlashMap) -> Vec<(Option<&str>, Mark)> {
    map.spans.iter().map(|span| (span.name.as_deref(), span.mark)).collect()
}

#[test]
fn what_a_firmware_names_is_written_and_the_rest_is_left_alone() {
    let map = FlashMap::new(&table(V7R11), TableSource::Loader, [write(0x20_0000, 4530), write(0x09_0000, 0x60_0000)]);
    let expected = [
        (Some("m3boot"), Mark::Written),
        (Some("fastboot"), Mark::LeftAlone),
        (Some("kernel"), Mark::Written),
        (Some("kernelbk"), Mark::LeftAlone),
    ];
    assert_eq!((marks(&map), map.size), (expected.to_vec(), 0xc8_0000));
    assert_eq!(map.spans[2].writes, [write(0x09_0000, 0x60_0000)]);
}

#[test]
fn one_byte_more_than_the_partition_does_not_fit() {
    let map = FlashMap::new(&table(V7R11), TableSource::Loader, [write(0x09_0000, 0x60_0001)]);
    assert_eq!(map.spans[2].mark, Mark::DoesNotFit);
}

#[test]
fn a_file_system_goes_by_name_and_is_not_measured_against_its_partition() {
    let rows = [row("system", 0, 0x2_0000, 0x10e), row("nvimg", 0x2_0000, 0x2_0000, 0x104)];
    let map = FlashMap::new(&table(&rows), TableSource::Firmware, [write(0x59_0000, 1 << 30), write(0x08_0000, 1)]);
    assert_eq!(marks(&map), [(Some("system"), Mark::Written), (Some("nvimg"), Mark::WrittenIdentity)]);
}

#[test]
fn calibration_and_identity_are_told_in_both_numberings_and_what_has_no_place_is_listed() {
    let rows = [
        row("BootLoad", 0, 0x2_0000, 0x101),
        row("NvBackLTE", 0x2_0000, 0x2_0000, 0x10d),
        row("BootRom", 0x4_0000, 0x2_0000, 0x102),
        row("BootRom", 0x6_0000, 0x2_0000, 0x102),
        row("VxWorks", 0x8_0000, 0x2_0000, 0x103),
    ];
    let writes = [write(0x102, 1), write(0x55_0103, 1), write(0x66, 1), write(0xab_0000, 7)];
    let map = FlashMap::new(&table(&rows), TableSource::Loader, writes);
    let expected = [Mark::LeftAlone, Mark::Identity, Mark::Written, Mark::Written, Mark::Written];
    assert_eq!(map.spans.iter().map(|span| span.mark).collect::<Vec<_>>(), expected);
    assert_eq!(map.without_place, [write(0x66, 1), write(0xab_0000, 7)]);
    assert_eq!(map.marked(Mark::Identity).count(), 1);
}

#[test]
fn gaps_are_pieces_of_their_own_and_overlaps_are_said() {
    let rows = [
        row("b", 0x6_0000, 0x2_0000, 0),
        row("a", 0x2_0000, 0x2_0000, 0),
        row("empty", 0x6_0000, 0, 0),
        row("over", 0x7_0000, 0x2_0000, 0),
    ];
    let map = FlashMap::new(&table(&rows), TableSource::Loader, []);
    let names: Vec<_> = map.spans.iter().map(|span| span.name.as_deref().unwrap_or("-")).collect();
    assert_eq!(names, ["-", "a", "-", "empty", "b", "over"]);
    assert_eq!(
        map.spans.iter().map(|span| span.overlaps).collect::<Vec<_>>(),
        [false, false, false, false, false, true]
    );
    assert_eq!(map.size, 0x9_0000);
    let apart: u64 = map.spans[..5].iter().map(|span| span.length).sum();
    assert_eq!(apart, 0x8_0000, "without overlaps the pieces add up to where the last one ends");
}

#[test]
fn a_map_of_the_table_alone_claims_of_no_partition_that_it_is_left_alone() {
    let alone = FlashMap::new(&table(V7R11), TableSource::Loader, []);
    assert!(Mark::ALL.iter().all(|mark| !alone.meaning(*mark).contains("left alone")));
    let written = FlashMap::new(&table(V7R11), TableSource::Loader, [write(0x20_0000, 1)]);
    assert_eq!(written.meaning(Mark::LeftAlone), "left alone");
}
