//! A small builder of firmware files, and the tests of whole files.

mod accepted;
mod damage;
mod packed;
mod refused;
mod second_pass;
mod sets;
mod unpacked;

use std::path::{Path, PathBuf};

use super::unit::CRC;
use super::*;

/// One unit to be built. `stored` is its data as it lies in the file.
#[derive(Clone, Debug)]
pub(in crate::image) struct UnitRecipe {
    pub(in crate::image) code: u32,
    pub(in crate::image) stored: Vec<u8>,
    pub(in crate::image) block_size: u32,
    pub(in crate::image) text: &'static [u8],
}

impl UnitRecipe {
    pub(in crate::image) fn new(code: u32, stored: impl Into<Vec<u8>>) -> Self {
        Self { code, stored: stored.into(), block_size: 64, text: b":BV7R11HS:21.180.01.00.00" }
    }

    pub(in crate::image) fn text(mut self, text: &'static [u8]) -> Self {
        self.text = text;
        self
    }

    /// Header, table and data without padding.
    pub(in crate::image) fn bytes(&self) -> Vec<u8> {
        let table: Vec<u8> =
            self.stored.chunks(self.block_size as usize).flat_map(|block| CRC.checksum(block).to_le_bytes()).collect();
        let mut header = vec![0; 98];
        header[..4].copy_from_slice(&[0x55, 0xaa, 0x5a, 0xa5]);
        header[4..8].copy_from_slice(&(98 + table.len() as u32).to_le_bytes());
        header[8] = 1;
        header[12..20].copy_from_slice(b"HWEW11.1");
        header[20..24].copy_from_slice(&self.code.to_le_bytes());
        header[24..28].copy_from_slice(&(self.stored.len() as u32).to_le_bytes());
        header[28..38].copy_from_slice(b"2015.11.27");
        header[44..52].copy_from_slice(b"11:20:25");
        header[60..60 + self.text.len()].copy_from_slice(self.text);
        header[94..98].copy_from_slice(&self.block_size.to_le_bytes());
        let crc = CRC.checksum(&header);
        header[92..94].copy_from_slice(&crc.to_le_bytes());
        [header, table, self.stored.clone()].concat()
    }
}

/// A `.BIN`.
pub(in crate::image) fn bin(type_byte: u8, units: &[UnitRecipe]) -> Vec<u8> {
    let mut file = vec![0; 0x5c];
    file[0] = type_byte;
    for unit in units {
        file.resize(file.len().next_multiple_of(4), 0);
        file.extend(unit.bytes());
    }
    file
}

/// The same behind the stub of a `.EXE`, with more data after it.
fn exe(type_byte: u8, units: &[UnitRecipe]) -> Vec<u8> {
    let mut file: Vec<u8> = (0..400_u32).map(|at| (at * 13 + 7) as u8 & 0x7f).collect();
    file[..2].copy_from_slice(b"MZ");
    file.extend(bin(type_byte, units));
    file.resize(file.len().next_multiple_of(4), 0);
    file.extend((0..200_u32).map(|at| (at * 11 + 3) as u8 & 0x7f));
    file
}

/// A partition table of entries (name, length, image type).
fn table(entries: &[(&str, u32, u32)]) -> Vec<u8> {
    let mut table = vec![0; 0x800];
    table[..16].copy_from_slice(b"pTableHead\0\0\0\0\0\x80");
    for (index, (name, length, image_type)) in entries.iter().chain([&("T", 0, 0x200)]).enumerate() {
        let entry = &mut table[0x30 + 48 * index..][..48];
        entry[..name.len()].copy_from_slice(name.as_bytes());
        entry[24..28].copy_from_slice(&length.to_le_bytes());
        entry[36..40].copy_from_slice(&image_type.to_le_bytes());
    }
    table
}

/// The partitions of a full V7R11 set, tiny.
pub(in crate::image) fn full_set() -> Vec<UnitRecipe> {
    [0x11_0000, 0x20_0000, 0x01_0000, 0x09_0000, 0x22_0000, 0x23_0000, 0x24_0000, 0x25_0000, 0x59_0000, 0x5a_0000]
        .into_iter()
        .map(|code| match code {
            0x01_0000 => UnitRecipe::new(code, table(&[])),
            _ => UnitRecipe::new(code, format!("plain data of {code:08x}")),
        })
        .collect()
}

/// A file in a folder of its own.
pub(in crate::image) struct OnDisk {
    _folder: tempfile::TempDir,
    pub(in crate::image) path: PathBuf,
}

pub(in crate::image) fn on_disk(bytes: &[u8]) -> OnDisk {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("firmware.bin");
    std::fs::write(&path, bytes).unwrap();
    OnDisk { _folder: folder, path }
}

pub(in crate::image) fn verify_path(path: &Path) -> Result<Firmware, FirmwareError> {
    Firmware::verify(path, &ReadOptions::default(), &mut |_, _| {})
}

pub(in crate::image) fn verify(bytes: &[u8]) -> Result<Firmware, FirmwareError> {
    verify_path(&on_disk(bytes).path)
}

/// The message of the refusal of a file that must be refused.
fn refusal(bytes: &[u8]) -> String {
    verify(bytes).expect_err("a file that must be refused").to_string()
}

fn zlib(data: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// A trailer of 120 bytes with a key hash of bytes `key`.
fn trailer(key: u8) -> Vec<u8> {
    let mut trailer = vec![0; 120];
    trailer[6..38].fill(key);
    trailer[108..112].copy_from_slice(&120_u32.to_le_bytes());
    trailer[116..].copy_from_slice(&[0xfa, 0xaf, 0xaa, 0xff]);
    trailer
}
