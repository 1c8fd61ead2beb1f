//! Other programs: `ModemManager`, `usb_modeswitch`, and whoever has a stick open.

use super::tree::{NODE, Tree, boot_rom};
use super::*;

const DEVICE_DATA: &str = "/run/udev/data/c189:6";
const TTY_DATA: &str = "/run/udev/data/c188:0";
const MODEM_MANAGER: &str = "/usr/sbin/ModemManager";

/// `ModemManager` runs and udev has made the boot ROM's tty a candidate.
fn with_modem_manager(command: &str) -> Tree {
    let tree = Tree::in_order();
    tree.run(300, command, &[]);
    tree.write(TTY_DATA, "I:1\nE:ID_MM_CANDIDATE=1\n");
    tree
}

fn cd_stage() -> Attached {
    let mut stick = Attached { product_id: 0x1f01, ..boot_rom() };
    stick.interfaces[0].class = crate::usb::ClassTriple::new(8, 6, 0x50);
    stick
}

#[test]
fn modem_manager_is_in_the_way_where_udevs_database_makes_a_boot_rom_its_candidate() {
    let tree = with_modem_manager(MODEM_MANAGER);
    let finding = tree.only(&[boot_rom()], Subject::ModemManager);
    for said in ["process 300", "policy strict", DEVICE_DATA, TTY_DATA, "/dev/ttyUSB0"] {
        assert!(finding.message.contains(said), "`{said}` in {finding:?}");
    }
    assert!(finding.remedy.contains("unplug it and plug it in again"), "the rules are in force: {finding:?}");
}

#[test]
fn without_the_rules_it_is_in_roots_way_too_and_the_rule_is_shown() {
    let tree = with_modem_manager(MODEM_MANAGER);
    tree.remove("/etc/udev/rules.d/70-balong.rules");
    tree.become_root();
    let findings = tree.examine(&[boot_rom()]).findings;
    let subjects: Vec<_> = findings.iter().map(|finding| finding.subject).collect();
    assert_eq!(subjects, [Subject::UdevRule, Subject::ModemManager]);
    assert!(findings[1].remedy.contains(&access::ignore_rules()[0]), "{findings:?}");
}

#[test]
fn modem_manager_keeps_off_what_the_database_tells_it_to_and_that_is_noted() {
    let noted = |tree: &Tree, why: &str| {
        let report = tree.examine(&[boot_rom()]);
        assert_eq!(report.findings, []);
        assert!(
            report.notes.iter().any(|note| note.contains("leaves the 12d1:1443 alone") && note.contains(why)),
            "{report:?}"
        );
    };
    let tree = with_modem_manager(MODEM_MANAGER);
    tree.write(DEVICE_DATA, "E:ID_MM_DEVICE_IGNORE=1\n");
    noted(&tree, "ID_MM_DEVICE_IGNORE=1");
    let tree = with_modem_manager(MODEM_MANAGER);
    tree.write(TTY_DATA, "E:ID_MM_CANDIDATE=1\nE:ID_MM_PORT_IGNORE=1\n");
    noted(&tree, "none of its ttys a candidate");
    let tree = with_modem_manager(&format!("{MODEM_MANAGER}\0--filter-policy=ALLOWLIST-ONLY"));
    noted(&tree, "none of its ttys a candidate");
    tree.write(DEVICE_DATA, "E:ID_MM_DEVICE_PROCESS=1\n");
    assert_eq!(tree.examine(&[boot_rom()]).findings.len(), 1, "somebody allowed it by name");
}

#[test]
fn a_stick_in_normal_use_is_modem_managers_even_while_it_has_its_tty_open() {
    let tree = with_modem_manager(MODEM_MANAGER);
    tree.end_process(300);
    tree.run(300, MODEM_MANAGER, &["/dev/ttyUSB0"]);
    let report = tree.examine(&[Attached { product_id: 0x1506, ..boot_rom() }]);
    assert_eq!(report.findings, []);
    assert!(report.notes.iter().any(|note| note.contains("may use the 12d1:1506 as a modem")), "{report:?}");
}

#[test]
fn another_program_with_the_node_or_a_tty_open_is_named_with_its_command_and_process() {
    let tree = Tree::in_order();
    tree.run(70, "minicom\0-D\0/dev/ttyUSB0", &["/dev/ttyUSB0"]);
    tree.run(71, "qemu-system-x86_64", &["/dev/null", NODE]);
    let findings = tree.examine(&[boot_rom()]).findings;
    assert_eq!(findings.len(), 2, "{findings:?}");
    assert!(
        findings[0].message.starts_with("`minicom -D /dev/ttyUSB0` (process 70) has /dev/ttyUSB0 open"),
        "{findings:?}"
    );
    assert!(findings[1].message.contains("(process 71)") && findings[1].remedy.ends_with("kill 71"), "{findings:?}");
}

#[test]
fn a_claim_of_a_program_that_cannot_be_seen_is_roots_to_look_into() {
    let tree = Tree::in_order();
    let mut stick = boot_rom();
    stick.interfaces[0].driver = Some("usbfs".to_owned());
    let finding = tree.only(&[stick], Subject::Holder);
    assert!(finding.message.contains("interface 0") && finding.remedy.contains("sudo balong doctor"), "{finding:?}");
}

#[test]
fn usb_modeswitch_is_in_the_way_of_a_cd_stage_until_it_is_told_to_keep_off() {
    let tree = Tree::in_order();
    assert_eq!(tree.examine(&[cd_stage()]).findings, [], "it is not installed");
    tree.write("/usr/lib/udev/rules.d/40-usb_modeswitch.rules", "# rules\n");
    tree.write("/etc/usb_modeswitch.conf", "# DisableSwitching=1\nDisableSwitching=0\n");
    let finding = tree.only(&[cd_stage()], Subject::ModeSwitch);
    assert!(finding.message.contains("12d1:1f01") && finding.remedy.contains("DisableSwitching=1"), "{finding:?}");
    assert_eq!(tree.examine(&[boot_rom()]).findings, [], "it never touches a boot ROM");

    tree.write("/etc/usb_modeswitch.d/12d1:1f01", "TargetVendor=0x12d1\nHuaweiNewMode=1\n");
    tree.only(&[cd_stage()], Subject::ModeSwitch);
    tree.write("/etc/usb_modeswitch.d/12d1:1f01", "# left alone\n");
    assert_eq!(tree.examine(&[cd_stage()]).findings, [], "its own file names no way to switch it");
    tree.remove("/etc/usb_modeswitch.d/12d1:1f01");
    tree.write("/etc/usb_modeswitch.conf", "DisableSwitching=yes\n");
    assert_eq!(tree.examine(&[cd_stage()]).findings, []);
    tree.write("/etc/usb_modeswitch.conf", "");
    tree.link("/dev/null", "/etc/udev/rules.d/40-usb_modeswitch.rules");
    assert_eq!(tree.examine(&[cd_stage()]).findings, [], "its rules are masked");
}
