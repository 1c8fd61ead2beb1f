//! Why there can be no guest on this machine.

use std::env;
use std::io;
use std::path::{Path, PathBuf};

use super::CACHE_VARIABLE;

/// What is missing here, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum Missing {
    /// A program of the host.
    #[error("`{tool}` is not on this machine; install Debian's package {package}")]
    Tool {
        /// The program.
        tool: String,
        /// Its package.
        package: String,
    },
    /// A package that cannot be had.
    #[error("Debian's package {package} cannot be fetched: {reason}; run `apt-get update`, or unpack it into {folder}")]
    Package {
        /// The package.
        package: String,
        /// What the package manager said, escaped.
        reason: String,
        /// Where it is looked for.
        folder: String,
    },
    /// A folder of the cache that does not hold what it should.
    #[error("{folder} {fault}; remove it, and it is fetched again")]
    Damaged {
        /// The folder.
        folder: String,
        /// What is wrong with it.
        fault: String,
    },
    /// The cache folder cannot be used.
    #[error("{folder} cannot be used for the guest's packages; name another folder in {CACHE_VARIABLE}")]
    Folder {
        /// The folder.
        folder: String,
        /// The reason.
        source: io::Error,
    },
    /// Nothing names a cache folder.
    #[error("there is no folder for the guest's packages; name one in {CACHE_VARIABLE}")]
    CacheFolder,
    /// Programs of this host cannot run in the guest.
    #[error("the guest is an x86-64 machine and this one is not; run this on x86-64")]
    Architecture,
}

impl Missing {
    pub(super) fn folder(folder: &Path, source: io::Error) -> Self {
        Self::Folder { folder: folder.display().to_string(), source }
    }

    pub(super) fn damaged(folder: &Path, fault: impl Into<String>) -> Self {
        Self::Damaged { folder: folder.display().to_string(), fault: fault.into() }
    }
}

/// Finds a program, also where only root looks for it.
pub fn tool(name: &str, package: &str) -> Result<PathBuf, Missing> {
    let path = env::var_os("PATH").unwrap_or_default();
    let places = env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]);
    let missing = || Missing::Tool { tool: name.to_owned(), package: package.to_owned() };
    places.map(|place: PathBuf| place.join(name)).find(|file| file.is_file()).ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_not_here_is_named_with_its_package() {
        let missing = tool("no-such-program-anywhere", "its-package").expect_err("there is no such program");
        let expected = "`no-such-program-anywhere` is not on this machine; install Debian's package its-package";
        assert_eq!(missing.to_string(), expected);
        assert!(tool("sh", "dash").is_ok());
    }
}
