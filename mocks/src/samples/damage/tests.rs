use std::collections::BTreeSet;
use std::io::Read;

use flate2::bufread::ZlibDecoder;
use lzma_rust2::LzmaReader;

use super::*;
use crate::samples::crc::Crc16;
use crate::samples::firmware::{HEADER_SIZE, MAGIC, PREFIX_SIZE};
use crate::samples::ready::recipes;

fn word(bytes: &[u8], at: usize) -> Result<usize, String> {
    let field = bytes.get(at..at + 4).ok_or(format!("cut off at {at:#x}"))?;
    Ok(u32::from_le_bytes(field.try_into().unwrap()) as usize)
}

/// A reader of BIN files that is strict, simple, and needs everything in memory. Returns the codes.
fn walk(bytes: &[u8]) -> Result<Vec<usize>, String> {
    if !matches!(bytes.first(), Some(1..=7 | 9..=15)) {
        return Err("wrong type byte".into());
    }
    let (mut at, mut codes) = (PREFIX_SIZE, Vec::new());
    while at == PREFIX_SIZE || bytes.get(at..at + 4).is_some_and(|magic| magic == MAGIC) {
        let (code, end) = unit(bytes, at)?;
        codes.push(code);
        at = end.next_multiple_of(4);
    }
    match bytes.iter().skip(at).any(|byte| *byte != 0) {
        true => Err(format!("something behind {at:#x}")),
        false => Ok(codes),
    }
}

fn unit(bytes: &[u8], at: usize) -> Result<(usize, usize), String> {
    let mut header = bytes.get(at..at + HEADER_SIZE).ok_or(format!("no header at {at:#x}"))?.to_vec();
    let crc = header[92..94].to_vec();
    header[92..94].fill(0);
    if header[..4] != MAGIC || crc != Crc16::of(&header).to_le_bytes() {
        return Err(format!("damaged header at {at:#x}"));
    }
    let (header_size, size, block) = (word(&header, 4)?, word(&header, 24)?, word(&header, 94)?);
    if block == 0 || size == 0 || header_size != HEADER_SIZE + 2 * size.div_ceil(block) {
        return Err(format!("wrong sizes at {at:#x}"));
    }
    let data_at = at + header_size;
    let data = bytes.get(data_at..data_at + size).ok_or(format!("data cut off at {at:#x}"))?;
    let table = &bytes[at + HEADER_SIZE..data_at];
    if data.chunks(block).zip(table.chunks(2)).any(|(part, check)| Crc16::of(part).to_le_bytes() != check) {
        return Err(format!("damaged data at {at:#x}"));
    }
    decompress(data).map_err(|why| format!("{why} at {at:#x}"))?;
    Ok((word(&header, 20)?, data_at + size))
}

/// Decompresses and lets go; the whole stream must be one, and not of nothing.
fn decompress(data: &[u8]) -> Result<(), String> {
    let mut plain = Vec::new();
    let unused = match data {
        [0x78, 0xda, ..] => {
            let mut rest = data;
            ZlibDecoder::new(&mut rest).read_to_end(&mut plain).map_err(|error| error.to_string())?;
            rest.len()
        }
        [0x5d, head @ ..] if head.len() >= 12 => {
            if head[4..12] != [0xff; 8] || word(head, 0)? > 32 << 20 {
                return Err("a stated size or a huge dictionary".into());
            }
            let mut reader = LzmaReader::new_mem_limit(data, u32::MAX, None).map_err(|error| error.to_string())?;
            reader.read_to_end(&mut plain).map_err(|error| error.to_string())?;
            // The decoder reads ahead of what it decodes.
            let (rest, buffered) = reader.into_parts();
            rest.len() + buffered.len()
        }
        _ => return Ok(()),
    };
    if unused == 0 && !plain.is_empty() { Ok(()) } else { Err(format!("{unused} bytes left, {} out", plain.len())) }
}

fn bytes(case: &DamageCase) -> &[u8] {
    match &case.content {
        Damaged::File(bytes) => bytes,
        Damaged::Folder(_) => panic!("{} is a folder", case.name),
    }
}

#[test]
fn the_sound_base_passes_the_strict_reader() {
    let (bytes, description) = recipes::miniature().unwrap().bytes().unwrap();
    let codes: Vec<usize> = description.units.iter().map(|unit| unit.code as usize).collect();
    assert_eq!(walk(&bytes), Ok(codes));
}

#[test]
fn every_bin_that_must_be_refused_for_its_bytes_fails_the_strict_reader() {
    for case in cases().unwrap() {
        let by_its_bytes = matches!(case.class, "B1" | "B2" | "B3" | "B4" | "B5" | "B6" | "B13");
        let exe = matches!(&case.content, Damaged::File(bytes) if bytes.starts_with(b"MZ"));
        if case.kind == Kind::Firmware && case.verdict == Verdict::Refused && by_its_bytes && !case.slow && !exe {
            let read = walk(bytes(&case));
            assert!(read.is_err(), "{} {}: read as {read:x?}", case.class, case.name);
        }
    }
}

