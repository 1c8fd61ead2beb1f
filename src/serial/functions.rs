//! Which serial ports a stick shows, and what they are called.

use super::is_serial;
use crate::stick::{Mode, ONLY_CHECKED_FILES, Role, roles};
use crate::usb::Attached;

/// One serial port of a stick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SerialFunction {
    /// Its interface.
    pub interface: u8,
    /// What it is for, by its descriptors, or where they do not tell, by its place in a composition that is known.
    pub role: Role,
    /// What it is called: the word of its role, with the number of the interface behind a hyphen where several have that
    /// role, as in `modem` and `serial-2`.
    pub name: String,
}

/// A serial port that was asked for and is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotThere {
    /// There are others.
    #[error("it shows no {wanted} port there, only {}", present.join(", "))]
    Wanted {
        /// What was asked for.
        wanted: String,
        /// The names of the ports that there are.
        present: Vec<String>,
    },
    /// There is none at all.
    #[error("it shows no serial port")]
    Any,
    /// It has some, and no program gets any of them: it is in download mode or its boot ROM.
    #[error("{ONLY_CHECKED_FILES}")]
    OnlyCheckedFiles {
        /// See [`Mode::ways_with_checked_files`].
        ways: &'static str,
    },
}

impl NotThere {
    /// The reason for a port that is not among the others.
    fn of(device: &Attached, wanted: &str, present: &[SerialFunction]) -> Self {
        match Mode::of(device).and_then(Mode::ways_with_checked_files) {
            Some(ways) => Self::OnlyCheckedFiles { ways },
            None if present.is_empty() => Self::Any,
            None => Self::Wanted {
                wanted: wanted.to_owned(),
                present: present.iter().map(|function| function.name.clone()).collect(),
            },
        }
    }
}

/// The serial ports of a stick that runs its firmware, in the order of their interfaces.
///
/// Boot ROM and download mode have none: what goes over their ports decides what is written to the flash, and only what
/// was checked is ever sent there.
#[must_use]
pub fn functions(device: &Attached) -> Vec<SerialFunction> {
    if !matches!(Mode::of(device), Some(Mode::Stick | Mode::Serial)) {
        return Vec::new();
    }
    let pairs = roles(device).into_iter().filter(|found| is_serial(found.role));
    let pairs: Vec<_> = pairs.map(|found| (found.interface, found.role)).collect();
    let of_role = |wanted| pairs.iter().filter(|(_, role)| *role == wanted).count();
    let named = pairs.iter().map(|&(interface, role)| {
        let name = if of_role(role) > 1 { format!("{role}-{interface}") } else { role.to_string() };
        SerialFunction { interface, role, name }
    });
    named.collect()
}

/// The ports that were asked for, by name, or by a role, which stands for every port of it. Without any: `modem` and `pcui`
/// where the stick shows them, else all that it shows.
///
/// # Errors
///
/// [`NotThere`].
pub fn choose(device: &Attached, wanted: &[String]) -> Result<Vec<SerialFunction>, NotThere> {
    let present = functions(device);
    if wanted.is_empty() {
        let usual: Vec<_> =
            present.iter().filter(|function| matches!(function.role, Role::Modem | Role::Pcui)).cloned().collect();
        return match (usual.is_empty(), present.is_empty()) {
            (false, _) => Ok(usual),
            (true, false) => Ok(present),
            (true, true) => Err(NotThere::of(device, Role::Serial.word(), &present)),
        };
    }
    let is_meant = |function: &SerialFunction, word: &String| function.name == *word || function.role.word() == *word;
    for word in wanted {
        if !present.iter().any(|function| is_meant(function, word)) {
            return Err(NotThere::of(device, word, &present));
        }
    }
    let meant = |function: &&SerialFunction| wanted.iter().any(|word| is_meant(function, word));
    Ok(present.iter().filter(meant).cloned().collect())
}

