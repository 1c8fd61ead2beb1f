//! The hand that holds a stick, and the eye that looks into it.

use std::time::Duration;

use bytes::Bytes;

use crate::bus::{Bus, SlotId};
use crate::faults::Fault;
use crate::firmware::FirmwareFacts;
use crate::flash::Flash;
use crate::model::{Mode, Model};
use crate::pipes::Ending;
use crate::stick::{Deed, RamImage, Stick};
use crate::transcript::Event;
use crate::web::{WebFacts, WebOrder};

/// Between pulling a stick and plugging it in again.
const HANDLING: Duration = Duration::from_secs(1);
/// How long the pad stays shorted after plugging in.
const HOLD: Duration = Duration::from_secs(3);

/// Every start of a stick takes less.
const PATIENCE: Duration = Duration::from_secs(60);

/// Does to one stick what an operator can do to it, and answers questions that a real stick would not. It follows the
/// stick when that changes its port.
#[derive(Clone, Debug)]
pub struct Hand {
    bus: Bus,
    slot: SlotId,
}

impl Hand {
    pub(crate) fn new(bus: Bus, slot: SlotId) -> Self {
        Self { bus, slot }
    }

    /// The bus that the stick is on.
    #[must_use]
    pub fn bus(&self) -> &Bus {
        &self.bus
    }

    /// Does something with the stick at once, and lets others notice.
    pub(crate) fn with<T>(&self, action: impl FnOnce(&mut Stick) -> T) -> T {
        self.bus.changing(|state| action(&mut state.slots[self.slot].stick))
    }

    /// Pulls the stick.
    pub fn unplug(&self) {
        self.with(Stick::unplug);
    }

    /// Plugs the stick in. It comes up by what its flash holds.
    pub fn plug(&self) {
        self.with(Stick::plug);
    }

    /// Pulls the stick and puts another one into the same port, powered. This hand, and a server of it, go over to that one.
    pub fn exchange(&self, stick: Stick) {
        self.bus.changing(|state| state.exchange(self.slot, stick));
    }

    /// Lets time pass until the kernel of a guest has enumerated the stick, as it is now, to the end: it selects a
    /// configuration last. `false`: it did not within so long.
    #[must_use]
    pub fn wait_until_configured(&self, within: Duration) -> bool {
        self.watch(within, |stick| stick.was_configured().then_some(())).is_some()
    }

    /// Whether that has happened to the stick as it is now.
    #[must_use]
    pub fn was_configured(&self) -> bool {
        self.with(|stick| stick.was_configured())
    }

    /// Shorts the boot pad or lets go of it. It matters while the stick is being powered.
    pub fn short_pad(&self, shorted: bool) {
        self.with(|stick| stick.short_pad(shorted));
    }

    /// After so long, pulls the stick, shorts its boot pad, plugs it in, and lets go of the pad.
    pub fn needle(&self, after: Duration) {
        self.with(|stick| {
            stick.plan(after, Deed::Unplug);
            stick.plan(after + HANDLING / 2, Deed::ShortPad(true));
            stick.plan(after + HANDLING, Deed::Plug);
            stick.plan(after + HANDLING + HOLD, Deed::ShortPad(false));
        });
    }

    /// The same, but the needle misses the pad.
    pub fn clumsy_needle(&self, after: Duration) {
        self.replug(after);
    }

    /// After so long, pulls the stick and plugs it in again.
    pub fn replug(&self, after: Duration) {
        self.with(|stick| {
            stick.plan(after, Deed::Unplug);
            stick.plan(after + HANDLING, Deed::Plug);
        });
    }

    /// After so long, pulls the stick.
    pub fn unplug_after(&self, after: Duration) {
        self.with(|stick| stick.plan(after, Deed::Unplug));
    }

    /// After so long, plugs the stick in.
    pub fn plug_after(&self, after: Duration) {
        self.with(|stick| stick.plan(after, Deed::Plug));
    }

    /// After so long, lets an interface of the stick say something unasked.
    pub fn say(&self, after: Duration, interface: u8, bytes: impl Into<Bytes>, ending: Ending) {
        let bytes = bytes.into();
        self.with(|stick| stick.plan(after, Deed::Say { interface, bytes, ending }));
    }

    /// Lets time pass until the stick is on the bus, a minute at most. What it is then; nothing if it is not there.
    #[must_use]
    pub fn wait_until_attached(&self) -> Option<Mode> {
        self.watch(PATIENCE, |stick| stick.mode())
    }

    /// Lets time pass until the stick is in that mode. `false`: it was not within so long.
    #[must_use]
    pub fn wait_for(&self, mode: Mode, within: Duration) -> bool {
        self.watch(within, |stick| (stick.mode() == Some(mode)).then_some(())).is_some()
    }

    /// Looks at the stick whenever anything changes, until `probe` gives something or so much time has passed.
    pub(crate) fn watch<T>(&self, within: Duration, mut probe: impl FnMut(&mut Stick) -> Option<T>) -> Option<T> {
        self.bus.wait(within, |state| probe(&mut state.slots[self.slot].stick))
    }

    /// Lets something go wrong, once.
    pub fn inject(&self, fault: Fault) {
        self.with(|stick| stick.inject(fault));
    }

    /// From now on another program holds an interface.
    pub fn hold(&self, interface: u8, holder: &str) {
        self.bus.changing(|state| state.slots[self.slot].held.insert(interface, holder.to_owned()));
    }

    /// The other program lets go of it.
    pub fn let_go(&self, interface: u8) {
        self.bus.changing(|state| state.slots[self.slot].held.remove(&interface));
    }

    /// From the next enumeration on, permission comes so much later than the stick, as where udev has to grant it.
    pub fn deny_access_for(&self, how_long: Duration) {
        self.bus.changing(|state| state.slots[self.slot].denied_for = how_long);
    }

    /// The port that the stick sits in.
    #[must_use]
    pub fn port(&self) -> String {
        self.bus.changing(|state| state.slots[self.slot].port.clone())
    }

    /// What the stick is being; nothing while it is away.
    #[must_use]
    pub fn mode(&self) -> Option<Mode> {
        self.with(|stick| stick.mode())
    }

    /// Which stick it is.
    #[must_use]
    pub fn model(&self) -> Model {
        self.with(|stick| stick.model())
    }

    /// What its flash holds.
    #[must_use]
    pub fn flash(&self) -> Flash {
        self.with(|stick| stick.flash().clone())
    }

    /// What its firmware says of itself, whether it runs or not.
    #[must_use]
    pub fn firmware(&self) -> FirmwareFacts {
        self.with(|stick| stick.firmware())
    }

    /// What its web server says of it; nothing while none runs.
    #[must_use]
    pub fn web(&self) -> Option<WebFacts> {
        self.with(|stick| stick.web())
    }

    /// Lets the stick do what a web server is asked for, after so much of its own time. `false`: it cannot now.
    pub fn order(&self, order: WebOrder, after: Duration) -> bool {
        self.with(|stick| stick.obey_web(order, after))
    }

    /// Every block that its boot ROM loaded.
    #[must_use]
    pub fn ram_images(&self) -> Vec<RamImage> {
        self.with(|stick| stick.ram_images().to_vec())
    }

    /// Everything that happened to it.
    #[must_use]
    pub fn transcript(&self) -> Vec<Event> {
        self.with(|stick| stick.transcript().iter().map(|(_, event)| event.clone()).collect())
    }

    /// Everything that happened to it, with its time.
    #[must_use]
    pub fn timed_transcript(&self) -> Vec<(Duration, Event)> {
        self.with(|stick| stick.transcript().to_vec())
    }
}
