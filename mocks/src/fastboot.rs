//! The loader's fastboot: enough to be recognised and left. It writes and erases nothing, whatever it is told.

use std::time::Duration;

use crate::reaction::{Next, Reaction, Then};

/// The protocol knows no longer command.
const LONGEST_COMMAND: usize = 64;
/// From the answer to the departure.
const LEAVES_AFTER: Duration = Duration::from_millis(500);

/// Carries out one command.
pub(crate) fn carry_out(command: &[u8]) -> Reaction {
    if command.len() > LONGEST_COMMAND {
        return Reaction::answer("FAILcommand too long");
    }
    if let Some(variable) = command.strip_prefix(b"getvar:") {
        return match variable {
            b"version" => Reaction::answer("OKAY0.9"),
            // Real V7R11 sticks say so too.
            b"product" => Reaction::answer("OKAYbalongv7r2"),
            b"serialno" => Reaction::answer("OKAY"),
            _ => Reaction::answer("FAILunknown variable"),
        };
    }
    match command {
        b"reboot" => leaves_for(Next::Boot),
        b"reboot-bootloader" => leaves_for(Next::Fastboot),
        _ if writes(command) => Reaction::answer("FAILnot allowed"),
        _ => Reaction::answer("FAILunknown command"),
    }
}

fn leaves_for(next: Next) -> Reaction {
    Reaction::answer("OKAY").then(Then::Leave { after: LEAVES_AFTER, next })
}

/// Commands that would change the flash, or bring in what to change it with.
fn writes(command: &[u8]) -> bool {
    let writing: [&[u8]; 4] = [b"erase:", b"flash:", b"rawflash:", b"download:"];
    writing.iter().any(|start| command.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(command: &str) -> String {
        let reaction = carry_out(command.as_bytes());
        String::from_utf8_lossy(&reaction.answer.expect("an answer")).into_owned()
    }

    #[test]
    fn a_reboot_starts_the_firmware_or_fastboot_once_more() {
        assert!(matches!(carry_out(b"reboot").then, Then::Leave { next: Next::Boot, .. }));
        assert!(matches!(carry_out(b"reboot-bootloader").then, Then::Leave { next: Next::Fastboot, .. }));
        assert_eq!((said("reboot"), said("reboot-bootloader")), ("OKAY".into(), "OKAY".into()));
    }

    #[test]
    fn three_variables_are_known_and_the_others_fail() {
        let known = ["version", "product", "serialno"].map(|name| said(&format!("getvar:{name}")));
        assert_eq!(known, ["OKAY0.9", "OKAYbalongv7r2", "OKAY"]);
        for name in ["", "all", "Version", "version "] {
            assert_eq!(said(&format!("getvar:{name}")), "FAILunknown variable", "{name}");
        }
    }

    #[test]
    fn nothing_is_erased_or_written() {
        for command in ["erase:nvbacklte", "flash:system", "rawflash:0x0", "download:00001000"] {
            assert_eq!(said(command), "FAILnot allowed", "{command}");
            assert!(matches!(carry_out(command.as_bytes()).then, Then::Stay));
        }
    }

    #[test]
    fn a_command_of_64_bytes_is_read_and_one_of_65_is_not() {
        let of = |length: usize| format!("{:x<length$}", "getvar:");
        assert_eq!((said(&of(64)), said(&of(65))), ("FAILunknown variable".into(), "FAILcommand too long".into()));
        assert_eq!(
            (of(64).len(), said("oem"), said("Reboot")),
            (64, "FAILunknown command".into(), "FAILunknown command".into())
        );
    }
}
