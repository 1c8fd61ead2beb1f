//! Writing files: never over one that is there unless that was asked for, and never half of one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde_json::json;
use sha2::{Digest, Sha256};

use super::console::Console;
use super::firmware_command::hex;
use super::problem::Problem;
use super::size_text::size_text;
use crate::failure::Cause;

/// How files are written.
#[derive(Clone, Copy, Debug)]
pub struct NewFiles {
    /// Existing files may be replaced (`--force`).
    pub force: bool,
    /// Nothing is written, only told (`--dry-run`).
    pub dry_run: bool,
}

impl NewFiles {
    /// Refuses to go on where one of these is there already: before the first of several is written.
    ///
    /// What is no regular file is never replaced: a rename would take a device or a link away.
    pub fn refuse_existing<'p>(self, paths: impl IntoIterator<Item = &'p Path>) -> Result<(), Problem> {
        for path in paths {
            match fs::symlink_metadata(path) {
                Ok(there) if !there.is_file() => {
                    let shown = path.display().to_string();
                    let text = format!("{} is there and no regular file; it is not replaced", shown.escape_debug());
                    return Err(Problem::usage(text));
                }
                Ok(_) if !self.force => return Err(exists(path)),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(source) => return Err(failed("looking at", path, source)),
            }
        }
        Ok(())
    }

    /// Makes a folder, unless it is there.
    pub fn folder(self, path: &Path) -> Result<(), Problem> {
        if self.dry_run {
            return Ok(());
        }
        fs::create_dir_all(path).map_err(|source| failed("making the folder", path, source))
    }

    /// Writes one file, and says so.
    pub fn write(self, console: &mut Console<'_>, path: &Path, content: &[u8]) -> Result<(), Problem> {
        if !self.dry_run {
            place(path, content, self.force).map_err(|source| match source.kind() {
                ErrorKind::AlreadyExists => exists(path),
                _ => failed("writing", path, source),
            })?;
        }
        let sha256 = hex(&Sha256::digest(content));
        let shown = path.display().to_string();
        console.event(
            "written",
            json!({ "path": shown, "size": content.len(), "sha256": sha256, "dry_run": self.dry_run }),
        );
        let verb = if self.dry_run { "Would write" } else { "Written" };
        console.line(&format!(
            "{verb} {}: {}, SHA-256 {sha256}",
            shown.escape_debug(),
            size_text(content.len() as u64)
        ));
        Ok(())
    }
}

fn exists(path: &Path) -> Problem {
    Problem::usage(format!("{} is there already; --force replaces it", path.display().to_string().escape_debug()))
}

fn failed(doing: &str, path: &Path, source: io::Error) -> Problem {
    Cause::System { doing: format!("{doing} {}", path.display().to_string().escape_debug()), source }.into()
}

/// Writes beside the place, and puts it there when it is whole. What fails leaves nothing behind.
fn place(path: &Path, content: &[u8], force: bool) -> io::Result<()> {
    let (beside, mut file) = make_beside(path)?;
    let written = file.write_all(content).and_then(|()| file.sync_all());
    drop(file);
    let placed = written.and_then(|()| if force { fs::rename(&beside, path) } else { put(&beside, path) });
    if placed.is_err() {
        // The first error is the one to be told.
        drop(fs::remove_file(&beside));
    }
    placed
}

/// A new file in the same folder, since a rename must not cross file systems.
fn make_beside(path: &Path) -> io::Result<(PathBuf, File)> {
    let name = path.file_name().ok_or(ErrorKind::InvalidFilename)?;
    let mut beside = std::ffi::OsString::from(".");
    beside.push(name);
    beside.push(format!(".{}.part", std::process::id()));
    let beside = path.with_file_name(beside);
    let file = OpenOptions::new().write(true).create_new(true).open(&beside)?;
    Ok((beside, file))
}

/// A rename that replaces nothing: a second name, which fails where one is, and then the first one away.
fn put(beside: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(beside, path) {
        Ok(()) => fs::remove_file(beside),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(error),
        // A file system without second names, such as that of a memory card.
        Err(_) if fs::symlink_metadata(path).is_ok() => Err(ErrorKind::AlreadyExists.into()),
        Err(_) => fs::rename(beside, path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_file_is_placed_whole_and_one_that_is_there_stays_unless_forced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("copy.bin");
        place(&path, b"one", false).unwrap();
        assert_eq!(place(&path, b"two", false).unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"one");
        place(&path, b"two", true).unwrap();
        assert_eq!((fs::read(&path).unwrap(), names(folder.path())), (b"two".to_vec(), vec!["copy.bin".to_owned()]));
    }

    #[test]
    fn what_cannot_be_placed_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let taken = folder.path().join("taken");
        fs::create_dir(&taken).unwrap();
        assert!(place(&taken, b"x", true).is_err());
        assert!(place(&folder.path().join("none/copy.bin"), b"x", false).is_err());
        assert!(place(Path::new("/"), b"x", false).is_err());
        assert_eq!(names(folder.path()), ["taken"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_devices_and_folders_are_not_replaced_even_by_force() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("/nowhere/at/all", &link).unwrap();
        for force in [false, true] {
            let files = NewFiles { force, dry_run: false };
            for path in [&*link, Path::new("/dev/null"), folder.path()] {
                assert!(files.refuse_existing([path]).is_err(), "{path:?}");
            }
            assert!(files.refuse_existing([&*folder.path().join("new")]).is_ok());
        }
    }
}
