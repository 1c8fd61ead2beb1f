//! Whether `ModemManager` will talk to a stick that is being worked on.
//!
//! It is not guessed by its name: it goes by udev's database (documented under "Modem filter" in its reference manual),
//! and so does this. A device with `ID_MM_DEVICE_IGNORE`, or a port with `ID_MM_PORT_IGNORE`, is left alone; a port is
//! looked at once it has `ID_MM_CANDIDATE`; a policy of allowed devices only needs `ID_MM_DEVICE_PROCESS` too.

use super::rules::Rules;
use super::udev_database::Properties;
use super::{Machine, Report, Subject};
use crate::access;
use crate::processes::{self, Process};
use crate::usb::{Attached, PortPath};

/// The program's name, which the kernel shows whole.
pub const NAME: &str = "ModemManager";

/// The policy of version 1.18 and later where none is named.
const DEFAULT_POLICY: &str = "strict";

/// The service, with what its command line says of its policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    process: Process,
    policy: String,
}

/// Why a device is left alone or not, as far as udev's database says.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Treatment {
    LeavesAlone(String),
    Takes(String),
}

impl Running {
    pub fn look(machine: &Machine) -> Option<Self> {
        let mut all = processes::all(&machine.path(processes::PROC)).into_iter();
        let process = all.find(|process| process.name == NAME)?;
        let mut words = process.command.iter();
        let named =
            words.find_map(|word| word.strip_prefix("--filter-policy")).map(|value| match value.strip_prefix('=') {
                Some(value) => value.to_owned(),
                None => words.next().cloned().unwrap_or_default(),
            });
        Some(Self { policy: named.unwrap_or_else(|| DEFAULT_POLICY.to_owned()).to_ascii_lowercase(), process })
    }

    /// A stick in normal use is a modem, and `ModemManager`'s to use.
    pub fn examine(&self, report: &mut Report, machine: &Machine, rules: &Rules, stick: &Attached) {
        let who = format!("ModemManager (process {}, policy {})", self.process.id, self.policy);
        let (id, port) = (stick.id(), &stick.path);
        let Some(rule) = ignore_rule(stick) else {
            report.notes.push(format!("{port}: {who} may use the {id} as a modem; in normal use a stick is one."));
            return;
        };
        match self.treatment(machine, port) {
            Treatment::LeavesAlone(why) => report.notes.push(format!("{port}: {who} leaves the {id} alone: {why}.")),
            Treatment::Takes(why) => report.find(
                Subject::ModemManager,
                Some(port),
                format!("{who} will send AT commands to the {id} in this port: {why}."),
                if rules.is_in_force() {
                    "The rules are there, but came after this stick: unplug it and plug it in again.".to_owned()
                } else {
                    format!(
                        "As root, add this rule and apply it, then unplug the stick and plug it in again:
  {}",
                        access::add_command(&rule)
                    )
                },
            ),
        }
    }

    fn treatment(&self, machine: &Machine, port: &PortPath) -> Treatment {
        let device = Properties::of(machine, &format!("/sys/bus/usb/devices/{port}"));
        if device.is_set("ID_MM_DEVICE_IGNORE") {
            return Treatment::LeavesAlone(format!("{} says ID_MM_DEVICE_IGNORE=1", device.file));
        }
        let ttys = super::holder::ttys(machine, port);
        if ttys.is_empty() {
            return Treatment::LeavesAlone(
                "no tty of it is there, and it opens nothing else of such a stick".to_owned(),
            );
        }
        let allowed_only = matches!(self.policy.as_str(), "allowlist-only" | "whitelist-only");
        let taken = ttys.iter().find_map(|tty| {
            let properties = Properties::of(machine, &tty.sysfs);
            let refused = properties.is_set("ID_MM_PORT_IGNORE") || properties.is_set("ID_MM_DEVICE_IGNORE");
            let allowed =
                !allowed_only || properties.is_set("ID_MM_DEVICE_PROCESS") || device.is_set("ID_MM_DEVICE_PROCESS");
            let candidate = properties.is_set("ID_MM_CANDIDATE");
            (candidate && allowed && !refused).then(|| (tty.node.clone(), properties.file))
        });
        match taken {
            Some((node, file)) => Treatment::Takes(format!(
                "{} has no ID_MM_DEVICE_IGNORE, and {file} says ID_MM_CANDIDATE=1 for {}",
                device.file,
                node.display()
            )),
            None => Treatment::LeavesAlone("udev's database makes none of its ttys a candidate".to_owned()),
        }
    }
}

/// The rule that keeps `ModemManager` off a stick; `None` for one that it may use.
pub fn ignore_rule(stick: &Attached) -> Option<String> {
    let classes = stick.interfaces.iter().map(|interface| interface.class);
    access::ignore_rule((stick.vendor_id, stick.product_id), classes)
}
