use quick_xml::Reader;
use quick_xml::events::Event;

use super::*;
use crate::image::map::{TableSource, Write};
use crate::image::partition_code::PartitionCode;
use crate::image::partition_table::PartitionTable;
use crate::image::partition_table::tests::build;

/// Every rectangle of the strip: width in the drawing and size in bytes; and every text of the document.
fn read(svg: &str) -> (Vec<(u64, u64)>, Vec<String>) {
    let mut reader = Reader::from_str(svg);
    let (mut rectangles, mut texts, mut elements) = (Vec::new(), Vec::new(), 0);
    loop {
        match reader.read_event().expect("well-formed XML") {
            Event::Start(tag) | Event::Empty(tag) => {
                elements += 1;
                assert_ne!(tag.name().as_ref(), "script");
                let attributes: Vec<_> =
                    tag.attributes().collect::<Result<_, _>>().expect("attributes are well-formed");
                let number = |name: &str| {
                    let attribute = attributes.iter().find(|attribute| attribute.key.as_ref() == name)?;
                    Some(attribute.value.parse().expect("a number"))
                };
                rectangles.extend(number("data-size").map(|size| (number("width").expect("a width"), size)));
            }
            Event::Text(text) => texts.push(text.to_string()),
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(elements > 0, "there is a document");
    (rectangles, texts)
}

fn map(rows: &[(&'static str, [u32; 7])]) -> FlashMap {
    let table = PartitionTable::parse(&build(rows, None, 0)).unwrap().0;
    let writes =
        [Write { code: PartitionCode(0x11_0000), size: 200_000 }, Write { code: PartitionCode(0xab_0000), size: 7 }];
    FlashMap::new(&table, TableSource::Loader, writes)
}

#[test]
fn widths_add_up_to_the_drawing_and_sizes_to_the_flash() {
    let rows = [
        ("m3boot", [0, 0, 0x2_0000, 0, 0, 0x101, 0]),
        ("fastboot", [0x2_0000, 0, 0x6_0000, 0, 0, 0x102, 0]),
        ("empty", [0x8_0000, 0, 0, 0, 0, 0, 0]),
        ("system", [0x10_0000, 0, 0x640_0000, 0, 0, 0x10e, 0]),
    ];
    let map = map(&rows);
    let (rectangles, texts) = read(&draw(&map));
    assert_eq!(rectangles.iter().map(|(_, size)| size).sum::<u64>(), map.size);
    assert_eq!(rectangles.iter().map(|(width, _)| width).sum::<u64>(), WIDTH as u64);
    assert_eq!(rectangles.len(), 5, "four partitions and a gap");
    for (width, size) in &rectangles {
        assert!((*size == 0 && *width == 0) || *width >= NARROWEST as u64);
    }
    let all = texts.join("\n");
    for needed in ["100 MiB", "fastboot", "00110000 Fastboot, 195.3 KiB", "no place in the table: 00ab0000"] {
        assert!(all.contains(needed), "{needed}\n{all}");
    }
}

#[test]
fn a_hostile_name_stays_text() {
    let map =
        map(&[("</title><script", [0, 0, 0x2_0000, 0, 0, 0, 0]), ("a\x1b&\"'", [0x2_0000, 0, 0x2_0000, 0, 0, 0, 0])]);
    let svg = draw(&map);
    let (rectangles, _) = read(&svg);
    assert_eq!(rectangles.len(), 2);
    assert!(!svg.contains("<script") && svg.contains("&lt;/title&gt;&lt;script"), "{svg}");
    assert!(!svg.chars().any(|character| character.is_control() && character != '\n'));
}
