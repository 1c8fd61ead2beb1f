//! A folder of partitions: `NN-CCCCCCCC-Name.ext`, bare decompressed data, one file a partition.
//!
//! NN are two decimal digits from 00 without a gap, in the order of flashing; CCCCCCCC is the code in hex. Anything in the
//! folder that does not fit is refused: a set that silently leaves files out is an incomplete set.

use std::fs;
use std::path::{Path, PathBuf};

use super::FirmwareError;
use super::partition::Origin;
use super::place::Place;
use super::source::Source;
use super::start::PREFIX;
use super::unit::MAGIC;
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
    #[error("\"{name}\" begins with a partition header (a .fw file), expected the bare data of the partition")]
    Headered {
        /// The file.
        name: String,
    },
}

/// Whether the mark of a partition header stands there.
fn has_magic(source: &mut Source, offset: u64) -> Result<bool, FirmwareError> {
    let (word, available) = source.read_up_to::<4>(offset)?;
    Ok(available == 4 && u32::from_le_bytes(word) == MAGIC)
}

/// What a file name says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    number: u8,
    code: u32,
    name: String,
}

impl Entry {
    fn parse(name: &str) -> Option<Self> {
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

/// Lists the set, in order of flashing, and makes sure that each file is bare data.
pub(super) fn list(folder: &Path) -> Result<Vec<Origin>, FirmwareError> {
    let refused = |error| FirmwareError::Directory { path: folder.to_owned(), error };
    let entries = in_order(entries(folder)?).map_err(refused)?;
    let mut origins = Vec::with_capacity(entries.len());
    for (index, entry) in entries.into_iter().enumerate() {
        let path: PathBuf = folder.join(&entry.name);
        let mut source = Source::open(&path)?;
        if has_magic(&mut source, 0)? {
            return Err(refused(SetError::Headered { name: entry.name }));
        }
        if has_magic(&mut source, PREFIX)? {
            return Err(refused(SetError::Container { name: entry.name }));
        }
        let place = Place { index, code: PartitionCode(entry.code), offset: 0, file: Some(entry.name) };
        let (identity, stored_size) = (source.identity().clone(), source.length());
        origins.push(Origin { path, identity, unit: None, place, stored_size });
    }
    Ok(origins)
}

fn entries(folder: &Path) -> Result<Vec<Entry>, FirmwareError> {
    let failed = |source| FirmwareError::Read { path: folder.to_owned(), source };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
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
