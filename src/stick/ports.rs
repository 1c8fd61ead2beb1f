//! Finding and opening the port that a conversation needs: by role where the descriptors tell, else by asking.

use std::time::Duration;

use super::{BROVI_REASON, Evidence, Host, Mode, Role, RoleFound, role_of, roles};
use crate::protocol::at::{Answer, AtError, Command, CommandError, DownloadInfo, Exchange, FinalResult};
use crate::protocol::download::{HdlcProbe, Identified, Identify, Info, ProbeAnswer};
use crate::protocol::{DriveError, Session};
use crate::usb::{Attached, ControlRequest, UsbError};

/// How long the IN endpoint must be silent before a conversation begins.
const QUIET: Duration = Duration::from_millis(50);

/// How long a download daemon may take to answer after its composition appeared: it starts beside the Linux around it.
const DAEMON_WITHIN: Duration = Duration::from_secs(30);

/// How long an AT port may take for a plain `AT`.
const AT_WITHIN: Duration = Duration::from_secs(2);

/// The likelihood of a port that is not asked.
const NEVER: u8 = u8::MAX;

/// Why no port could be used.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// The device has no interface for that.
    #[error("the stick shows no {0} interface")]
    NoInterface(&'static str),
    /// Every port that could be it stayed silent, or said something else.
    #[error("no port of the stick answers as {wanted}{heard}")]
    NoneAnswers {
        /// What was looked for, such as "a download daemon (AT^DLOADVER? = 2.0)".
        wanted: &'static str,
        /// What was heard instead, as the end of a sentence; may be empty.
        heard: String,
    },
    /// A port could not be opened or used.
    #[error(transparent)]
    Usb(#[from] UsbError),
    /// A text that is no AT command.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The device is known, and nothing is to be said to it.
    #[error("the device is left alone: {why}")]
    LeftAlone {
        /// Why, as one sentence.
        why: &'static str,
    },
    /// A stop was asked for.
    #[error("stopped on request")]
    Interrupted,
}

impl PortError {
    /// The USB error underneath, if one is.
    #[must_use]
    pub fn usb(&self) -> Option<&UsbError> {
        match self {
            Self::Usb(error) => Some(error),
            _ => None,
        }
    }

    /// Whether a stop was asked for.
    #[must_use]
    pub fn is_interruption(&self) -> bool {
        matches!(self, Self::Interrupted)
    }

    /// Whether the stick simply has no such port, or none that answers.
    #[must_use]
    pub fn is_silence(&self) -> bool {
        matches!(self, Self::NoInterface(_) | Self::NoneAnswers { .. })
    }
}

/// The flashing port of a stick in download mode.
pub struct DownloadPort<'a> {
    /// The open port.
    pub session: Session<'a>,
    /// The interface that it is.
    pub interface: u8,
    /// Whether an earlier run left it in HDLC already, where AT is silent.
    pub in_hdlc: bool,
    /// What `AT^DLOADINFO?` tells, where it is answered.
    pub info: Option<DownloadInfo>,
}

/// Opens an interface for a conversation: drains what others left, but for a storage, and raises DTR and RTS where a
/// serial port has them.
///
/// Linux's `option` driver raises both lines on open, on the boot ROM's port too, and every tool known to work in the
/// field goes through that driver; so it is done here as well. A stick that stalls the request does no harm by it.
///
/// # Errors
///
/// Those of [`crate::usb::UsbBus::open`], and a departure.
pub fn open<'a>(host: &Host<'a>, device: &Attached, interface: u8, role: Role) -> Result<Session<'a>, UsbError> {
    let port = host.bus.open(device, interface)?;
    tracing::info!(port = %device.path, id = device.id(), interface, role = role.word(), "opened");
    let mut session = Session::new(host.bus, port, host.interrupt.clone());
    let has_lines = !matches!(role, Role::Fastboot | Role::Storage | Role::Network | Role::Other);
    if has_lines {
        let request = ControlRequest::control_line_state(interface, true, true);
        match session.port().control(request, &[], Duration::from_secs(1)) {
            Ok(_) => {}
            Err(UsbError::Gone) => return Err(UsbError::Gone),
            Err(error) => tracing::debug!(interface, %error, "DTR and RTS were not taken"),
        }
    }
    // A storage is told one thing, no answer of it counts, and another program may be about to tell it something else.
    if role != Role::Storage {
        session.drain(QUIET)?;
    }
    Ok(session)
}

