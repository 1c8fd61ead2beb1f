//! Who may open a stick on Linux: the udev rules of `udev/70-balong.rules`, and the lines of them that messages print.
//!
//! The lines are made here from the table of ids. A test holds the file, the table and the lines together.

use crate::stick::{HUAWEI, known_products};
use crate::usb::ClassTriple;

/// The name of the rules file. It sorts before `73-seat-late.rules`, without which `uaccess` has no effect.
pub const RULES_FILE: &str = "70-balong.rules";

/// The folder for rules of the machine's administrator.
pub const RULES_FOLDER: &str = "/etc/udev/rules.d";

/// The group that is let in on machines without a seat.
pub const GROUP: &str = "plugdev";

/// The rules file, as it is installed.
pub const RULES: &str = include_str!("../udev/70-balong.rules");

/// Ids that a stick has only while it is being worked on, and no modem ever has (`12d1:2020` is of a chip that is not
/// supported and stays as it is).
const MAINTENANCE: &[u16] = &[0x1442, 0x1443, 0x1568, 0x36dd];

/// Download mode, and the working id of the E173 modem too; the interfaces tell them apart.
const DOWNLOAD_OR_MODEM: u16 = 0x1c05;

/// CD stages (Debian's usb-modeswitch-data 20191128) and working modes of the supported models, beside the ids whose mode
/// the table of modes knows.
const FURTHER: &[u16] = &[
    0x1446, 0x14fe, 0x156a, 0x156b, 0x156c, 0x157c, 0x157d, 0x15ca, 0x15cd, 0x15cf, 0x1c51, 0x1f01, 0x1f02, 0x1f03,
    0x1f09, 0x1f0a,
];

/// Vendor and product id of a device.
pub type Id = (u16, u16);

/// Every product id of Huawei's that the rules let in, in order.
#[must_use]
pub fn products() -> Vec<u16> {
    let mut products: Vec<_> = known_products().chain(FURTHER.iter().copied()).collect();
    products.sort_unstable();
    products.dedup();
    products
}

/// The two lines that let a user open a stick under every id that it has on its way, `id` among them: the user at the
/// seat, and the group.
///
/// Two, because udev drops a line that names a group which this machine does not have, and all that stands in it.
#[must_use]
pub fn rule(id: Option<Id>) -> String {
    let mut listed = products();
    if let Some((HUAWEI, product)) = id.filter(|(_, product)| !listed.contains(product)) {
        listed.insert(0, product);
    }
    let matching = matching(&listed);
    format!("{matching}, TAG+=\"uaccess\"\n{matching}, MODE=\"0660\", GROUP=\"{GROUP}\"")
}

/// The lines that keep `ModemManager` off a stick that is being worked on.
#[must_use]
pub fn ignore_rules() -> [String; 2] {
    let ignore = "ENV{ID_MM_DEVICE_IGNORE}=\"1\"";
    let serial_alone = "ENV{ID_USB_INTERFACES}==\":ffffff:\"";
    [
        format!("{}, {ignore}", matching(MAINTENANCE)),
        format!("{}, {serial_alone}, {ignore}", matching(&[DOWNLOAD_OR_MODEM])),
    ]
}

/// The line that keeps `ModemManager` off a device with this id and these interface classes; `None` for one that is a
/// modem, or may be one.
#[must_use]
pub fn ignore_rule(id: Id, classes: impl IntoIterator<Item = ClassTriple>) -> Option<String> {
    let [maintenance, download] = ignore_rules();
    let serial = ClassTriple::new(0xff, 0xff, 0xff);
    let mut classes = classes.into_iter().peekable();
    let serial_alone = classes.peek().is_some() && classes.all(|class| class == serial);
    match id {
        (HUAWEI, product) if MAINTENANCE.contains(&product) => Some(maintenance),
        (HUAWEI, DOWNLOAD_OR_MODEM) if serial_alone => Some(download),
        _ => None,
    }
}

/// The command that makes udev read its rules again and apply them to what is plugged in already.
pub const APPLY: &str =
    "udevadm control --reload && udevadm trigger --subsystem-match=usb --attr-match=idVendor=12d1 --action=change";

