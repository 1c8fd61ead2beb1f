use super::*;
use crate::image::map::TableSource;
use crate::image::partition_code::PartitionCode;

fn span(name: Option<&str>, start: u64, length: u64, mark: Mark) -> Span {
    let writes =
        if mark == Mark::Written { vec![Write { code: PartitionCode(0x11_0000), size: 4530 }] } else { vec![] };
    Span { name: name.map(str::to_owned), start, length, mark, writes, overlaps: false }
}

fn map() -> FlashMap {
    FlashMap {
        product: "TEST".to_owned(),
        source: TableSource::Loader,
        size: 0xa0_0000,
        spans: vec![
            span(Some("tiny"), 0, 0x2_0000, Mark::Written),
            span(Some("nvbacklte"), 0x2_0000, 0x1e_0000, Mark::Identity),
            span(None, 0x20_0000, 0x20_0000, Mark::Unassigned),
            span(Some("empty"), 0x40_0000, 0, Mark::LeftAlone),
            span(Some("large"), 0x40_0000, 0x60_0000, Mark::LeftAlone),
        ],
        without_place: vec![Write { code: PartitionCode(0xab_0000), size: 7 }],
    }
}

#[test]
fn the_strip_is_as_wide_as_the_screen_and_to_scale() {
    for columns in [40, 80, 200] {
        let strip = strip(&map(), Some(Screen { columns, colour: false }));
        assert_eq!(strip.len(), 2);
        let count = |line: &str, of: char| line.chars().filter(|&character| character == of).count();
        assert!(strip.iter().all(|line| line.len() == columns - MARGIN), "{strip:?}");
        assert_eq!(count(&strip[0], 'c'), 0, "a partition of no length takes no room");
        assert!(count(&strip[0], 'a') >= 1 && count(&strip[1], '#') == count(&strip[0], 'a'), "{strip:?}");
        let share = count(&strip[0], 'd') as f64 / (columns - 2 * MARGIN) as f64;
        assert!((0.55..0.65).contains(&share), "six of ten MiB: {strip:?}");
    }
}

#[test]
fn there_are_80_columns_and_no_colour_where_there_is_no_screen() {
    let lines = lines(&map(), None);
    assert!(lines.iter().all(|line| !line.contains('\x1b')), "{lines:?}");
    assert_eq!(lines[2].len(), COLUMNS - MARGIN);
    let colourless = super::lines(&map(), Some(Screen { columns: 80, colour: false }));
    assert_eq!(lines, colourless);
    let coloured = super::lines(&map(), Some(Screen { columns: 80, colour: true })).join("\n");
    assert!(coloured.contains("\x1b[32m#\x1b[0m"), "{coloured}");
}

#[test]
fn a_row_says_place_size_and_fate_and_the_legend_what_is_there_only() {
    let text = lines(&map(), None).join("\n");
    for needed in [
        "10 MiB by the partition table of the loader (TEST)",
        "# a      0 KiB    128 KiB  tiny             written: 00110000 Fastboot, 4.4 KiB",
        "* b    128 KiB    1.9 MiB  nvbacklte        left alone, holds calibration or identity",
        "  -      2 MiB      2 MiB                   in no partition",
        "no place for 00ab0000 U00ab0000, 7 bytes",
    ] {
        assert!(text.contains(needed), "{needed}\n{text}");
    }
    assert!(!text.contains("does not fit"), "{text}");
}

#[test]
fn more_partitions_than_columns_take_more_lines() {
    let spans = (0..41).map(|at| span(Some("p"), at * 0x2_0000, 0x2_0000, Mark::LeftAlone)).collect();
    let many = FlashMap { spans, ..map() };
    let strip = strip(&many, Some(Screen { columns: 30, colour: false }));
    assert_eq!(strip.len(), 4);
    assert!(strip.iter().all(|line| line.len() <= 30));
}

#[test]
fn a_plan_names_what_does_not_fit() {
    let mut map = map();
    map.spans[4].mark = Mark::DoesNotFit;
    let text = brief(&map, None).join("\n");
    assert!(text.contains("does not fit: large") && text.lines().count() <= 6, "{text}");
}
