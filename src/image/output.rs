//! Files that the program makes: there as a whole, or not there at all.
//!
//! A file is written under a temporary name in the folder that it is meant for and renamed when it is complete. Whatever
//! goes wrong before that takes the temporary file away, and nobody's file is overwritten unasked.

use std::fs::{self, File, FileType};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

/// Why a file or folder could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutputError {
    /// A file is there already.
    #[error("{path:?} exists already; --force overwrites it")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Something else than a file stands in its place; nothing overwrites that.
    #[error("{path:?} is {what}, it cannot be overwritten by a file")]
    NotAFile {
        /// The place.
        path: PathBuf,
        /// What stands there.
        what: &'static str,
    },
    /// Something else than a folder stands where one is wanted.
    #[error("{path:?} is no folder")]
    NotAFolder {
        /// The place.
        path: PathBuf,
    },
    /// The system refused.
    #[error("cannot write {path:?}")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl OutputError {
    /// The error for a place that the system refused to write to.
    pub(crate) fn write(path: &Path) -> impl Fn(io::Error) -> Self + '_ {
        |source| Self::Write { path: path.to_owned(), source }
    }
}

/// Whether a file may be put at `path`: nothing is there, or a file (or a link) that may be replaced.
///
/// # Errors
///
/// [`OutputError`] says what stands there.
pub fn check_place(path: &Path, replace: bool) -> Result<(), OutputError> {
    let found = match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(OutputError::Write { path: path.to_owned(), source }),
        Ok(metadata) => metadata.file_type(),
    };
    match kind_of_obstacle(found) {
        Some(what) => Err(OutputError::NotAFile { path: path.to_owned(), what }),
        None if replace => Ok(()),
        None => Err(OutputError::Exists { path: path.to_owned() }),
    }
}

/// A link counts as a file: renaming over it replaces the link, and not what it points to.
fn kind_of_obstacle(found: FileType) -> Option<&'static str> {
    if found.is_file() || found.is_symlink() {
        None
    } else if found.is_dir() {
        Some("a folder")
    } else {
        Some("a device, pipe or socket")
    }
}

/// The folder in which `path` names something.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A file that is being made. Dropped before [`NewFile::finish`], it leaves nothing behind.
#[derive(Debug)]
pub struct NewFile {
    temporary: NamedTempFile,
    path: PathBuf,
    replace: bool,
}

impl NewFile {
    /// Begins a file that will be at `path`.
    ///
    /// # Errors
    ///
    /// When something is there that must not be replaced, or the folder cannot be written to.
    pub fn begin(path: &Path, replace: bool) -> Result<Self, OutputError> {
        check_place(path, replace)?;
        let mut builder = Builder::new();
        builder.prefix(".balong-").suffix(".partial");
        // What the user's mask leaves of these, as for any other file; the default is for secrets.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let temporary = builder.tempfile_in(folder_of(path)).map_err(OutputError::write(path))?;
        Ok(Self { temporary, path: path.to_owned(), replace })
    }

    /// Where it will be.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where it is until then.
    #[must_use]
    pub fn temporary_path(&self) -> &Path {
        self.temporary.path()
    }

    /// The file, to be written to.
    pub fn file(&mut self) -> &mut File {
        self.temporary.as_file_mut()
    }

    /// Gives it its name.
    ///
    /// # Errors
    ///
    /// When something appeared there in the meantime, or the system refuses. Nothing is left behind then.
    pub fn finish(self) -> Result<(), OutputError> {
        let Self { temporary, path, replace } = self;
        let named = if replace { temporary.persist(&path) } else { temporary.persist_noclobber(&path) };
        match named {
            Ok(_) => Ok(()),
            Err(refused) if refused.error.kind() == io::ErrorKind::AlreadyExists => Err(OutputError::Exists { path }),
            Err(refused) => Err(OutputError::Write { path, source: refused.error }),
        }
    }
}

/// A folder to put files into. One that was made for them goes again unless they are all there.
#[derive(Debug)]
pub(crate) struct OutputFolder<'a> {
    path: &'a Path,
    made: bool,
}

impl<'a> OutputFolder<'a> {
    /// The folder at `path`, made if there is none. The folder around it must exist.
    pub(crate) fn open(path: &'a Path) -> Result<Self, OutputError> {
        match fs::create_dir(path) {
            Ok(()) => Ok(Self { path, made: true }),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {
                Ok(Self { path, made: false })
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(OutputError::NotAFolder { path: path.to_owned() })
            }
            Err(source) => Err(OutputError::Write { path: path.to_owned(), source }),
        }
    }

    /// The files are there: the folder stays.
    pub(crate) fn keep(mut self) {
        self.made = false;
    }
}

impl Drop for OutputFolder<'_> {
    fn drop(&mut self) {
        if self.made {
            // It is empty, unless somebody else put something into it; then it is not ours to remove.
            drop(fs::remove_dir(self.path));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_has_its_name_only_when_it_is_complete() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new");
        let mut file = NewFile::begin(&path, false).unwrap();
        file.file().write_all(b"half").unwrap();
        assert!(!path.exists());
        file.finish().unwrap();
        assert_eq!((fs::read(&path).unwrap(), names(folder.path())), (b"half".to_vec(), vec!["new".to_owned()]));
    }

    #[test]
    fn a_file_that_is_given_up_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = NewFile::begin(&folder.path().join("new"), false).unwrap();
        file.file().write_all(b"half").unwrap();
        drop(file);
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn a_file_that_exists_is_replaced_on_request_only_and_also_if_it_appeared_late() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let late = NewFile::begin(&path, false).unwrap();
        fs::write(&path, b"precious").unwrap();
        assert!(matches!(late.finish(), Err(OutputError::Exists { .. })));
        assert!(matches!(NewFile::begin(&path, false), Err(OutputError::Exists { .. })));
        assert_eq!(fs::read(&path).unwrap(), b"precious");
        NewFile::begin(&path, true).unwrap().finish().unwrap();
        assert_eq!((fs::read(&path).unwrap(), names(folder.path()).len()), (Vec::new(), 1));
    }

    #[test]
    fn folders_and_devices_are_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(NewFile::begin(folder.path(), true), Err(OutputError::NotAFile { what: "a folder", .. })));
        #[cfg(unix)]
        assert!(matches!(NewFile::begin(Path::new("/dev/null"), true), Err(OutputError::NotAFile { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_replaced_itself_and_what_it_points_to_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        fs::write(&target, b"precious").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert!(matches!(NewFile::begin(&link, false), Err(OutputError::Exists { .. })));
        NewFile::begin(&link, true).unwrap().finish().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"precious");
        assert!(link.symlink_metadata().unwrap().is_file());
    }

    #[test]
    fn a_folder_that_was_made_goes_again_and_one_that_was_there_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("made");
        drop(OutputFolder::open(&path).unwrap());
        assert!(!path.exists());
        OutputFolder::open(&path).unwrap().keep();
        drop(OutputFolder::open(&path).unwrap());
        assert!(path.is_dir());
        fs::write(folder.path().join("file"), b"").unwrap();
        assert!(matches!(OutputFolder::open(&folder.path().join("file")), Err(OutputError::NotAFolder { .. })));
    }
}
