//! The partition table: which partition of the flash lies where, and how much fits into it.
//!
//! It is found inside a loader's second block, and travels as a unit of its own in firmware. All numbers are
//! little-endian, read on real loaders:
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0x00 | 12 | `pTableHead`, zero padded |
//! | 0x0c | 4 | property of the table, 0x80000000 |
//! | 0x10 | 16 | version text |
//! | 0x20 | 16 | product text |
//! | 0x30 | 48 each | at most 41 entries, ended by an entry named `T` or by an empty name |
//! | 0x7e0 or 0x3f0 | 32 or 16 | `pTableTail`, zero padded |
//!
//! 2048 bytes can be read, but only what reaches to the end mark is table: V7R1 loaders keep other data right behind
//! 1024 bytes.

mod error;
#[cfg(test)]
pub(crate) mod tests;

pub use error::TableError;

/// What a table begins with. The shorter text alone also occurs in the code of real loaders.
pub(crate) const HEAD: [u8; 16] = *b"pTableHead\0\0\0\0\0\x80";
/// The most that a table takes.
pub(crate) const LARGEST: usize = 0x800;
/// A flash erase block, in bytes: the unit of every start and length.
pub(crate) const ERASE_BLOCK: u32 = 0x2_0000;

const TAIL: [u8; 16] = *b"pTableTail\0\0\0\0\0\0";
/// The tail mark as a text, whatever stands behind it. No partition has this name.
const TAIL_NAME: &[u8] = b"pTableTail\0";
const FIRST_ENTRY: usize = 0x30;
const ENTRY_SIZE: usize = 48;
const MOST_ENTRIES: usize = 41;

/// One partition. Starts and sizes are bytes of flash, addresses are RAM addresses of the stick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionEntry {
    /// Its name, such as `fastboot`; bytes that are not printable ASCII are shown as `\x..`.
    pub name: String,
    /// Where it starts in the flash.
    pub start: u32,
    /// How much of it is loaded at boot.
    pub load_size: u32,
    /// Its capacity. Zero is legal.
    pub length: u32,
    /// Where it is loaded to.
    pub load_address: u32,
    /// Where it is entered.
    pub entry: u32,
    /// What it holds. The numbering of V7R1 and V3R3 differs from that of V7R11 and later.
    pub image_type: u32,
    /// Property bits: 0 to 2 data type (1 is a file system), 11 protected, 14 exposed to Linux.
    pub property: u32,
    /// Zero in every loader seen.
    pub count: u32,
}

/// A partition table that was read to its end mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionTable {
    /// Version of the boot code, such as `BOOTROM_V01.02`.
    pub version: String,
    /// Product, such as `H6920CS_STICK`.
    pub product: String,
    /// The partitions, without the end mark.
    pub entries: Vec<PartitionEntry>,
}

impl PartitionTable {
    /// Reads a table from the start of `bytes`; more may follow behind it.
    ///
    /// Returns its true size too: the end mark is the last thing counted.
    ///
    /// # Errors
    ///
    /// [`TableError`] when the head, the end mark or part of an entry is missing, or a partition ends beyond 4 GiB.
    pub fn parse(bytes: &[u8]) -> Result<(Self, usize), TableError> {
        if !bytes.starts_with(&HEAD) {
            return Err(TableError::Head { found: bytes[..bytes.len().min(HEAD.len())].into() });
        }
        let head = bytes.get(..FIRST_ENTRY).ok_or(TableError::CutOff { offset: bytes.len(), entry: 0 })?;
        let mut table =
            Self { version: text(&head[0x10..0x20]), product: text(&head[0x20..0x30]), entries: Vec::new() };
        let mut offset = FIRST_ENTRY;
        loop {
            let index = table.entries.len();
            let cut_off = TableError::CutOff { offset: bytes.len(), entry: index };
            let Some(rest) = bytes.get(offset..).filter(|rest| rest.len() >= TAIL.len()) else { return Err(cut_off) };
            if rest.starts_with(&TAIL) {
                return Ok((table, offset + TAIL.len()));
            }
            if rest.starts_with(TAIL_NAME) {
                return Err(TableError::DamagedEnd { offset });
            }
            if index == MOST_ENTRIES {
                return Err(TableError::NoEnd { offset });
            }
            let Some(entry) = rest.get(..ENTRY_SIZE) else { return Err(cut_off) };
            offset += ENTRY_SIZE;
            if is_end(entry) {
                return Ok((table, offset));
            }
            table.entries.push(PartitionEntry::parse(entry, index)?);
        }
    }

