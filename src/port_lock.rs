//! One process a stick: a lock by port path that dies with its process.
//!
//! The device node cannot be locked: it is another one after every re-enumeration, while the port path stays. So the lock
//! is on a file that is named by the path, in a folder that is the same for every user. The kernel lets go of it with the
//! process, whatever ends that, so a file that was left behind is no obstacle. It says something all the same: a process
//! that ends in order empties it, so one that names a process tells of a process that was killed, and that may have left
//! interfaces without their kernel drivers.
//!
//! The folder is open to everybody, so the file may be anybody's: a link is not followed, nothing but a plain file is
//! taken, its text counts as a number at most, and it is never more than read where it may not be written.

#[cfg(unix)]
mod file;
#[cfg_attr(not(unix), allow(dead_code, reason = "there are no locks to be held"))]
mod holder;

use std::io;
use std::path::{Path, PathBuf};

use crate::usb::PortPath;

pub use holder::Holder;

/// Where locks are looked for, in this order. Services have a `/tmp` of their own, but hardly a `/run/lock`.
#[cfg(unix)]
const FOLDERS: [&str; 2] = ["/run/lock", "/tmp"];

/// Why a stick could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum PortLockError {
    /// Another process works on the stick in that port.
    #[error("the stick in port {path} is in use by {holder}")]
    Held {
        /// The port.
        path: PortPath,
        /// Who it is.
        holder: Holder,
    },
    /// What stands in the place of the lock file is no file that can be locked.
    #[error("{} cannot be locked", file.display())]
    Unusable {
        /// The place.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// The place where this machine's processes agree on who works on which stick.
#[derive(Clone, Debug)]
pub struct PortLocks {
    folder: Option<PathBuf>,
}

impl PortLocks {
    /// The place of this machine: the first folder that everybody may write into, so that root and any user find the
    /// same one.
    ///
    /// Without such a folder there are no locks, and a claimed interface is all that keeps two processes apart.
    #[must_use]
    pub fn of_this_machine() -> Self {
        #[cfg(unix)]
        match FOLDERS.map(Path::new).into_iter().find(|folder| file::is_for_everybody(folder)) {
            Some(folder) => return Self::in_folder(folder),
            None => {
                tracing::warn!("no folder for locks; nothing keeps a second copy of this program from the same stick")
            }
        }
        Self::none()
    }

    /// Locks in this folder.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self { folder: Some(folder.to_owned()) }
    }

    /// No locks: sticks that are this process's own need none.
    #[must_use]
    pub fn none() -> Self {
        Self { folder: None }
    }

    /// Takes the stick in one port, until the returned lock is dropped or the process ends.
    ///
    /// # Errors
    ///
    /// See [`PortLockError`].
    pub fn take(&self, path: &PortPath) -> Result<PortLock, PortLockError> {
        #[cfg(unix)]
        if let Some(folder) = &self.folder {
            return file::take(&folder.join(format!("balong-{path}.lock")), path);
        }
        let _ = path;
        Ok(PortLock { file: None, last_was_killed: false })
    }
}

/// The right to work on the stick in one port.
#[derive(Debug)]
pub struct PortLock {
    file: Option<std::fs::File>,
    last_was_killed: bool,
}

impl PortLock {
    /// Whether the last process that held this lock was ended without a chance to tidy up.
    #[must_use]
    pub fn last_was_killed(&self) -> bool {
        self.last_was_killed
    }
}

impl Drop for PortLock {
    /// Everything was closed in order, so the file names nobody any more. Closing it lets go of the lock.
    fn drop(&mut self) {
        if let Some(Err(error)) = self.file.as_ref().map(|file| file.set_len(0)) {
            tracing::debug!(%error, "the lock file still names this process");
        }
    }
}

#[cfg(all(test, unix))]
mod tests;
