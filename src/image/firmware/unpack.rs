//! Takes checked firmware apart: each partition into a file of its own.
//!
//! File names are made of the number, the code and our own name for it; no text of the firmware gets into them. All files
//! are written under temporary names and renamed together when the last one is complete.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::description::{DESCRIPTION_FILE, Description};
use super::directory::Entry;
use super::header_fields::STORED_LIMIT;
use super::repack::{Going, RepackError, go_on};
use super::unit_writer::UnitWriter;
use super::{Container, Firmware, Partition};
use crate::image::output::{NewFile, OutputError, OutputFolder, check_place};
use crate::image::partition_code::PartitionSelector;

/// How to unpack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnpackOptions {
    /// Write each partition with the header of its unit (`.fw`), not bare (`.bin`).
    pub with_headers: bool,
    /// Only these partitions; all if empty. The description is not written then: the folder is no set.
    pub only: Vec<PartitionSelector>,
    /// Overwrite files.
    pub replace: bool,
}

/// A file that is, or will be, in the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnpackedFile {
    /// Its name.
    pub name: String,
    /// The index of its partition; `None` for the description.
    pub partition: Option<usize>,
    /// Its length in bytes.
    pub length: u64,
}

/// Firmware that is about to be unpacked: everything was looked at, nothing is written.
#[derive(Debug)]
pub struct Unpacking<'a> {
    firmware: &'a Firmware,
    folder: PathBuf,
    with_headers: bool,
    replace: bool,
    files: Vec<UnpackedFile>,
}

impl Firmware {
    /// Plans to unpack it into `folder`, which is made unless it exists.
    ///
    /// # Errors
    ///
    /// When a file is in the way, the folder holds partitions of another set, or the options ask for what there is not.
    pub fn unpacking(&self, folder: &Path, options: &UnpackOptions) -> Result<Unpacking<'_>, RepackError> {
        if options.with_headers && self.container() == Container::Directory {
            return Err(RepackError::NoHeaders);
        }
        let mut files = Vec::new();
        for partition in chosen(self.partitions(), &options.only)? {
            files.push(file_of(partition, options.with_headers)?);
        }
        if options.only.is_empty() {
            let length = Description::of(self).text().len() as u64;
            files.push(UnpackedFile { name: DESCRIPTION_FILE.to_owned(), partition: None, length });
            refuse_other_set(folder, &files)?;
        }
        for file in &files {
            check_place(&folder.join(&file.name), options.replace)?;
        }
        let (with_headers, replace) = (options.with_headers, options.replace);
        Ok(Unpacking { firmware: self, folder: folder.to_owned(), with_headers, replace, files })
    }
}

/// The partitions that were asked for. Each name must be that of at least one.
fn chosen<'a>(
    partitions: &'a [Partition],
    only: &[PartitionSelector],
) -> Result<impl Iterator<Item = &'a Partition>, RepackError> {
    if let Some(idle) = only.iter().find(|named| !partitions.iter().any(|partition| named.matches(partition.code))) {
        let present: Vec<String> = partitions.iter().map(|partition| partition.code.to_string()).collect();
        return Err(RepackError::NoSuchPartition { named: idle.to_string(), present: present.join(", ") });
    }
    let chosen = |partition: &&Partition| only.is_empty() || only.iter().any(|named| named.matches(partition.code));
    Ok(partitions.iter().filter(chosen).collect::<Vec<_>>().into_iter())
}

fn file_of(partition: &Partition, with_header: bool) -> Result<UnpackedFile, RepackError> {
    let index = partition.index;
    if index > 99 {
        return Err(RepackError::TooMany { index });
    }
    let ending = if with_header { "fw" } else { "bin" };
    let name = format!("{index:02}-{:08x}-{}.{ending}", partition.code.0, partition.code.name());
    let header = if with_header { partition.header_fields().header_size(plain_size(partition)) } else { 0 };
    Ok(UnpackedFile { name, partition: Some(index), length: u64::from(header) + partition.size })
}

