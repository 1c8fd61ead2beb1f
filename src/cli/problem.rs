//! A failure with everything that a person needs next.

use std::io::ErrorKind;

use crate::access;
use crate::failure::{Cause, Failure, FlashState, Stage};
use crate::follow::FollowError;
use crate::port_lock::PortLockError;
use crate::protocol::at::AtError;
use crate::stick::{IdentityError, PortError};
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

/// The commands that a message can name.
#[derive(Clone, Debug, Default)]
pub struct Commands {
    /// The one that was given.
    pub again: String,
    /// The one that finishes a half-written flash from any mode, where that is another.
    pub recovery: Option<String>,
}

impl Problem {
    /// Arguments that cannot be meant.
    pub fn usage(message: impl Into<String>) -> Self {
        Cause::Usage(message.into()).into()
    }

    /// What the flash holds, why that is no reason to despair, and what to do now.
    pub fn next(&self, commands: &Commands) -> String {
        let failure = &self.failure;
        let cause = &*failure.cause;
        let access = cause.usb().and_then(access_remedy);
        let advice = access.or_else(|| advice(cause, failure.stage));
        let again = format!("The command is:\n  {}", commands.again);
        let parts = match failure.state {
            FlashState::PartlyWritten | FlashState::Unknown => {
                vec![Some(MIXTURE.to_owned()), advice, Some(half_written(commands))]
            }
            FlashState::Written => vec![
                Some("Every partition was written and confirmed.".to_owned()),
                advice.or_else(|| Some(WRITTEN.to_owned())),
                Some(format!("If need be, the same command writes it once more:\n  {}", commands.again)),
            ],
            FlashState::RunningFromRam => vec![
                Some(
                    "Nothing was written to the flash: what runs now is in RAM, until the stick is unplugged."
                        .to_owned(),
                ),
                advice.or_else(|| Some(REPLUG.to_owned())),
                Some(again),
            ],
            FlashState::Untouched => return untouched(cause, advice, &again),
        };
        parts.into_iter().flatten().collect::<Vec<_>>().join("\n")
    }
}

const MIXTURE: &str = "The flash now holds a mixture, and the stick will not work like this. It is not lost: its boot ROM cannot be \
                       overwritten.";
const WRITTEN: &str = "Unplug the stick, plug it in again, and look with `balong info`.";
/// Nobody is sent looking for a boot pad: nothing makes such a stick one for this program.
const OTHER_CHIP: &str = "Nothing can be done for it here: no option and no file makes this program send it anything.";
const REPLUG: &str = "Unplug the stick, plug it in again (with its boot pad shorted, if that is how it was), and run the command \
                      again.";

fn half_written(commands: &Commands) -> String {
    let finish = commands.recovery.as_ref().unwrap_or(&commands.again);
    format!(
        "Run this command, with the stick in the same port; it goes on from whatever mode the stick is in. If the stick \
         does not show up in `balong list`, short its boot pad while you plug it in:\n  {finish}"
    )
}

/// Nothing was changed. What to do depends on what was wrong alone.
fn untouched(cause: &Cause, advice: Option<String>, again: &str) -> String {
    let nothing = "Nothing was written to the stick.";
    match cause {
        Cause::Declined => nothing.to_owned(),
        Cause::Usage(_) => format!("{nothing} `balong --help` and `balong COMMAND --help` show the options."),
        Cause::Loader(_) | Cause::Firmware(_) => {
            "Nothing was sent to any stick. Get the file again, or another one.".to_owned()
        }
        Cause::Output(_) => "No file was made or changed.".to_owned(),
        Cause::NameTaken { .. } => "It was left as it is. Remove it, or name another folder with --link.".to_owned(),
        Cause::NoStick(_) | Cause::OtherChip(_) | Cause::NotPluggedIn(_) | Cause::SeveralSticks(_) => {
            advice.unwrap_or_default()
        }
        interrupted if interrupted.is_interruption() => format!("{nothing} {again}"),
        // What a command of anybody's did is not known here.
        Cause::At(_) => advice.unwrap_or_default(),
        // What failed has nothing to do with the stick.
        Cause::System { .. } => [Some(nothing.to_owned()), advice, Some(again.to_owned())]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join("\n"),
        Cause::Port(PortError::LeftAlone { .. }) => format!("Nothing was sent to it. {OTHER_CHIP}"),
        Cause::Refused(_) | Cause::WrongMode { .. } | Cause::NotAllowed(_) => {
            advice.map_or_else(|| nothing.to_owned(), |advice| format!("{nothing} {advice}"))
        }
        _ => format!("{nothing} {}\n{again}", advice.unwrap_or_else(|| REPLUG.to_owned())),
    }
}

