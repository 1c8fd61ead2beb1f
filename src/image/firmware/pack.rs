//! Builds a container from a folder of partitions.
//!
//! What the files do not say comes from the options, from their headers (`.fw`), or from the description beside them, in
//! this order. Compressed partitions pass through a nameless file, because their size stands in front of them. The container
//! is read and checked like any other before it gets its name.

mod plan;

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::num::NonZeroU32;
use std::path::Path;

use super::description::{Described, Description};
use super::directory::Headers;
use super::header_fields::STORED_LIMIT;
use super::repack::{Going, RepackError, go_on};
use super::start::PREFIX;
use super::text::shown;
use super::unit::aligned;
use super::unit_writer::UnitWriter;
use super::{Firmware, FirmwareError, ImageType, Missing, Partition, PartitionFault, ReadOptions, Warning, verify};
use crate::image::compression::{Compression, Compressor};
use crate::image::output::{NewFile, OutputError, check_place, folder_of};
use crate::image::partition_code::{PartitionCode, PartitionSelector};

/// How to pack. What is not given is as the folder has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackOptions {
    /// The type, 1 to 7; whether the container is marked as signed follows from its data.
    pub image_type: Option<u8>,
    /// How partitions are stored: one of them, or all where none is named. The last word on a partition counts.
    pub compression: Vec<(Option<PartitionSelector>, Compression)>,
    /// The hardware code of every header, such as `HWEW11.1`.
    pub hardware: Option<String>,
    /// The date of every header, such as `2015.11.27`.
    pub date: Option<String>,
    /// The time of every header, such as `11:20:25`.
    pub time: Option<String>,
    /// The product code in every header, such as `BV7R11HS`.
    pub product: Option<String>,
    /// The version in every header, such as `21.180.01.00.00`.
    pub version: Option<String>,
    /// Stored bytes that each checksum covers.
    pub block_size: Option<NonZeroU32>,
}

/// A partition as it will be in the container. Texts are escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedPartition {
    /// Its number, counted from 0.
    pub index: usize,
    /// What it is.
    pub code: PartitionCode,
    /// The file that it comes from.
    pub file: String,
    /// Size of its plain data in bytes.
    pub size: u64,
    /// SHA-256 of its plain data.
    pub sha256: [u8; 32],
    /// How it will be stored.
    pub compression: Compression,
    /// The version text of its header.
    pub version_text: String,
}

/// A folder that is about to be packed: everything was read and checked, nothing is written.
#[derive(Debug)]
pub struct Packing {
    folder: Firmware,
    image_type: ImageType,
    units: Vec<Described>,
    unused: Vec<PartitionCode>,
}

/// A container that was built.
#[derive(Clone, Debug)]
pub struct Packed {
    /// Its length in bytes.
    pub length: u64,
    /// Its type.
    pub image_type: ImageType,
    /// Its partitions, as reading it found them.
    pub partitions: Vec<Partition>,
    /// What is odd about it.
    pub warnings: Vec<Warning>,
    /// What a full set of its type and chip would have, and this one has not.
    pub missing: Vec<Missing>,
}

impl Packing {
    /// Reads and checks a folder. `progress` is called with the bytes read so far and in all.
    ///
    /// # Errors
    ///
    /// When it is no folder of partitions, something in it is damaged, or the options do not fit it.
    pub fn read(folder: &Path, options: &PackOptions, progress: &mut dyn FnMut(u64, u64)) -> Result<Self, RepackError> {
        let metadata =
            fs::metadata(folder).map_err(|source| FirmwareError::Read { path: folder.to_owned(), source })?;
        if !metadata.is_dir() {
            return Err(FirmwareError::NotAFolder { path: folder.to_owned() }.into());
        }
        let description = Description::read(folder)?.unwrap_or_default();
        let reading = ReadOptions {
            directory_type: options.image_type.or(description.image_type.map(ImageType::dload_type)),
            ..ReadOptions::default()
        };
        let folder = verify::verify(folder, &reading, Headers::Accepted, progress)?;
        let partitions = folder.partitions();
        for named in options.compression.iter().filter_map(|(named, _)| named.as_ref()) {
            if !partitions.iter().any(|partition| named.matches(partition.code)) {
                let present: Vec<String> = partitions.iter().map(|partition| partition.code.to_string()).collect();
                return Err(RepackError::NoSuchPartition { named: named.to_string(), present: present.join(", ") });
            }
        }
        let units = partitions.iter().map(|partition| plan::planned(partition, &description, options));
        let units = units.collect::<Result<_, _>>()?;
        let described = description.partitions.iter().map(|described| described.fields.code);
        let unused = described.filter(|code| !partitions.iter().any(|partition| partition.code == *code)).collect();
        Ok(Self { image_type: folder.image_type(), folder, units, unused })
    }

    /// The type that the container will state.
    #[must_use]
    pub fn image_type(&self) -> ImageType {
        self.image_type
    }

    /// Partitions that the description tells of, and that are not in the folder.
    #[must_use]
    pub fn unused(&self) -> &[PartitionCode] {
        &self.unused
    }

    /// What will be in the container.
    #[must_use]
    pub fn partitions(&self) -> Vec<PlannedPartition> {
        let planned = |(partition, unit): (&Partition, &Described)| PlannedPartition {
            index: partition.index,
            code: partition.code,
            file: partition.file.clone().unwrap_or_default(),
            size: partition.size,
            sha256: partition.sha256,
            compression: unit.compression,
            version_text: shown(&unit.fields.version_text),
        };
        self.folder.partitions().iter().zip(&self.units).map(planned).collect()
    }

