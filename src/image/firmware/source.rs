//! A file on disk that must stay what it was.
//!
//! A firmware file is read twice, seconds to minutes apart. What it was the first time is kept, so that a file that was
//! replaced, cut or written to in between is noticed. It is never mapped into memory: a file cut short under a mapping
//! kills the process.

use std::fs::{self, File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::FirmwareError;

/// What a file was when it was first opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    length: u64,
    modified: Option<SystemTime>,
    node: Option<(u64, u64)>,
}

impl Identity {
    fn of(metadata: &Metadata) -> Self {
        Self { length: metadata.len(), modified: metadata.modified().ok(), node: node(metadata) }
    }
}

/// Device and inode, where the system has them.
#[cfg(unix)]
fn node(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn node(_: &Metadata) -> Option<(u64, u64)> {
    None
}

/// An open file.
#[derive(Debug)]
pub(super) struct Source {
    file: File,
    path: PathBuf,
    identity: Identity,
}

impl Source {
    /// Opens a regular file that is not empty.
    pub(super) fn open(path: &Path) -> Result<Self, FirmwareError> {
        let failed = |source| FirmwareError::Read { path: path.to_owned(), source };
        // Asked before opening: opening a FIFO waits for somebody to write into it.
        refuse_other_than_files(path, &fs::metadata(path).map_err(failed)?)?;
        let file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        refuse_other_than_files(path, &metadata)?;
        if metadata.len() == 0 {
            return Err(FirmwareError::Empty { path: path.to_owned() });
        }
        Ok(Self { file, path: path.to_owned(), identity: Identity::of(&metadata) })
    }

    /// Opens the file again and insists that it is the one that was checked.
    pub(super) fn reopen(path: &Path, identity: &Identity) -> Result<Self, FirmwareError> {
        let source = Self::open(path)?;
        if source.identity == *identity {
            Ok(source)
        } else {
            let (now, then) = (source.identity.length, identity.length);
            let how = if now == then {
                "it was written to or replaced".to_owned()
            } else {
                format!("it had {then} bytes and now has {now}")
            };
            Err(FirmwareError::Changed { path: path.to_owned(), how })
        }
    }

    /// The open file itself.
    pub(super) fn into_file(self) -> File {
        self.file
    }

    /// Length of the file in bytes.
    pub(super) fn length(&self) -> u64 {
        self.identity.length
    }

    /// Where the file is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What the file is.
    pub(super) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Fills `buffer` from `offset` on. Running into the end of the file means that it was cut since it was opened.
    pub(super) fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> Result<(), FirmwareError> {
        let result = self.file.seek(SeekFrom::Start(offset)).and_then(|_| self.file.read_exact(buffer));
        result.map_err(|source| match source.kind() {
            io::ErrorKind::UnexpectedEof => FirmwareError::Changed {
                path: self.path.clone(),
                how: format!("it ends before offset {:#x}", offset.saturating_add(buffer.len() as u64)),
            },
            _ => FirmwareError::Read { path: self.path.clone(), source },
        })
    }

    /// Reads as many of `N` bytes as the file has from `offset` on, and tells how many that were. The rest is zero.
    pub(super) fn read_up_to<const N: usize>(&mut self, offset: u64) -> Result<([u8; N], usize), FirmwareError> {
        let mut buffer = [0; N];
        let available = self.length().saturating_sub(offset).min(N as u64) as usize;
        self.read_at(offset, &mut buffer[..available])?;
        Ok((buffer, available))
    }
}

fn refuse_other_than_files(path: &Path, metadata: &Metadata) -> Result<(), FirmwareError> {
    if metadata.is_file() {
        return Ok(());
    }
    let what = if metadata.is_dir() { "a folder" } else { "a device, pipe or socket" };
    Err(FirmwareError::NotAFile { path: path.to_owned(), what })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_folder_a_device_an_empty_and_a_missing_file_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(Source::open(folder.path()), Err(FirmwareError::NotAFile { what: "a folder", .. })));
        assert!(matches!(Source::open(&folder.path().join("none")), Err(FirmwareError::Read { .. })));
        let empty = folder.path().join("empty");
        File::create(&empty).unwrap();
        assert!(matches!(Source::open(&empty), Err(FirmwareError::Empty { .. })));
        #[cfg(unix)]
        assert!(matches!(Source::open(Path::new("/dev/zero")), Err(FirmwareError::NotAFile { .. })));
    }

    #[test]
    #[cfg(unix)]
    fn a_fifo_is_refused_without_waiting_for_a_writer() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        assert!(matches!(Source::open(&fifo), Err(FirmwareError::NotAFile { .. })));
    }

    #[test]
    fn a_file_that_was_replaced_or_has_grown_is_not_the_one_that_was_checked() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("file"), folder.path().join("other"));
        fs::write(&path, b"first").unwrap();
        let identity = Source::open(&path).unwrap().identity().clone();
        assert!(Source::reopen(&path, &identity).is_ok());
        fs::write(&other, b"other").unwrap();
        fs::rename(&other, &path).unwrap();
        assert!(matches!(Source::reopen(&path, &identity), Err(FirmwareError::Changed { .. })));
        File::options().append(true).open(&path).unwrap().write_all(b"more").unwrap();
        let error = Source::reopen(&path, &identity).unwrap_err().to_string();
        assert!(error.contains("had 5 bytes and now has 9"), "{error}");
    }

    #[test]
    fn a_file_cut_while_it_is_open_is_an_error_that_names_the_offset() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, [1; 100]).unwrap();
        let mut source = Source::open(&path).unwrap();
        File::options().write(true).open(&path).unwrap().set_len(50).unwrap();
        let error = source.read_at(40, &mut [0; 20]).unwrap_err().to_string();
        assert!(error.contains("0x3c"), "{error}");
    }
}
