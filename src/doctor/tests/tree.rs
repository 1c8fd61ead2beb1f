//! A made-up machine below a temporary folder, and buses to go with it.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use super::super::{Finding, Machine, Report, Subject, examine};
use crate::access;
use crate::processes;
use crate::usb::looked_at::LookedAt;
use crate::usb::{Access, Attached, ClassTriple, Interface, UsbError};

pub const PORT: &str = "1-1.4";
pub const NODE: &str = "/dev/bus/usb/001/007";

/// A boot ROM in that port, which this user may open.
pub fn boot_rom() -> Attached {
    let interface = Interface { number: 0, class: ClassTriple::new(0xff, 0xff, 0xff), driver: Some("option".into()) };
    Attached { access: Access::Granted, interfaces: vec![interface], ..Attached::bare(PORT, 7, 0x1443) }
}

/// The same, which this user may not open.
pub fn denied() -> Attached {
    Attached { access: Access::Denied { node: NODE.to_owned() }, ..boot_rom() }
}

/// The made-up machine.
pub struct Tree(tempfile::TempDir);

impl Tree {
    /// With udevd running, the rules installed, and a user who is not root; the boot ROM has one tty.
    pub fn in_order() -> Self {
        let tree = Self(tempfile::tempdir().expect("a temporary folder"));
        tree.write(
            "/proc/self/status",
            "Name:\tbalong\nUid:\t1000\t1000\t1000\t1000\nGid:\t1000\t1000\t1000\t1000\nGroups:\t27 1000\n",
        );
        tree.write("/etc/passwd", "root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n");
        tree.write("/etc/udev/rules.d/70-balong.rules", access::RULES);
        tree.write(NODE, "");
        fs::set_permissions(tree.path(NODE), fs::Permissions::from_mode(0o660)).expect("permissions");
        tree.run(2, "", &[]);
        tree.run(200, "/usr/lib/systemd/systemd-udevd\0--daemon", &[]);
        tree.write("/sys/bus/usb/devices/1-1.4/dev", "189:6\n");
        tree.write("/sys/bus/usb/devices/1-1.4:1.0/ttyUSB0/tty/ttyUSB0/dev", "188:0\n");
        tree.write("/sys/class/tty/ttyUSB0/dev", "188:0\n");
        tree
    }

    pub fn machine(&self) -> Machine {
        Machine::at(self.0.path())
    }

    pub fn path(&self, absolute: &str) -> std::path::PathBuf {
        self.machine().path(absolute)
    }

    pub fn write(&self, absolute: &str, text: &str) {
        let path = self.path(absolute);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("written");
    }

    pub fn link(&self, to: &str, absolute: &str) {
        let path = self.path(absolute);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        symlink(to, path).expect("a link");
    }

    pub fn remove(&self, absolute: &str) {
        fs::remove_file(self.path(absolute)).expect("it was there");
    }

    /// A running program with these files open.
    pub fn run(&self, id: u32, command: &str, open: &[&str]) {
        processes::tests::add(&self.path("/proc"), id, command, open);
    }

    pub fn end_process(&self, id: u32) {
        fs::remove_dir_all(self.path(&format!("/proc/{id}"))).expect("it ran");
    }

    pub fn become_root(&self) {
        self.write("/proc/self/status", "Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nGroups:\t0\n");
    }

    /// The group of the files of this tree, which nobody but root can choose.
    pub fn group_of_files(&self) -> u32 {
        fs::metadata(self.path(NODE)).expect("it is there").gid()
    }

    pub fn examine(&self, sticks: &[Attached]) -> Report {
        examine(&LookedAt::always(sticks), &self.machine(), &[], None).expect("no port was named")
    }

    /// The only finding, which must be about this.
    pub fn only(&self, sticks: &[Attached], subject: Subject) -> Finding {
        let findings = self.examine(sticks).findings;
        assert_eq!(findings.iter().map(|finding| finding.subject).collect::<Vec<_>>(), [subject], "{findings:?}");
        findings.into_iter().next().expect("one")
    }
}

/// A bus that cannot be looked at.
pub fn broken(no_usb: bool) -> LookedAt {
    LookedAt::new(move |_| {
        let source = "the library's own words".into();
        Err(if no_usb {
            UsbError::NoUsb { source: None }
        } else {
            UsbError::Failed { doing: "starting the library".to_owned(), source }
        })
    })
}
