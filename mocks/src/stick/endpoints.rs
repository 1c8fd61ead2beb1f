//! The bulk endpoints, seen from the wire.

use bytes::Bytes;

use super::{Running, Stick};
use crate::composition::Role;
use crate::descriptors::Interface;
use crate::download::{self, Ground, Message};
use crate::faults::Moment;
use crate::mass_storage::Command;
use crate::reaction::{Reaction, Then};
use crate::switching::Verdict;
use crate::transcript::Event;
use crate::{fastboot, hdlc};

/// What became of a transfer to the stick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Out {
    /// So many bytes were taken. Fewer than offered: the rest is answered NAK for now.
    Taken(usize),
    /// NAK: nothing was taken, try again later.
    NotNow,
    /// The endpoint is halted, or does not exist.
    Stall,
}

/// What the stick has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum In {
    /// One packet, or the part of it that was asked for.
    Packet(Bytes),
    /// NAK: nothing for now.
    NotNow,
    /// The endpoint is halted, or does not exist.
    Stall,
}

/// Whether a message was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Taken,
    Stalled,
}

impl Stick {
    /// The bulk pair of an interface as (OUT, IN).
    pub(super) fn pair(&self, interface: u8) -> Option<(u8, u8)> {
        let (_, out, inward) = self.descriptors()?.interface(interface).and_then(Interface::bulk_pair)?;
        Some((out.address, inward.address))
    }

    fn owner(&self, endpoint: u8) -> Option<(u8, Role)> {
        let interface = self.descriptors()?.interface_of(endpoint)?;
        let role = self.composition.as_ref()?.role(interface)?;
        let (out, inward) = self.pair(interface)?;
        (endpoint == out || endpoint == inward).then_some((interface, role))
    }

    /// Offers one whole transfer to an OUT endpoint. An empty one is a zero-length packet.
    pub fn bulk_out(&mut self, endpoint: u8, transfer: &[u8]) -> Out {
        let Some((interface, role)) = self.owner(endpoint).filter(|_| endpoint & 0x80 == 0) else {
            return Out::Stall;
        };
        if self.pipes.halted(endpoint) {
            return Out::Stall;
        }
        if self.deaf || self.busy_until > self.now {
            return Out::NotNow;
        }
        let heard = match role {
            Role::BootRom => return self.boot_rom_takes(interface, transfer),
            Role::Conformance => return self.test_device_takes(interface, transfer),
            Role::Download => self.daemon_takes(interface, transfer),
            Role::At => return self.at_port_takes(interface, transfer),
            Role::Loopback => return self.loopback_takes(interface, transfer),
            Role::Diagnostics => self.diagnostics_takes(interface, transfer),
            Role::Cd | Role::Card => self.mass_storage_takes(interface, role, transfer),
            Role::Fastboot => self.fastboot_takes(interface, transfer),
            Role::Network => self.network_takes(interface, transfer),
            Role::Shell => Heard::Taken,
        };
        match heard {
            Heard::Taken => Out::Taken(transfer.len()),
            Heard::Stalled => Out::Stall,
        }
    }

    /// Asks an IN endpoint for one packet.
    pub fn bulk_in(&mut self, endpoint: u8, max: usize) -> In {
        let owner = self.owner(endpoint).filter(|(interface, _)| self.is_selected(*interface));
        if owner.is_none() || endpoint & 0x80 == 0 || self.pipes.halted(endpoint) {
            return In::Stall;
        }
        let packet = self.pipes.hear(endpoint, max, self.now);
        if let Some((interface, Role::At)) = owner.filter(|_| packet.is_some()) {
            self.was_read(interface, endpoint);
        }
        if self.leaves_when_read && self.pipes.all_read() {
            self.unplug();
        }
        packet.map_or(In::NotNow, In::Packet)
    }

    /// Clears a halted endpoint.
    pub fn clear_halt(&mut self, endpoint: u8) {
        self.pipes.clear_halt(endpoint);
    }

    /// The largest bulk packet of this incarnation.
    #[must_use]
    pub fn max_packet(&self) -> usize {
        self.pipes.max_packet()
    }

    /// Packet by packet: where a transfer is cut decides what the ROM takes for a message.
    fn boot_rom_takes(&mut self, interface: u8, transfer: &[u8]) -> Out {
        let max_packet = self.pipes.max_packet();
        let count = transfer.len().div_ceil(max_packet).max(1);
        for index in 0..count {
            let from = index * max_packet;
            if self.deaf || self.busy_until > self.now || self.composition.is_none() {
                return if from == 0 { Out::NotNow } else { Out::Taken(from) };
            }
            let packet = &transfer[from..transfer.len().min(from + max_packet)];
            if self.boot_rom_packet(interface, packet) == Heard::Stalled {
                return Out::Stall;
            }
        }
        Out::Taken(transfer.len())
    }