/// Opens the only interface of a role, such as the boot ROM's.
///
/// # Errors
///
/// [`PortError::NoInterface`] without one, and those of [`open`].
pub fn open_role<'a>(host: &Host<'a>, device: &Attached, role: Role) -> Result<Session<'a>, PortError> {
    let interface = interfaces_with(device, &[role]).first().copied().ok_or(PortError::NoInterface(role.word()))?;
    Ok(open(host, device, interface, role)?)
}

/// Opens the AT port of a stick that runs its firmware.
///
/// The role byte names it in a switched composition. In a static one every serial function looks the same; there the
/// place in a known composition hints at it, else the last one is the likeliest, and `AT` is asked. Shells come last: what
/// they are sent is a command to them. A stick of another chip is asked nothing.
///
/// # Errors
///
/// See [`PortError`].
pub fn at_port<'a>(host: &Host<'a>, device: &Attached) -> Result<Session<'a>, PortError> {
    Ok(at_port_with_role(host, device)?.0)
}

/// The same, with the interface that it is and the role that this one was taken for.
///
/// # Errors
///
/// See [`PortError`].
pub fn at_port_with_role<'a>(host: &Host<'a>, device: &Attached) -> Result<(Session<'a>, RoleFound), PortError> {
    if Mode::of(device) == Some(Mode::Unsupported) {
        return Err(PortError::LeftAlone { why: BROVI_REASON });
    }
    let candidates = at_candidates(device);
    if candidates.is_empty() {
        return Err(PortError::NoInterface("AT"));
    }
    let mut blocked = None;
    for found in candidates {
        let mut session = match open(host, device, found.interface, Role::Pcui) {
            Ok(session) => session,
            Err(error @ (UsbError::Unsuitable { .. } | UsbError::Busy { .. })) => {
                blocked = Some(error);
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        if answers_at(&mut session)? {
            return Ok((session, found));
        }
    }
    match blocked {
        Some(error @ UsbError::Busy { .. }) => Err(error.into()),
        _ => Err(PortError::NoneAnswers { wanted: "an AT port", heard: String::new() }),
    }
}

/// The ports that may answer `AT`, the likeliest first.
fn at_candidates(device: &Attached) -> Vec<RoleFound> {
    let likelihood = |found: &RoleFound| match (found.role, found.by) {
        (Role::Pcui, _) => 0,
        (Role::Serial, _) => 1,
        (Role::Modem, _) => 2,
        (Role::Gps | Role::Diagnostic, Evidence::Place) => 3,
        (Role::Shell, Evidence::Place) => 4,
        _ => NEVER,
    };
    let mut candidates: Vec<_> = roles(device).into_iter().filter(|found| likelihood(found) != NEVER).collect();
    candidates.sort_by_key(|found| (likelihood(found), std::cmp::Reverse(found.interface)));
    candidates
}

/// Whether a port answers a plain `AT`.
pub(super) fn answers_at(session: &mut Session<'_>) -> Result<bool, PortError> {
    Ok(say(session, "AT", AT_WITHIN)?.is_some_and(|answer| answer.result == FinalResult::Ok))
}

/// Finds the port of a stick in download mode that is the flashing port, and says in which state it is.
///
/// The last vendor-specific interface is the likeliest and is asked first, but only `AT^DLOADVER?` = 2.0 decides. Where
/// one is silent, an earlier run may have left it in HDLC: then the version request decides, and only an answer
/// that begins `0d 0f` counts, because diagnostic ports speak HDLC too. A daemon that is still starting is waited for.
///
/// # Errors
///
/// See [`PortError`].
pub fn download_port<'a>(host: &Host<'a>, device: &Attached) -> Result<DownloadPort<'a>, PortError> {
    let mut candidates = interfaces_with(device, &[Role::Serial, Role::Pcui, Role::Diagnostic, Role::Shell]);
    candidates.reverse();
    if candidates.is_empty() {
        return Err(PortError::NoInterface("serial"));
    }
    let start = host.bus.now();
    loop {
        let mut heard = String::new();
        let mut blocked = None;
        for &interface in &candidates {
            match ask_one(host, device, interface, &mut heard) {
                Ok(Some(port)) => return Ok(port),
                Ok(None) => {}
                // Another program on one port is no reason not to ask the next one.
                Err(PortError::Usb(error @ (UsbError::Unsuitable { .. } | UsbError::Busy { .. }))) => {
                    blocked = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
        if host.interrupt.requested() {
            return Err(PortError::Interrupted);
        }
        if host.bus.now().saturating_sub(start) >= DAEMON_WITHIN {
            return Err(match blocked {
                Some(error @ UsbError::Busy { .. }) => error.into(),
                _ => PortError::NoneAnswers { wanted: "a download daemon (AT^DLOADVER? = 2.0)", heard },
            });
        }
        host.bus.sleep(Duration::from_millis(500));
    }
}

/// Asks one port whether it is the download daemon's, and the right one `AT^DLOADINFO?` as well.
fn ask_one<'a>(
    host: &Host<'a>,
    device: &Attached,
    interface: u8,
    heard: &mut String,
) -> Result<Option<DownloadPort<'a>>, PortError> {
    let mut session = open(host, device, interface, Role::Serial)?;
    let mut said = None;
    let daemon = daemon(&mut session, &mut said)?;
    if let Some(text) = said {
        *heard = format!("; interface {interface} said {text}");
    }
    match daemon {
        Daemon::InAt => {
            let info = settle(session.drive(Info::new()))?.flatten();
            Ok(Some(DownloadPort { session, interface, in_hdlc: false, info }))
        }
        Daemon::InHdlc => Ok(Some(DownloadPort { session, interface, in_hdlc: true, info: None })),
        Daemon::None => Ok(None),
    }
}

/// Whether the download daemon is behind a port, and what it speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Daemon {
    /// It takes AT commands.
    InAt,
    /// An earlier run left it in HDLC.
    InHdlc,
    /// It is not there.
    None,
}

