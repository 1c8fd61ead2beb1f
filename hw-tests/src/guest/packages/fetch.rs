//! Downloads and unpacks packages, so that a folder is either complete or not there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Missing;
use super::missing::tool;
use super::unpacked;

/// The package that always names the newest kernel of its flavour. The flavour "cloud" would have no USB.
const NEWEST_KERNEL: &str = "linux-image-amd64";

/// What is done to a package's files before they count as complete.
type Finish<'a> = &'a dyn Fn(&Path) -> Result<(), Missing>;

/// Has a package unpacked in `folder`. What is there already is taken as it is.
pub fn package(name: &str, folder: &Path, finish: Finish<'_>) -> Result<(), Missing> {
    if folder.is_dir() {
        return Ok(());
    }
    let cache = folder.parent().unwrap_or(Path::new("/"));
    let unfinished = tempfile::Builder::new().prefix(".fetching-").tempdir_in(cache);
    let unfinished = unfinished.map_err(|source| Missing::folder(cache, source))?;
    let archive = download(name, folder, unfinished.path())?;
    let files = unfinished.path().join("files");
    let mut unpack = Command::new(tool("dpkg-deb", "dpkg")?);
    output(unpack.arg("-x").arg(archive).arg(&files), name, folder)?;
    finish(&files)?;
    match fs::rename(&files, folder) {
        // Another process was faster; its files are as good.
        Err(_) if folder.is_dir() => Ok(()),
        result => result.map_err(|source| Missing::folder(folder, source)),
    }
}

/// Has the kernel unpacked, with the tables of its modules, which are otherwise made at installation.
pub fn kernel(folder: &Path) -> Result<(), Missing> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut question = Command::new(tool("apt-cache", "apt")?);
    let answer = output(question.args(["depends", NEWEST_KERNEL]), NEWEST_KERNEL, folder)?;
    let unknown = || refused(NEWEST_KERNEL, "it names no kernel", folder);
    let name = kernel_named(&answer).ok_or_else(unknown)?;
    let depmod = tool("depmod", "kmod")?;
    package(name, folder, &|files| {
        let release = unpacked::kernel_release(files)?;
        output(Command::new(&depmod).arg("-b").arg(files).arg(release), name, folder).map(|_| ())
    })
}

/// The real package behind the one that names the newest.
fn kernel_named(dependencies: &str) -> Option<&str> {
    let named = |line: &str| line.trim().strip_prefix("Depends: ").is_some();
    let packages = dependencies.lines().filter(|line| named(line)).filter_map(|line| line.split_whitespace().nth(1));
    packages.into_iter().find(|name| name.starts_with("linux-image-") && !name.contains("cloud"))
}

/// Downloads the package's file and returns its path.
fn download(name: &str, folder: &Path, into: &Path) -> Result<PathBuf, Missing> {
    let mut download = Command::new(tool("apt-get", "apt")?);
    output(download.current_dir(into).args(["download", name]), name, folder)?;
    let files = fs::read_dir(into).map_err(|source| Missing::folder(into, source))?;
    let archive = files
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "deb"));
    archive.ok_or_else(|| refused(name, "apt-get wrote no file", folder))
}

/// Runs a command to its end and returns what it printed.
fn output(command: &mut Command, package: &str, folder: &Path) -> Result<String, Missing> {
    let tool = command.get_program().to_string_lossy().into_owned();
    let ended = command.env("LC_ALL", "C").output();
    let ended = ended.map_err(|error| refused(package, &format!("{tool} does not start ({error})"), folder))?;
    if !ended.status.success() {
        let said = String::from_utf8_lossy(&ended.stderr);
        let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("no reason given").trim();
        return Err(refused(package, &format!("{tool}: {}", last.escape_default()), folder));
    }
    Ok(String::from_utf8_lossy(&ended.stdout).into_owned())
}

fn refused(package: &str, reason: &str, folder: &Path) -> Missing {
    let (package, reason) = (package.to_owned(), reason.to_owned());
    Missing::Package { package, reason, folder: folder.display().to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_real_kernel_is_the_one_that_is_depended_on() {
        let answer = "linux-image-amd64\n  Depends: linux-image-6.1.0-56-amd64\n  Suggests: linux-image-7-amd64\n";
        assert_eq!(kernel_named(answer), Some("linux-image-6.1.0-56-amd64"));
        assert_eq!(kernel_named("x\n  Depends: linux-image-6.1.0-56-cloud-amd64\n"), None);
        assert_eq!(kernel_named("linux-image-amd64\n"), None);
    }

    #[test]
    fn a_command_that_fails_is_named_with_its_last_word() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo first >&2; printf 'bad \\033 news\\n' >&2; exit 3"]);
        let missing = output(&mut command, "some-package", Path::new("/cache/some-package")).expect_err("it failed");
        let expected = "Debian's package some-package cannot be fetched: sh: bad \\u{1b} news; run `apt-get update`, \
                        or unpack it into /cache/some-package";
        assert_eq!(missing.to_string(), expected);
    }

    #[test]
    fn what_is_there_already_is_not_fetched_again() {
        let folder = tempfile::TempDir::new().expect("a temporary folder");
        let unfinished: Finish<'_> = &|_| panic!("nothing is to be finished");
        package("no-such-package-anywhere", folder.path(), unfinished).expect("it is there");
    }
}
