//! The network card: frames to and from what is behind it, its link, and what the web server orders.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;

use super::endpoints::{Heard, In};
use super::{Deed, Stick};
use crate::composition::Shape;
use crate::descriptors::Descriptors;
use crate::firmware::{self, Kind};
use crate::network::Network;
use crate::pipes::Ending;
use crate::reaction::Next;
use crate::transcript::Event;
use crate::web::{WebAccess, WebDevice, WebFacts, WebOrder, WebVariant};

/// The class of a control interface: CDC, Ethernet control model.
const ETHERNET_CONTROL: [u8; 3] = [0x02, 0x06, 0x00];
/// A union functional descriptor: its type and subtype, behind which stand the numbers of both interfaces.
const UNION: [u8; 2] = [0x24, 0x06];

/// Packets that the card holds for a host that does not fetch them. What comes then is lost, as with a real card.
const QUEUE: usize = 256;

/// The interfaces of a CDC Ethernet function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Card {
    control: u8,
    interrupt: Option<u8>,
    data: u8,
    inward: u8,
}

impl Card {
    fn of(descriptors: &Descriptors) -> Option<Self> {
        let ethernet = descriptors.interfaces.iter().find_map(|interface| {
            let setting = interface.settings.iter().find(|setting| setting.class == ETHERNET_CONTROL)?;
            Some((interface.number, setting))
        });
        let (control, setting) = ethernet?;
        let functional = &setting.functional;
        let union = functional.windows(4).find(|bytes| bytes[..2] == UNION && bytes[2] == control)?;
        let data = union[3];
        let (_, _, inward) = descriptors.interface(data)?.bulk_pair()?;
        let interrupt = setting.notices().map(|end| end.address);
        Some(Self { control, interrupt, data, inward: inward.address })
    }
}

/// The stick for its web server, while that runs inside the stick: orders are carried out afterwards.
struct Inside {
    facts: WebFacts,
    leaving: bool,
    orders: Mutex<Vec<(WebOrder, Duration)>>,
}

impl WebDevice for Inside {
    fn facts(&self) -> Option<WebFacts> {
        Some(self.facts.clone())
    }

    fn order(&self, order: WebOrder, after: Duration) -> bool {
        let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        let free = !self.leaving && orders.is_empty();
        if free {
            orders.push((order, after));
        }
        free
    }
}

impl Stick {
    /// The hardware addresses at both ends of its network card.
    #[cfg(test)]
    pub(crate) fn addresses(&self) -> crate::network::CardAddresses {
        self.addresses
    }

    fn card(&self) -> Option<Card> {
        self.descriptors().and_then(Card::of)
    }

    /// Whether the setting that has the interface's bulk pair is selected. An interface with one setting always is.
    pub(super) fn is_selected(&self, interface: u8) -> bool {
        let pair = self.descriptors().and_then(|facts| facts.interface(interface)?.bulk_pair());
        self.configuration() != 0 && pair.is_some_and(|(setting, ..)| setting == self.setting(interface))
    }

    /// Puts the network behind the card of this incarnation.
    pub(super) fn connect_network(&mut self) {
        let serves = self.card().is_some() && self.flash.kind() == Kind::HiLink;
        self.network = serves.then(|| Network::new(self.addresses, self.now));
        self.announce_link();
    }

    /// Says once whether frames flow (CDC notification NETWORK_CONNECTION): what was not fetched is out of date.
    pub(super) fn announce_link(&mut self) {
        self.announcements.clear();
        if let Some(card) = self.card().filter(|_| self.network.is_some()) {
            let up = u8::from(self.is_selected(card.data));
            self.announcements.push_back(Bytes::copy_from_slice(&[0xa1, 0x00, up, 0, card.control, 0, 0, 0]));
        }
    }

    /// Asks an interrupt endpoint for one packet.
    pub fn interrupt_in(&mut self, endpoint: u8) -> In {
        let known = self.descriptors().and_then(|facts| facts.endpoint(endpoint)).is_some_and(|end| end.interrupt);
        if !known {
            return In::Stall;
        }
        let own = self.card().is_some_and(|card| card.interrupt == Some(endpoint));
        let said = if own { self.announcements.pop_front() } else { self.line_notification(endpoint) };
        said.map_or(In::NotNow, In::Packet)
    }

    pub(super) fn network_takes(&mut self, interface: u8, transfer: &[u8]) -> Heard {
        if !self.is_selected(interface) {
            return Heard::Stalled;
        }
        let own = self.card().is_some_and(|card| card.data == interface);
        let max_packet = self.pipes.max_packet();
        if let Some(network) = self.network.as_mut().filter(|_| own) {
            network.take(transfer, max_packet);
            self.run_network();
        }
        Heard::Taken
    }

    /// Lets the network answer what came and do what is due.
    pub(super) fn run_network(&mut self) {
        let (Some(mut network), Some(card)) = (self.network.take(), self.card()) else { return };
        let leaving = self.power.leaving.is_some();
        let inside = Inside { facts: self.web_facts(), leaving, orders: Mutex::default() };
        network.run(self.now, &inside);
        let flows = self.is_selected(card.data);
        for frame in network.frames() {
            if flows && self.pipes.packets(card.inward) < QUEUE {
                self.pipes.say(card.inward, self.now, &Bytes::from(frame), Ending::ZeroLengthPacket);
            }
        }
        self.network = Some(network);
        for (order, after) in inside.orders.into_inner().unwrap_or_else(PoisonError::into_inner) {
            self.obey_web(order, after);
        }
    }

    /// What the web server says of the stick; nothing while none runs.
    #[must_use]
    pub fn web(&self) -> Option<WebFacts> {
        self.network.as_ref().map(|_| self.web_facts())
    }

    fn web_facts(&self) -> WebFacts {
        let firmware = self.firmware();
        let variant = self.options.web.of(&self.model);
        let access = if variant == WebVariant::LoginNeeded { WebAccess::LoginNeeded } else { WebAccess::Open };
        WebFacts {
            device_name: firmware.device.to_owned(),
            hardware_version: firmware.hardware.to_owned(),
            software_version: firmware.software.unwrap_or_default(),
            web_ui_version: firmware.web_ui.unwrap_or_default(),
            imei: firmware.imei.to_owned(),
            access,
            variant,
            incarnation: self.incarnation(),
            ..WebFacts::e3372h()
        }
    }

    /// Does what the web server was asked for, after so long. `false`: there is no web server, or the stick is leaving
    /// already.
    pub fn obey_web(&mut self, order: WebOrder, after: Duration) -> bool {
        if self.network.is_none() || self.power.leaving.is_some() {
            return false;
        }
        self.note(Event::Web { order });
        let at = self.now + after;
        match order {
            WebOrder::Debug => self.leave(at, Next::Shape(Shape::Debug)),
            WebOrder::Project => self.leave(at, Next::ForcedDownload),
            WebOrder::Normal if self.composition.as_ref().is_some_and(|now| now.shape == Shape::HiLink) => {}
            WebOrder::Normal => self.leave(at, Next::Shape(firmware::working(&self.model, &self.flash, &self.options))),
            WebOrder::Restart => self.leave(at, Next::Boot),
            WebOrder::PowerOff => self.plan(after, Deed::Unplug),
        }
        true
    }
}
