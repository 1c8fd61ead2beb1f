//! What a bus knows.

use std::collections::{BTreeMap, HashMap};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use super::{DeviceFacts, Refusal};
use crate::clock::Clock;
use crate::descriptors::{AlternateSetting, Interface};
use crate::stick::{Response, Setup, Stick};

/// A stick's place in the list. It stays the same when the stick changes its port.
pub(crate) type SlotId = usize;

/// The first address: the root hub and a hub behind it have 1 and 2.
const FIRST_ADDRESS: u8 = 3;
const LAST_ADDRESS: u8 = 127;

#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) port: String,
    pub(crate) stick: Stick,
    /// Another stick was put into its port.
    replaced: bool,
    address: Option<u8>,
    seen: u32,
    /// Interfaces that other programs hold.
    pub(crate) held: BTreeMap<u8, String>,
    /// How long after each enumeration permission is denied.
    pub(crate) denied_for: Duration,
    denied_until: Duration,
}

/// An interface that was claimed.
#[derive(Debug)]
pub(crate) struct Claimed {
    pub(crate) slot: SlotId,
    pub(crate) incarnation: u32,
    pub(crate) interface: u8,
    pub(crate) out: u8,
    pub(crate) inward: u8,
    /// The interrupt IN endpoint of the same setting.
    pub(crate) notices: Option<u8>,
}

#[derive(Debug)]
pub(crate) struct State {
    clock: Clock,
    pub(crate) slots: Vec<Slot>,
    next_address: u8,
    claims: Vec<(SlotId, u32, u8)>,
    /// Deadlines of those who wait, each under a number of its own.
    pub(super) waiting: BTreeMap<u64, Duration>,
    pub(super) next_waiter: u64,
    /// When each thread last did something here, in real time, and whether it is waiting now.
    pub(super) threads: HashMap<ThreadId, (Instant, bool)>,
}

