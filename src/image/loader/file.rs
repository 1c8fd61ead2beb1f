//! Reading the file from disk without being fooled by what it is.

use std::fs::{File, FileType, Metadata};
use std::io::Read;
use std::path::Path;

use bytes::Bytes;

use super::LoaderError;

/// Reads a regular file of at most `limit` bytes, whole and steady.
pub(super) fn read(path: &Path, limit: u64) -> Result<Bytes, LoaderError> {
    // Before opening: opening a FIFO waits for its writer, and opening a device may do anything.
    let announced = std::fs::metadata(path).map_err(|source| LoaderError::Read { path: path.into(), source })?;
    if !announced.is_file() {
        return Err(LoaderError::NotAFile { path: path.into(), kind: kind(announced.file_type()) });
    }
    if announced.len() == 0 {
        return Err(LoaderError::Empty);
    }
    if announced.len() > limit {
        return Err(LoaderError::TooLarge { size: announced.len(), limit });
    }
    let file = File::open(path).map_err(|source| LoaderError::Read { path: path.into(), source })?;
    read_steady(file, &announced, path)
}

/// Reads to the end, and believes it only when size and time of change are the same before and after.
fn read_steady(file: File, announced: &Metadata, path: &Path) -> Result<Bytes, LoaderError> {
    let unreadable = |source| LoaderError::Read { path: path.into(), source };
    let mut content = Vec::new();
    (&file).take(announced.len() + 1).read_to_end(&mut content).map_err(unreadable)?;
    let now = file.metadata().map_err(unreadable)?;
    let steady = now.is_file()
        && now.len() == announced.len()
        && content.len() as u64 == announced.len()
        && now.modified().ok() == announced.modified().ok();
    if steady { Ok(content.into()) } else { Err(LoaderError::Changed { path: path.into() }) }
}

#[cfg(unix)]
fn kind(file_type: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    match file_type {
        kind if kind.is_dir() => "a folder",
        kind if kind.is_fifo() => "a FIFO",
        kind if kind.is_socket() => "a socket",
        kind if kind.is_block_device() || kind.is_char_device() => "a device",
        _ => "something else",
    }
}

#[cfg(not(unix))]
fn kind(file_type: FileType) -> &'static str {
    if file_type.is_dir() { "a folder" } else { "something else" }
}

#[cfg(test)]
mod tests {
    use std::io::{Seek, SeekFrom, Write};

    use super::*;
    use crate::image::loader::layout::LARGEST;

    #[test]
    fn a_regular_file_is_read_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("loader.bin");
        std::fs::write(&path, b"content").unwrap();
        assert_eq!(read(&path, LARGEST).unwrap(), b"content"[..]);
    }

    #[test]
    fn folders_empty_files_and_missing_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(read(folder.path(), LARGEST), Err(LoaderError::NotAFile { kind: "a folder", .. })));
        let empty = folder.path().join("empty");
        std::fs::write(&empty, b"").unwrap();
        assert!(matches!(read(&empty, LARGEST), Err(LoaderError::Empty)));
        assert!(matches!(read(&folder.path().join("missing"), LARGEST), Err(LoaderError::Read { .. })));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn devices_and_fifos_are_refused_without_being_opened() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        assert!(matches!(read(&fifo, LARGEST), Err(LoaderError::NotAFile { kind: "a FIFO", .. })));
        assert!(matches!(read(Path::new("/dev/zero"), LARGEST), Err(LoaderError::NotAFile { kind: "a device", .. })));
    }

    #[test]
    fn a_file_above_64_mib_is_refused_before_it_is_read() {
        let sparse = tempfile::NamedTempFile::new().unwrap();
        sparse.as_file().set_len(LARGEST + 1).unwrap();
        assert!(matches!(read(sparse.path(), LARGEST), Err(LoaderError::TooLarge { size, .. }) if size == LARGEST + 1));
    }

    #[test]
    fn a_file_that_grew_or_shrank_since_it_was_looked_at_is_refused() {
        let mut grown = tempfile::NamedTempFile::new().unwrap();
        grown.write_all(b"12345678").unwrap();
        let announced = grown.as_file().metadata().unwrap();
        grown.write_all(b"9").unwrap();
        let result = read_steady(grown.reopen().unwrap(), &announced, grown.path());
        assert!(matches!(result, Err(LoaderError::Changed { .. })));
        grown.as_file().set_len(3).unwrap();
        let result = read_steady(grown.reopen().unwrap(), &announced, grown.path());
        assert!(matches!(result, Err(LoaderError::Changed { .. })));
    }

    #[test]
    fn a_file_that_hands_out_less_than_its_size_is_refused() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"12345678").unwrap();
        let mut handle = file.reopen().unwrap();
        handle.seek(SeekFrom::Start(4)).unwrap();
        let announced = handle.metadata().unwrap();
        assert!(matches!(read_steady(handle, &announced, file.path()), Err(LoaderError::Changed { .. })));
    }
}
