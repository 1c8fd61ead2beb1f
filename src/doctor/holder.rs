//! Whether another program has a stick open: its device node, or one of the ttys that the kernel made of it.

use std::fs;
use std::path::PathBuf;

use super::{Machine, Report, Subject, modem_manager};
use crate::processes::{self, Holders};
use crate::usb::{Attached, PortPath};

/// Where the kernel lists USB devices and their interfaces.
const DEVICES: &str = "/sys/bus/usb/devices";

/// One tty of a stick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tty {
    /// Such as `/dev/ttyUSB0`.
    pub node: PathBuf,
    /// Its folder in sysfs.
    pub sysfs: String,
}

/// The ttys of the stick in one port, by name.
pub fn ttys(machine: &Machine, port: &PortPath) -> Vec<Tty> {
    let start = format!("{port}:");
    let mut ttys = Vec::new();
    for interface in names(machine, DEVICES).into_iter().filter(|name| name.starts_with(&start)) {
        // USB serial drivers put `ttyUSB0` (and `tty/ttyUSB0` below it) into the interface, `cdc_acm` puts `tty/ttyACM0`.
        for folder in [format!("{DEVICES}/{interface}"), format!("{DEVICES}/{interface}/tty")] {
            for name in names(machine, &folder).into_iter().filter(|name| name.starts_with("tty") && name != "tty") {
                ttys.push(Tty { node: PathBuf::from(format!("/dev/{name}")), sysfs: format!("/sys/class/tty/{name}") });
            }
        }
    }
    ttys.sort_by(|one, other| one.node.cmp(&other.node));
    ttys
}

pub fn examine(report: &mut Report, machine: &Machine, sticks: &[Attached]) {
    let mut hidden = 0;
    for stick in sticks {
        let node = PathBuf::from(format!("/dev/bus/usb/{:03}/{:03}", stick.path.bus(), stick.address));
        let mut files: Vec<PathBuf> = ttys(machine, &stick.path).into_iter().map(|tty| tty.node).collect();
        files.push(node);
        let holders = processes::holders(&machine.path(processes::PROC), &files);
        hidden = hidden.max(holders.hidden);
        unnamed(report, stick, &holders);
        for (process, file) in &holders.found {
            if process.name == modem_manager::NAME && modem_manager::ignore_rule(stick).is_none() {
                continue;
            }
            report.find(
                Subject::Holder,
                Some(&stick.path),
                format!("{process} has {} open, which belongs to the {} in this port.", file.display(), stick.id()),
                match process.name.as_str() {
                    "balong" => "Wait until it is done: a stick whose flash it writes must be left alone.".to_owned(),
                    _ => format!("As root, end that program:\n  kill {}", process.id),
                },
            );
        }
    }
    if hidden > 0 {
        report.notes.push(format!(
            "Which files are open in {hidden} programs of other users could not be looked at; root sees them too."
        ));
    }
}

/// An interface that is claimed by a program which this user may not see.
fn unnamed(report: &mut Report, stick: &Attached, holders: &Holders) {
    let claimed = stick.interfaces.iter().find(|interface| interface.driver.as_deref() == Some("usbfs"));
    let Some(claimed) = claimed.filter(|_| holders.found.is_empty()) else { return };
    report.find(
        Subject::Holder,
        Some(&stick.path),
        format!(
            "A program that this user cannot see has claimed interface {} of the stick in this port.",
            claimed.number
        ),
        format!("Let root see who it is:\n  sudo balong doctor --port {}", stick.path),
    );
}

fn names(machine: &Machine, folder: &str) -> Vec<String> {
    let entries = fs::read_dir(machine.path(folder)).into_iter().flatten().filter_map(Result::ok);
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}
