//! A real Linux kernel in QEMU, and programs of this host running on it.
//!
//! For tests of the program against drivers, permissions and services that a simulated bus does not have. The kernel is
//! Debian's, fetched once and unpacked into a cache folder ([`Packages`]), never installed. The guest's root is this
//! host's `/`, read-only, under a layer of RAM: what was built here runs there at the same path, and nothing that it
//! writes outlives it. Sticks come in through QEMU's `usb-redir` device from a server on a Unix socket, so that the
//! guest drives a real xHCI controller. Neither root nor KVM nor USB is needed on the host. Network cards below USB get
//! their addresses by DHCP, as on a desktop.
//!
//! A guest is booted once and runs any number of programs, one after the other or side by side ([`Guest`]). What keeps
//! it from hanging a test: each program has a deadline, a guest that no longer answers is killed and shown with its
//! console, and one whose host process died powers itself off.

mod accelerator;
mod agent;
mod archive;
mod builder;
mod initramfs;
mod machine;
mod modules;
mod packages;
mod program;
mod run;
mod session;

pub use builder::GuestBuilder;
pub use modules::{ModulesError, USB_MODULES, UsbModules};
pub use packages::{DBUS, MODE_SWITCH, MODEM_MANAGER, Missing, Packages, UDEV};
pub use program::{Identity, Program};
pub use run::{Ended, GuestError, GuestRun};
pub use session::{Guest, Running, SHARED_FOLDER};
