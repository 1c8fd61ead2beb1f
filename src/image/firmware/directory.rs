//! A folder of partitions: `NN-CCCCCCCC-Name.ext`, bare decompressed data, one file a partition.
//!
//! NN are two decimal digits from 00 without a gap, in the order of flashing; CCCCCCCC is the code in hex. Anything in the
//! folder that does not fit is refused: a set that silently leaves files out is an incomplete set. Only `firmware.json`,
//! which unpacking leaves there, may stand beside them.
//!
//! For packing, files may begin with the header of their unit (`.fw`); it must fit name and data.

use std::fs;
use std::path::{Path, PathBuf};

use super::FirmwareError;
use super::description::DESCRIPTION_FILE;
use super::partition::Origin;
use super::place::Place;
use super::source::Source;
use super::start::PREFIX;
use super::unit::{HEADER_LENGTH, MAGIC, Unit, UnitHeader};
use crate::image::partition_code::PartitionCode;

/// What is wrong with a folder of partitions.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetError {
    /// Nothing is in it.
    #[error("no partitions found, the folder is empty")]
    Empty,
    /// A name of another form.
    #[error("the name \"{name}\" has not the form 00-00110000-Name.bin")]
    Name {
        /// The name, escaped.
        name: String,
    },
    /// Two files for one place.
    #[error("number {number:02} is there twice: \"{first}\" and \"{second}\"")]
    SameNumber {
        /// The number.
        number: u8,
        /// One file.
        first: String,
        /// The other.
        second: String,
    },
    /// A number without a file.
    #[error("number {missing:02} is missing, the next file is \"{next}\"")]
    Gap {
        /// The number.
        missing: u8,
        /// The file behind the gap.
        next: String,
    },
    /// A whole container under the name of one partition.
    #[error("\"{name}\" is a whole firmware container (.bin), expected the bare data of the partition")]
    Container {
        /// The file.
        name: String,
    },
    /// A file with a unit header.
    #[error(
        "\"{name}\" begins with a partition header (a .fw file), expected the bare data of the partition; `firmware pack` takes both"
    )]
    Headered {
        /// The file.
        name: String,
    },
    /// A file that is a whole unit but for its first word, or is called one.
    #[error(
        "\"{name}\" has no sound partition header: its first word is {found:08x} instead of a55aaa55, so that header and data \
         cannot be told apart"
    )]
    DamagedMagic {
        /// The file.
        name: String,
        /// The word that was found.
        found: u32,
    },
    /// A file whose header is cut off.
    #[error("\"{name}\" is cut off within its header, it has {available} bytes")]
    HeaderCut {
        /// The file.
        name: String,
        /// Its length.
        available: u64,
    },
    /// A file whose header is of another partition.
    #[error("the header of \"{name}\" is that of partition {stated}")]
    OtherCode {
        /// The file.
        name: String,
        /// What the header says.
        stated: PartitionCode,
    },
    /// A file that goes on behind its data.
    #[error("\"{name}\" goes on behind its data, which ends at offset {end:#x}; the file has {length} bytes")]
    Longer {
        /// The file.
        name: String,
        /// Where the data ends.
        end: u64,
        /// Its length.
        length: u64,
    },
}

/// What becomes of files that begin with the header of their unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Headers {
    /// They are refused: such a file would be flashed header and all.
    Refused,
    /// They are read.
    Accepted,
}

/// Whether the mark of a partition header stands there.
fn has_magic(source: &mut Source, offset: u64) -> Result<bool, FirmwareError> {
    let (word, available) = source.read_up_to::<4>(offset)?;
    Ok(available == 4 && u32::from_le_bytes(word) == MAGIC)
}

/// What a file name says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    number: u8,
    code: u32,
    name: String,
}

impl Entry {
    pub(super) fn parse(name: &str) -> Option<Self> {
        let (number, rest) = name.split_once('-')?;
        let (code, rest) = rest.split_once('-')?;
        let digits = |text: &str, count, radix| text.len() == count && text.chars().all(|digit| digit.is_digit(radix));
        let safe = !rest.is_empty() && !rest.contains(|part: char| part.is_control() || part == '/' || part == '\\');
        if !(digits(number, 2, 10) && digits(code, 8, 16) && safe) {
            return None;
        }
        Some(Self { number: number.parse().ok()?, code: u32::from_str_radix(code, 16).ok()?, name: name.to_owned() })
    }
}

/// What a file name says in a folder of partitions: its number, and the code of its partition. `None` for a name of another
/// form, and for one that is more than the name of a file.
#[must_use]
pub fn set_member(name: &str) -> Option<(u8, PartitionCode)> {
    Entry::parse(name).map(|entry| (entry.number, PartitionCode(entry.code)))
}

/// Lists the set, in order of flashing, and makes sure that each file is bare data, or a whole unit where that is accepted.
pub(super) fn list(folder: &Path, headers: Headers) -> Result<Vec<Origin>, FirmwareError> {
    let refused = |error| FirmwareError::Directory { path: folder.to_owned(), error };
    let entries = in_order(entries(folder)?).map_err(refused)?;
    let mut origins = Vec::with_capacity(entries.len());
    for (index, entry) in entries.into_iter().enumerate() {
        let path: PathBuf = folder.join(&entry.name);
        let mut source = Source::open(&path)?;
        let place = Place { index, code: PartitionCode(entry.code), offset: 0, file: Some(entry.name.clone()) };
        let identity = source.identity().clone();
        if has_magic(&mut source, 0)? {
            if headers == Headers::Refused {
                return Err(refused(SetError::Headered { name: entry.name }));
            }
            let unit = whole_unit(&mut source, place.clone(), &entry.name).map_err(|error| match error {
                NotWhole::Set(error) => refused(error),
                NotWhole::Firmware(error) => error,
            })?;
            let stored_size = unit.end - unit.data;
            origins.push(Origin { path, identity, unit: Some(unit), place, stored_size });
            continue;
        }
        if let Some(found) = damaged_magic(&mut source, &entry.name)? {
            return Err(refused(SetError::DamagedMagic { name: entry.name, found }));
        }
        if has_magic(&mut source, PREFIX)? {
            return Err(refused(SetError::Container { name: entry.name }));
        }
        origins.push(Origin { path, identity, unit: None, place, stored_size: source.length() });
    }
    Ok(origins)
}

