//! Finds the network interface of a stick by the physical port that it sits in.

mod addresses;
mod routes;
#[cfg(test)]
mod tests;

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use super::{WebAddress, WebError, WebReach};
use crate::usb::Attached;
use routes::Route;

/// The network of this machine, as Linux shows it in sysfs and procfs.
///
/// The interface is the one whose parent in sysfs is an interface of this stick; the web server is its gateway, else
/// the first address of its network. On other systems every answer is [`WebError::NotAvailable`].
///
/// Two sticks with one address are told apart by their interfaces, also by a user without rights (Linux 5.7 and later).
/// One setting defeats it: with strict reverse path filtering (`net.ipv4.conf.*.rp_filter` = 1) the kernel drops what
/// comes back from all but one of them, which then look silent; 0 and 2 do no harm. Seen on Linux 6.18.
#[derive(Clone, Debug)]
pub struct OsNetwork {
    sysfs: PathBuf,
    procfs: PathBuf,
    available: bool,
}

impl OsNetwork {
    /// The network of the running system.
    #[must_use]
    pub fn new() -> Self {
        Self { sysfs: "/sys".into(), procfs: "/proc".into(), available: cfg!(target_os = "linux") }
    }

    /// A network read from these folders in place of `/sys` and `/proc`, on any system.
    #[must_use]
    pub fn at(sysfs: impl Into<PathBuf>, procfs: impl Into<PathBuf>) -> Self {
        Self { sysfs: sysfs.into(), procfs: procfs.into(), available: true }
    }

    /// Refuses another incarnation than the one that was asked for.
    fn same_incarnation(&self, stick: &Attached) -> Result<(), WebError> {
        let path = self.sysfs.join("bus/usb/devices").join(stick.path.to_string()).join("devnum");
        let shown = match fs::read_to_string(&path) {
            Ok(text) => text.trim().to_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => "nothing".to_owned(),
            Err(source) => return Err(WebError::Unreadable { path, source }),
        };
        if shown == stick.address.to_string() {
            return Ok(());
        }
        let is = shown.escape_default().to_string();
        Err(WebError::Gone { port: stick.path.clone(), was: stick.address, is })
    }

    /// The network interfaces below this stick's USB interfaces, by name.
    fn interfaces(&self, stick: &Attached) -> Result<Vec<String>, WebError> {
        let prefix = format!("{}:", stick.path);
        let devices = self.sysfs.join("bus/usb/devices");
        let mut interfaces = Vec::new();
        for usb_interface in names(&devices)?.iter().filter(|name| name.starts_with(&prefix)) {
            match names(&devices.join(usb_interface).join("net")) {
                Ok(found) => interfaces.extend(found),
                Err(WebError::Unreadable { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        interfaces.sort();
        Ok(interfaces)
    }

    /// This host's address in the networks of `interface`, when it is the only one and no other interface leads there.
    ///
    /// It is needed only where binding to an interface is not permitted, so not knowing it is no failure yet.
    fn local(&self, interface: &str, server: Ipv4Addr, all: &[Route]) -> Option<Ipv4Addr> {
        let shared = all.iter().any(|route| {
            route.interface != interface && route.on_link() && !route.is_default() && route.contains(server)
        });
        if shared {
            return None;
        }
        let own: Vec<&Route> = all
            .iter()
            .filter(|route| route.interface == interface && route.on_link() && route.contains(server))
            .collect();
        let path = self.procfs.join("net/fib_trie");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => {
                tracing::debug!(path = %path.display(), %error, "the host's own addresses are not known");
                return None;
            }
        };
        let mut inside = addresses::local(&text);
        inside.retain(|address| own.iter().any(|route| route.contains(*address)));
        match inside[..] {
            [only] => Some(only),
            _ => None,
        }
    }
}

impl Default for OsNetwork {
    fn default() -> Self {
        Self::new()
    }
}

impl WebReach for OsNetwork {
    fn reach(&self, stick: &Attached) -> Result<WebAddress, WebError> {
        if !self.available {
            return Err(WebError::NotAvailable);
        }
        self.same_incarnation(stick)?;
        let interfaces = self.interfaces(stick)?;
        if interfaces.is_empty() {
            return Err(WebError::NoInterface { port: stick.path.clone() });
        }
        let path = self.procfs.join("net/route");
        let table = fs::read_to_string(&path).map_err(|source| WebError::Unreadable { path, source })?;
        let all = routes::read(&table);
        let found = interfaces.iter().find_map(|name| routes::server(&all, name).map(|server| (name, server)));
        let Some((interface, server)) = found else {
            return Err(WebError::NoAddress { interface: interfaces.join(", ") });
        };
        let local = self.local(interface, server, &all);
        Ok(WebAddress { server: SocketAddr::from((server, 80)), interface: Some(interface.clone()), local })
    }

    fn has_interface(&self, stick: &Attached) -> bool {
        let found = || self.same_incarnation(stick).and_then(|()| self.interfaces(stick));
        self.available && found().is_ok_and(|names| !names.is_empty())
    }
}

/// The names in a folder. One that is not UTF-8 is left out: no port path and no network interface has such a name.
fn names(folder: &Path) -> Result<Vec<String>, WebError> {
    let unreadable = |source| WebError::Unreadable { path: folder.to_owned(), source };
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        names.extend(entry.map_err(unreadable)?.file_name().into_string().ok());
    }
    Ok(names)
}