impl State {
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            clock,
            slots: Vec::new(),
            next_address: FIRST_ADDRESS,
            claims: Vec::new(),
            waiting: BTreeMap::new(),
            next_waiter: 0,
            threads: HashMap::new(),
        }
    }

    pub(super) fn clock(&mut self) -> &mut Clock {
        &mut self.clock
    }

    /// Brings every stick up to the present.
    pub(crate) fn tick(&mut self) -> Duration {
        let now = self.clock.now();
        for slot in &mut self.slots {
            slot.stick.advance(now);
        }
        self.settle();
        now
    }

    /// Lets virtual time jump.
    pub(super) fn jump(&mut self, to: Duration) {
        self.clock.jump(to);
        self.tick();
    }

    /// Charges what a transfer costs. Returns what has to be really slept.
    pub(super) fn charge(&mut self, bytes: usize) -> Duration {
        // A microframe, and 30 bytes a microsecond behind it.
        let cost = Duration::from_micros(125) + Duration::from_nanos(33 * bytes as u64);
        self.clock.charge(cost)
    }

    /// Takes note of sticks that came or moved.
    pub(crate) fn settle(&mut self) {
        let now = self.clock.now();
        for id in 0..self.slots.len() {
            if let Some(port) = self.slots[id].stick.moved() {
                self.slots[id].port = port;
            }
            let incarnation = self.slots[id].stick.incarnation();
            if incarnation != self.slots[id].seen {
                let address = self.free_address();
                let slot = &mut self.slots[id];
                slot.seen = incarnation;
                slot.address = Some(address);
                slot.denied_until = now + slot.denied_for;
                slot.stick.assigned(address);
            }
        }
    }

    fn free_address(&mut self) -> u8 {
        loop {
            let address = self.next_address;
            self.next_address = if address == LAST_ADDRESS { FIRST_ADDRESS } else { address + 1 };
            // A bus has at most 126 devices, so one of the addresses is free.
            if !self.slots.iter().any(|slot| slot.address == Some(address) && slot.stick.descriptors().is_some()) {
                return address;
            }
        }
    }

    pub(super) fn plug(&mut self, port: &str, stick: Stick) -> SlotId {
        for slot in self.slots.iter_mut().filter(|slot| slot.port == port) {
            slot.stick.unplug();
            slot.replaced = true;
        }
        self.slots.push(Slot {
            port: port.to_owned(),
            stick,
            replaced: false,
            address: None,
            seen: 0,
            held: BTreeMap::new(),
            denied_for: Duration::ZERO,
            denied_until: Duration::ZERO,
        });
        let id = self.slots.len() - 1;
        let now = self.clock.now();
        self.slots[id].stick.advance(now);
        self.slots[id].stick.plug();
        self.settle();
        id
    }

    /// Another stick in the same place: what serves that place goes on serving it.
    pub(crate) fn exchange(&mut self, id: SlotId, mut stick: Stick) {
        let now = self.clock.now();
        let slot = &mut self.slots[id];
        slot.stick.unplug();
        stick.succeed(&slot.stick);
        stick.advance(now);
        stick.plug();
        slot.stick = stick;
        slot.held.clear();
        slot.denied_for = Duration::ZERO;
        self.settle();
    }

    pub(super) fn slot_in(&self, port: &str) -> Option<SlotId> {
        self.slots.iter().rposition(|slot| slot.port == port && !slot.replaced)
    }

    pub(super) fn devices(&mut self) -> Vec<DeviceFacts> {
        let now = self.clock.now();
        let facts = |slot: &Slot| {
            let descriptors = slot.stick.descriptors()?.clone();
            Some(DeviceFacts {
                port: slot.port.clone(),
                address: slot.address?,
                descriptors,
                permitted: slot.denied_until <= now,
            })
        };
        self.slots.iter().filter_map(facts).collect()
    }

    fn find(&self, port: &str, address: u8) -> Option<SlotId> {
        let here =
            |slot: &Slot| slot.port == port && slot.address == Some(address) && slot.stick.descriptors().is_some();
        self.slots.iter().position(here)
    }

    pub(super) fn present(&mut self, port: &str, address: u8) -> Option<&mut Stick> {
        self.find(port, address).map(|id| &mut self.slots[id].stick)
    }

    /// The stick of a claim, while its incarnation is still there.
    pub(super) fn claimed(&mut self, claimed: &Claimed) -> Option<&mut Stick> {
        let stick = &mut self.slots.get_mut(claimed.slot)?.stick;
        (stick.descriptors().is_some() && stick.incarnation() == claimed.incarnation).then_some(stick)
    }

    pub(super) fn claim(&mut self, port: &str, address: u8, interface: u8) -> Result<Claimed, Refusal> {
        let slot = self.find(port, address).ok_or(Refusal::Gone)?;
        let now = self.clock.now();
        let place = &mut self.slots[slot];
        if place.denied_until > now {
            return Err(Refusal::Denied);
        }
        if let Some(holder) = place.held.get(&interface) {
            return Err(Refusal::Busy(holder.clone()));
        }
        let incarnation = place.stick.incarnation();
        if self.claims.contains(&(slot, incarnation, interface)) {
            return Err(Refusal::Busy("this program".to_owned()));
        }
        let found = place.stick.descriptors().and_then(|facts| facts.interface(interface));
        let (setting, out, inward) = found.and_then(Interface::bulk_pair).ok_or(Refusal::Unsuitable)?;
        let chosen = found.and_then(|interface| interface.settings.get(usize::from(setting)));
        let notices = chosen.and_then(AlternateSetting::notices).map(|end| end.address);
        if setting != 0 {
            let select =
                Setup { request_type: 1, request: 11, value: setting.into(), index: interface.into(), length: 0 };
            if place.stick.control(select, &[]) == Response::Stall {
                return Err(Refusal::Unsuitable);
            }
        }
        self.claims.push((slot, incarnation, interface));
        Ok(Claimed { slot, incarnation, interface, out: out.address, inward: inward.address, notices })
    }

    pub(super) fn release(&mut self, claimed: &Claimed) {
        let key = (claimed.slot, claimed.incarnation, claimed.interface);
        self.claims.retain(|claim| *claim != key);
    }

    pub(super) fn set_configuration(&mut self, port: &str, address: u8, value: u8) -> Result<(), Refusal> {
        let slot = self.find(port, address).ok_or(Refusal::Gone)?;
        let place = &self.slots[slot];
        if place.denied_until > self.clock.now() {
            return Err(Refusal::Denied);
        }
        if let Some(holder) = place.held.values().next() {
            return Err(Refusal::Busy(holder.clone()));
        }
        let incarnation = place.stick.incarnation();
        if self.claims.iter().any(|(other, number, _)| (*other, *number) == (slot, incarnation)) {
            return Err(Refusal::Busy("this program".to_owned()));
        }
        let select = Setup { request_type: 0, request: 9, value: value.into(), index: 0, length: 0 };
        match self.slots[slot].stick.control(select, &[]) {
            Response::Done(_) => Ok(()),
            Response::Stall => Err(Refusal::Unsuitable),
        }
    }

    /// When anything on the bus changes by itself, or a deadline of anybody who waits is reached.
    pub(super) fn next_change(&self) -> Option<Duration> {
        let sticks = self.slots.iter().filter_map(|slot| slot.stick.next_change());
        sticks.chain(self.waiting.values().copied()).min()
    }
}
