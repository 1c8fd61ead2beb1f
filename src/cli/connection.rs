//! The bus that the arguments name: a USB library, or simulated sticks.

use std::sync::Arc;

use super::arguments::{Backend, Global};
use super::problem::Problem;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::port_lock::{PortLock, PortLocks};
use crate::stick;
use crate::usb::{PortPath, UsbBus};
use crate::web::{OsNetwork, WebReach};

/// What stands in for the operator's hand: called when something must be done to the stick in that port.
pub type Hand = Box<dyn Fn(&PortPath, Handling) + Send + Sync>;

/// What only a hand can do to a stick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handling {
    /// Pull it, and plug it in again with its boot pad shorted.
    ShortPad,
    /// Pull it, and plug it in again.
    Replug,
}

/// A bus, and what belongs to it.
pub struct Connection {
    /// The bus.
    pub bus: Arc<dyn UsbBus>,
    /// The way to a HiLink stick's web server.
    pub web: Arc<dyn WebReach>,
    /// What keeps two processes from one stick.
    pub locks: PortLocks,
    /// The simulated operator; `None` where a person must act.
    pub hand: Option<Hand>,
    /// The model names of simulated sticks; empty on a real bus. A simulated stick needs no confirmation.
    pub simulated: Vec<Simulated>,
}

/// One simulated stick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulated {
    /// Where it sits.
    pub port: PortPath,
    /// Its model, such as `e3372h`.
    pub model: String,
    /// The mode it started in, such as `hilink`.
    pub mode: String,
}

pub fn connect(global: &Global, interrupt: &Interrupt) -> Result<Connection, Problem> {
    if !global.simulate.is_empty() {
        return simulated(&global.simulate);
    }
    let bus = backend(global.backend, interrupt)?;
    let (web, locks) = (Arc::new(OsNetwork::new()), PortLocks::of_this_machine());
    Ok(Connection { bus, web, locks, hand: None, simulated: Vec::new() })
}

impl Connection {
    /// Takes the stick in one port for as long as the lock lives: before anything is sent, and to the end of the job.
    ///
    /// Where a process that had it was killed, the kernel drivers that it could not give back are given back now.
    pub(super) fn hold(&self, path: &PortPath) -> Result<PortLock, Failure> {
        let failed = |error| Failure { port: Some(path.clone()), ..Failure::from(error) };
        let lock = self.locks.take(path).map_err(failed)?;
        if lock.last_was_killed() {
            let here = stick::at_path(&*self.bus, path);
            let offered = here.and_then(|here| here.map_or(Ok(()), |here| self.bus.offer_to_drivers(&here)));
            if let Err(error) = offered {
                // The job itself runs into whatever stands in the way here, and reports it.
                tracing::info!(port = %path, %error, "drivers that a killed process left off could not be given back");
            }
        }
        Ok(lock)
    }
}

/// The backend that is used where none is named.
pub fn default_backend() -> Backend {
    if cfg!(feature = "nusb") { Backend::Nusb } else { Backend::Libusb }
}

/// What the bus of these arguments rests on, for people who report a problem.
pub fn describe(global: &Global) -> String {
    if !global.simulate.is_empty() {
        return format!("the simulated bus with {}", global.simulate.join(", "));
    }
    match global.backend.unwrap_or(default_backend()) {
        #[cfg(feature = "nusb")]
        Backend::Nusb => crate::usb::nusb::NusbBus::describe(),
        #[cfg(feature = "libusb")]
        Backend::Libusb => crate::usb::libusb::LibusbBus::describe(),
        #[allow(unreachable_patterns, reason = "each arm is there only with its feature")]
        missing => format!("{missing:?}, which is not in this build"),
    }
}

fn backend(wanted: Option<Backend>, interrupt: &Interrupt) -> Result<Arc<dyn UsbBus>, Problem> {
    match wanted.unwrap_or(default_backend()) {
        #[cfg(feature = "nusb")]
        Backend::Nusb => Ok(Arc::new(crate::usb::nusb::NusbBus::new().heeding(interrupt))),
        #[cfg(feature = "libusb")]
        Backend::Libusb => Ok(Arc::new(crate::usb::libusb::LibusbBus::new().heeding(interrupt))),
        #[allow(unreachable_patterns, reason = "each arm is there only with its feature")]
        missing => {
            let _ = interrupt;
            Err(Problem::usage(format!("this build has no backend {missing:?}; it was built without that feature")))
        }
    }
}

#[cfg(not(feature = "simulate"))]
fn simulated(_wanted: &[String]) -> Result<Connection, Problem> {
    Err(Problem::usage("this build has no simulated stick; it was built without the feature `simulate`"))
}

/// How much faster than a real stick a simulated one acts on the command line: slow enough to be seen.
#[cfg(feature = "simulate")]
const SPEED: u32 = 20;

/// How long the simulated operator takes to get at the stick.
#[cfg(feature = "simulate")]
const HAND_TAKES: std::time::Duration = std::time::Duration::from_secs(8);

/// The ports in which simulated sticks sit, one after the other.
#[cfg(feature = "simulate")]
const PORTS: &[&str] = &["1-1.4", "1-1.3", "1-1.2", "1-1.1", "1-2", "1-3", "1-4"];

#[cfg(feature = "simulate")]
fn simulated(wanted: &[String]) -> Result<Connection, Problem> {
    use balong_mocks::model::ModeError;
    use balong_mocks::{Bus, Mode, Model, Pace, Stick, StickOptions};

    if wanted.len() > PORTS.len() {
        return Err(Problem::usage(format!("at most {} sticks can be simulated at once", PORTS.len())));
    }
    let bus = Bus::new(Pace::Scaled { speed: SPEED });
    let mut sticks = Vec::new();
    for (text, port) in wanted.iter().zip(PORTS) {
        let (name, mode_name) = text.split_once('@').map_or((text.as_str(), None), |(name, mode)| (name, Some(mode)));
        let model = Model::named(name).ok_or_else(|| {
            let known = Model::names().join(", ");
            Problem::usage(format!(
                "`{}` is no model that can be simulated; the models are {known}",
                name.escape_default()
            ))
        })?;
        let named = mode_name.map(str::parse::<Mode>).transpose();
        let mode = named.map_err(|error: ModeError| Problem::usage(error.to_string()))?;
        let mode = mode.unwrap_or_else(|| model.usual_mode());
        let stick =
            Stick::new(model, mode, StickOptions::default()).map_err(|error| Problem::usage(error.to_string()))?;
        bus.plug(port, stick);
        let port = port.parse().map_err(|error: crate::usb::PortPathError| Problem::usage(error.to_string()))?;
        sticks.push(Simulated { port, model: model.name.to_owned(), mode: mode.to_string() });
    }
    Ok(Connection::over(&bus, sticks))
}

#[cfg(feature = "simulate")]
impl Connection {
    /// A connection to a simulated bus, with an operator who does as asked.
    #[must_use]
    pub fn over(bus: &balong_mocks::Bus, simulated: Vec<Simulated>) -> Self {
        let hands = bus.clone();
        let hand: Hand = Box::new(move |path, handling| {
            if let Some(hand) = hands.hand(&path.to_string()) {
                match handling {
                    Handling::ShortPad => hand.needle(HAND_TAKES),
                    Handling::Replug => hand.replug(HAND_TAKES),
                }
            }
        });
        Self {
            bus: Arc::new(crate::usb::simulated::SimulatedBus::new(bus.clone())),
            web: Arc::new(crate::web::SimulatedWeb::new(bus.clone())),
            locks: PortLocks::none(),
            hand: Some(hand),
            simulated,
        }
    }
}
