//! What the descriptors of a device hint at, in words. A hint is no proof: nothing is ever decided by one.

use super::Mode;
use crate::usb::Attached;

/// What a person should know of a stick in its present mode, beyond what it says of itself; each one a sentence or two.
///
/// Nothing is sent for it. The facts are those of published boot ROM images, gadget sources and captures of sticks.
#[must_use]
pub fn hints(device: &Attached) -> Vec<&'static str> {
    let Some(mode) = Mode::of(device) else { return Vec::new() };
    match mode {
        Mode::BootRom => {
            vec![boot_rom(device.usb_version), "In the boot ROM nothing answers questions, so none was asked."]
        }
        Mode::Cd => cd_stage(device.product_id),
        Mode::Fastboot => vec![
            "The product of fastboot cannot tell V7R2 from V7R11: sticks of both say balongv7r2.",
            "This program writes nothing by way of fastboot; `balong reset` leaves it.",
        ],
        Mode::Download => vec![
            "The daemon itself tells its product code only in HDLC mode, from where no way back to AT is known. A flash asks \
             for it before it writes; `info` does only where an earlier run left the stick in HDLC already, and goes by the \
             product name else.",
        ],
        Mode::HiLink => vec!["In HiLink mode the stick is asked over the network, through its own web server."],
        Mode::ChargeOnly => {
            vec!["In charge-only mode a stick does not answer, so nothing was asked. Unplug it and plug it in again."]
        }
        Mode::Unsupported => vec![
            "The E3372-325 is built on another chip and shows one id in every mode. This program knows no question for it, \
             so none was asked, and it flashes nothing on it.",
        ],
        Mode::Unknown => vec![
            "This composition is not known, so nothing was asked. A stick that waits to be switched may take another one by \
             itself within a minute.",
        ],
        Mode::Stick | Mode::Serial => Vec::new(),
    }
}

/// Which of the two USB stacks of the boot ROMs this is. V7R2 and V7R11 hold both, so that neither is proof.
fn boot_rom(usb_version: u16) -> &'static str {
    match usb_version {
        0x0110 => {
            "USB version 1.10 hints at V7R1, or at the second USB stack that V7R2 and V7R11 have as well. It proves no chip."
        }
        0x0210 => {
            "USB version 2.10 hints at V7R2 or newer (V7R11, V7R22, V7R5, V7R65), and against V7R1. It proves no chip."
        }
        _ => "The USB version is none of those that are known of boot ROMs (1.10 and 2.10), so it hints at no chip.",
    }
}

fn cd_stage(product_id: u16) -> Vec<&'static str> {
    let firmware = match product_id {
        0x1f01 => Some("The id 1f01 hints at HiLink firmware."),
        0x14fe => Some("The id 14fe hints at stick firmware."),
        _ => None,
    };
    let serial_number = "Nothing answers questions here, so none was asked. The serial number in the descriptors is the same \
                         constant on every stick, so it is not shown.";
    firmware.into_iter().chain([serial_number]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usb::{ClassTriple, Interface};

    fn of(product_id: u16, usb_version: u16) -> String {
        hints(&Attached { usb_version, ..Attached::bare("1-1", 1, product_id) }).join(" ")
    }

    #[test]
    fn the_usb_version_of_a_boot_rom_is_a_hint_and_is_called_no_proof() {
        for (version, word) in [(0x0110, "at V7R1"), (0x0210, "at V7R2 or newer")] {
            let text = of(0x1443, version);
            assert!(text.contains(word) && text.contains("proves no chip"), "{text}");
        }
        assert!(of(0x1443, 0x0200).contains("at no chip"));
    }

    #[test]
    fn fastboot_is_said_to_tell_no_chip() {
        assert!(of(0x36dd, 0x0210).contains("cannot tell V7R2 from V7R11"));
    }

    #[test]
    fn a_stick_of_another_chip_is_said_to_have_been_asked_nothing() {
        let brovi = Attached { vendor_id: 0x3566, ..Attached::bare("1-1", 1, 0x2001) };
        assert!(hints(&brovi).join(" ").contains("none was asked"));
    }

    #[test]
    fn the_cd_stage_never_shows_the_constant_serial_number() {
        let storage = Interface { number: 0, class: ClassTriple::new(0x08, 0x06, 0x50), driver: None };
        let text = hints(&Attached { interfaces: vec![storage], ..Attached::bare("1-1", 1, 0x1f01) }).join(" ");
        assert!(text.contains("HiLink firmware") && !text.contains("0123456789ABCDEF"), "{text}");
    }
}