#[test]
fn every_container_that_may_be_read_passes_the_strict_reader() {
    for case in cases().unwrap() {
        if case.kind == Kind::Firmware && case.verdict != Verdict::Refused {
            let read = walk(bytes(&case));
            assert!(read.is_ok(), "{} {}: {read:?}", case.class, case.name);
        }
    }
}

#[test]
fn every_damaged_exe_differs_from_the_sound_one_in_a_few_bytes_only() {
    let (sound, _) = recipes::miniature().unwrap().exe().bytes().unwrap();
    let cases = cases().unwrap();
    let exes = cases.iter().filter(|case| case.class == "B13" && case.name.ends_with("EXE"));
    let mut count = 0;
    for case in exes {
        let different = sound.iter().zip(bytes(case)).filter(|(one, other)| one != other).count();
        assert!((1..=2).contains(&different), "{}: {different} bytes", case.name);
        count += 1;
    }
    assert_eq!(count, 14);
}

#[test]
fn every_class_that_is_a_matter_of_bytes_is_there() {
    let cases = cases().unwrap();
    let classes: BTreeSet<&str> = cases.iter().map(|case| case.class).collect();
    let expected = ["B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B9", "B10", "B11", "B13"];
    assert_eq!(classes, BTreeSet::from(expected));
    assert!(cases.len() >= 60, "{} cases", cases.len());
    for kind in [Kind::Loader, Kind::Firmware, Kind::DirectorySet] {
        assert!(cases.iter().filter(|case| case.kind == kind).count() >= 20, "{kind:?}");
    }
}

#[test]
fn names_and_contents_are_all_different() {
    let cases = cases().unwrap();
    let names: BTreeSet<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names.len(), cases.len());
    for (index, case) in cases.iter().enumerate() {
        let twin = cases[..index].iter().find(|other| other.content == case.content && other.kind == case.kind);
        assert!(twin.is_none(), "{} and {} are the same", case.name, twin.unwrap().name);
    }
}

#[test]
fn the_cases_are_the_same_each_time() {
    assert_eq!(cases().unwrap(), cases().unwrap());
}

#[test]
fn a_text_marked_as_hostile_is_in_the_file() {
    for case in cases().unwrap().iter().filter(|case| case.hostile_text) {
        let hostile = |bytes: &[u8]| {
            String::from_utf8_lossy(bytes)
                .chars()
                .any(|letter| letter.is_control() || "\u{202e}\u{fffd}".contains(letter))
        };
        let found = match &case.content {
            Damaged::File(bytes) => hostile(bytes),
            Damaged::Folder(files) => files.iter().any(|(name, _)| hostile(name.as_encoded_bytes())),
        };
        assert!(found, "{}", case.name);
    }
}

#[test]
fn a_message_explains_a_case_when_it_names_one_of_every_group() {
    let content = Damaged::File(Vec::new());
    let case = DamageCase::new("B6", "x", Kind::Firmware, content, Verdict::Refused)
        .naming(["0x5c", "Fastboot"])
        .naming(["dictionary"]);
    assert!(case.is_explained_by("partition FASTBOOT: the dictionary is too large"));
    assert!(!case.is_explained_by("partition FASTBOOT is damaged"));
    assert!(!case.is_explained_by("the dictionary is too large"));
}

#[test]
fn every_refusal_of_a_container_names_something() {
    for case in cases().unwrap().iter().filter(|case| case.kind == Kind::Firmware && case.expect_refused()) {
        // A file cut in its padding is missing what came behind it; nothing in it says what that was.
        let nameless = case.name == "cut in the padding behind a unit";
        assert!(nameless || !case.expect.is_empty(), "{}", case.name);
        assert!(case.expect.iter().all(|group| !group.is_empty()), "{}", case.name);
    }
}

#[test]
fn cases_can_be_written_to_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    for case in cases().unwrap() {
        let path = case.write_into(folder.path()).unwrap();
        assert_eq!(path.is_dir(), case.kind == Kind::DirectorySet, "{}", path.display());
    }
}

#[test]
fn the_repeated_stream_of_zeros_is_sound_to_its_last_byte() {
    let stream = streams::zeros(100_000, 7).unwrap();
    let mut rest = stream.as_slice();
    let mut plain = Vec::new();
    ZlibDecoder::new(&mut rest).read_to_end(&mut plain).unwrap();
    assert_eq!(plain.len(), 700_000);
    assert!(rest.is_empty() && plain.iter().all(|byte| *byte == 0));
}

#[test]
fn the_bomb_is_small_and_promises_more_than_half_a_gibibyte() {
    let cases = cases().unwrap();
    let bombs: Vec<&DamageCase> = cases.iter().filter(|case| case.slow).collect();
    assert_eq!(bombs.len(), 1);
    assert!(bytes(bombs[0]).len() < 1 << 20);
}
