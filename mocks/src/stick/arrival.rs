//! The return to the bus: as what, when, and what goes wrong with it.

use std::time::Duration;

use bytes::Bytes;

use super::modem::Modem;
use super::power::Departure;
use super::standard::Selection;
use super::{Running, Stick};
use crate::boot_rom::BootRom;
use crate::composition::{Composition, Shape};
use crate::conformance::TestDevice;
use crate::descriptors::Interface;
use crate::download::Daemon;
use crate::faults::Return;
use crate::firmware;
use crate::flash::Flash;
use crate::loader::PartitionTable;
use crate::pipes::{Ending, Pipes};
use crate::transcript::Event;

/// How long a stick stays in a mode that it only passes through.
const PASSING: Duration = Duration::from_secs(2);
/// How long it stays where it comes twice: bad contacts and ports that reset a device do so.
const BLINK: Duration = Duration::from_millis(200);
/// How often firmware says something unasked.
pub(super) const CHATTER: Duration = Duration::from_secs(20);

/// What the stick will be when it is next enumerated.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    pub(super) shape: Shape,
    /// The download daemon was asked for.
    pub(super) forced: bool,
    pub(super) table: Option<PartitionTable>,
}

impl Arrival {
    pub(super) fn plain(shape: Shape) -> Self {
        Self { shape, forced: false, table: None }
    }
}

impl Stick {
    /// Arranges the return to the bus, and what goes wrong with it.
    pub(super) fn arrange(&mut self, after: Duration, arrival: Arrival) {
        let at = self.now + after;
        self.power.coming = Some((at, arrival.clone()));
        match self.faults.on_return() {
            None => {}
            Some(Return::Never) => self.power.coming = None,
            Some(Return::Unplugged) => self.unplug(),
            Some(Return::Late(more)) => self.power.coming = Some((at + more, arrival)),
            Some(Return::OnPort(port)) => self.power.moved_to = Some(port),
            Some(Return::WithProductId(id)) => self.power.product_id = Some(id),
            Some(Return::WithVersion(version)) => self.flash.misstate(&version),
            Some(Return::AsModel(model)) => {
                self.model = model;
                let (software, web_ui) = firmware::usual(&model, arrival.shape.mode());
                self.flash = Flash::factory(&model, software, web_ui);
            }
            Some(Return::Twice) => self.power.detour = Some(arrival),
            Some(Return::Through(mode)) => {
                self.power.detour = Some(arrival);
                let shape = firmware::shape_of(mode, &self.model, &self.flash, &self.options);
                self.power.coming = Some((at, Arrival::plain(shape)));
            }
        }
    }

    pub(super) fn arrive(&mut self, arrival: Arrival) {
        let mut composition = self.compose(arrival.shape);
        if let Some(id) = self.power.product_id.take() {
            composition.descriptors.product_id = id;
        }
        let second = arrival.shape.second_configuration();
        self.other_configuration = second.map(|(value, shape)| self.compose(shape).second_of(&composition, value));
        self.selection = Selection::default();
        let (vendor_id, product_id) = (composition.descriptors.vendor_id, composition.descriptors.product_id);
        self.take_up(composition, &arrival);
        self.power.incarnation += 1;
        self.note(Event::Attached { mode: arrival.shape.mode(), vendor_id, product_id, address: None });
        if let Some(bytes) = self.faults.stale_bytes() {
            self.leave_stale(&bytes);
        }
        if let Some(next) = self.power.detour.take() {
            let stay = if next.shape == arrival.shape { BLINK } else { PASSING };
            self.power.leaving = Some((self.now + stay, Departure::Detour(next)));
        }
    }

    /// The composition of that shape in this stick.
    fn compose(&self, shape: Shape) -> Composition {
        let mut composition = Composition::with_ports(shape, self.flash.settings().working(), self.options.full_speed);
        if let Some(address) = &mut composition.descriptors.network_address {
            *address = self.addresses.text();
        }
        if self.options.loops_back {
            composition.loop_back();
        }
        composition
    }

    /// Runs what is behind a composition. What waited in the pipes of the one before is gone.
    fn take_up(&mut self, composition: Composition, arrival: &Arrival) {
        self.pipes = Pipes::new(usize::from(composition.descriptors.max_packet()));
        self.running = self.run(arrival, &composition);
        self.composition = Some(composition);
        self.connect_network();
    }

    /// Makes the configuration of that value the selected one, if the device has it. It does not leave the bus for it.
    pub(super) fn go_to_configuration(&mut self, value: u8) -> bool {
        let is_wanted = |composition: &mut Composition| composition.descriptors.configuration == value;
        if let Some(composition) = self.other_configuration.take_if(is_wanted) {
            self.other_configuration = self.composition.take();
            let arrival = Arrival::plain(composition.shape);
            self.take_up(composition, &arrival);
        }
        self.composition.as_mut().is_some_and(is_wanted)
    }

    fn run(&mut self, arrival: &Arrival, composition: &Composition) -> Running {
        match arrival.shape {
            Shape::BootRom => Running::BootRom(Box::new(BootRom::new(self.model.chip, self.options.secure_boot))),
            Shape::DownloadFactory | Shape::DownloadProject => Running::Download(Box::new(Daemon::new(
                self.model,
                &self.options,
                arrival.forced,
                arrival.table.clone(),
            ))),
            Shape::Fastboot => Running::Fastboot,
            Shape::Conformance => Running::Conformance(TestDevice::default()),
            _ => {
                let modem = Modem::of(composition);
                self.chatter = (!modem.ports.is_empty()).then(|| self.now + CHATTER);
                Running::Firmware(Box::new(modem))
            }
        }
    }

    pub(super) fn leave_stale(&mut self, bytes: &Bytes) {
        let interfaces = self.descriptors().map(|facts| facts.interfaces.clone()).unwrap_or_default();
        for (_, _, inward) in interfaces.iter().filter_map(Interface::bulk_pair) {
            self.pipes.say(inward.address, self.now, bytes, Ending::ZeroLengthPacket);
        }
    }
}
