//! The loader's fastboot: enough to be recognised and left.

use std::time::Duration;

use crate::reaction::{Next, Reaction, Then};

/// Carries out one command.
pub(crate) fn carry_out(command: &[u8]) -> Reaction {
    match command {
        b"getvar:version" => Reaction::answer("OKAY0.9"),
        // Real V7R11 sticks say so too.
        b"getvar:product" => Reaction::answer("OKAYbalongv7r2"),
        b"getvar:serialno" => Reaction::answer("OKAY"),
        b"reboot" => Reaction::answer("OKAY").then(Then::Leave { after: Duration::from_millis(500), next: Next::Boot }),
        _ => Reaction::answer("FAILunknown command"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reboot_leaves_and_what_is_unknown_fails() {
        assert!(matches!(carry_out(b"reboot").then, Then::Leave { next: Next::Boot, .. }));
        assert_eq!(carry_out(b"erase:nvbacklte").answer.as_deref(), Some(&b"FAILunknown command"[..]));
    }
}
