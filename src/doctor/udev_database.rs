//! What udev noted of a device when it applied its rules: `/run/udev/data`, which other programs go by.

use super::Machine;

/// The properties of one device; none where udev has not seen it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Properties {
    /// The file that they are in, as the machine has it.
    pub file: String,
    entries: Vec<(String, String)>,
}

impl Properties {
    /// Of the character device that sysfs shows in this folder.
    pub fn of(machine: &Machine, sysfs: &str) -> Self {
        let numbers = machine.text(format!("{sysfs}/dev")).unwrap_or_default();
        let file = format!("/run/udev/data/c{}", numbers.trim());
        let text = machine.text(&file).unwrap_or_default();
        let entry = |line: &str| {
            let (name, value) = line.strip_prefix("E:")?.split_once('=')?;
            Some((name.to_owned(), value.to_owned()))
        };
        Self { entries: text.lines().filter_map(entry).collect(), file }
    }

    /// Whether a property is set to yes, in one of the ways in which rules write that.
    pub fn is_set(&self, name: &str) -> bool {
        let value = self.entries.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        value.is_some_and(|value| ["1", "true", "yes", "y"].iter().any(|yes| value.eq_ignore_ascii_case(yes)))
    }
}
