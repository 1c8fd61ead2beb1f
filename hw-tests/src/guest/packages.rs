//! The kernel and what else of Debian the guest is made of: fetched once, unpacked into a cache folder, never installed.

mod fetch;
mod missing;
mod unpacked;

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub use missing::Missing;

use super::machine::QEMU;
use super::modules::ModuleTable;
use missing::tool;

/// What names the cache folder; without it, it is `balong-guest` in the user's own cache folder.
pub const CACHE_VARIABLE: &str = "BALONG_GUEST_CACHE";

/// The service that makes device nodes' permissions, as on a desktop.
pub const UDEV: &[&str] = &["udev", "libsystemd-shared"];
/// The service that takes sticks out of their CD stage, with its rules.
pub const MODE_SWITCH: &[&str] = &["usb-modeswitch", "usb-modeswitch-data", "libjim0.81"];
/// The message bus.
pub const DBUS: &[&str] =
    &["dbus", "dbus-bin", "dbus-daemon", "dbus-system-bus-common", "libdbus-1-3", "libexpat1", "libapparmor1"];
/// The service that takes modems for its own; needs [`DBUS`].
pub const MODEM_MANAGER: &[&str] = &[
    "modemmanager",
    "libmm-glib0",
    "libmbim-glib4",
    "libmbim-proxy",
    "libqmi-glib5",
    "libqmi-proxy",
    "libqrtr-glib0",
    "libgudev-1.0-0",
    "libpolkit-gobject-1-0",
    "libglib2.0-0",
];

/// The folder of the kernel within the cache folder; the guest's scripts know it too.
const KERNEL: &str = "kernel";
/// A shell with its tools in one static file.
const BUSYBOX: &str = "busybox-static";

/// Unpacked packages, ready for any number of guests.
#[derive(Clone, Debug)]
pub struct Packages {
    cache: PathBuf,
    release: String,
    layers: Vec<String>,
}

impl Packages {
    /// The kernel and a shell. Fetches about 70 MB (420 MB unpacked) where the cache folder lacks them.
    pub fn ready() -> Result<Self, Missing> {
        Self::ready_with(&[])
    }

    /// The same, and these packages of Debian laid over the host's files in the guest, as if they were installed there
    /// (nothing of them is configured or started). What they depend on must be named too or be on the host.
    pub fn ready_with(packages: &[&str]) -> Result<Self, Missing> {
        if !cfg!(target_arch = "x86_64") {
            return Err(Missing::Architecture);
        }
        tool(QEMU, "qemu-system-x86")?;
        let cache = cache_folder(|name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from))?;
        fs::create_dir_all(&cache).map_err(|source| Missing::folder(&cache, source))?;
        fetch::kernel(&cache.join(KERNEL))?;
        fetch::package(BUSYBOX, &cache.join(BUSYBOX), &|_| Ok(()))?;
        for package in packages {
            fetch::package(package, &cache.join(package), &|folder| unpacked::follow_merged_folders(folder))?;
        }
        // Paths given to QEMU must not depend on the current folder.
        let cache = fs::canonicalize(&cache).map_err(|source| Missing::folder(&cache, source))?;
        let release = unpacked::kernel_release(&cache.join(KERNEL))?;
        Ok(Self { cache, release, layers: packages.iter().map(|&package| package.to_owned()).collect() })
    }

    /// The folder that holds them all, one folder a package.
    pub(super) fn folder(&self) -> &Path {
        &self.cache
    }

    /// The kernel's release, such as `6.1.0-56-amd64`.
    #[must_use]
    pub fn kernel_release(&self) -> &str {
        &self.release
    }

    /// The names of the packages laid over the host's files, the lowest first.
    pub(super) fn layers(&self) -> &[String] {
        &self.layers
    }

    pub(super) fn kernel(&self) -> PathBuf {
        self.cache.join(KERNEL).join("boot").join(format!("vmlinuz-{}", self.release))
    }

    pub(super) fn modules_folder(&self) -> PathBuf {
        self.cache.join(KERNEL).join("lib/modules").join(&self.release)
    }

    pub(super) fn busybox(&self) -> PathBuf {
        self.cache.join(BUSYBOX).join("bin/busybox")
    }

    /// What `depmod` found; an error comes with the file that cannot be read.
    pub(super) fn module_table(&self) -> Result<ModuleTable, (PathBuf, io::Error)> {
        let read = |name: &str| {
            let path = self.modules_folder().join(name);
            fs::read_to_string(&path).map_err(|source| (path, source))
        };
        Ok(ModuleTable::parse(&read("modules.dep")?, &read("modules.builtin")?))
    }
}

/// The cache folder, by the variables of the environment.
fn cache_folder(variable: impl Fn(&str) -> Option<PathBuf>) -> Result<PathBuf, Missing> {
    let own = || variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")));
    variable(CACHE_VARIABLE).or_else(|| own().map(|cache| cache.join("balong-guest"))).ok_or(Missing::CacheFolder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(variables: &[(&str, &str)]) -> Option<PathBuf> {
        let value = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into());
        cache_folder(value).ok()
    }

    #[test]
    fn the_variable_names_the_cache_folder_and_else_it_is_the_users() {
        let home = ("HOME", "/home/me");
        assert_eq!(folder(&[("BALONG_GUEST_CACHE", "/big"), home]), Some("/big".into()));
        assert_eq!(folder(&[("XDG_CACHE_HOME", "/cache"), home]), Some("/cache/balong-guest".into()));
        assert_eq!(folder(&[home]), Some("/home/me/.cache/balong-guest".into()));
        assert_eq!(folder(&[]), None);
    }
}
