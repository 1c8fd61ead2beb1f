//! The guest's first file system: a shell, the modules that lead to the root, and the scripts.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use super::archive::{Archive, TooLarge};
use super::modules::{ModulesError, ROOT_MODULES, UsbModules};
use super::packages::Packages;

const INIT: &str = include_str!("init.sh");
const AGENT: &str = include_str!("agent.sh");
const NETWORK: &str = include_str!("network.sh");
const ADDRESS: &str = include_str!("address.sh");
/// Folders that the scripts mount something on or write into.
const FOLDERS: [&str; 9] =
    ["bin", "proc", "dev", "modules", "root", "layers", "layers/host", "layers/packages", "layers/memory"];

/// The first file system cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum InitramfsError {
    /// A file of the unpacked packages.
    #[error("cannot read {path}, which the guest needs")]
    Read {
        /// The file.
        path: String,
        /// The reason.
        source: io::Error,
    },
    /// The kernel lacks a module.
    #[error(transparent)]
    Modules(#[from] ModulesError),
    /// A file does not fit the format.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
}

/// Builds the archive. After `lifetime` the guest powers itself off.
pub fn build(packages: &Packages, usb: &UsbModules, lifetime: Duration) -> Result<Vec<u8>, InitramfsError> {
    let table = packages.module_table().map_err(|(path, source)| unreadable(&path, source))?;
    let root_modules = table.in_order(ROOT_MODULES)?;
    let usb_modules = table.in_order(usb.names())?;

    let mut archive = Archive::default();
    for folder in FOLDERS {
        archive.folder(folder);
    }
    archive.executable("init", INIT.as_bytes())?;
    archive.file("agent", AGENT.as_bytes())?;
    archive.file("network", NETWORK.as_bytes())?;
    archive.executable("address", ADDRESS.as_bytes())?;
    archive.executable("bin/busybox", &read(&packages.busybox())?)?;
    let mut names = Vec::new();
    for file in &root_modules {
        let name = file.rsplit('/').next().unwrap_or(file);
        archive.file(&format!("modules/{name}"), &read(&packages.modules_folder().join(file))?)?;
        names.push(name.to_owned());
    }
    archive.file("root_modules", lines(&names).as_bytes())?;
    // One whose files the packages brought already cannot be loaded twice.
    let release = packages.kernel_release();
    let later = usb_modules.iter().filter(|file| !root_modules.contains(file));
    let later: Vec<_> = later.map(|file| format!("{release}/{file}")).collect();
    archive.file("usb_modules", lines(&later).as_bytes())?;
    archive.file("lower_layers", lower_layers(packages.layers()).as_bytes())?;
    archive.file("lifetime", lifetime.as_secs().max(1).to_string().as_bytes())?;
    Ok(archive.finish())
}

/// The overlay's lower layers, the topmost first.
fn lower_layers(packages: &[String]) -> String {
    let packages = packages.iter().rev().map(|name| format!("/layers/packages/{name}"));
    packages.chain(["/layers/host".to_owned()]).collect::<Vec<_>>().join(":")
}

fn lines(names: &[String]) -> String {
    names.iter().map(|name| format!("{name}\n")).collect()
}

fn read(path: &Path) -> Result<Vec<u8>, InitramfsError> {
    fs::read(path).map_err(|source| unreadable(path, source))
}

fn unreadable(path: &Path, source: io::Error) -> InitramfsError {
    InitramfsError::Read { path: path.display().to_string(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_the_lowest_layer_and_the_last_package_the_topmost() {
        let packages = ["udev".to_owned(), "dbus".to_owned()];
        assert_eq!(lower_layers(&packages), "/layers/packages/dbus:/layers/packages/udev:/layers/host");
        assert_eq!(lower_layers(&[]), "/layers/host");
    }

    #[test]
    fn a_list_ends_its_last_line_too_since_the_shell_reads_whole_lines() {
        assert_eq!(lines(&["a.ko".to_owned(), "b.ko".to_owned()]), "a.ko\nb.ko\n");
    }
}