    /// Whether a container may be put at `path`.
    ///
    /// # Errors
    ///
    /// When a file is in the way and may not be replaced, or the place is in the folder itself.
    pub fn check_place(folder: &Path, path: &Path, replace: bool) -> Result<(), RepackError> {
        check_place(path, replace)?;
        let parent = fs::canonicalize(folder_of(path)).map_err(OutputError::write(path))?;
        // A folder that is not there is for reading to complain of.
        if fs::canonicalize(folder).is_ok_and(|folder| folder == parent) {
            return Err(RepackError::IntoItself);
        }
        Ok(())
    }

    /// Builds the container, reads it, and gives it its name.
    ///
    /// # Errors
    ///
    /// When the folder changed, the container cannot be written, `going` says to stop, or what was built contradicts itself
    /// or does not read back as it was meant to be. No file is left then.
    pub fn write(&self, path: &Path, replace: bool, going: Going<'_>) -> Result<Packed, RepackError> {
        Self::check_place(self.folder.path(), path, replace)?;
        let plain: u64 = self.folder.partitions().iter().map(|partition| partition.size).sum();
        let total = 2 * plain;
        let mut new = NewFile::begin(path, replace)?;
        let failed = OutputError::write(path);
        let length = self.build(new.file(), folder_of(path), path, &mut |done| go_on(going, done, total))?;
        new.file().set_len(length).map_err(&failed)?;
        let mut stop = Ok(());
        let built = Firmware::verify(new.temporary_path(), &ReadOptions::default(), &mut |read, all| {
            let share = plain.saturating_mul(read).checked_div(all).unwrap_or(plain);
            if stop.is_ok() {
                stop = go_on(going, plain + share, total);
            }
        })?;
        stop?;
        self.compare(&built)?;
        new.finish()?;
        let Firmware { image_type, partitions, warnings, missing, .. } = built;
        Ok(Packed { length, image_type, partitions, warnings, missing })
    }

    /// Writes prefix and units, and tells how long the file is to be.
    fn build(
        &self,
        out: &mut File,
        spool_folder: &Path,
        path: &Path,
        going: &mut dyn FnMut(u64) -> Result<(), RepackError>,
    ) -> Result<u64, RepackError> {
        let failed = OutputError::write(path);
        out.write_all(&[self.image_type.byte()]).map_err(&failed)?;
        let (mut offset, mut done) = (PREFIX, 0);
        for (partition, unit) in self.folder.partitions().iter().zip(&self.units) {
            let mut going = |within: u64| going(done + within);
            let end = if unit.compression == Compression::None {
                let mut writer = UnitWriter::begin(out, offset, &unit.fields, stored_size(partition.size, partition)?)
                    .map_err(&failed)?;
                self.each_block(partition, &mut going, &mut |block| writer.take(block).map_err(&failed))?;
                writer.finish()
            } else {
                // Nameless and in the same place: what is for temporary files may be memory.
                let spool = tempfile::tempfile_in(spool_folder).map_err(&failed)?;
                let mut compressor = Compressor::new(spool, unit.compression).map_err(&failed)?;
                self.each_block(partition, &mut going, &mut |block| compressor.take(block).map_err(&failed))?;
                let mut spool = compressor.finish().map_err(&failed)?;
                let size = stored_size(spool.stream_position().map_err(&failed)?, partition)?;
                let mut writer = UnitWriter::begin(out, offset, &unit.fields, size).map_err(&failed)?;
                copy(&mut spool, &mut writer).map_err(&failed)?;
                writer.finish()
            };
            done += partition.size;
            // The gap of 0 to 3 bytes reads as zeros: nothing was written there.
            let end = end.map_err(&failed)?;
            offset = aligned(end).unwrap_or(end);
        }
        Ok(offset)
    }

    /// Reads a partition once more, and hands out what is as it was checked.
    fn each_block(
        &self,
        partition: &Partition,
        going: &mut dyn FnMut(u64) -> Result<(), RepackError>,
        take: &mut dyn FnMut(&[u8]) -> Result<(), OutputError>,
    ) -> Result<(), RepackError> {
        let mut done = 0;
        for block in self.folder.blocks(partition.index)? {
            let block = block?;
            take(&block)?;
            done += block.len() as u64;
            going(done)?;
        }
        Ok(())
    }

    /// What was built must hold what was in the folder, stored as it was meant to be.
    fn compare(&self, built: &Firmware) -> Result<(), FirmwareError> {
        let mut found = built.partitions().iter();
        for (meant, unit) in self.folder.partitions().iter().zip(&self.units) {
            let is_as_meant = found.next().is_some_and(|found| {
                (meant.code, meant.sha256, unit.compression) == (found.code, found.sha256, found.compression)
            });
            if !is_as_meant {
                return Err(FirmwareError::NotAsMeant { place: meant.place() });
            }
        }
        Ok(())
    }
}

/// A size as a header states it. Compression makes no partition so much larger than it may be.
fn stored_size(size: u64, partition: &Partition) -> Result<u32, FirmwareError> {
    let too_large = || PartitionFault::TooLarge { limit: STORED_LIMIT.into() }.at(partition.place());
    u32::try_from(size).ok().filter(|size| *size <= STORED_LIMIT).ok_or_else(too_large)
}

fn copy(spool: &mut File, writer: &mut UnitWriter<'_>) -> std::io::Result<()> {
    spool.seek(SeekFrom::Start(0))?;
    let mut buffer = vec![0; 64 << 10];
    loop {
        match spool.read(&mut buffer)? {
            0 => return Ok(()),
            count => writer.take(&buffer[..count])?,
        }
    }
}