/// The first word of a file that should be a unit: it is called `.fw`, or its sizes are those of a whole one.
fn damaged_magic(source: &mut Source, name: &str) -> Result<Option<u32>, FirmwareError> {
    let (bytes, _) = source.read_up_to::<HEADER_LENGTH>(0)?;
    let (header, length) = (UnitHeader::new(bytes), source.length());
    let is_called_one = name.to_ascii_lowercase().ends_with(".fw");
    Ok((is_called_one || header.structural_end(0, length) == Some(length)).then(|| header.magic()))
}

/// Why a file with a header is no whole unit.
enum NotWhole {
    Set(SetError),
    Firmware(FirmwareError),
}

impl From<FirmwareError> for NotWhole {
    fn from(error: FirmwareError) -> Self {
        Self::Firmware(error)
    }
}

/// The one unit that a file with a header is: of the partition that the name says, and nothing behind it.
fn whole_unit(source: &mut Source, place: Place, name: &str) -> Result<Unit, NotWhole> {
    let (bytes, available) = source.read_up_to::<HEADER_LENGTH>(0)?;
    let (name, length) = (name.to_owned(), source.length());
    if available < HEADER_LENGTH {
        return Err(NotWhole::Set(SetError::HeaderCut { name, available: length }));
    }
    let header = UnitHeader::new(bytes);
    let (stated, named) = (header.code(), place.code);
    let unit = header.check(place, length)?;
    if stated != named {
        return Err(NotWhole::Set(SetError::OtherCode { name, stated }));
    }
    if unit.end != length {
        return Err(NotWhole::Set(SetError::Longer { name, end: unit.end, length }));
    }
    Ok(unit)
}

fn entries(folder: &Path) -> Result<Vec<Entry>, FirmwareError> {
    let failed = |source| FirmwareError::Read { path: folder.to_owned(), source };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        if name == DESCRIPTION_FILE {
            continue;
        }
        let parsed = name.to_str().and_then(Entry::parse).ok_or_else(|| {
            let name = name.as_encoded_bytes().escape_ascii().to_string();
            FirmwareError::Directory { path: folder.to_owned(), error: SetError::Name { name } }
        })?;
        found.push(parsed);
    }
    Ok(found)
}

/// Sorts by number; numbers must run from 00 without gap or duplicate.
fn in_order(mut entries: Vec<Entry>) -> Result<Vec<Entry>, SetError> {
    entries.sort();
    let mut previous: Option<&Entry> = None;
    for entry in &entries {
        let expected = previous.map_or(0, |entry| entry.number + 1);
        if entry.number > expected {
            return Err(SetError::Gap { missing: expected, next: entry.name.clone() });
        }
        if let Some(previous) = previous.filter(|previous| previous.number == entry.number) {
            let (first, second) = (previous.name.clone(), entry.name.clone());
            return Err(SetError::SameNumber { number: entry.number, first, second });
        }
        previous = Some(entry);
    }
    if entries.is_empty() { Err(SetError::Empty) } else { Ok(entries) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> Result<Vec<u8>, SetError> {
        let entries = names.iter().map(|name| Entry::parse(name).expect("a good name")).collect();
        in_order(entries).map(|entries| entries.iter().map(|entry| entry.number).collect())
    }

    #[test]
    fn names_are_two_digits_eight_hex_digits_and_free_text() {
        let entry = Entry::parse("03-005A0000-APP - new.bin").unwrap();
        assert_eq!((entry.number, entry.code), (3, 0x005a_0000));
        for bad in [
            "",
            "3-005a0000-APP.bin",
            "003-005a0000-APP.bin",
            "03-5a0000-APP.bin",
            "03-005a000g-APP.bin",
            "+3-005a0000-APP.bin",
            "03-+05a0000-APP.bin",
            "03-005a0000",
            "03-005a0000-",
            "README.txt",
            "03-005a0000-..\\APP.bin",
            "03-005a0000-\u{1b}[2J.bin",
        ] {
            assert_eq!(Entry::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn numbers_run_from_00_without_gap_or_duplicate() {
        assert_eq!(set(&["01-00200000-B.bin", "00-00110000-A.bin"]), Ok(vec![0, 1]));
        assert_eq!(set(&[]), Err(SetError::Empty));
        let gap = set(&["00-00110000-A.bin", "02-00200000-B.bin"]).unwrap_err();
        assert_eq!(gap, SetError::Gap { missing: 1, next: "02-00200000-B.bin".to_owned() });
        assert!(matches!(set(&["01-00110000-A.bin"]), Err(SetError::Gap { missing: 0, .. })));
        let twice = set(&["00-00110000-A.bin", "00-00200000-B.bin"]);
        assert!(matches!(twice, Err(SetError::SameNumber { number: 0, .. })));
    }
}
