//! What the basic commands of ITU-T V.250 set, for one port.

use std::collections::BTreeMap;
use std::time::Duration;

use super::result::Forms;

/// What the drop of DTR does to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OnDrop {
    Nothing,
    /// Command mode; the call stays.
    CommandMode,
    HangUp,
}

/// Registers with their values at the start. The first three are the characters of the line, and stay what they are.
const REGISTERS: [(u8, u8); 9] = [(3, 13), (4, 10), (5, 8), (0, 0), (6, 2), (7, 50), (8, 2), (10, 14), (12, 50)];
const FIXED: usize = 3;
/// The escape guard time in units of 20 ms.
const GUARD: u8 = 12;

/// The settings of one port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Profile {
    pub(super) echo: bool,
    verbose: bool,
    quiet: bool,
    detail: u8,
    on_drop: OnDrop,
    /// The carrier signal shows whether there is a call; otherwise it is always on.
    pub(super) shows_carrier: bool,
    /// `AT+CMEE`.
    pub(super) equipment: u8,
    /// `AT+CREG`, `AT+CGREG` and `AT+CEREG`, which every port may want in another form.
    pub(super) registration: [u8; 3],
    registers: BTreeMap<u8, u8>,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            echo: true,
            verbose: true,
            quiet: false,
            detail: 4,
            on_drop: OnDrop::HangUp,
            shows_carrier: true,
            equipment: 0,
            registration: [0; 3],
            registers: REGISTERS.into_iter().collect(),
        }
    }
}

impl Profile {
    /// Carries out a command that sets something. `None`: there is no such command, or not with that number.
    pub(super) fn set(&mut self, name: &str, number: u32) -> Option<()> {
        let number = u8::try_from(number).ok()?;
        match (name, number) {
            ("E", 0..=1) => self.echo = number == 1,
            ("V", 0..=1) => self.verbose = number == 1,
            ("Q", 0..=1) => self.quiet = number == 1,
            ("X", 0..=4) => self.detail = number,
            ("&C", 0..=1) => self.shows_carrier = number == 1,
            ("&D", 0..=2) => {
                self.on_drop = [OnDrop::Nothing, OnDrop::CommandMode, OnDrop::HangUp][usize::from(number)];
            }
            ("Z" | "&F", 0..=1) => *self = Self::default(),
            // Loudspeaker, pulse and tone dialling, flow control, DSR, profiles: there is nothing behind them to be set.
            ("L" | "M" | "&K", 0..=4) | ("P" | "T", 0) | ("&S" | "&W" | "&Y", 0..=1) => {}
            _ => return None,
        }
        Some(())
    }

    pub(super) fn register(&self, number: u32) -> Option<u8> {
        self.registers.get(&u8::try_from(number).ok()?).copied()
    }

    pub(super) fn set_register(&mut self, number: u32, value: &str) -> Option<()> {
        let number = u8::try_from(number).ok()?;
        // Without a number behind the sign it is 0.
        let value = if value.is_empty() { 0 } else { value.parse().ok()? };
        let fixed = REGISTERS[..FIXED].iter().any(|(known, usual)| *known == number && *usual != value);
        let place = self.registers.get_mut(&number).filter(|_| !fixed)?;
        *place = value;
        Some(())
    }

    /// The silence that makes three plus signs an escape.
    pub(super) fn guard(&self) -> Duration {
        Duration::from_millis(20) * u32::from(self.registers.get(&GUARD).copied().unwrap_or(50))
    }

    pub(super) fn on_drop(&self) -> OnDrop {
        self.on_drop
    }

    pub(super) fn forms(&self) -> Forms {
        Forms { verbose: self.verbose, quiet: self.quiet, extended: self.detail > 0, equipment: self.equipment }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registers_are_read_and_set_and_the_characters_of_the_line_stay() {
        let mut profile = Profile::default();
        assert_eq!(profile.guard(), Duration::from_secs(1));
        assert_eq!((profile.set_register(7, "45"), profile.register(7)), (Some(()), Some(45)));
        assert_eq!(
            (profile.set_register(0, ""), profile.set_register(0, "256"), profile.set_register(99, "1")),
            (Some(()), None, None)
        );
        assert_eq!((profile.set_register(3, "13"), profile.set_register(3, "10")), (Some(()), None));
        profile.set("Z", 0);
        assert_eq!(profile, Profile::default());
    }

    #[test]
    fn a_number_that_a_command_does_not_have_is_refused() {
        let mut profile = Profile::default();
        for (name, number) in [("E", 2), ("&D", 3), ("X", 5), ("B", 0), ("L", 256)] {
            assert_eq!(profile.set(name, number), None, "{name}{number}");
        }
        assert_eq!(profile, Profile::default());
    }
}
