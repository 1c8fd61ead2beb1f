//! Mass storage, as far as the switch out of the virtual CD and a quiet system driver need it: the bulk-only command
//! wrapper and a few commands. No unit ever has a medium.

use std::time::Duration;

use crate::composition::{Role, Shape};
use crate::firmware::{self, Kind};
use crate::reaction::{Next, Reaction, Then};

const WRAPPER: usize = 31;
const WRAPPER_SIGNATURE: &[u8; 4] = b"USBC";
const STATUS_SIGNATURE: &[u8; 4] = b"USBS";

const REQUEST_SENSE: u8 = 0x03;
const VENDOR_SWITCH: u8 = 0x11;
const INQUIRY: u8 = 0x12;
const START_STOP_UNIT: u8 = 0x1b;
const PREVENT_REMOVAL: u8 = 0x1e;

/// From the message to the departure.
const LEAVES_AFTER: Duration = Duration::from_millis(300);

/// A bulk-only command wrapper.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Command {
    tag: [u8; 4],
    length: usize,
    /// The host expects data before the status.
    inward: bool,
    unit: u8,
    pub(crate) block: [u8; 16],
}

impl Command {
    /// The gadget looks at the length and the signature only; the length of the block inside does not matter to it.
    pub(crate) fn parse(transfer: &[u8]) -> Option<Self> {
        let whole = transfer.len() == WRAPPER && transfer.starts_with(WRAPPER_SIGNATURE);
        let tag = *transfer.get(4..)?.first_chunk::<4>()?;
        let length = u32::from_le_bytes(*transfer.get(8..)?.first_chunk::<4>()?) as usize;
        let (flags, unit) = (*transfer.get(12)?, *transfer.get(13)? & 0x0f);
        let block = *transfer.get(15..)?.first_chunk::<16>()?;
        whole.then_some(Self { tag, length, inward: flags & 0x80 != 0, unit, block })
    }

    /// Whether this is the switching message.
    pub(crate) fn is_switch(&self) -> bool {
        self.block[0] == VENDOR_SWITCH && self.block[1] == 0x06
    }

    /// Carries it out. `answers_switch`: whether a status is sent before the departure; real sticks do so at times.
    pub(crate) fn carry_out(&self, role: Role, kind: Kind, answers_switch: bool) -> Reaction {
        if self.is_switch() {
            return match (role, self.destination(kind)) {
                (Role::Cd, Some(next)) => {
                    let then = Then::Leave { after: LEAVES_AFTER, next };
                    let status = answers_switch.then(|| self.status(0));
                    status.map_or_else(Reaction::silence, Reaction::answer).then(then)
                }
                (Role::Cd, None) => Reaction::answer(self.status(0)),
                _ => Reaction::answer(self.status(1)),
            };
        }
        match self.block[0] {
            INQUIRY => self.data(inquiry(role, self.unit)),
            REQUEST_SENSE => self.data(vec![0x70, 0, 0x02, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x3a, 0, 0, 0, 0, 0]),
            // Nothing to keep in, and nothing to throw out.
            START_STOP_UNIT | PREVENT_REMOVAL => Reaction::answer(self.status(0)),
            // No medium is in the drive: TEST UNIT READY, READ CAPACITY and all that reads. Where the host waits for data
            // first, a data phase of no bytes comes before the status.
            _ if self.inward && self.length > 0 => {
                Reaction { second: Some(self.status(1).into()), ..Reaction::answer(Vec::new()) }
            }
            _ => Reaction::answer(self.status(1)),
        }
    }

    /// Where the message leads, by the decision that Huawei's published gadget source makes.
    fn destination(&self, kind: Kind) -> Option<Next> {
        let (system, profile, green) = (self.block[2], self.block[7], self.block[8]);
        match (system, profile, kind) {
            (0x30, 0, _) => Some(Next::Shape(Shape::Serial)),
            (0x30, 1, _) => Some(Next::Shape(Shape::SerialAndNetwork)),
            (_, _, Kind::Stick) => Some(Next::Shape(firmware::working(kind))),
            (_, _, Kind::HiLink) if green == 1 => Some(Next::Shape(firmware::working(kind))),
            (0x00, _, Kind::HiLink) if green == 0 => Some(Next::ForcedDownload),
            _ => None,
        }
    }