/// What is known about this very failure.
fn advice(cause: &Cause, stage: Option<Stage>) -> Option<String> {
    let sentence = |text: &str| {
        let mut letters = text.chars();
        letters.next().map(|first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
    };
    match cause {
        Cause::BootRom(error) => sentence(error.advice()),
        Cause::Download(error) => error.advice().and_then(sentence),
        Cause::Follow(FollowError::NeverCame { .. }) if stage == Some(Stage::Load) => Some(
            "Unplug the stick, short its boot pad while you plug it in, and try once more. If the loader stays away twice, it \
             is probably for another chip: check the model printed on the stick."
                .to_owned(),
        ),
        Cause::Refused(refusal) => Some(match refusal.lifted_by() {
            Some(option) => format!("If you are certain, {option} lifts this one check."),
            None => "No option lifts this: these files do not belong on this stick. Get the files for it.".to_owned(),
        }),
        Cause::NoStick(_) => Some(
            "`balong list` shows what is attached, and in which port. A stick whose flash is half written may show up only \
             with its boot pad shorted while it is plugged in."
                .to_owned(),
        ),
        Cause::OtherChip(_) => Some(OTHER_CHIP.to_owned()),
        Cause::NotPluggedIn(_) => Some(
            "Start it again, and plug the stick in while it waits. One that is in already must be pulled out first."
                .to_owned(),
        ),
        Cause::Web(error) | Cause::Identity(IdentityError::Web(error)) => error.advice(),
        Cause::Locked(error) => Some(lock_remedy(error)),
        Cause::At(error) => Some(at_advice(error).to_owned()),
        Cause::System { source, .. } if source.kind() == ErrorKind::AddrInUse => {
            Some("Another program is there already. End it, or name another place.".to_owned())
        }
        Cause::SeveralSticks(_) => Some("Name one with --port, or take all of them with --all.".to_owned()),
        Cause::WrongVersion { .. } | Cause::AnotherStick { .. } => {
            Some("Look with `balong info` what it is and what it runs.".to_owned())
        }
        _ => None,
    }
}

/// What may help an AT command that was not answered.
fn at_advice(error: &AtError) -> &'static str {
    match error {
        AtError::Silent { .. } | AtError::Unfinished { .. } => {
            "An answer may take long (a network search takes a minute or two): --timeout gives it more time. \
             `balong list --probe` shows which ports answer AT."
        }
        AtError::AsksForText { .. } => "`balong terminal` can give the text: type it and end it with Ctrl-Z.",
        AtError::Left { .. } => {
            "After a command that restarts the stick this is what was wanted. `balong list` shows it."
        }
        AtError::TooMuch { .. } | AtError::NotTaken { .. } | AtError::Stalled { .. } => {
            "`balong list --probe` shows which ports answer AT. A stick that is stuck comes back when it was unplugged."
        }
    }
}

/// Whether the file could not be made, rather than that something stands in its place.
fn is_the_folders(kind: ErrorKind) -> bool {
    use ErrorKind as K;
    matches!(kind, K::PermissionDenied | K::ReadOnlyFilesystem | K::StorageFull | K::QuotaExceeded | K::NotFound)
}

/// Two copies on one stick would write into each other.
fn lock_remedy(error: &PortLockError) -> String {
    match error {
        // No `kill` with the number: anybody may have written it into the file.
        PortLockError::Held { .. } => {
            "Wait until the other copy is done, or stop it with Ctrl-C in its own window. Stopped while it writes, it leaves \
             a flash that the same command finishes."
                .to_owned()
        }
        PortLockError::Unusable { file, source } if is_the_folders(source.kind()) => format!(
            "The file {} keeps two copies of this program from one stick, and cannot be made or opened. Let everybody write \
             into its folder.",
            file.display()
        ),
        PortLockError::Unusable { file, .. } => format!(
            "Something else stands in the place of the file that keeps two copies of this program from one stick. As root, \
             remove it: rm -r {}",
            file.display()
        ),
    }
}

/// The exact rule that lets a user in, where permission is what is missing.
fn access_remedy(error: &UsbError) -> Option<String> {
    match error {
        UsbError::Denied { what, .. } if !cfg!(target_os = "linux") => Some(format!(
            "This user may not open {what}. Try it as an administrator; on Windows WinUSB must be bound to the interface."
        )),
        UsbError::Denied { what, id } => Some(format!(
            "This user may not open {what}. As root, put these lines into {}/{}:\n{}\nand let them take effect:\n  {}\n\
             `balong doctor` looks for what else may be missing.",
            access::RULES_FOLDER,
            access::RULES_FILE,
            access::rule(*id),
            access::APPLY
        )),
        UsbError::Busy { holder, .. } if holder.starts_with("the kernel driver") => Some(format!(
            "{holder} did not let go of it. Unplug the stick, plug it in again, and run the command again."
        )),
        UsbError::Busy { holder, .. } if holder == "this program" => None,
        UsbError::Busy { holder, .. } => Some(format!("End {holder}: it has the stick open.")),
        UsbError::NoUsb { .. } => Some(
            "There is no USB controller here, or this is a container that was not given /sys/bus/usb and /dev/bus/usb."
                .to_owned(),
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_without_permission_is_shown_the_very_line_of_the_rules_file() {
        let denied = UsbError::Denied { what: "/dev/bus/usb/001/004".to_owned(), id: Some((0x12d1, 0x1443)) };
        let remedy = access_remedy(&denied).expect("a remedy");
        let lines: Vec<_> = remedy.lines().filter(|line| line.starts_with("SUBSYSTEM")).collect();
        assert_eq!(lines.len(), 2, "the seat's user and the group: {remedy}");
        assert!(lines.iter().all(|line| access::RULES.lines().any(|rule| rule == *line)), "{lines:?}");
        assert!(lines[0].contains("|1443|") && remedy.contains("/etc/udev/rules.d/70-balong.rules"), "{remedy}");
    }
}
