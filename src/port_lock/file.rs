//! The file behind a lock, in a folder that everybody may write into.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rustix::fs::{FlockOperation, OFlags, flock};
use rustix::io::Errno;

use super::{Holder, PortLock, PortLockError};
use crate::usb::PortPath;

/// How often the file may be made, removed or replaced under our hands before that is an error.
const MOST_ATTEMPTS: u32 = 10;

/// The longest text that is read; a process number is shorter.
const LONGEST_TEXT: u64 = 16;

/// Whether it is a folder in which everybody may make files, and remove only their own.
pub fn is_for_everybody(folder: &Path) -> bool {
    let sticky = fs::metadata(folder).is_ok_and(|found| found.is_dir() && found.mode() & 0o1777 == 0o1777);
    // A disk that is mounted read-only does not show in the mode.
    sticky && rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_ok()
}

/// Takes the lock at once or not at all.
pub fn take(place: &Path, path: &PortPath) -> Result<PortLock, PortLockError> {
    let unusable = |source| PortLockError::Unusable { file: place.to_owned(), source };
    for _ in 0..MOST_ATTEMPTS {
        let Some(mut file) = open(place).map_err(unusable)? else { continue };
        match lock(&file) {
            Ok(()) if !is_at(&file, place) => continue,
            Ok(()) => {
                let before = text(&mut file).map_err(unusable)?;
                if let Err(error) = name_this_process(&mut file) {
                    // Somebody else's file, and no more than readable: the lock on it counts all the same.
                    tracing::debug!(file = %place.display(), %error, "the lock file does not name this process");
                }
                return Ok(PortLock { file: Some(file), last_was_killed: !before.is_empty() });
            }
            Err(Errno::WOULDBLOCK) => {
                let holder = Holder::named_by(&text(&mut file).unwrap_or_default());
                return Err(PortLockError::Held { path: path.clone(), holder });
            }
            Err(error) => return Err(unusable(error.into())),
        }
    }
    Err(unusable(io::Error::other("it is made and removed over and over")))
}

/// Opens the file, or makes it. `None`: it came or went in between.
///
/// It is made only where there is none: Linux refuses to open somebody else's file in such a folder with O_CREAT
/// (`fs.protected_regular`), even to root.
fn open(place: &Path) -> io::Result<Option<File>> {
    let existing = OpenOptions::new().read(true).write(true).custom_flags(guarded()).open(place);
    let existing = match existing {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            OpenOptions::new().read(true).custom_flags(guarded()).open(place)
        }
        opened => opened,
    };
    match existing {
        Ok(file) => {
            let found = file.metadata()?;
            // A second name could be that of any file on the same disk, put here for root to write into.
            match (found.is_file(), found.nlink()) {
                (true, 1) => Ok(Some(file)),
                (true, 0) => Ok(None),
                (true, _) => Err(io::Error::other("it has another name too")),
                (false, _) => Err(io::Error::other("it is no plain file")),
            }
        }
        Err(error) if error.kind() == ErrorKind::NotFound => make(place),
        Err(error) => Err(error),
    }
}

fn make(place: &Path) -> io::Result<Option<File>> {
    let made = OpenOptions::new().read(true).write(true).create_new(true).mode(0o666).open(place);
    match made {
        Ok(file) => {
            // For every user, whatever the umask of this one.
            file.set_permissions(Permissions::from_mode(0o666))?;
            Ok(Some(file))
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(None),
        Err(error) => Err(error),
    }
}

/// A link is not followed, and a pipe that somebody put there does not block. (Close-on-exec is the library's default.)
fn guarded() -> i32 {
    (OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed()
}

fn lock(file: &File) -> Result<(), Errno> {
    loop {
        match flock(file, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::INTR) => {}
            locked => return locked,
        }
    }
}

/// Whether the file is still in its place: one that was removed meanwhile locks nobody out.
fn is_at(file: &File, place: &Path) -> bool {
    match (file.metadata(), fs::symlink_metadata(place)) {
        (Ok(held), Ok(found)) => (held.dev(), held.ino()) == (found.dev(), found.ino()),
        _ => false,
    }
}

fn text(file: &mut File) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.take(LONGEST_TEXT).read_to_end(&mut text)?;
    Ok(text)
}

fn name_this_process(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0))?;
    writeln!(file, "{}", std::process::id())
}