/// Ports that were chosen before their stick left, as they are now that it is back: each by its name, in the order in which
/// they were given. `before` is the stick as it was.
///
/// Names follow from all the ports that a stick shows, so a name may be another one in a composition that shows more or
/// fewer of them. An interface whose role is not told keeps the one that it had, as long as the ids of the stick are the same.
///
/// # Errors
///
/// [`NotThere`], for the first that is not there.
pub fn find_again(
    device: &Attached,
    before: &Attached,
    kept: &[SerialFunction],
) -> Result<Vec<SerialFunction>, NotThere> {
    let present = functions(device);
    let is_alike = (device.vendor_id, device.product_id) == (before.vendor_id, before.product_id);
    let again = |known: &SerialFunction| {
        let by_name = present.iter().find(|function| function.name == known.name);
        let by_place = || {
            let untold = |function: &&SerialFunction| {
                function.interface == known.interface && [Role::Serial, known.role].contains(&function.role)
            };
            present.iter().find(untold).filter(|_| is_alike)
        };
        let found = by_name.or_else(by_place).ok_or_else(|| NotThere::of(device, &known.name, &present))?;
        Ok(SerialFunction { interface: found.interface, ..known.clone() })
    };
    kept.iter().map(again).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usb::{ClassTriple, Interface};

    fn stick(product: u16, classes: &[(u8, u8, u8)]) -> Attached {
        let numbered = (0..).zip(classes);
        let interfaces = numbered.map(|(number, &(class, subclass, protocol))| Interface {
            number,
            class: ClassTriple::new(class, subclass, protocol),
            driver: None,
        });
        Attached { interfaces: interfaces.collect(), ..Attached::bare("1-1.4", 7, product) }
    }

    fn names(chosen: Result<Vec<SerialFunction>, NotThere>) -> Vec<String> {
        chosen.expect("they are there").into_iter().map(|function| function.name).collect()
    }

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|&word| word.to_owned()).collect()
    }

    #[test]
    fn a_switched_composition_names_its_ports_and_the_two_for_programs_are_the_usual_ones() {
        let stick = stick(0x1506, &[(0xff, 3, 0x12), (0xff, 3, 0x01), (0xff, 3, 0x13), (0xff, 3, 0x16)]);
        assert_eq!(names(Ok(functions(&stick))), ["pcui", "modem", "diag"]);
        assert_eq!(names(choose(&stick, &[])), ["pcui", "modem"]);
        assert_eq!(names(choose(&stick, &words(&["diag"]))), ["diag"]);
    }

    #[test]
    fn ports_of_one_role_are_told_apart_by_their_interface_and_the_role_means_them_all() {
        let stick = stick(0x7e57, &[(0xff, 0xff, 0xff); 3]);
        assert_eq!(names(choose(&stick, &[])), ["serial-0", "serial-1", "serial-2"]);
        assert_eq!(names(choose(&stick, &words(&["serial"]))), ["serial-0", "serial-1", "serial-2"]);
        assert_eq!(names(choose(&stick, &words(&["serial-2", "serial-0"]))), ["serial-0", "serial-2"]);
    }

    #[test]
    fn a_port_that_is_not_there_is_named_beside_those_that_are() {
        let stick = stick(0x1506, &[(0xff, 3, 0x12)]);
        let missing = choose(&stick, &words(&["modem"])).expect_err("no modem");
        assert_eq!(missing.to_string(), "it shows no modem port there, only pcui");
    }

    #[test]
    fn boot_rom_and_download_mode_have_no_port_for_programs() {
        for product in [0x1443, 0x1442, 0x1c05] {
            let stick = stick(product, &[(0xff, 0xff, 0xff)]);
            assert_eq!(functions(&stick), [], "{product:04x}");
            for wanted in [&[][..], &["pcui"]] {
                let none = choose(&stick, &words(wanted)).expect_err("nothing");
                assert_eq!(none.to_string(), ONLY_CHECKED_FILES, "{product:04x}");
            }
        }
    }

    #[test]
    fn a_stick_without_any_serial_port_is_not_said_to_lack_one_of_them() {
        let stick = stick(0x14dc, &[(0x02, 0x06, 0x00)]);
        for wanted in [&[][..], &["pcui"]] {
            let none = choose(&stick, &words(wanted)).expect_err("nothing");
            assert_eq!(none.to_string(), "it shows no serial port");
        }
    }

    #[test]
    fn ports_that_all_look_alike_are_named_by_their_place_and_a_network_function_is_none_of_them() {
        let alike = (0xff, 0xff, 0xff);
        for (product, count, all) in [
            (0x1001, 3, &["modem", "diag", "pcui"][..]),
            (0x155e, 4, &["modem", "diag", "pcui"]),
            (0x1566, 6, &["pcui", "shell-1", "shell-2", "diag-3", "gps", "diag-5"]),
        ] {
            let stick = stick(product, &vec![alike; count]);
            assert_eq!(names(Ok(functions(&stick))), all, "{product:04x}");
        }
        let stick = stick(0x155e, &[alike; 4]);
        assert_eq!(names(choose(&stick, &words(&["pcui", "modem"]))), ["modem", "pcui"]);
        assert_eq!(names(choose(&stick, &[])), ["modem", "pcui"]);
    }

    #[test]
    fn ports_that_changed_their_places_are_found_again_by_their_names() {
        let before = stick(0x1506, &[(0xff, 3, 0x01), (0xff, 3, 0x12)]);
        let after = stick(0x15b6, &[(0xff, 3, 0x12), (0xff, 3, 0x13), (0xff, 3, 0x01)]);
        let kept = choose(&before, &[]).expect("they are there");
        let again = find_again(&after, &before, &kept).expect("they are there again");
        let told: Vec<_> = again.iter().map(|function| (&*function.name, function.interface)).collect();
        assert_eq!(told, [("modem", 2), ("pcui", 0)]);
        let without = stick(0x15b6, &[(0xff, 3, 0x12)]);
        let missing = find_again(&without, &before, &kept).expect_err("no modem");
        assert_eq!(missing.to_string(), "it shows no modem port there, only pcui");
    }

    #[test]
    fn a_port_keeps_its_role_where_the_stick_shows_another_number_of_ports_under_the_same_ids_and_only_there() {
        let before = stick(0x155e, &[(0xff, 0xff, 0xff); 3]);
        let kept = choose(&before, &[]).expect("they are there");
        let after = stick(0x155e, &[(0xff, 0xff, 0xff); 5]);
        let again = find_again(&after, &before, &kept).expect("they are there again");
        let told: Vec<_> = again.iter().map(|function| (&*function.name, function.role, function.interface)).collect();
        assert_eq!(told, [("modem", Role::Modem, 0), ("pcui", Role::Pcui, 2)]);
        let another = stick(0x7e57, &[(0xff, 0xff, 0xff); 5]);
        assert!(find_again(&another, &before, &kept).is_err());
    }
}
