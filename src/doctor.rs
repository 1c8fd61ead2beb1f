//! What on this machine stands in the way of a stick, each with its one remedy.
//!
//! Nothing is changed, and nothing is sent to a stick. What other programs will do is asked of what they go by: the
//! udev database, their configuration, their command lines. Most subjects exist on Linux alone; elsewhere the bus and the
//! library are looked at, and no more.

mod holder;
mod mode_switch;
mod modem_manager;
mod permission;
mod rules;
mod udev_database;
mod udevd;
mod user;

use std::fs;
use std::path::{Path, PathBuf};

use crate::stick::{self, Mode};
use crate::usb::{Attached, PortPath, UsbBus, UsbError};

use udevd::Udevd;
use user::User;

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The machine has no USB, or none that this program can see.
    NoUsb,
    /// The USB library does not work here.
    Backend,
    /// This user may not open a stick.
    Permission,
    /// The udev rules are missing, masked, shadowed or incomplete.
    UdevRule,
    /// The service that grants permissions does not run.
    Udevd,
    /// `ModemManager` will talk to a stick that is being worked on.
    ModemManager,
    /// `usb_modeswitch` will take a stick out of its CD stage.
    ModeSwitch,
    /// Another program has a stick or a tty of it open.
    Holder,
}

impl Subject {
    /// The word for it in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoUsb => "no_usb",
            Self::Backend => "backend",
            Self::Permission => "permission",
            Self::UdevRule => "udev_rule",
            Self::Udevd => "udevd",
            Self::ModemManager => "modem_manager",
            Self::ModeSwitch => "usb_modeswitch",
            Self::Holder => "holder",
        }
    }
}

/// Something that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is about.
    pub subject: Subject,
    /// The stick it is about, where it is about one.
    pub port: Option<PortPath>,
    /// What was found, and where.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

/// Everything that was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What stands in the way; empty where nothing does.
    pub findings: Vec<Finding>,
    /// What was asked and does not stand in the way, and what could not be looked at.
    pub notes: Vec<String>,
    /// The sticks that were looked at; `None` where the bus itself could not be.
    pub sticks: Option<Vec<PortPath>>,
}

impl Report {
    fn find(&mut self, subject: Subject, port: Option<&PortPath>, message: String, remedy: String) {
        self.findings.push(Finding { subject, port: port.cloned(), message, remedy });
    }
}

/// The machine, as the files below one folder show it.
#[derive(Clone, Debug)]
pub struct Machine {
    root: PathBuf,
}

impl Machine {
    /// The machine that this program runs on.
    #[must_use]
    pub fn here() -> Self {
        Self::at("/")
    }

    /// A machine whose files lie below a folder.
    #[must_use]
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Where the file lies that the machine has under this absolute path.
    fn path(&self, absolute: impl AsRef<Path>) -> PathBuf {
        let absolute = absolute.as_ref();
        self.root.join(absolute.strip_prefix("/").unwrap_or(absolute))
    }

    fn has(&self, absolute: &str) -> bool {
        self.path(absolute).exists()
    }

    fn text(&self, absolute: impl AsRef<Path>) -> Option<String> {
        fs::read(self.path(absolute)).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    fn is_container(&self) -> bool {
        ["/.dockerenv", "/run/.containerenv", "/run/systemd/container"].iter().any(|file| self.has(file))
    }
}

/// Looks at the bus and at the machine. With `ports`, only the sticks in them count.
///
/// `other_backend` is the library that could be tried in place of one that does not work.
///
/// # Errors
///
/// In a port that was named there is no stick; the port is returned.
pub fn examine(
    bus: &dyn UsbBus,
    machine: &Machine,
    ports: &[PortPath],
    other_backend: Option<&str>,
) -> Result<Report, PortPath> {
    let mut report = Report::default();
    let mut sticks = match stick::sticks(bus) {
        Ok(sticks) => sticks,
        Err(error) => {
            bus_does_not_work(&mut report, machine, &error, other_backend);
            return Ok(report);
        }
    };
    if let Some(missing) = ports.iter().find(|port| sticks.iter().all(|stick| stick.path != **port)) {
        return Err(missing.clone());
    }
    sticks.retain(|stick| Mode::of(stick) != Some(Mode::Unsupported));
    sticks.retain(|stick| ports.is_empty() || ports.contains(&stick.path));
    report.sticks = Some(sticks.iter().map(|stick| stick.path.clone()).collect());
    if cfg!(target_os = "linux") {
        on_linux(&mut report, machine, &sticks);
    }
    Ok(report)
}

fn on_linux(report: &mut Report, machine: &Machine, sticks: &[Attached]) {
    let user = User::this(machine);
    let udevd = Udevd::look(machine);
    let rules = rules::Rules::look(machine);
    let manager = modem_manager::Running::look(machine);
    udevd.examine(report, machine, &user);
    for stick in sticks {
        permission::examine(report, machine, &user, &udevd, &rules, stick);
    }
    rules.examine(report, &user, &udevd, manager.as_ref());
    for stick in sticks {
        if let Some(manager) = &manager {
            manager.examine(report, machine, &rules, stick);
        }
        mode_switch::examine(report, machine, &udevd, stick);
    }
    holder::examine(report, machine, sticks);
}

fn bus_does_not_work(report: &mut Report, machine: &Machine, error: &UsbError, other_backend: Option<&str>) {
    if let UsbError::NoUsb { .. } = error {
        let remedy = if machine.is_container() {
            "Start the container with --volume /dev/bus/usb:/dev/bus/usb --device-cgroup-rule='c 189:* rmw', and /sys not hidden."
        } else if cfg!(target_os = "linux") {
            "As root, load the driver of the USB controller:\n  modprobe xhci_pci"
        } else {
            "Plug in a USB controller or enable the one that the machine has; nothing else on it can help."
        };
        let message = "This machine has no USB bus that this program can see.".to_owned();
        return report.find(Subject::NoUsb, None, message, remedy.to_owned());
    }
    let remedy = match other_backend {
        Some(other) => format!("Try the other library:\n  balong doctor --backend {other}"),
        None => "Use a build of balong with another backend: this one has a single one, which does not work here."
            .to_owned(),
    };
    let mut message = format!("The USB library does not work here: {error}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        message.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    report.find(Subject::Backend, None, format!("{message}."), remedy);
}

#[cfg(all(test, unix))]
mod tests;