/// No partition that is read has more than 512 MiB.
fn plain_size(partition: &Partition) -> u32 {
    u32::try_from(partition.size).unwrap_or(STORED_LIMIT)
}

/// Files of partitions that are not among those to be written would become part of the set.
fn refuse_other_set(folder: &Path, files: &[UnpackedFile]) -> Result<(), RepackError> {
    let failed = |source| OutputError::Write { path: folder.to_owned(), source };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err(OutputError::NotAFolder { path: folder.to_owned() }.into());
        }
        Err(error) => return Err(failed(error).into()),
    };
    for entry in entries {
        let name = entry.map_err(failed)?.file_name();
        let Some(name) = name.to_str().filter(|name| Entry::parse(name).is_some()) else { continue };
        if !files.iter().any(|file| file.name == name) {
            let folder = folder.display().to_string();
            return Err(RepackError::OtherSet { folder, name: name.escape_debug().to_string() });
        }
    }
    Ok(())
}

impl Unpacking<'_> {
    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The files that will be there, in the order of the partitions, the description last.
    #[must_use]
    pub fn files(&self) -> &[UnpackedFile] {
        &self.files
    }

    /// Writes all of them. Each block is compared with what was checked before it is written.
    ///
    /// # Errors
    ///
    /// When the firmware changed, a file cannot be written, or `going` says to stop. Nothing is left behind then.
    pub fn write(&self, going: Going<'_>) -> Result<(), RepackError> {
        let total = self.files.iter().map(|file| file.length).sum();
        let mut done = 0;
        // Files come before the folder in the order of dropping: a folder is removed when it is empty.
        let folder = OutputFolder::open(&self.folder)?;
        let mut written = Vec::with_capacity(self.files.len());
        for file in &self.files {
            let mut new = NewFile::begin(&self.folder.join(&file.name), self.replace)?;
            let mut going = |within: u64| go_on(going, done + within, total);
            match file.partition.and_then(|index| self.firmware.partitions().get(index)) {
                Some(partition) => self.write_partition(&mut new, partition, &mut going)?,
                None => {
                    let text = Description::of(self.firmware).text();
                    new.file().write_all(text.as_bytes()).map_err(OutputError::write(&self.folder.join(&file.name)))?;
                }
            }
            done += file.length;
            written.push(new);
        }
        rename_all(written)?;
        folder.keep();
        Ok(())
    }

    fn write_partition(
        &self,
        new: &mut NewFile,
        partition: &Partition,
        going: &mut dyn FnMut(u64) -> Result<(), RepackError>,
    ) -> Result<(), RepackError> {
        let path = new.path().to_owned();
        let failed = OutputError::write(&path);
        let blocks = self.firmware.blocks(partition.index)?;
        let mut sent = 0;
        let each = |take: &mut dyn FnMut(&[u8]) -> io::Result<()>| -> Result<(), RepackError> {
            for block in blocks {
                let block = block?;
                take(&block).map_err(&failed)?;
                sent += block.len() as u64;
                going(sent)?;
            }
            Ok(())
        };
        if self.with_headers {
            let fields = partition.header_fields();
            let mut unit = UnitWriter::begin(new.file(), 0, &fields, plain_size(partition)).map_err(&failed)?;
            each(&mut |block| unit.take(block))?;
            unit.finish().map_err(&failed)?;
        } else {
            let mut out = io::BufWriter::new(new.file());
            each(&mut |block| out.write_all(block))?;
            out.flush().map_err(&failed)?;
        }
        Ok(())
    }
}

/// Gives all files their names. If one cannot get its, those that were new before it are taken away again.
fn rename_all(files: Vec<NewFile>) -> Result<(), OutputError> {
    let mut named: Vec<PathBuf> = Vec::with_capacity(files.len());
    for file in files {
        let (path, is_new) = (file.path().to_owned(), file.path().symlink_metadata().is_err());
        if let Err(error) = file.finish() {
            for path in named {
                // What cannot be removed stays, complete; the error that is told is the first one.
                drop(fs::remove_file(path));
            }
            return Err(error);
        }
        if is_new {
            named.push(path);
        }
    }
    Ok(())
}
