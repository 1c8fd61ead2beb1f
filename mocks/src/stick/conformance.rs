//! The test device at work.

use std::time::Duration;

use bytes::Bytes;

use super::{Out, Running, Setup, Stick};
use crate::conformance::{ECHO, FORGET, HALT, LEAVE, REFUSE, REPORT, SAY, SAY_OPEN, TICK, TestDevice, TestInterface};
use crate::pipes::{Ending, Pipes};
use crate::reaction::Next;

const TO_THE_DEVICE: u8 = 0x40;
const TO_THE_HOST: u8 = 0xc0;

impl Stick {
    /// Carries out an order. `None`: it is none.
    pub(super) fn test_device_obeys(&mut self, setup: Setup, data: &[u8]) -> Option<Vec<u8>> {
        let Setup { request_type, request, value, index, .. } = setup;
        let interface = index.to_le_bytes()[0];
        match (request_type, request) {
            (TO_THE_DEVICE, FORGET) => {
                self.pipes = Pipes::new(self.pipes.max_packet());
                self.running = Running::Conformance(TestDevice::default());
            }
            (TO_THE_DEVICE, SAY) => self.say_as_told(index, value, data, Ending::ZeroLengthPacket)?,
            (TO_THE_DEVICE, SAY_OPEN) => self.say_as_told(index, value, data, Ending::Nothing)?,
            (TO_THE_DEVICE, HALT) => {
                let (out, inward) = self.pair(interface)?;
                self.pipes.halt(if value == 0 { out } else { inward });
            }
            (TO_THE_DEVICE, ECHO) => self.test_interface(index)?.echoes = value != 0,
            (TO_THE_DEVICE, REFUSE) => self.test_interface(index)?.refuses = value != 0,
            (TO_THE_DEVICE, LEAVE) => {
                let milliseconds = |count: u16| Duration::from_millis(count.into());
                self.leave(self.now + milliseconds(value), Next::Again(milliseconds(index)));
            }
            (TO_THE_HOST, REPORT) => return Some(self.test_interface(index)?.report()),
            _ => return None,
        }
        Some(Vec::new())
    }

    fn say_as_told(&mut self, index: u16, ticks: u16, bytes: &[u8], ending: Ending) -> Option<()> {
        self.test_interface(index)?;
        let (_, inward) = self.pair(index.to_le_bytes()[0])?;
        self.pipes.say(inward, self.now + TICK * u32::from(ticks), &Bytes::copy_from_slice(bytes), ending);
        Some(())
    }

    fn test_interface(&mut self, index: u16) -> Option<&mut TestInterface> {
        match &mut self.running {
            Running::Conformance(device) => device.interfaces.get_mut(usize::from(index)),
            _ => None,
        }
    }