    fn data(&self, mut bytes: Vec<u8>) -> Reaction {
        bytes.truncate(self.length);
        if bytes.is_empty() {
            return Reaction::answer(self.status(0));
        }
        Reaction { second: Some(self.status(0).into()), ..Reaction::answer(bytes) }
    }

    fn status(&self, status: u8) -> Vec<u8> {
        [&STATUS_SIGNATURE[..], &self.tag, &[0; 4], &[status]].concat()
    }
}

/// Behind the CD's interface a second unit is the card reader.
fn inquiry(role: Role, unit: u8) -> Vec<u8> {
    let (kind, product) =
        if role == Role::Cd && unit == 0 { (5, b"Mass Storage    ") } else { (0, b"TF CARD Storage ") };
    [&[kind, 0x80, 2, 2, 31, 0, 0, 0][..], b"HUAWEI  ", product, b"2.31"].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapper(block: &str) -> Command {
        let mut transfer = b"USBC\x12\x34\x56\x78\0\0\0\0\0\0\x11".to_vec();
        let digits = |at: usize| u8::from_str_radix(&block[at..at + 2], 16).expect("digits");
        transfer.extend((0..block.len()).step_by(2).map(digits));
        transfer.resize(WRAPPER, 0);
        Command::parse(&transfer).expect("a wrapper")
    }

    fn lands(block: &str, kind: Kind) -> String {
        match wrapper(block).carry_out(Role::Cd, kind, true).then {
            Then::Leave { next: Next::Shape(shape), .. } => format!("{shape:?}"),
            Then::Leave { next, .. } => format!("{next:?}"),
            _ => "ignored".to_owned(),
        }
    }

    #[test]
    fn each_message_in_the_field_leads_where_users_report() {
        for (block, hilink, stick) in [
            ("11062000000101000100", "HiLink", "Stick"),
            ("11063000000100000000", "Serial", "Serial"),
            ("11063000000100010000", "SerialAndNetwork", "SerialAndNetwork"),
            ("11060000000100000100", "HiLink", "Stick"),
            ("11060000000000000000", "ForcedDownload", "Stick"),
            ("11062000000100000000", "ignored", "Stick"),
        ] {
            assert_eq!(
                (lands(block, Kind::HiLink), lands(block, Kind::Stick)),
                (hilink.into(), stick.into()),
                "{block}"
            );
        }
    }

    #[test]
    fn a_card_reader_refuses_the_switch() {
        let reaction = wrapper("11062000000101000100").carry_out(Role::Card, Kind::HiLink, true);
        assert_eq!(reaction.answer.as_deref(), Some(&b"USBS\x12\x34\x56\x78\0\0\0\0\x01"[..]));
        assert!(matches!(reaction.then, Then::Stay));
    }

    #[test]
    fn without_a_medium_the_capacity_is_a_data_phase_of_no_bytes_and_a_failure() {
        let mut read_capacity = wrapper("25000000000000000000");
        (read_capacity.inward, read_capacity.length) = (true, 8);
        let reaction = read_capacity.carry_out(Role::Cd, Kind::HiLink, true);
        assert_eq!(reaction.answer.as_deref(), Some(&[][..]));
        assert_eq!(reaction.second.as_deref(), Some(&b"USBS\x12\x34\x56\x78\0\0\0\0\x01"[..]));
    }

    #[test]
    fn the_second_unit_behind_the_cd_is_the_card_reader() {
        assert_eq!((inquiry(Role::Cd, 0)[0], inquiry(Role::Cd, 1)[0]), (5, 0));
        assert_eq!(&inquiry(Role::Cd, 1)[16..32], b"TF CARD Storage ");
    }

    #[test]
    fn a_wrapper_is_31_bytes_with_its_signature() {
        assert!(Command::parse(&[0x55; 31]).is_none());
        assert!(Command::parse(b"USBC").is_none());
        assert!(Command::parse(&[&b"USBC"[..], &[0; 28]].concat()).is_none());
    }
}
