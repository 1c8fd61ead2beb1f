//! Why a stick cannot be brought where it is wanted, and what remains.

use super::plan::NoRoute;
use super::{Firmware, Place, Switcher, Target};
use crate::failure::Cause;
use crate::stick::Mode;
use crate::usb::Attached;

/// There was no route before anything was tried.
pub(super) fn no_way(from: &Place, target: Target, why: &NoRoute) -> Cause {
    match (from.mode, target, why) {
        (_, _, NoRoute::LeaveAlone(why)) => Cause::NotAllowed(format!("this device is left as it is: {why}")),
        (_, _, NoRoute::OtherFirmware) => Cause::NotAllowed(other_firmware(from.firmware, target)),
        (Mode::BootRom, Target::Download | Target::Fastboot, _) => Cause::WrongMode {
            mode: Mode::BootRom,
            needed: format!("only a loader leads from there into {target}: --loader FILE"),
        },
        (Mode::BootRom, ..) => Cause::WrongMode {
            mode: Mode::BootRom,
            needed: "no firmware runs there; unplug the stick and plug it in without touching its boot pad".to_owned(),
        },
        (mode, Target::Fastboot, _) => Cause::NotAllowed(format!(
            "no software way leads from {} into fastboot. The boot pad does: short it while you plug the stick in, then \
             `balong switch --to fastboot --loader FILE`",
            mode.place()
        )),
        (mode, target, _) => Cause::NotAllowed(format!("no way is known from {} into {target}", mode.place())),
    }
}

fn other_firmware(firmware: Option<Firmware>, target: Target) -> String {
    let runs = match firmware {
        Some(Firmware::HiLink) => "HiLink firmware",
        Some(Firmware::Stick) => "stick firmware",
        None => "other firmware",
    };
    let serial = if target == Target::Stick { "; its serial ports come with `balong switch --to serial`" } else { "" };
    format!(
        "the stick runs {runs}, which has no {target}: only other firmware has, and `balong convert` writes that{serial}"
    )
}

impl Switcher<'_, '_> {
    /// Every way that was refused, what remains, and where the stick is now.
    pub(super) fn refused(&mut self, from: &Place, here: &Attached, why: NoRoute) -> Cause {
        let now = Place::of(here);
        if why != NoRoute::NoWay {
            return no_way(&now, self.target, &why);
        }
        // Nobody knows what the firmware would have said to a request that never reached it.
        if let Some(unreached) = self.unreached.take() {
            return unreached.into();
        }
        let refused: Vec<_> = self.closed.iter().map(|(way, why)| format!("{way}: {why}")).collect();
        let remains = match self.target {
            Target::Download => {
                "The boot pad remains: `balong convert` says when it must be shorted, and goes on by itself"
            }
            Target::Serial if from.firmware == Some(Firmware::HiLink) => {
                "What remains is to catch it right after plug-in: unplug it, start `balong switch --to serial --catch`, and \
                 plug it in; or other firmware, by `balong convert` and the boot pad"
            }
            _ => "What remains is to unplug the stick and plug it in again, or other firmware by `balong convert`",
        };
        Cause::NotAllowed(format!(
            "this firmware lets nobody lead the stick into {} ({}); it is in {} now. {remains}",
            self.target,
            refused.join("; "),
            now.mode.place()
        ))
    }
}