    /// One transfer to an interface of the test device, whatever it holds.
    pub(super) fn test_device_takes(&mut self, interface: u8, transfer: &[u8]) -> Out {
        let Some((found, (_, inward))) = self.pair(interface).and_then(|pair| {
            let found = self.test_interface(interface.into())?;
            Some((found, pair))
        }) else {
            return Out::Stall;
        };
        if !found.takes(transfer) {
            return Out::NotNow;
        }
        if found.echoes {
            let said = Bytes::copy_from_slice(transfer);
            self.pipes.say(inward, self.now, &said, Ending::ZeroLengthPacket);
        }
        Out::Taken(transfer.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance;
    use crate::model::{Mode, Model, StickOptions};
    use crate::stick::{In, Response};

    fn device() -> Stick {
        let model = Model::named("e3372h").expect("a model");
        let mut stick = Stick::new(model, Mode::Conformance, StickOptions::default()).expect("every model can be it");
        stick.plug();
        stick
    }

    fn order(stick: &mut Stick, request: u8, value: u16, index: u16, data: &[u8]) -> Response {
        let length = u16::try_from(data.len()).expect("a short order");
        stick.control(Setup { request_type: TO_THE_DEVICE, request, value, index, length }, data)
    }

    fn obeyed() -> Response {
        Response::Done(Bytes::new())
    }

    fn report(stick: &mut Stick, interface: u16) -> Vec<u32> {
        let setup = Setup { request_type: TO_THE_HOST, request: REPORT, value: 0, index: interface, length: 4096 };
        let Response::Done(bytes) = stick.control(setup, &[]) else { panic!("it was refused") };
        bytes.chunks(4).map(|word| u32::from_le_bytes(word.try_into().expect("four bytes"))).collect()
    }

    #[test]
    fn it_shows_two_serial_interfaces_under_an_id_of_its_own() {
        let stick = device();
        let facts = stick.descriptors().expect("it is plugged in");
        assert_eq!((facts.vendor_id, facts.product_id), (conformance::VENDOR_ID, conformance::PRODUCT_ID));
        let classes: Vec<_> = facts.interfaces.iter().map(|interface| interface.settings[0].class).collect();
        assert_eq!(classes, [[0xff; 3]; conformance::INTERFACES as usize]);
    }

    #[test]
    fn it_says_what_it_was_told_when_it_was_told_to() {
        let mut stick = device();
        assert_eq!(order(&mut stick, SAY, 30, 1, b"later"), obeyed());
        assert_eq!(stick.bulk_in(0x82, 512), In::NotNow);
        assert_eq!(stick.next_change(), Some(Duration::from_millis(3)));
        stick.advance(Duration::from_millis(3));
        assert_eq!(stick.bulk_in(0x82, 512), In::Packet(Bytes::from_static(b"later")));
    }

    #[test]
    fn a_full_packet_ends_with_an_empty_one_or_stays_open() {
        for (request, behind) in [(SAY, In::Packet(Bytes::new())), (SAY_OPEN, In::NotNow)] {
            let mut stick = device();
            order(&mut stick, request, 0, 0, &[7; 512]);
            assert_eq!(stick.bulk_in(0x81, 4096), In::Packet(Bytes::from(vec![7; 512])));
            assert_eq!(stick.bulk_in(0x81, 4096), behind);
        }
    }

    #[test]
    fn every_transfer_is_counted_by_its_length_and_on_its_own_interface() {
        let mut stick = device();
        for length in [1029, 0, 512] {
            assert_eq!(stick.bulk_out(0x01, &vec![0; length]), Out::Taken(length));
        }
        assert_eq!((report(&mut stick, 0), report(&mut stick, 1)), (vec![1029, 0, 512], vec![]));
        order(&mut stick, FORGET, 0, 0, &[]);
        assert_eq!(report(&mut stick, 0), [0; 0]);
    }

    #[test]
    fn it_echoes_refuses_and_stalls_one_interface_and_leaves_the_other_alone() {
        let mut stick = device();
        order(&mut stick, ECHO, 1, 1, &[]);
        order(&mut stick, REFUSE, 1, 0, &[]);
        assert_eq!((stick.bulk_out(0x01, b"x"), stick.bulk_out(0x02, b"y")), (Out::NotNow, Out::Taken(1)));
        assert_eq!((stick.bulk_in(0x81, 512), stick.bulk_in(0x82, 512)), (In::NotNow, In::Packet("y".into())));
        order(&mut stick, HALT, 1, 1, &[]);
        assert_eq!((stick.bulk_in(0x81, 512), stick.bulk_in(0x82, 512)), (In::NotNow, In::Stall));
        order(&mut stick, HALT, 0, 1, &[]);
        assert_eq!(stick.bulk_out(0x02, b"y"), Out::Stall);
        order(&mut stick, REFUSE, 0, 0, &[]);
        assert_eq!((stick.bulk_out(0x01, b"xyz"), report(&mut stick, 0)), (Out::Taken(3), vec![3]));
    }

    #[test]
    fn it_leaves_when_told_and_comes_back_as_what_it_was_also_from_a_hand() {
        let mut stick = device();
        order(&mut stick, LEAVE, 20, 500, &[]);
        stick.advance(Duration::from_millis(20));
        assert!(stick.descriptors().is_none());
        stick.advance(Duration::from_millis(520));
        assert_eq!((stick.mode(), stick.incarnation()), (Some(Mode::Conformance), 2));
        stick.unplug();
        stick.plug();
        assert_eq!((stick.mode(), stick.incarnation()), (Some(Mode::Conformance), 3));
    }

    #[test]
    fn what_is_no_order_is_refused_and_no_stick_takes_orders() {
        let mut stick = device();
        for (request, index) in [(0x99, 0), (ECHO, 2), (SAY, 7), (HALT, 2), (REPORT, 0)] {
            assert_eq!(order(&mut stick, request, 1, index, b""), Response::Stall, "{request:02x}");
        }
        let model = Model::named("e3372h").expect("a model");
        let mut stick = Stick::new(model, Mode::Serial, StickOptions::default()).expect("a mode of the model");
        stick.plug();
        assert_eq!(order(&mut stick, SAY, 0, 0, b"x"), Response::Stall);
    }
}
