//! Whether `usb_modeswitch` will take a stick out of its CD stage under our hands.

use super::udevd::Udevd;
use super::{Machine, Report, Subject, rules};
use crate::stick::Mode;
use crate::usb::Attached;

/// Its rules, which start it for every Huawei device whose first interface is a storage.
const RULES: &str = "40-usb_modeswitch.rules";

/// Its own configuration.
const CONFIGURATION: &str = "/etc/usb_modeswitch.conf";

/// Settings of a device's own file that switch it. One without any, or with a configuration 0, is a device left alone
/// (Debian's usb-modeswitch-data ships such files for modems that need no switching).
const METHODS: &[&str] = &[
    "MessageContent",
    "HuaweiMode",
    "HuaweiNewMode",
    "HuaweiAltMode",
    "StandardEject",
    "Configuration",
    "TargetClass",
];

pub fn examine(report: &mut Report, machine: &Machine, udevd: &Udevd, stick: &Attached) {
    if !udevd.runs || Mode::of(stick) != Some(Mode::Cd) || !rules::is_installed(machine, RULES) {
        return;
    }
    let id = stick.id();
    let own = format!("/etc/usb_modeswitch.d/{id}");
    if let Some(why) = disabled(machine, &own) {
        report.notes.push(format!("{}: usb_modeswitch is installed and leaves the {id} alone: {why}.", stick.path));
        return;
    }
    let remedy = if machine.has(CONFIGURATION) {
        format!(
            "As root:\n  sed -i '/^DisableSwitching=/d' {CONFIGURATION} && echo DisableSwitching=1 >>{CONFIGURATION}"
        )
    } else {
        format!("As root:\n  echo DisableSwitching=1 >{CONFIGURATION}")
    };
    report.find(
        Subject::ModeSwitch,
        Some(&stick.path),
        format!(
            "usb_modeswitch takes the {id} in this port out of its CD stage by itself: {RULES} is in force, and neither \
             {CONFIGURATION} (DisableSwitching) nor {own} keeps it off."
        ),
        remedy,
    );
}

/// Which setting keeps it off, if one does.
fn disabled(machine: &Machine, own: &str) -> Option<String> {
    let configuration = machine.text(CONFIGURATION).unwrap_or_default();
    if settings(&configuration).any(|(name, value)| name == "DisableSwitching" && is_yes(value)) {
        return Some(format!("{CONFIGURATION} says DisableSwitching"));
    }
    let text = machine.text(own)?;
    let switches = settings(&text).any(|(name, value)| METHODS.contains(&name) && value != "0");
    (!switches).then(|| format!("{own} names no way to switch it"))
}

fn settings(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once('=')).map(|(name, value)| (name.trim(), value.trim().trim_matches('"')))
}

/// As the comments in its configuration say.
fn is_yes(value: &str) -> bool {
    ["1", "yes", "true"].iter().any(|yes| value.eq_ignore_ascii_case(yes))
}
