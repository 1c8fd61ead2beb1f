//! A failure with everything that a person needs next.

use crate::failure::{Cause, Failure, FlashState};
use crate::usb::UsbError;

/// What ended a command other than well.
#[derive(Debug)]
pub struct Problem {
    /// The failure underneath.
    pub failure: Failure,
}

impl<F: Into<Failure>> From<F> for Problem {
    fn from(failure: F) -> Self {
        Self { failure: failure.into() }
    }
}

impl Problem {
    /// Arguments that cannot be meant.
    pub fn usage(message: impl Into<String>) -> Self {
        Cause::Usage(message.into()).into()
    }

    /// What the person in front of the stick should do now; `again` is the command line that was given.
    pub fn next(&self, again: &str) -> String {
        let failure = &self.failure;
        let access = failure.cause.usb().and_then(access_next).map(|remedy| format!("{remedy}\n")).unwrap_or_default();
        match (&*failure.cause, failure.state) {
            (Cause::Declined, _) => "Nothing was sent.".to_owned(),
            (_, FlashState::PartlyWritten | FlashState::Unknown) => format!(
                "{access}The flash now holds a mixture. The boot ROM cannot be overwritten, so the stick is not lost: leave it \
                 plugged in (or plug it in again) and run the same command, which finishes the job:\n  {again}"
            ),
            (_, FlashState::Written) => format!(
                "{access}Everything was written. Unplug the stick, plug it in again, and look with `balong info`; if it does not \
                 come up, the same command writes it once more:\n  {again}"
            ),
            (cause, state) => untouched_next(cause, state, again),
        }
    }
}

fn untouched_next(cause: &Cause, state: FlashState, again: &str) -> String {
    if let Some(access) = cause.usb().and_then(access_next) {
        return access;
    }
    let replug = if state == FlashState::RunningFromRam {
        "Nothing was written to the flash. Unplug the stick"
    } else {
        "Unplug the stick"
    };
    match cause {
        Cause::Usage(_) => "Nothing was sent. `balong --help` and `balong COMMAND --help` show the options.".to_owned(),
        Cause::NoStick(_) => "`balong list` shows what is attached, and in which port.".to_owned(),
        Cause::SeveralSticks(_) => "Name one with --port, or take all of them with --all.".to_owned(),
        Cause::Loader(_) | Cause::Firmware(_) => "Nothing was sent to any stick. Get the file again, or another one.".to_owned(),
        Cause::Refused(refusal) => match refusal.lifted_by() {
            Some(option) => format!("Nothing was written. If you are certain, {option} lifts this one check."),
            None => "Nothing was written, and no option lifts this: these files would brick this stick. Get the files for it.".to_owned(),
        },
        Cause::Interrupted | Cause::Follow(crate::follow::FollowError::Interrupted { .. }) => {
            format!("Nothing was written. The same command goes on:\n  {again}")
        }
        Cause::WrongMode { .. } | Cause::NotAllowed(_) => format!("Nothing was written. When that is settled:\n  {again}"),
        Cause::System { .. } => format!("Nothing was sent. When that is settled:\n  {again}"),
        _ => format!(
            "{replug}, short the boot pad to ground while you plug it in again if it was in its boot ROM, and run the same \
             command:\n  {again}"
        ),
    }
}

/// The exact rule that lets a user in, where permission is what is missing.
fn access_next(error: &UsbError) -> Option<String> {
    match error {
        UsbError::Denied { what } => Some(format!(
            "This user may not open {what}. As root, put this line into /etc/udev/rules.d/70-balong.rules, then unplug the stick \
             and plug it in again:\n  SUBSYSTEM==\"usb\", ENV{{DEVTYPE}}==\"usb_device\", ATTR{{idVendor}}==\"12d1\", \
             MODE=\"0660\", GROUP=\"plugdev\", TAG+=\"uaccess\""
        )),
        UsbError::Busy { holder, .. } => {
            Some(format!("{holder} holds the stick. End it, and run the same command again."))
        }
        UsbError::NoUsb { .. } => Some(
            "This machine shows no USB bus: no controller, or a container without /sys and /dev/bus/usb.".to_owned(),
        ),
        _ => None,
    }
}