/// The command that adds lines to the administrator's rules and applies it.
#[must_use]
pub fn add_command(rule: &str) -> String {
    format!("echo '{rule}' >>{RULES_FOLDER}/{RULES_FILE} && {APPLY}")
}

/// The command that installs all of the rules, without their comments, and applies them.
#[must_use]
pub fn install_command() -> String {
    let rules: Vec<_> = RULES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    format!("cat >{RULES_FOLDER}/{RULES_FILE} <<'END'\n{}\nEND\n{APPLY}", rules.join("\n"))
}

fn matching(products: &[u16]) -> String {
    let products: Vec<_> = products.iter().map(|product| format!("{product:04x}")).collect();
    format!(
        "SUBSYSTEM==\"usb\", ENV{{DEVTYPE}}==\"usb_device\", ATTR{{idVendor}}==\"{HUAWEI:04x}\", ATTR{{idProduct}}==\"{}\"",
        products.join("|")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_file_holds_the_lines_made_from_the_table_of_ids_and_no_other_rule() {
        let [maintenance, download] = ignore_rules();
        let access = rule(None);
        let (seat, group) = access.split_once('\n').expect("two lines");
        let expected = [
            "ACTION!=\"add|change|move|bind\", GOTO=\"balong_end\"",
            "SUBSYSTEM!=\"usb\", GOTO=\"balong_end\"",
            "ENV{DEVTYPE}!=\"usb_device\", GOTO=\"balong_end\"",
            "ATTR{idVendor}!=\"12d1\", GOTO=\"balong_end\"",
            seat,
            group,
            &maintenance,
            &download,
            "LABEL=\"balong_end\"",
        ];
        let rules: Vec<_> = RULES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
        assert_eq!(rules, expected);
    }

    #[test]
    fn the_file_sorts_before_the_rules_that_act_on_what_it_sets() {
        assert!(RULES_FILE < "73-seat-late.rules" && RULES_FILE > "50-udev-default.rules");
    }

    #[test]
    fn an_id_that_is_not_in_the_table_is_added_to_the_line_for_it() {
        assert_eq!(rule(Some((HUAWEI, 0x1443))), rule(None));
        assert!(rule(Some((HUAWEI, 0xabcd))).contains("ATTR{idProduct}==\"abcd|1001|"));
        assert_eq!(rule(Some((0x1d6b, 0x0002))), rule(None), "no line opens another vendor's device");
    }

    #[test]
    fn a_stick_in_normal_use_stays_modem_managers() {
        let class = |(class, subclass, protocol)| ClassTriple::new(class, subclass, protocol);
        let kept = |vendor, product, classes: &[(u8, u8, u8)]| {
            ignore_rule((vendor, product), classes.iter().copied().map(class)).is_some()
        };
        let (serial, storage) = ((0xff, 0xff, 0xff), (8, 6, 0x50));
        assert!(kept(HUAWEI, 0x1443, &[serial]) && kept(HUAWEI, 0x1442, &[serial, storage]));
        assert!(!kept(HUAWEI, 0x1506, &[(0xff, 3, 0x12)]) && !kept(HUAWEI, 0x14dc, &[(2, 6, 0)]));
        assert!(kept(HUAWEI, 0x1c05, &[serial; 3]), "download mode of an E3372h");
        assert!(!kept(HUAWEI, 0x1c05, &[serial, serial, serial, storage]), "an E173");
        assert!(!kept(HUAWEI, 0x1c05, &[]), "nothing is known of it yet");
        assert!(!kept(0x1d6b, 0x1443, &[serial]));
    }

    #[test]
    fn what_is_pasted_installs_every_rule_and_the_end_of_the_text() {
        let command = install_command();
        assert!(RULES.lines().filter(|line| !line.starts_with('#')).all(|line| command.contains(line)));
        assert!(!rule(None).contains('\''), "a quote would end the text of `add_command`");
        assert!(command.contains("\nEND\nudevadm control --reload && "));
    }
}
