//! Made-up machines, one for each thing that can stand in the way.

mod services;
mod tree;

use super::*;
use crate::access;
use crate::usb::Access;
use crate::usb::looked_at::LookedAt;
use tree::{NODE, PORT, Tree, boot_rom, denied};

#[test]
fn on_a_machine_in_order_nothing_is_found_and_what_was_asked_is_noted() {
    let tree = Tree::in_order();
    let report = tree.examine(&[boot_rom()]);
    assert_eq!(report.findings, []);
    assert!(report.notes[0].contains("/etc/udev/rules.d/70-balong.rules"), "{:?}", report.notes);
    assert_eq!(report.sticks, Some(vec![PORT.parse().expect("a path")]));
}

#[test]
fn a_user_without_the_rules_is_shown_the_rule_for_this_very_device() {
    let tree = Tree::in_order();
    tree.remove("/etc/udev/rules.d/70-balong.rules");
    let report = tree.examine(&[denied()]);
    let finding = &report.findings[0];
    assert_eq!((finding.subject, finding.port.clone()), (Subject::Permission, PORT.parse().ok()));
    assert!(finding.message.contains("(alice)") && finding.message.contains(NODE), "{finding:?}");
    assert!(finding.remedy.contains(&access::rule(Some((0x12d1, 0x1443)))), "{finding:?}");
    assert_eq!(report.findings[1].subject, Subject::UdevRule);
    assert!(report.findings[1].remedy.contains(&access::install_command()));
    assert_eq!(report.findings.len(), 2);
}

#[test]
fn an_id_that_the_rules_do_not_know_gets_a_rule_of_its_own() {
    let tree = Tree::in_order();
    let report = tree.examine(&[Attached { product_id: 0xabcd, ..denied() }]);
    assert!(report.findings[0].remedy.contains("ATTR{idProduct}==\"abcd|"), "{report:?}");
}

#[test]
fn with_the_rules_in_force_the_one_step_that_is_missing_is_named() {
    let remedy = |tree: &Tree| tree.only(&[denied()], Subject::Permission).remedy;
    let tree = Tree::in_order();
    tree.write("/etc/group", "root:x:0:\nplugdev:x:4294967294:\n");
    assert!(remedy(&tree).contains("was not applied to this stick"), "the node is another group's");
    tree.write("/etc/group", &format!("plugdev:x:{}:bob\n", tree.group_of_files()));
    assert!(remedy(&tree).contains("usermod -aG plugdev alice"));
    tree.write("/etc/group", &format!("plugdev:x:{}:bob,alice\n", tree.group_of_files()));
    assert!(remedy(&tree).starts_with("Log out and in again"));
    tree.write("/etc/group", "root:x:0:\n");
    assert!(remedy(&tree).contains("groupadd --system plugdev"));
}

#[test]
fn a_link_to_nowhere_masks_the_rules_and_a_file_of_the_same_name_shadows_them() {
    let tree = Tree::in_order();
    tree.remove("/etc/udev/rules.d/70-balong.rules");
    tree.write("/usr/lib/udev/rules.d/70-balong.rules", access::RULES);
    assert_eq!(tree.examine(&[boot_rom()]).findings, []);

    tree.link("/dev/null", "/run/udev/rules.d/70-balong.rules");
    let masked = tree.only(&[boot_rom()], Subject::UdevRule);
    assert!(masked.message.contains("/run/udev/rules.d/70-balong.rules is empty or leads to /dev/null"), "{masked:?}");
    assert!(masked.remedy.contains("rm /run/udev/rules.d/70-balong.rules"), "{masked:?}");

    tree.write("/etc/udev/rules.d/70-balong.rules", &access::rule(None));
    let shadowed = tree.only(&[boot_rom()], Subject::UdevRule);
    assert!(shadowed.message.contains("in /usr/lib/udev/rules.d/70-balong.rules are not in force"), "{shadowed:?}");
    assert!(shadowed.remedy.contains("rm /etc/udev/rules.d/70-balong.rules"), "{shadowed:?}");
}

#[test]
fn one_line_alone_is_not_all_of_the_rules() {
    let tree = Tree::in_order();
    tree.write("/etc/udev/rules.d/70-balong.rules", &access::rule(None));
    let finding = tree.only(&[boot_rom()], Subject::UdevRule);
    assert!(finding.message.contains("lack some"), "{finding:?}");
}

#[test]
fn root_needs_no_rules_and_no_udevd() {
    let tree = Tree::in_order();
    tree.remove("/etc/udev/rules.d/70-balong.rules");
    tree.become_root();
    assert_eq!(tree.examine(&[boot_rom()]).findings, []);
    tree.end_process(200);
    assert_eq!(tree.examine(&[boot_rom()]).findings, []);
}

#[test]
fn without_udevd_nobody_but_root_is_let_in() {
    let tree = Tree::in_order();
    tree.end_process(200);
    tree.write("/run/udev/control", "");
    let report = tree.examine(&[denied()]);
    let subjects: Vec<_> = report.findings.iter().map(|finding| finding.subject).collect();
    assert_eq!(subjects, [Subject::Udevd, Subject::Permission], "its socket outlives the service");
    assert!(report.findings[0].remedy.starts_with("Run balong as root"));
    tree.write("/usr/lib/systemd/systemd-udevd", "");
    assert!(tree.examine(&[]).findings[0].remedy.contains("/usr/lib/systemd/systemd-udevd --daemon"));
    tree.write("/run/systemd/system/units", "");
    assert!(tree.examine(&[]).findings[0].remedy.contains("systemctl start systemd-udevd.service"));
}

#[test]
fn a_udevd_outside_of_a_container_shows_only_by_its_socket() {
    let tree = Tree::in_order();
    tree.end_process(200);
    tree.end_process(2);
    tree.write("/run/udev/control", "");
    assert_eq!(tree.examine(&[boot_rom()]).findings, []);
}

#[test]
fn a_node_that_is_not_there_is_the_containers_to_give() {
    let tree = Tree::in_order();
    tree.remove(NODE);
    tree.write("/.dockerenv", "");
    let finding = tree.only(&[Attached { access: Access::Unknown, ..boot_rom() }], Subject::Permission);
    assert!(finding.remedy.contains("--volume /dev/bus/usb:/dev/bus/usb"), "{finding:?}");
}

#[test]
fn only_the_ports_that_were_named_are_looked_at_and_an_empty_one_is_said() {
    let tree = Tree::in_order();
    let other = Attached { path: "2-1".parse().expect("a path"), ..denied() };
    let bus = LookedAt::always(&[boot_rom(), other]);
    let port = |text: &str| text.parse().expect("a path");
    let report = examine(&bus, &tree.machine(), &[port(PORT)], None).expect("it is there");
    assert_eq!((report.findings.len(), report.sticks), (0, Some(vec![port(PORT)])));
    assert_eq!(examine(&bus, &tree.machine(), &[port("3-1")], None), Err(port("3-1")));
}

#[test]
fn a_bus_that_cannot_be_looked_at_is_the_only_finding() {
    let tree = Tree::in_order();
    let found = |bus: &LookedAt, other| examine(bus, &tree.machine(), &[], other).expect("no port named").findings;
    let none = found(&tree::broken(true), None);
    assert_eq!((none.len(), none[0].subject), (1, Subject::NoUsb));
    let broken = found(&tree::broken(false), Some("libusb"));
    assert_eq!((broken.len(), broken[0].subject), (1, Subject::Backend));
    assert!(broken[0].message.contains("the library's own words"), "{broken:?}");
    assert!(broken[0].remedy.ends_with("balong doctor --backend libusb"), "{broken:?}");
}
