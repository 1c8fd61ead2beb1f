//! Which serial ports a stick shows, and what they are called.

use super::is_serial;
use crate::stick::{Mode, Role, role_of};
use crate::usb::Attached;

/// One serial port of a stick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SerialFunction {
    /// Its interface.
    pub interface: u8,
    /// What it is for, as far as the descriptors tell.
    pub role: Role,
    /// What it is called: the word of its role, with the number of the interface behind a hyphen where several have that
    /// role, as in `modem` and `serial-2`.
    pub name: String,
}

/// A serial port that was asked for and is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it shows no {wanted} port there{}", shown(present))]
pub struct NotThere {
    /// What was asked for.
    pub wanted: String,
    /// The names of the ports that there are.
    pub present: Vec<String>,
}

fn shown(present: &[String]) -> String {
    match present {
        [] => ", and no other serial port".to_owned(),
        names => format!(", only {}", names.join(", ")),
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
    let pairs = device.interfaces.iter().zip(role_of(device)).filter(|(_, role)| is_serial(*role));
    let pairs: Vec<_> = pairs.map(|(interface, role)| (interface.number, role)).collect();
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
    let names = || present.iter().map(|function| function.name.clone()).collect();
    if wanted.is_empty() {
        let usual: Vec<_> =
            present.iter().filter(|function| matches!(function.role, Role::Modem | Role::Pcui)).cloned().collect();
        return match (usual.is_empty(), present.is_empty()) {
            (false, _) => Ok(usual),
            (true, false) => Ok(present),
            (true, true) => Err(NotThere { wanted: "serial".to_owned(), present: Vec::new() }),
        };
    }
    let is_meant = |function: &SerialFunction, word: &String| function.name == *word || function.role.word() == *word;
    for word in wanted {
        if !present.iter().any(|function| is_meant(function, word)) {
            return Err(NotThere { wanted: word.clone(), present: names() });
        }
    }
    let meant = |function: &&SerialFunction| wanted.iter().any(|word| is_meant(function, word));
    Ok(present.iter().filter(meant).cloned().collect())
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
        let stick = stick(0x1001, &[(0xff, 0xff, 0xff), (0xff, 0xff, 0xff), (0xff, 0xff, 0xff)]);
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
            let none = choose(&stick, &[]).expect_err("nothing");
            assert_eq!(none.to_string(), "it shows no serial port there, and no other serial port");
        }
    }
}
