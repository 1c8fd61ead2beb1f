//! Whether this user may open a stick's device node, and what is missing if not.

use std::fs::OpenOptions;
use std::io::ErrorKind;

use super::rules::Rules;
use super::udevd::Udevd;
use super::user::{Group, User};
use super::{Machine, Report, Subject};
use crate::access;
use crate::usb::{Access, Attached};

pub fn examine(report: &mut Report, machine: &Machine, user: &User, udevd: &Udevd, rules: &Rules, stick: &Attached) {
    let node = format!("/dev/bus/usb/{:03}/{:03}", stick.path.bus(), stick.address);
    let id = stick.id();
    let (message, remedy) = match &stick.access {
        Access::Denied { node } => (
            format!("This user ({}) may not open {node}, the {id} in this port.", user.name),
            grant(machine, user, udevd, rules, stick, node),
        ),
        Access::Granted if is_forbidden_all_the_same(machine, &node) => (
            format!(
                "{node}, the {id} in this port, cannot be opened although its permissions allow it: a container forbids it."
            ),
            "Start the container with --device-cgroup-rule='c 189:* rmw'.".to_owned(),
        ),
        Access::Unknown if !machine.has(&node) => (
            format!("There is no device node {node} for the {id} in this port."),
            if machine.is_container() {
                "Start the container with --volume /dev/bus/usb:/dev/bus/usb --device-cgroup-rule='c 189:* rmw'."
                    .to_owned()
            } else {
                "As root:\n  mount -t devtmpfs devtmpfs /dev".to_owned()
            },
        ),
        Access::Granted | Access::Unknown => return,
    };
    report.find(Subject::Permission, Some(&stick.path), message, remedy);
}

/// The one step that is missing: udevd, the rule, its application, membership in the group, or a new login.
fn grant(machine: &Machine, user: &User, udevd: &Udevd, rules: &Rules, stick: &Attached, node: &str) -> String {
    let listed = access::products().contains(&stick.product_id);
    if !udevd.runs {
        return "Run balong as root, or start udevd first.".to_owned();
    }
    if let Rules::Masked { by } = rules {
        return format!("The rules are switched off. As root:\n  rm {} && {}", by.display(), access::APPLY);
    }
    if !rules.is_in_force() || !listed {
        let rule = access::rule(Some((stick.vendor_id, stick.product_id)));
        return format!("As root, add this rule and apply it:\n  {}", access::add_command(&rule));
    }
    let Some(group) = Group::named(machine, access::GROUP) else {
        return format!(
            "As root, then log out and in again:\n  groupadd --system {0} && usermod -aG {0} {1} && {2}",
            access::GROUP,
            user.name,
            access::APPLY
        );
    };
    if !is_groups(machine, node, &group) {
        return format!("The rule is there and was not applied to this stick. As root:\n  {}", access::APPLY);
    }
    if group.members.contains(&user.name) {
        return format!(
            "Log out and in again: {} was added to the group {} after this login.",
            user.name,
            access::GROUP
        );
    }
    format!("As root, then log out and in again:\n  usermod -aG {} {}", access::GROUP, user.name)
}

/// Whether the rule was applied: the node is the group's to read and to write.
#[cfg(unix)]
fn is_groups(machine: &Machine, node: &str, group: &Group) -> bool {
    use std::os::unix::fs::MetadataExt;

    let metadata = std::fs::metadata(machine.path(node));
    metadata.is_ok_and(|metadata| metadata.gid() == group.id && metadata.mode() & 0o060 == 0o060)
}

#[cfg(not(unix))]
fn is_groups(_: &Machine, _: &str, _: &Group) -> bool {
    false
}

/// A container's rules on devices show only when a device is opened. That sends nothing to the stick.
fn is_forbidden_all_the_same(machine: &Machine, node: &str) -> bool {
    let opened = OpenOptions::new().read(true).write(true).open(machine.path(node));
    opened.is_err_and(|error| error.kind() == ErrorKind::PermissionDenied)
}
