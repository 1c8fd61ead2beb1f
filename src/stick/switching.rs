//! Telling a device to take another composition.

use std::convert::Infallible;
use std::time::Duration;

use super::{Host, PortError, Role, open_role};
use crate::protocol::mode_switch::{Drive, Eject, Inquiry, LeaveCd, Reaction, Sent, SwitchMethod};
use crate::protocol::{Conversation, DriveError};
use crate::usb::{Attached, ControlRequest, UsbError};

/// How long a request to the device may take. One that switches by it may leave instead of answering.
const REQUEST_WITHIN: Duration = Duration::from_secs(3);

/// Tells the device. What came of it only the bus can tell: a missing status, a stall, a timeout and a departure are all
/// normal, a departure before it was told too, and none of them proves anything.
///
/// Messages and the eject go over the storage interface, whose kernel driver is detached for it. The requests go to the
/// device with nothing claimed. Whether the device waits for it is the caller's to find out, by
/// [`KnownDevice::waits`](super::KnownDevice::waits): it is told whatever it is.
///
/// # Errors
///
/// When it could not be told at all: [`PortError::NoInterface`] without a storage interface where one is needed, no
/// permission, an interface that another program holds, and a stop that was asked for.
pub fn tell_to_switch(host: &Host<'_>, device: &Attached, method: &SwitchMethod) -> Result<Reaction, PortError> {
    tracing::info!(port = %device.path, id = device.id(), %method, "telling it to switch");
    let told = match method {
        SwitchMethod::Message(message) => say(host, device, LeaveCd::new(*message)),
        SwitchMethod::Eject => say(host, device, Eject::new()),
        SwitchMethod::MacRequest => request(host, device, SwitchMethod::MAC_REQUEST),
        SwitchMethod::SetFeature => request(host, device, SwitchMethod::SET_FEATURE),
        SwitchMethod::Configuration(value) => {
            host.bus.set_configuration(device, *value).map(|()| Reaction::Answered).map_err(PortError::from)
        }
    };
    let reaction = told.or_else(|error| match error {
        PortError::Usb(UsbError::Gone) => Ok(Reaction::Left),
        PortError::Usb(UsbError::Stalled(_)) => Ok(Reaction::Stalled),
        PortError::Usb(UsbError::TimedOut { .. }) => Ok(Reaction::Silent),
        other => Err(other),
    })?;
    tracing::info!(port = %device.path, %reaction, "it was told to switch");
    Ok(reaction)
}

/// Over the storage interface.
fn say<C>(host: &Host<'_>, device: &Attached, conversation: C) -> Result<Reaction, PortError>
where
    C: Conversation<Output = Sent, Error = Infallible>,
{
    let mut session = open_role(host, device, Role::Storage)?;
    match session.drive(conversation) {
        Ok(Sent { reaction }) => Ok(reaction),
        Err(DriveError::Usb(error)) => Err(error.into()),
        Err(DriveError::Interrupted) => Err(PortError::Interrupted),
        Err(DriveError::Conversation(never)) => match never {},
    }
}

/// Asks the drive behind the storage interface who it is, which changes nothing. `None`: it does not say.
///
/// # Errors
///
/// As [`tell_to_switch`], and when it left.
pub fn ask_drive(host: &Host<'_>, device: &Attached) -> Result<Option<Drive>, PortError> {
    let mut session = open_role(host, device, Role::Storage)?;
    match session.drive(Inquiry::new()) {
        Ok(drive) => Ok(drive),
        Err(DriveError::Usb(error)) => Err(error.into()),
        Err(DriveError::Interrupted) => Err(PortError::Interrupted),
        Err(DriveError::Conversation(never)) => match never {},
    }
}

/// To the device, with nothing claimed.
fn request(host: &Host<'_>, device: &Attached, request: ControlRequest) -> Result<Reaction, PortError> {
    host.bus.control(device, request, &[], REQUEST_WITHIN)?;
    Ok(Reaction::Answered)
}

#[cfg(all(test, feature = "simulate"))]
mod tests;
