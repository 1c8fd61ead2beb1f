//! How a job fails: what went wrong, what the flash holds now, and what to do next.

mod state;

use std::path::PathBuf;

use crate::follow::FollowError;
use crate::image::firmware::FirmwareError;
use crate::image::guard::Refusal;
use crate::image::loader::LoaderError;
use crate::image::output::OutputError;
use crate::port_lock::PortLockError;
use crate::protocol::DriveError;
use crate::protocol::at::AtError;
use crate::protocol::boot_rom::BootRomError;
use crate::protocol::download::DownloadError;
use crate::protocol::fastboot::FastbootError;
use crate::stick::{IdentityError, Mode, PortError};
use crate::usb::{PortPath, UsbError};
use crate::web::WebError;

pub use state::{FlashState, Stage};

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// The arguments contradict each other, or lack something.
    #[error("{0}")]
    Usage(String),
    /// No stick is there, or not in the port that was named.
    #[error("{0}")]
    NoStick(String),
    /// What is there is of another chip, such as the Brovi E3372-325: nothing is sent to it.
    #[error("{0}")]
    OtherChip(String),
    /// Nobody plugged a stick in while that was waited for.
    #[error("{0}")]
    NotPluggedIn(String),
    /// Several sticks are there and none was named.
    #[error("several sticks are attached, and none was named: {}", .0.join(", "))]
    SeveralSticks(Vec<String>),
    /// The stick is in a mode in which this cannot be done.
    #[error("the stick is in {}; {needed}", mode.place())]
    WrongMode {
        /// Its mode.
        mode: Mode,
        /// What would be needed.
        needed: String,
    },
    /// A loader file is bad, or not safe to send.
    #[error("the loader cannot be used")]
    Loader(#[from] LoaderError),
    /// A firmware file is bad, or changed since it was checked.
    #[error("the firmware cannot be used")]
    Firmware(#[from] FirmwareError),
    /// A file could not be made.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The guard refuses: the images and the stick do not agree.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Another process works on the stick, or nobody can tell whether one does.
    #[error(transparent)]
    Locked(#[from] PortLockError),
    /// The USB layer failed.
    #[error(transparent)]
    Usb(#[from] UsbError),
    /// The port that is needed was not found or could not be opened.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The stick could not be asked who it is.
    #[error("the stick did not say who it is")]
    Identity(#[from] IdentityError),
    /// The stick could not be followed over a re-enumeration.
    #[error(transparent)]
    Follow(#[from] FollowError),
    /// The boot ROM refused or failed.
    #[error(transparent)]
    BootRom(#[from] BootRomError),
    /// The download daemon refused or failed.
    #[error(transparent)]
    Download(#[from] DownloadError),
    /// Fastboot refused or failed.
    #[error(transparent)]
    Fastboot(#[from] FastbootError),
    /// The web server of a HiLink stick refused or failed.
    #[error(transparent)]
    Web(#[from] WebError),
    /// An AT command was not answered.
    #[error(transparent)]
    At(#[from] AtError),
    /// The firmware that runs does not allow the way that was asked for.
    #[error("{0}")]
    NotAllowed(String),
    /// The stick came back, but not with what was written.
    #[error("the stick came back with version {found}, but {expected} was written")]
    WrongVersion {
        /// What it says.
        found: String,
        /// What the file states.
        expected: String,
    },
    /// Everything was written, and the stick does not show that it runs it.
    #[error("{0}")]
    NotProven(String),
    /// Another stick than before sits in the port.
    #[error("another stick came back in that port: it says {found}, but before it was {expected}")]
    AnotherStick {
        /// What it says.
        found: String,
        /// What was known of the one that left.
        expected: String,
    },
    /// The person said no.
    #[error("not confirmed")]
    Declined,
    /// A stop was asked for.
    #[error("stopped on request")]
    Interrupted,
    /// Something that this program did not make has the name that it needs.
    #[error("{by} has the name {}", link.display())]
    NameTaken {
        /// The name.
        link: PathBuf,
        /// What has it.
        by: String,
    },
    /// The system refused something that has nothing to do with the stick.
    #[error("{doing} failed")]
    System {
        /// What was being done.
        doing: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

/// A failed job.
#[derive(Debug)]
pub struct Failure {
    /// What went wrong.
    pub cause: Box<Cause>,
    /// The stick's port, once one was chosen.
    pub port: Option<PortPath>,
    /// The stage it went wrong in.
    pub stage: Option<Stage>,
    /// What the flash holds.
    pub state: FlashState,
    /// Where exactly, such as "partition 00590000 System, byte 40960 of 7340032".
    pub place: Option<String>,
}

impl<C: Into<Cause>> From<C> for Failure {
    /// A failure before anything was sent, and before a stick was chosen.
    fn from(cause: C) -> Self {
        Self { cause: Box::new(cause.into()), port: None, stage: None, state: FlashState::Untouched, place: None }
    }
}

impl Failure {
    /// The exit status, as the command line documents it.
    #[must_use]
    pub fn exit(&self) -> u8 {
        let written = match self.state {
            FlashState::PartlyWritten | FlashState::Unknown => Some(7),
            FlashState::Written => Some(8),
            FlashState::Untouched | FlashState::RunningFromRam => None,
        };
        match (&*self.cause, written) {
            (cause, _) if cause.is_interruption() => 130,
            (_, Some(exit)) => exit,
            (Cause::Usage(_), None) => 2,
            (Cause::NoStick(_) | Cause::OtherChip(_) | Cause::NotPluggedIn(_) | Cause::SeveralSticks(_), None) => 3,
            (Cause::Output(OutputError::Write { .. }) | Cause::System { .. }, None) => 1,
            // The arguments name a place where nothing can be put.
            (Cause::Output(_) | Cause::NameTaken { .. }, None) => 2,
            (Cause::Locked(_), None) => 4,
            (cause, None) if matches!(cause.usb(), Some(UsbError::NoUsb { .. })) => 3,
            (cause, None) if cause.usb().is_some_and(blocks_access) => 4,
            (Cause::Loader(_) | Cause::Firmware(_) | Cause::Refused(_), None)
                if self.state == FlashState::Untouched =>
            {
                5
            }
            (_, None) => 6,
        }
    }

    /// The stable word for the kind of failure.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match &*self.cause {
            cause if cause.is_interruption() && !matches!(cause, Cause::Declined) => "interrupted",
            Cause::Usage(_) => "usage",
            Cause::NoStick(_) | Cause::OtherChip(_) | Cause::NotPluggedIn(_) => "no_stick",
            Cause::SeveralSticks(_) => "several_sticks",
            Cause::WrongMode { .. } => "wrong_mode",
            Cause::Loader(_) => "bad_loader",
            Cause::Firmware(_) => "bad_firmware",
            Cause::Output(OutputError::Exists { .. }) | Cause::NameTaken { .. } => "file_exists",
            Cause::Output(_) => "cannot_write",
            Cause::Refused(_) => "refused_by_guard",
            Cause::Locked(PortLockError::Held { .. }) => "busy",
            Cause::Locked(PortLockError::Unusable { .. }) => "no_lock",
            Cause::Follow(FollowError::NeverCame { .. }) => "stick_did_not_return",
            Cause::Follow(FollowError::Unexpected { .. }) => "unexpected_stick",
            Cause::BootRom(_) => "boot_rom",
            Cause::Download(_) => "download",
            Cause::Fastboot(_) => "fastboot",
            Cause::Web(_) => "web_server",
            Cause::At(AtError::Left { .. }) => "stick_left",
            Cause::At(_) => "at",
            Cause::Identity(error) if !error.usb().is_some_and(blocks_access) => "not_identified",
            Cause::NotAllowed(_) => "not_allowed_by_firmware",
            Cause::WrongVersion { .. } => "wrong_version",
            Cause::NotProven(_) => "not_proven",
            Cause::AnotherStick { .. } => "another_stick",
            Cause::Declined => "declined",
            Cause::System { .. } => "system",
            cause @ (Cause::Usb(_) | Cause::Port(_) | Cause::Identity(_) | Cause::Follow(_) | Cause::Interrupted) => {
                match cause.usb() {
                    Some(UsbError::Denied { .. }) => "no_permission",
                    Some(UsbError::Busy { .. }) => "busy",
                    Some(UsbError::NoUsb { .. }) => "no_usb",
                    Some(UsbError::Gone) => "stick_left",
                    _ => "usb",
                }
            }
        }
    }

    /// The whole message: what went wrong, where, and why, down to the last source.
    #[must_use]
    pub fn message(&self) -> String {
        let mut message = self.cause.to_string();
        if let Some(place) = &self.place {
            message = format!("{message} ({place})");
        }
        let mut source = std::error::Error::source(&*self.cause);
        while let Some(error) = source {
            let text = error.to_string();
            if !message.ends_with(&text) {
                message = format!("{message}: {text}");
            }
            source = error.source();
        }
        message
    }
}

/// The end of a driven conversation, as the end of a job.
impl<E: Into<Cause>> From<DriveError<E>> for Cause {
    fn from(error: DriveError<E>) -> Self {
        match error {
            DriveError::Conversation(error) => error.into(),
            DriveError::Usb(error) => error.into(),
            DriveError::Interrupted => Self::Interrupted,
        }
    }
}

impl Cause {
    /// The USB error underneath, if one is.
    #[must_use]
    pub fn usb(&self) -> Option<&UsbError> {
        match self {
            Self::Usb(error) | Self::Follow(FollowError::Usb(error)) => Some(error),
            Self::Port(error) => error.usb(),
            Self::Identity(error) => error.usb(),
            _ => None,
        }
    }

    /// Whether a person did not want it to go on.
    #[must_use]
    pub fn is_interruption(&self) -> bool {
        match self {
            Self::Declined | Self::Interrupted | Self::Follow(FollowError::Interrupted { .. }) => true,
            Self::Port(error) => error.is_interruption(),
            Self::Identity(error) => error.is_interruption(),
            _ => false,
        }
    }
}

fn blocks_access(error: &UsbError) -> bool {
    matches!(error, UsbError::Denied { .. } | UsbError::Busy { .. })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stick::{IdentityError, PortError};

    #[test]
    fn a_stick_that_may_not_be_opened_to_be_asked_is_a_matter_of_permission_by_exit_and_by_code() {
        let denied = UsbError::Denied { what: "/dev/bus/usb/001/004".to_owned(), id: None };
        let failure = Failure::from(Cause::Identity(IdentityError::Port(PortError::Usb(denied))));
        assert_eq!((failure.exit(), failure.code()), (4, "no_permission"));
        let gone = Failure::from(Cause::Identity(IdentityError::Port(PortError::Usb(UsbError::Gone))));
        assert_eq!((gone.exit(), gone.code()), (6, "not_identified"));
    }
}
