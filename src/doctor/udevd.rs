//! Whether udevd runs, which applies the rules to every incarnation of a stick.

use super::user::User;
use super::{Machine, Report, Subject};
use crate::processes;

/// Names of the service: systemd's, the one before it, and eudev's.
const NAMES: &[&str] = &["systemd-udevd", "udevd", "eudevd"];

/// Where systemd's and eudev's service takes commands.
const CONTROL: &str = "/run/udev/control";

/// Where systemd's service lies where systemd does not start it.
const PROGRAM: &str = "/usr/lib/systemd/systemd-udevd";

/// The service as it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Udevd {
    pub runs: bool,
}

impl Udevd {
    /// The control socket outlives the service, and the service is out of sight in a container or where processes of
    /// others are hidden. Threads of the kernel tell whether all processes are in sight; then only the process counts.
    pub fn look(machine: &Machine) -> Self {
        let all = processes::all(&machine.path(processes::PROC));
        let seen =
            all.iter().any(|process| NAMES.contains(&process.program()) || NAMES.contains(&process.name.as_str()));
        let all_in_sight = all.iter().any(|process| process.name == "kthreadd");
        Self { runs: seen || (!all_in_sight && machine.has(CONTROL)) }
    }

    /// Root needs no permissions, and the bus is polled, so there a missing service is in nobody's way.
    pub fn examine(self, report: &mut Report, machine: &Machine, user: &User) {
        if self.runs {
            return;
        }
        if user.is_root() {
            report.notes.push("No udevd is running. Root needs none: the bus is polled.".to_owned());
            return;
        }
        let remedy = if machine.has("/run/systemd/system") {
            "As root:\n  systemctl start systemd-udevd.service".to_owned()
        } else if machine.has(PROGRAM) {
            format!("As root:\n  {PROGRAM} --daemon && udevadm trigger --action=add")
        } else {
            "Run balong as root: without udevd nobody else is given a stick's device node.".to_owned()
        };
        let message =
            "No udevd is running, so nobody grants access to a stick: not to the next incarnation of it either, \
                       which comes under a new device node each time."
                .to_owned();
        report.find(Subject::Udevd, None, message, remedy);
    }
}
