//! The partition table that a loader carries and that a firmware's Ptable unit repeats.

use super::RecipeError;

/// The room of a table in a loader of V7R2 and later, in bytes; also the size of a Ptable unit.
pub const TABLE_SIZE: usize = 0x800;
/// The room of a table in a V7R1 loader, in bytes.
pub const SHORT_TABLE_SIZE: usize = 0x400;
/// The NAND erase block: starts and capacities are multiples of it.
pub const ERASE_BLOCK: u32 = 0x2_0000;

const ENTRY_SIZE: usize = 48;
const FIRST_ENTRY: usize = 0x30;
const TAIL_SIZE: usize = 32;

/// One partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableEntry {
    /// Up to 16 bytes, zero padded in the table.
    pub name: Vec<u8>,
    /// First byte in the flash.
    pub start: u32,
    /// Capacity in bytes.
    pub length: u32,
    /// What the loader takes it for, such as 0x102 for fastboot in the numbering of V7R11 and later.
    pub image_type: u32,
    /// Bits: 0-2 plain or file system, 11 protected, and others.
    pub property: u32,
}

/// A partition table to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableRecipe {
    /// Boot version text, at most 16 bytes.
    pub version: Vec<u8>,
    /// Product text, at most 16 bytes.
    pub product: Vec<u8>,
    /// The partitions, in order.
    pub entries: Vec<TableEntry>,
    /// The room of the table: [`TABLE_SIZE`], or [`SHORT_TABLE_SIZE`] as in V7R1 loaders.
    pub size: usize,
}

impl TableRecipe {
    /// A table in the numbering of V7R11 and later, with room for every ready-made sample and for a System of 100 MiB.
    /// Names and types are those of the field; the product text and the capacities are made up.
    #[must_use]
    pub fn modern(product: &str) -> Self {
        const PROTECTED: u32 = 0x800;
        const FILE_SYSTEM: u32 = 1;
        Self::laid_out(
            product,
            TABLE_SIZE,
            &[
                ("m3boot", 1, 0x101, 0),
                ("ptable", 1, 0x100, 0),
                ("fastboot", 4, 0x102, 0),
                ("nvbacklte", 12, 0x103, PROTECTED),
                ("nvimg", 12, 0x104, 0),
                ("nvdload", 16, 0x105, 0),
                ("nvdefault", 12, 0x106, 0),
                ("kernel", 48, 0x107, 0),
                ("kernelbk", 48, 0x108, 0),
                ("m3image", 4, 0x109, 0),
                ("vxworks", 80, 0x10a, 0),
                ("dsp", 32, 0x10b, 0),
                ("logo", 8, 0x10c, 0),
                ("oeminfo", 4, 0x10d, 0),
                ("system", 880, 0x10e, FILE_SYSTEM),
                ("app", 64, 0x110, FILE_SYSTEM),
                ("webui", 160, 0x111, FILE_SYSTEM),
                ("online", 160, 0x116, FILE_SYSTEM),
                ("cdromiso", 240, 0x117, FILE_SYSTEM),
            ],
        )
    }

    /// A table in the older numbering of V7R1, whose room is half as large.
    #[must_use]
    pub fn v7r1(product: &str) -> Self {
        Self::laid_out(
            product,
            SHORT_TABLE_SIZE,
            &[
                ("BootLoad", 1, 0x101, 0),
                ("NvBackLTE", 12, 0x10d, 0x800),
                ("NvBackGU", 8, 0x10e, 0x800),
                ("BootRom", 16, 0x102, 0),
                ("VxWorks", 256, 0x103, 0),
                // A partition of no length is legal; real V7R1 tables have one here.
                ("Logo", 0, 0x110, 0),
                ("/yaffs0", 96, 0x106, 0x201),
                ("FastBoot", 3, 0x104, 0),
                ("kernel", 24, 0x105, 0),
                ("/yaffs1", 224, 0x107, 0x4401),
                ("cdromiso", 240, 0x10c, 0x4000),
            ],
        )
    }

    /// Partitions back to back, from the start of the flash: name, capacity in erase blocks, type, property.
    fn laid_out(product: &str, size: usize, partitions: &[(&str, u32, u32, u32)]) -> Self {
        let mut start = 0;
        let mut entries = Vec::with_capacity(partitions.len());
        for &(name, blocks, image_type, property) in partitions {
            let length = blocks * ERASE_BLOCK;
            entries.push(TableEntry { name: name.into(), start, length, image_type, property });
            start += length;
        }
        Self { version: b"BOOTROM_V01.02".to_vec(), product: product.into(), entries, size }
    }