/// Asks a port `AT^DLOADVER?`, and one that is silent whether it speaks HDLC. What else it says is put into `said`.
pub(super) fn daemon(session: &mut Session<'_>, said: &mut Option<String>) -> Result<Daemon, PortError> {
    match settle(session.drive(Identify::new()))? {
        Some(Identified::Answers20) => Ok(Daemon::InAt),
        Some(Identified::OtherText(text)) => {
            *said = Some(text);
            Ok(Daemon::None)
        }
        Some(Identified::SilentMaybeHdlc) | None => match settle(session.drive(HdlcProbe::new()))? {
            Some(ProbeAnswer::Hdlc { .. }) => Ok(Daemon::InHdlc),
            _ => Ok(Daemon::None),
        },
    }
}

/// A conversation that only asks: a refusal or silence is an answer, and only the bus and the user end the search.
pub(super) fn settle<T, E: std::fmt::Display>(ended: Result<T, DriveError<E>>) -> Result<Option<T>, PortError> {
    match ended {
        Ok(output) => Ok(Some(output)),
        Err(DriveError::Conversation(error)) => {
            tracing::debug!(%error, "no answer that can be used");
            Ok(None)
        }
        Err(DriveError::Usb(error)) => Err(error.into()),
        Err(DriveError::Interrupted) => Err(PortError::Interrupted),
    }
}

/// The lines of the answer to one AT command, or `None` when the port refuses it or stays silent.
pub(super) fn ask(session: &mut Session<'_>, command: &str) -> Result<Option<Vec<String>>, PortError> {
    let answer = say(session, command, Duration::from_secs(5))?;
    Ok(answer.filter(|answer| answer.result == FinalResult::Ok).map(|answer| answer.lines))
}

/// The whole answer to one AT command, or `None` when there is none.
fn say(session: &mut Session<'_>, command: &str, within: Duration) -> Result<Option<Answer>, PortError> {
    let asked = Command::new(command)?;
    match session.drive(Exchange::new(asked, within)) {
        Ok(answer) => {
            // The lines may hold an IMEI.
            tracing::info!(command, result = %answer.result, "AT");
            Ok(Some(answer))
        }
        // A stick that left is gone for every later question too.
        Err(DriveError::Conversation(AtError::Left { .. })) => Err(UsbError::Gone.into()),
        other => settle(other),
    }
}

fn interfaces_with(device: &Attached, wanted: &[Role]) -> Vec<u8> {
    let roles = role_of(device);
    let pairs = device.interfaces.iter().zip(roles);
    pairs.filter(|(_, role)| wanted.contains(role)).map(|(interface, _)| interface.number).collect()
}
