//! Which port of a stick `at` and `terminal` talk to.

use std::time::Duration;

use super::arguments::WhichPort;
use crate::failure::Cause;
use crate::protocol::Session;
use crate::protocol::at::{Command, NotInDownloadMode};
use crate::stick::{self, BROVI_REASON, Evidence, Host, Mode, ONLY_CHECKED_FILES, PortError, Role, RoleFound};
use crate::usb::{Attached, ControlRequest, PortPath, UsbError};

/// An open port, and which one it is.
pub struct Chosen<'a> {
    pub session: Session<'a>,
    pub interface: u8,
    /// The role in words, with how it is known where the descriptors do not tell.
    pub role: String,
}

impl Chosen<'_> {
    /// Drops DTR and RTS, as the last program on a serial port does: a call that is still up ends by that.
    pub fn hang_up(&mut self) -> Result<(), UsbError> {
        let request = ControlRequest::control_line_state(self.interface, false, false);
        self.session.port().control(request, &[], Duration::from_secs(1)).map(drop)
    }
}

/// The stick in a port, if it can be talked to: it has a serial port, and is of a chip that this program knows.
pub fn talkative(host: &Host<'_>, path: &PortPath) -> Result<Attached, Cause> {
    let here = stick::at_path(host.bus, path)?.ok_or_else(|| Cause::NoStick(format!("there is no stick at {path}")))?;
    let Some(mode) = Mode::of(&here) else {
        return Err(Cause::NoStick(format!("at {path} is {}, which is no Balong stick", here.id())));
    };
    if mode == Mode::Unsupported {
        return Err(PortError::LeftAlone { why: BROVI_REASON }.into());
    }
    if !stick::roles(&here).iter().any(|found| found.role.is_serial()) {
        let needed = match mode.ways_with_checked_files() {
            Some(ways) => format!("{ONLY_CHECKED_FILES}, so nobody talks to it. {ways}"),
            None => {
                "there is no serial port to talk to in that mode; `balong switch --to serial` leads to one where the \
                     firmware allows it"
                    .to_owned()
            }
        };
        return Err(Cause::WrongMode { mode, needed });
    }
    Ok(here)
}

/// Refuses a terminal in download mode. There bytes as somebody types or pipes them could write the flash past every check,
/// and the mode is judged by its id: that a stick is not in it would have to show by another id.
pub fn refuse_terminal(device: &Attached) -> Result<(), Cause> {
    let mode = Mode::of(device).unwrap_or(Mode::Unknown);
    let Some(ways) = mode.ways_with_checked_files() else { return Ok(()) };
    Err(Cause::WrongMode { mode, needed: format!("{ONLY_CHECKED_FILES}, so there is no terminal. {ways}") })
}

/// Refuses commands that may not be sent in the mode that the stick is in.
pub fn permit<'c>(device: &Attached, commands: impl IntoIterator<Item = &'c Command>) -> Result<(), Cause> {
    if Mode::of(device) != Some(Mode::Download) {
        return Ok(());
    }
    let refused = |error: NotInDownloadMode| Cause::WrongMode { mode: Mode::Download, needed: error.to_string() };
    commands.into_iter().try_for_each(|command| command.permitted_in_download_mode().map_err(refused))
}

/// The interface that the arguments name; `None` where the one that answers is to be found.
pub fn named(device: &Attached, which: &WhichPort) -> Result<Option<RoleFound>, Cause> {
    let roles = stick::roles(device);
    if let Some(number) = which.interface {
        let found = roles.iter().find(|found| found.interface == number && found.role.is_serial());
        return found.copied().map(Some).ok_or_else(|| {
            Cause::Usage(format!("interface {number} is no serial port; the stick has {}", all_of(&roles)))
        });
    }
    let Some(wanted) = which.role.map(Role::from) else { return Ok(None) };
    let found = roles.iter().find(|found| found.role == wanted);
    found.copied().map(Some).ok_or_else(|| {
        Cause::Usage(format!("the stick shows no {wanted} port, as far as can be seen; it has {}", all_of(&roles)))
    })
}

/// Opens the port that the arguments name, or the one that answers.
pub fn open<'a>(host: &Host<'a>, device: &Attached, which: &WhichPort) -> Result<Chosen<'a>, Cause> {
    if let Some(found) = named(device, which)? {
        let session = stick::open(host, device, found.interface, found.role)?;
        return Ok(Chosen { session, interface: found.interface, role: in_words(found) });
    }
    if Mode::of(device) == Some(Mode::Download) {
        let port = stick::download_port(host, device)?;
        if port.in_hdlc {
            return Err(Cause::NotAllowed(
                "an earlier run left the download daemon in HDLC mode, where it takes no AT commands; `balong reset` \
                 restarts the stick"
                    .to_owned(),
            ));
        }
        let role = in_words(RoleFound { interface: port.interface, role: Role::Pcui, by: Evidence::AnswersDownload });
        return Ok(Chosen { session: port.session, interface: port.interface, role });
    }
    let (session, found) = stick::at_port_with_role(host, device)?;
    let role =
        if found.by == Evidence::Descriptors { found.role.word().to_owned() } else { "it answers AT".to_owned() };
    Ok(Chosen { session, interface: found.interface, role })
}

fn in_words(found: RoleFound) -> String {
    match found.by {
        Evidence::Descriptors => found.role.word().to_owned(),
        by => format!("{}, {}", found.role, by.remark()),
    }
}

fn all_of(roles: &[RoleFound]) -> String {
    let each = roles.iter().map(|found| format!("{} ({})", found.interface, in_words(*found)));
    each.collect::<Vec<_>>().join(", ")
}
