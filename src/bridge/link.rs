//! The stable name of a pty: a symbolic link in a folder of this program's.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

/// Where the slaves of ptys are.
const PTYS: &str = if cfg!(any(target_os = "linux", target_os = "android")) { "/dev/pts" } else { "/dev" };

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

/// Something that no bridge made has the name of a link.
#[derive(Debug, thiserror::Error)]
#[error("{by} has that name")]
pub(super) struct Taken {
    pub(super) link: PathBuf,
    /// What it is.
    pub(super) by: String,
}

/// A link that is there for as long as this is, unless somebody else took its place.
#[derive(Debug)]
pub(super) struct Link {
    path: PathBuf,
    target: PathBuf,
}

impl Link {
    /// Makes it, or turns one that a killed process left behind. Nobody ever sees it missing, or half made.
    ///
    /// # Errors
    ///
    /// What the system says, and [`Taken`] within for something under that name that no bridge made.
    pub(super) fn make(path: &Path, target: &Path) -> io::Result<Self> {
        let taken = |by: String| Err(io::Error::new(ErrorKind::AlreadyExists, Taken { link: path.to_owned(), by }));
        match fs::symlink_metadata(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
            Ok(found) if !found.is_symlink() => return taken("something that is no link".to_owned()),
            Ok(_) => {
                let before = fs::read_link(path)?;
                if !leads_to_a_pty(&before) {
                    return taken(format!("a link that leads to {}, which is no pty,", before.display()));
                }
            }
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

/// Removes the links with names that begin so and lead to a pty that is gone: a process that was killed left them behind, and
/// the next pty of that number may be anybody's.
pub(super) fn sweep(folder: &Path, begin: &str) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with(begin) || !entry.file_type()?.is_symlink() {
            continue;
        }
        let target = fs::read_link(entry.path())?;
        if leads_to_a_pty(&target) && !target.try_exists()? {
            tracing::info!(link = %entry.path().display(), "a link that a killed process left behind is removed");
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Whether a link with this target is one of a bridge's.
fn leads_to_a_pty(target: &Path) -> bool {
    target.parent() == Some(Path::new(PTYS))
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
    fn what_a_killed_process_left_is_replaced_and_what_no_bridge_made_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("balong-1-1.4-pcui");
        symlink("/dev/pts/99", &place).expect("left behind");
        drop(Link::make(&place, Path::new("/dev/pts/1")).expect("made"));
        fs::write(&place, "precious").expect("written");
        assert!(Link::make(&place, Path::new("/dev/pts/1")).is_err());
        assert_eq!(fs::read(&place).expect("untouched"), b"precious");
        fs::remove_file(&place).expect("removed");
        symlink("/etc/hosts", &place).expect("somebody's");
        let error = Link::make(&place, Path::new("/dev/pts/1")).expect_err("somebody's").to_string();
        assert_eq!(error, "a link that leads to /etc/hosts, which is no pty, has that name");
        assert_eq!(fs::read_link(&place).expect("untouched"), Path::new("/etc/hosts"));
    }

    #[test]
    fn dead_links_of_one_port_are_swept_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let link = |name: &str, target: &str| symlink(target, folder.path().join(name)).expect("made");
        let master = rustix::pty::openpt(rustix::pty::OpenptFlags::RDWR).expect("a pty");
        let alive = rustix::pty::ptsname(&master, Vec::new()).expect("its name").into_string().expect("text");
        link("balong-1-1.4-diag", "/dev/pts/987654");
        link("balong-1-1.4-modem", &alive);
        link("balong-1-1.4-shell", "/nowhere");
        link("balong-1-1-pcui", "/dev/pts/987654");
        fs::write(folder.path().join("balong-1-1.4-notes"), "precious").expect("written");
        sweep(folder.path(), "balong-1-1.4-").expect("swept");
        let left = fs::read_dir(folder.path()).expect("the folder").map(|entry| entry.expect("an entry").file_name());
        let mut left: Vec<_> = left.map(|name| name.to_string_lossy().into_owned()).collect();
        left.sort();
        assert_eq!(left, ["balong-1-1-pcui", "balong-1-1.4-modem", "balong-1-1.4-notes", "balong-1-1.4-shell"]);
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