    /// How many bytes the partition of a firmware unit holds, by the unit's partition code such as `0x0011_0000`.
    ///
    /// Answered only where [`PartitionTable::place_of`] is.
    #[must_use]
    pub fn capacity_of(&self, code: u32) -> Option<u32> {
        self.place_of(code).map(|index| self.entries[index].length)
    }

    /// Which entry a firmware unit goes to, by its partition code.
    ///
    /// Only the codes whose entry is certain are answered: image type and name have to agree, since the same types mean
    /// other partitions in the older tables of V7R1 and V3R3. `None` for everything else, and where two entries fit.
    #[must_use]
    pub fn place_of(&self, code: u32) -> Option<usize> {
        let (image_type, name) = match code {
            0x0011_0000 => (0x102, "fastboot"),
            0x0020_0000 | 0x0002_0000 => (0x101, "m3boot"),
            0x0003_0000 | 0x0009_0000 => (0x107, "kernel"),
            0x0004_0000 | 0x0022_0000 => (0x10a, "vxworks"),
            0x0005_0000 | 0x0023_0000 => (0x109, "m3image"),
            0x0006_0000 | 0x0024_0000 => (0x10b, "dsp"),
            0x0007_0000 | 0x0025_0000 => (0x105, "nvdload"),
            0x0013_0000 => (0x10c, "logo"),
            _ => return None,
        };
        let mut fitting = self
            .entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| entry.image_type == image_type && entry.name.eq_ignore_ascii_case(name))
            .map(|(index, _)| index);
        fitting.next().filter(|_| fitting.next().is_none())
    }

    /// Checks what a table must be before it replaces another: whole erase blocks, and no partition inside another.
    ///
    /// # Errors
    ///
    /// [`TableError::Unaligned`] or [`TableError::Overlap`], with both partitions named.
    pub fn check_plan(&self) -> Result<(), TableError> {
        for entry in &self.entries {
            if entry.start % ERASE_BLOCK != 0 || entry.length % ERASE_BLOCK != 0 {
                let (name, start, length) = (entry.name.clone(), entry.start, entry.length);
                return Err(TableError::Unaligned { name, start, length });
            }
        }
        let mut filled: Vec<_> = self.entries.iter().filter(|entry| entry.length > 0).collect();
        filled.sort_by_key(|entry| entry.start);
        for pair in filled.windows(2) {
            if u64::from(pair[0].start) + u64::from(pair[0].length) > u64::from(pair[1].start) {
                let (first, second) = (pair[0].name.clone(), pair[1].name.clone());
                return Err(TableError::Overlap { first, second, start: pair[1].start });
            }
        }
        Ok(())
    }
}

impl PartitionEntry {
    fn parse(bytes: &[u8], index: usize) -> Result<Self, TableError> {
        let number = |field: usize| {
            let at = 16 + 4 * field;
            u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
        };
        let entry = Self {
            name: text(&bytes[..16]),
            start: number(0),
            load_size: number(1),
            length: number(2),
            load_address: number(3),
            entry: number(4),
            image_type: number(5),
            property: number(6),
            count: number(7),
        };
        if entry.start.checked_add(entry.length).is_none() {
            let offset = FIRST_ENTRY + index * ENTRY_SIZE;
            let Self { name, start, length, .. } = entry;
            return Err(TableError::BeyondFlash { name, offset, start, length });
        }
        Ok(entry)
    }
}

/// How many bytes from its start a table may grow to without touching anything else: up to the tail mark, where nothing
/// but zeros lies before it, else not beyond its own end mark.
pub(crate) fn room(bytes: &[u8], size: usize) -> usize {
    let within = &bytes[..bytes.len().min(LARGEST)];
    let tail = (size..within.len()).find(|&at| within[at..].starts_with(&TAIL));
    tail.filter(|&tail| within[size..tail].iter().all(|&byte| byte == 0)).unwrap_or(size)
}

/// Real loaders name their last entry `T`, the first letter of the tail mark.
fn is_end(entry: &[u8]) -> bool {
    entry[0] == 0 || entry.starts_with(b"T\0")
}

fn text(field: &[u8]) -> String {
    let end = field.iter().position(|&byte| byte == 0).unwrap_or(field.len());
    field[..end].escape_ascii().to_string()
}
