//! The stable name of a pty: a symbolic link in a folder of this program's.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

/// Where links are made when no folder is named: `balong` in the user's runtime folder (`XDG_RUNTIME_DIR`); without one, as
/// for a service, `/run/balong` where root may make it; else a folder of this user's own beside the temporary files.
#[must_use]
pub fn usual_folder() -> PathBuf {
    let user = rustix::process::geteuid();
    match std::env::var_os("XDG_RUNTIME_DIR") {
        Some(runtime) if Path::new(&runtime).is_absolute() => PathBuf::from(runtime).join("balong"),
        _ if user.is_root() && Path::new("/run").is_dir() => PathBuf::from("/run/balong"),
        _ => std::env::temp_dir().join(format!("balong-{}", user.as_raw())),
    }
}

/// Makes the usual folder, for this user alone to write into.
///
/// # Errors
///
/// What the system says, and a folder of another user's: its links could be turned away under a program's hands.
pub fn make_usual_folder(folder: &Path) -> io::Result<()> {
    match fs::DirBuilder::new().mode(0o755).create(folder) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let found = fs::symlink_metadata(folder)?;
    let is_own = found.is_dir() && found.uid() == rustix::process::geteuid().as_raw();
    if !is_own || found.permissions().mode() & 0o022 != 0 {
        return Err(io::Error::other("it is no folder that this user alone may write into"));
    }
    Ok(())
}

/// A link that is there for as long as this is, unless somebody else took its place.
#[derive(Debug)]
pub(super) struct Link {
    path: PathBuf,
    target: PathBuf,
}

impl Link {
    /// Makes it, or turns one that a killed process left behind. Nobody ever sees it missing, or half made.
    pub(super) fn make(path: &Path, target: &Path) -> io::Result<Self> {
        match fs::symlink_metadata(path) {
            Ok(found) if !found.is_symlink() => {
                return Err(io::Error::new(ErrorKind::AlreadyExists, "something that is no link has that name"));
            }
            _ => {}
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let aside = path.with_file_name(format!(".{name}.{}", std::process::id()));
        match fs::remove_file(&aside) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        symlink(target, &aside)?;
        fs::rename(&aside, path)?;
        Ok(Self { path: path.to_owned(), target: target.to_owned() })
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if fs::read_link(&self.path).is_ok_and(|target| target == self.target)
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::warn!(link = %self.path.display(), %error, "the link could not be removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_turned_in_place_and_removed_by_its_last_maker() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("balong-1-1.4-modem");
        let first = Link::make(&place, Path::new("/dev/pts/1")).expect("made");
        let second = Link::make(&place, Path::new("/dev/pts/2")).expect("turned");
        drop(first);
        assert_eq!(fs::read_link(&place).expect("still there"), Path::new("/dev/pts/2"));
        drop(second);
        assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 0);
    }

    #[test]
    fn what_a_killed_process_left_is_replaced_and_a_file_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("balong-1-1.4-pcui");
        symlink("/dev/pts/99", &place).expect("left behind");
        drop(Link::make(&place, Path::new("/dev/pts/1")).expect("made"));
        fs::write(&place, "precious").expect("written");
        assert!(Link::make(&place, Path::new("/dev/pts/1")).is_err());
        assert_eq!(fs::read(&place).expect("untouched"), b"precious");
    }

    #[test]
    fn a_folder_that_others_may_write_into_is_refused() {
        let above = tempfile::tempdir().expect("a folder");
        let folder = above.path().join("balong");
        make_usual_folder(&folder).expect("made");
        make_usual_folder(&folder).expect("there already");
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).expect("opened");
        assert!(make_usual_folder(&folder).is_err());
    }
}