    /// The table as it stands in a loader or in a Ptable unit.
    ///
    /// # Errors
    /// When the entries need more than the table's room, or a text is longer than its field.
    pub fn bytes(&self) -> Result<Vec<u8>, RecipeError> {
        // The entry named "T" that ends the list is one more, and the tail mark has its own place.
        let needed = FIRST_ENTRY + (self.entries.len() + 1) * ENTRY_SIZE + TAIL_SIZE;
        if needed > self.size {
            return Err(RecipeError::DoesNotFit { what: "partition table", needed, room: self.size });
        }
        let mut bytes = vec![0; self.size];
        bytes[..10].copy_from_slice(b"pTableHead");
        put_u32(&mut bytes, 0x0c, 0x8000_0000);
        put_text(&mut bytes[0x10..0x20], &self.version)?;
        put_text(&mut bytes[0x20..0x30], &self.product)?;
        let end = TableEntry { name: b"T".to_vec(), start: 0, length: 0, image_type: 0x200, property: 1 };
        let entries = self.entries.iter().chain([&end]);
        for (place, entry) in bytes[FIRST_ENTRY..].chunks_exact_mut(ENTRY_SIZE).zip(entries) {
            put_text(&mut place[..16], &entry.name)?;
            put_u32(place, 16, entry.start);
            put_u32(place, 24, entry.length);
            put_u32(place, 36, entry.image_type);
            put_u32(place, 40, entry.property);
        }
        // V7R1 tables have their tail mark 16 bytes before their end, the others 32.
        let tail = if self.size == SHORT_TABLE_SIZE { self.size - 16 } else { self.size - TAIL_SIZE };
        bytes[tail..tail + 10].copy_from_slice(b"pTableTail");
        Ok(bytes)
    }
}

fn put_u32(bytes: &mut [u8], at: usize, value: u32) {
    bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

fn put_text(place: &mut [u8], text: &[u8]) -> Result<(), RecipeError> {
    let room = place.len();
    let field = place.get_mut(..text.len()).ok_or(RecipeError::DoesNotFit {
        what: "text of a partition table",
        needed: text.len(),
        room,
    })?;
    field.copy_from_slice(text);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_begins_with_the_sixteen_bytes_that_loaders_are_searched_for() {
        for table in [TableRecipe::modern("SAMPLE"), TableRecipe::v7r1("SAMPLE")] {
            let bytes = table.bytes().unwrap();
            assert_eq!(bytes.len(), table.size);
            assert_eq!(bytes[..16], *b"pTableHead\0\0\0\0\0\x80");
        }
    }

    #[test]
    fn the_tail_mark_stands_where_real_tables_have_it() {
        assert_eq!(TableRecipe::modern("S").bytes().unwrap()[0x7e0..0x7ea], *b"pTableTail");
        assert_eq!(TableRecipe::v7r1("S").bytes().unwrap()[0x3f0..0x3fa], *b"pTableTail");
    }

    #[test]
    fn partitions_follow_each_other_in_whole_erase_blocks_and_fit_a_256_mib_flash() {
        let table = TableRecipe::modern("SAMPLE");
        let mut next = 0;
        for entry in &table.entries {
            assert_eq!(entry.start, next);
            assert_eq!(entry.length % ERASE_BLOCK, 0);
            next = entry.start + entry.length;
        }
        assert!(next <= 256 << 20, "the table ends at {next:#x}");
    }

    #[test]
    fn the_entry_behind_the_last_one_is_the_letter_that_ends_the_list() {
        let table = TableRecipe::modern("SAMPLE");
        let bytes = table.bytes().unwrap();
        let end = FIRST_ENTRY + table.entries.len() * ENTRY_SIZE;
        assert_eq!(bytes[end..end + 16], *b"T\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
        assert_eq!(bytes[end + 36..end + 44], [0, 2, 0, 0, 1, 0, 0, 0]);
    }

    #[test]
    fn more_entries_than_the_room_holds_are_refused() {
        let mut table = TableRecipe::v7r1("SAMPLE");
        table.entries.extend(table.entries.clone());
        table.entries.extend(table.entries.clone());
        assert!(matches!(table.bytes(), Err(RecipeError::DoesNotFit { what: "partition table", .. })));
    }
}