    fn boot_rom_packet(&mut self, interface: u8, packet: &[u8]) -> Heard {
        let unread = self.pair(interface).is_some_and(|(_, inward)| self.pipes.unread(inward));
        let Running::BootRom(rom) = &mut self.running else {
            return Heard::Taken;
        };
        if unread && !rom.in_message() {
            // The ROM answers and listens in turns; what comes out of turn finds nobody.
            self.deaf = true;
            return Heard::Taken;
        }
        let Some(length) = rom.packet(packet, self.pipes.max_packet()) else {
            return Heard::Taken;
        };
        let (moment, event) = rom.identify(length);
        let refusal = |code: u8| Bytes::from(vec![code]);
        self.hear(interface, moment, Some(event), refusal, |stick| {
            let Running::BootRom(rom) = &mut stick.running else {
                return Reaction::silence();
            };
            let reaction = rom.judge(length);
            stick.ram_images.append(&mut rom.loaded);
            reaction
        })
    }

    fn daemon_takes(&mut self, interface: u8, transfer: &[u8]) -> Heard {
        let Running::Download(daemon) = &mut self.running else {
            return Heard::Taken;
        };
        let mut heard = Heard::Taken;
        for message in daemon.messages(transfer) {
            let Running::Download(daemon) = &self.running else {
                break;
            };
            let (moment, event) = daemon.identify(interface, &message);
            let refusal = |code: u8| match message {
                Message::At(_) => Bytes::from_static(b"\r\nERROR\r\n"),
                Message::Frame(_) => download::refusal(code),
            };
            let one = self.hear(interface, Some(moment), event, refusal, |stick| stick.daemon_carries_out(&message));
            heard = if one == Heard::Stalled { one } else { heard };
        }
        heard
    }

    fn daemon_carries_out(&mut self, message: &Message) -> Reaction {
        let Running::Download(daemon) = &mut self.running else {
            return Reaction::silence();
        };
        let mut ground = Ground { flash: &mut self.flash };
        match message {
            Message::At(bytes) => daemon.at(bytes, &ground),
            Message::Frame(payload) => {
                let reaction = daemon.command(payload, &mut ground);
                self.note_end(payload, &reaction);
                reaction
            }
        }
    }

    fn note_end(&mut self, payload: &[u8], reaction: &Reaction) {
        if payload[0] != 0x43 || payload.len() != 23 {
            return;
        }
        let number = |at: usize| u32::from_be_bytes([0, 1, 2, 3].map(|offset| payload[at + offset]));
        let accepted = reaction.answer == Some(hdlc::frame(&[0x02]));
        self.note(Event::PartitionEnd { code: number(8), size: number(1), accepted });
    }

    /// The diagnostic port speaks HDLC as well. To a version request it says that it knows no such command: 13, then the
    /// command, as such ports do.
    fn diagnostics_takes(&mut self, interface: u8, transfer: &[u8]) -> Heard {
        let mut receiver = hdlc::Receiver::new();
        let frames: Vec<Vec<u8>> = transfer.iter().filter_map(|byte| receiver.push(*byte)).collect();
        for frame in frames {
            let answer = hdlc::frame(&[&[0x13], &frame[..]].concat());
            let refusal = download::refusal;
            self.hear(interface, None, None, refusal, |_| Reaction::answer(answer));
        }
        Heard::Taken
    }

    fn mass_storage_takes(&mut self, interface: u8, role: Role, transfer: &[u8]) -> Heard {
        let Some(command) = Command::parse(transfer) else {
            return self.hear(interface, None, None, download::refusal, |_| Reaction::silence().then(Then::Halt));
        };
        let verdict = self.cd_stage().judge(&command);
        let switches = command.is_switch() || matches!((role, &verdict), (Role::Cd, Verdict::Leads(_)));
        let moment = switches.then_some(Moment::Switch);
        let event = Event::CommandBlock { interface, block: command.block };
        let answers_switch = self.power.incarnation.is_multiple_of(2);
        self.hear(interface, moment, Some(event), download::refusal, |_| {
            command.carry_out(role, verdict, answers_switch)
        })
    }

    fn fastboot_takes(&mut self, interface: u8, transfer: &[u8]) -> Heard {
        let event = Event::Fastboot { command: transfer.escape_ascii().to_string() };
        let refusal = |_| Bytes::from_static(b"FAIL");
        self.hear(interface, None, Some(event), refusal, |_| fastboot::carry_out(transfer))
    }
}
