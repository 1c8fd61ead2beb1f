//! The roles of interfaces by asking, where the descriptors do not tell.

use super::ports::{self, Daemon};
use super::{Evidence, Host, Mode, PortError, Role, RoleFound, roles};
use crate::protocol::at::{NamedFunction, port_mode};
use crate::usb::{Attached, UsbError};

/// Products that are known to crash at `AT^GETPORTMODE` (the ME909u-521; ModemManager keeps it from them too).
const CRASHED_BY_PORT_MODE: &[u16] = &[0x1573];

/// What asking the interfaces of a device came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probed {
    /// Every interface with its role, in their order.
    pub roles: Vec<RoleFound>,
    /// Interfaces that were asked and gave no answer.
    pub silent: Vec<u8>,
    /// Interfaces that could not be asked, and who has them.
    pub held: Vec<(u8, String)>,
}

impl Probed {
    /// What is known of a device that nobody asked.
    #[must_use]
    pub fn unasked(device: &Attached) -> Self {
        Self { roles: roles(device), silent: Vec::new(), held: Vec::new() }
    }
}

/// Asks each serial port whose role the descriptors do not tell: `AT`, in download mode `AT^DLOADVER?` before it, and
/// `AT^GETPORTMODE` at the port that answers, unless the device is known to crash at it.
///
/// Nothing is asked in modes in which nothing answers, of a chip that is not supported, and where the descriptors tell.
///
/// # Errors
///
/// A departure, a failure of the bus, a stop. A port that another program holds is passed over.
pub fn probe(host: &Host<'_>, device: &Attached) -> Result<Probed, PortError> {
    let mut probed = Probed::unasked(device);
    let mode = Mode::of(device);
    if !matches!(mode, Some(Mode::Stick | Mode::Serial | Mode::Download)) {
        return Ok(probed);
    }
    let by_descriptors = super::role_of(device);
    let unknown = |at: &usize| by_descriptors[*at] == Role::Serial;
    let mut named = None;
    for at in (0..probed.roles.len()).filter(unknown) {
        // A hint that it is a network function keeps text from it.
        if probed.roles[at].role == Role::Network {
            continue;
        }
        match ask(host, device, probed.roles[at], named.is_none()) {
            Ok(Heard::Daemon) => {
                probed.roles[at].role = Role::Pcui;
                probed.roles[at].by = Evidence::AnswersDownload;
            }
            Ok(Heard::At(functions)) => {
                // Modem ports answer AT as well: only its place, or the stick itself, tells which of the two it is.
                let hint = probed.roles[at].role;
                probed.roles[at].role = if matches!(hint, Role::Modem | Role::Pcui) { hint } else { Role::Serial };
                probed.roles[at].by = Evidence::AnswersAt;
                named = named.or(functions);
            }
            Ok(Heard::Nothing) => probed.silent.push(probed.roles[at].interface),
            Err(PortError::Usb(UsbError::Busy { interface, holder })) => probed.held.push((interface, holder)),
            Err(PortError::Usb(UsbError::Unsuitable { .. })) => {}
            Err(error) => return Err(error),
        }
    }
    if let Some(functions) = named {
        name(&mut probed.roles, device, &functions);
    }
    Ok(probed)
}

/// What one port says.
enum Heard {
    /// It is the download daemon's, in AT or in HDLC mode.
    Daemon,
    /// It is an AT port; what it calls the functions, where it was asked and said so.
    At(Option<Vec<NamedFunction>>),
    Nothing,
}

fn ask(host: &Host<'_>, device: &Attached, port: RoleFound, names_wanted: bool) -> Result<Heard, PortError> {
    let mut session = ports::open(host, device, port.interface, Role::Serial)?;
    if Mode::of(device) == Some(Mode::Download) && ports::daemon(&mut session, &mut None)? != Daemon::None {
        return Ok(Heard::Daemon);
    }
    if !ports::answers_at(&mut session)? {
        return Ok(Heard::Nothing);
    }
    if !names_wanted || CRASHED_BY_PORT_MODE.contains(&device.product_id) {
        return Ok(Heard::At(None));
    }
    let functions = ports::ask(&mut session, "AT^GETPORTMODE")?.map(|lines| port_mode(&lines));
    Ok(Heard::At(functions.filter(|functions| !functions.is_empty())))
}

/// Gives each interface the role that the stick named, if all of what it named fits what is there: an answer that
/// contradicts the descriptors, or calls a port that answers `AT` something else, counts for nothing.
fn name(found: &mut [RoleFound], device: &Attached, functions: &[NamedFunction]) {
    let firsts = first_interfaces(device);
    let mut named = Vec::new();
    for function in functions {
        let (Some(role), Some(&at)) = (role_named(&function.name), firsts.get(function.index)) else { continue };
        let now = found[at];
        let fits = match (now.by, now.role) {
            (Evidence::AnswersAt, _) => matches!(role, Role::Pcui | Role::Modem),
            (Evidence::AnswersDownload, _) => role == Role::Pcui,
            (Evidence::Place, _) | (_, Role::Serial) => role != Role::Storage,
            (_, by_descriptors) => role == by_descriptors,
        };
        if !fits {
            tracing::debug!(interface = now.interface, name = function.name, "AT^GETPORTMODE does not fit; not used");
            return;
        }
        if matches!(now.by, Evidence::AnswersAt | Evidence::Place) || now.role == Role::Serial {
            named.push((at, role));
        }
    }
    for (at, role) in named {
        found[at].role = role;
        found[at].by = Evidence::PortMode;
    }
}

/// The place of the first interface of each function: an Ethernet function has a control and a data interface.
fn first_interfaces(device: &Attached) -> Vec<usize> {
    let classes: Vec<_> = device.interfaces.iter().map(|interface| interface.class.class).collect();
    let is_data = |at: usize| classes[at] == 0x0a && at > 0 && matches!(classes[at - 1], 0x02 | 0xe0);
    (0..classes.len()).filter(|at| !is_data(*at)).collect()
}

/// The role behind a name of `AT^GETPORTMODE`.
fn role_named(name: &str) -> Option<Role> {
    Some(match name {
        "mdm" | "modem" | "3g_modem" | "4g_modem" => Role::Modem,
        "pcui" | "3g_pcui" | "4g_pcui" => Role::Pcui,
        "diag" | "3g_diag" | "4g_diag" => Role::Diagnostic,
        "shell" | "a_shell" | "c_shell" => Role::Shell,
        "gps" | "3g_gps" | "4g_gps" => Role::Gps,
        "ecm" | "rndis" | "ncm" | "ndis" => Role::Network,
        "mass" | "cdrom" | "sd" => Role::Storage,
        _ => return None,
    })
}

#[cfg(all(test, feature = "simulate"))]
mod tests;
