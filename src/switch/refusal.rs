//! Why a stick cannot be brought where it is wanted, where it is then, and what remains.

use super::plan::NoRoute;
use super::told::Told;
use super::{Firmware, Place, Switcher, Target};
use crate::failure::Cause;
use crate::stick::Mode;
use crate::usb::Attached;

/// There was no route before anything was tried.
pub(super) fn no_way(from: &Place, target: Target, why: &NoRoute) -> Cause {
    match (from.mode, target, why) {
        (_, _, NoRoute::LeaveAlone(why)) => Cause::NotAllowed(left_alone(why)),
        (_, _, NoRoute::OtherFirmware(firmware)) => {
            Cause::NotAllowed(format!("the stick runs {}{}", without(*firmware, target), in_its_place(target)))
        }
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

/// A stick in download mode says that its firmware has no such mode, and it is not restarted for nothing.
pub(super) fn ruled_out(told: &Told, target: Target) -> Cause {
    Cause::NotAllowed(format!(
        "by its answer to AT^DLOADINFO? ({}) the stick holds {}. It was asked that and nothing else, and stays in download mode",
        told.words,
        without(told.firmware, target)
    ))
}

fn left_alone(why: &str) -> String {
    format!("this device is left as it is: {why}")
}

/// The end of a sentence that names the firmware.
fn without(firmware: Firmware, target: Target) -> String {
    format!("{firmware}, which has no {target}: `balong convert` writes firmware that has one")
}

/// What serves most people who want stick mode, as the rest of a sentence.
fn in_its_place(target: Target) -> &'static str {
    if target == Target::Stick { "; its serial ports come with `balong switch --to serial`" } else { "" }
}

/// Where a stick is after a journey, and how it gets back to where it was, as the end of a sentence.
fn whereabouts(from: Mode, now: Option<Mode>) -> String {
    let it_is = now.map_or_else(|| "it is off the bus now".to_owned(), |now| format!("it is in {} now", now.place()));
    let by_pad = |command: &str| {
        let place = from.place();
        format!(
            "{it_is}. Only the boot pad leads back into {place}: short it while you plug the stick in, then `balong load \
             {command}`"
        )
    };
    match from {
        from if now == Some(from) => it_is,
        Mode::Download => by_pad("LOADER"),
        Mode::Fastboot => by_pad("LOADER --fastboot"),
        Mode::Serial => format!(
            "{it_is}. Back into serial mode it gets right after plug-in: unplug it, start `balong switch --to serial \
             --catch`, and plug it in"
        ),
        before => format!("{it_is}. To get it back into {}, unplug it and plug it in again", before.place()),
    }
}

impl Switcher<'_, '_> {
    /// Every way that was refused, where the stick is now, and what remains.
    pub(super) fn refused(&mut self, from: &Place, now: Option<&Attached>, why: NoRoute) -> Cause {
        let now = now.map(|here| Place::of(here).mode);
        let whereabouts = whereabouts(from.mode, now);
        match why {
            NoRoute::OtherFirmware(firmware) => {
                let (without, in_its_place) = (without(firmware, self.target), in_its_place(self.target));
                return Cause::NotAllowed(format!("the stick runs {without}{in_its_place}; {whereabouts}"));
            }
            NoRoute::LeaveAlone(why) => return Cause::NotAllowed(format!("{}; {whereabouts}", left_alone(why))),
            NoRoute::NoWay => {}
        }
        // Nobody knows what the firmware would have said to a request that never reached it.
        if let Some(unreached) = self.unreached.take() {
            if now != Some(from.mode) {
                self.observer.remark(&whereabouts);
            }
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
            "this firmware lets nobody lead the stick into {} ({}); {whereabouts}. {remains}",
            self.target,
            refused.join("; ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mode_that_was_lost_has_its_own_way_back() {
        for (from, now, expected) in [
            (Mode::Download, Some(Mode::Download), "it is in download mode now"),
            (
                Mode::Download,
                Some(Mode::Serial),
                "it is in serial mode now. Only the boot pad leads back into download mode: short it while you plug the \
                 stick in, then `balong load LOADER`",
            ),
            (
                Mode::Fastboot,
                None,
                "it is off the bus now. Only the boot pad leads back into fastboot: short it while you plug the stick in, \
                 then `balong load LOADER --fastboot`",
            ),
            (
                Mode::HiLink,
                Some(Mode::Cd),
                "it is in its CD stage now. To get it back into HiLink mode, unplug it and plug it in again",
            ),
        ] {
            assert_eq!(whereabouts(from, now), expected);
        }
        let serial = whereabouts(Mode::Serial, Some(Mode::Stick));
        assert!(
            serial.contains("`balong switch --to serial --catch`"),
            "plugging in alone does not lead there: {serial}"
        );
    }
}
