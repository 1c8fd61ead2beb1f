//! The device core: one stick, as seen from its connector.
//!
//! It is driven from outside and has no clock of its own: [`Stick::advance`] tells it the time, [`Stick::next_change`]
//! says when it is worth telling it again. A bus in virtual time and a server in real time can both drive it.

mod answers;
mod arrival;
mod conformance;
mod endpoints;
mod leaving_cd;
mod modem;
mod network;
mod power;
mod requests;
mod standard;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;

use crate::boot_rom::BootRom;
use crate::composition::Composition;
use crate::conformance::TestDevice;
use crate::descriptors::Descriptors;
use crate::download::Daemon;
use crate::faults::{Fault, Faults};
use crate::firmware::{self, FirmwareFacts};
use crate::flash::Flash;
use crate::model::{Mode, Model, StickOptions};
use crate::network::{CardAddresses, Network};
use crate::pipes::Pipes;
use crate::transcript::{Event, Transcript};

pub use crate::boot_rom::RamImage;
pub use endpoints::{In, Out};
pub(crate) use power::Deed;
pub use requests::{Response, Setup};

use modem::Modem;
use power::Power;
use standard::Selection;

/// A mode that a model does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the simulated {model} has no {mode} mode")]
pub struct NoSuchMode {
    model: &'static str,
    mode: Mode,
}

/// What the stick is running.
#[derive(Debug)]
enum Running {
    Nothing,
    BootRom(Box<BootRom>),
    Download(Box<Daemon>),
    /// Firmware, with its AT ports.
    Firmware(Box<Modem>),
    Fastboot,
    Conformance(TestDevice),
}

/// One stick.
#[derive(Debug)]
pub struct Stick {
    model: Model,
    options: StickOptions,
    flash: Flash,
    faults: Faults,
    transcript: Transcript,
    now: Duration,
    power: Power,
    running: Running,
    /// What it is in the configuration that is selected, or was selected last; nothing while it is away.
    composition: Option<Composition>,
    /// What it is in its other configuration, if it has two.
    other_configuration: Option<Composition>,
    pipes: Pipes,
    selection: Selection,
    ram_images: Vec<RamImage>,
    /// The OUT endpoints answer NAK until then.
    busy_until: Duration,
    /// The OUT endpoints are not armed any more.
    deaf: bool,
    /// It is pulled once everything it said was read.
    leaves_when_read: bool,
    /// The next GET_MAX_LUN leads out of the virtual CD.
    armed: bool,
    /// When firmware next says something unasked.
    chatter: Option<Duration>,
    /// The two ends of its network card.
    addresses: CardAddresses,
    /// What is behind the network card of this incarnation, if it has one.
    network: Option<Network>,
    /// What the network card has to say on its interrupt endpoint.
    announcements: VecDeque<Bytes>,
}

impl Stick {
    /// A stick that is in that mode already when it is first powered.
    ///
    /// # Errors
    ///
    /// [`NoSuchMode`] for HiLink mode of a model that never had such firmware, and for every mode of a device that is known
    /// by its switch alone, apart from the virtual CD and what that leads to.
    pub fn new(model: Model, mode: Mode, options: StickOptions) -> Result<Self, NoSuchMode> {
        if !firmware::has_mode(&model, mode) {
            return Err(NoSuchMode { model: model.device, mode });
        }
        let (software, web_ui) = firmware::usual(&model, mode);
        let software = options.software.clone().unwrap_or_else(|| software.to_owned());
        let web_ui = options.web_ui.clone().or_else(|| web_ui.map(str::to_owned));
        let flash = Flash::factory(&model, &software, web_ui.as_deref());
        let first = firmware::shape_of(mode, &model, &flash, &options);
        Ok(Self {
            model,
            options,
            flash,
            faults: Faults::default(),
            transcript: Transcript::default(),
            now: Duration::ZERO,
            power: Power::off(first),
            running: Running::Nothing,
            composition: None,
            other_configuration: None,
            pipes: Pipes::new(512),
            selection: Selection::default(),
            ram_images: Vec::new(),
            busy_until: Duration::ZERO,
            deaf: false,
            leaves_when_read: false,
            armed: false,
            chatter: None,
            addresses: CardAddresses::fresh(),
            network: None,
            announcements: VecDeque::new(),
        })
    }

    /// What it says of itself on the bus; nothing while it is away.
    #[must_use]
    pub fn descriptors(&self) -> Option<&Descriptors> {
        self.composition.as_ref().map(|composition| &composition.descriptors)
    }

    /// How often it was enumerated.
    #[must_use]
    pub fn incarnation(&self) -> u32 {
        self.power.incarnation
    }

    /// What it is being now; nothing while it is away.
    #[must_use]
    pub fn mode(&self) -> Option<Mode> {
        self.composition.as_ref().map(|composition| composition.shape.mode())
    }

    /// Which stick it is.
    #[must_use]
    pub fn model(&self) -> Model {
        self.model
    }

    /// Whether it sits behind a full-speed hub.
    #[must_use]
    pub fn is_full_speed(&self) -> bool {
        self.options.full_speed
    }

    /// What its flash holds.
    #[must_use]
    pub fn flash(&self) -> &Flash {
        &self.flash
    }

    /// What its firmware says of itself.
    #[must_use]
    pub fn firmware(&self) -> FirmwareFacts {
        FirmwareFacts::of(&self.model, &self.flash)
    }

    /// Every block that the boot ROM loaded, in order.
    #[must_use]
    pub fn ram_images(&self) -> &[RamImage] {
        &self.ram_images
    }

    /// Everything that happened, with its time.
    #[must_use]
    pub fn transcript(&self) -> &[(Duration, Event)] {
        self.transcript.entries()
    }

    /// Lets something go wrong, once.
    pub fn inject(&mut self, fault: Fault) {
        match fault {
            Fault::StaleBytes { bytes, now: true } => self.leave_stale(&bytes),
            other => self.faults.inject(other),
        }
    }

    /// The bus gave it an address.
    pub fn assigned(&mut self, address: u8) {
        self.transcript.assigned(address);
    }

    fn note(&mut self, event: Event) {
        self.transcript.note(self.now, event);
    }
}
