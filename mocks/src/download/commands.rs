//! The daemon's HDLC commands.

use std::time::Duration;

use bytes::Bytes;

use super::partition::{OpenPartition, erasing};
use super::{Daemon, Ground};
use crate::hdlc;
use crate::reaction::{Next, Reaction, Then};

const WRONG_LENGTH: u8 = 0x03;
const DATA_SHORT: u8 = 0x04;
const DATA_LONG: u8 = 0x05;
const UNKNOWN_COMMAND: u8 = 0x06;
const FAILED: u8 = 0x07;
const NO_SECURITY_CODE: u8 = 0x0b;
const WRONG_SECURITY_CODE: u8 = 0x0c;
const NOT_PERMITTED: u8 = 0x0e;

const VERSION: &[u8; 15] = b"7200B--SKCBADZM";
const ISO: u32 = 0x0b_0000;
/// The old daemon's limit for a CD image.
const LARGEST_ISO: u32 = 40 << 20;
/// Codes from here on are taken and thrown away.
const DISCARDED: u32 = 0xc0_0000;

/// A NAK as it goes over the wire.
pub(crate) fn refusal(code: u8) -> Bytes {
    hdlc::frame(&[0x03, 0x00, code])
}

fn refuse(code: u8) -> Reaction {
    Reaction::answer(refusal(code))
}

fn acknowledge() -> Reaction {
    Reaction::answer(hdlc::frame(&[0x02]))
}

/// A byte string of a fixed length, padded with zeros.
fn padded(mut bytes: Vec<u8>, length: usize) -> Vec<u8> {
    bytes.resize(bytes.len().max(length), 0);
    bytes
}

/// The code of the partition table.
const PARTITION_TABLE: u32 = 0x0001_0000;
/// Long enough for the next frame to be under way.
const RESTARTS_AFTER: Duration = Duration::from_millis(30);

impl Daemon {
    /// Carries out one frame.
    pub(crate) fn command(&mut self, payload: &[u8], ground: &mut Ground<'_>) -> Reaction {
        match (payload[0], payload.len()) {
            (0x41, 12) => self.start(payload, ground),
            (0x42, 7..) => self.data(payload),
            (0x43, 23) => self.end(ground),
            (0x0c | 0x45 | 0x46 | 0x4b | 0xfb | 0x3a | 0x0a, 1) => self.simple(payload[0], ground),
            (0x41 | 0x42 | 0x43 | 0x0c | 0x45 | 0x46 | 0x4b | 0xfb | 0x3a | 0x0a, _) => refuse(WRONG_LENGTH),
            _ => refuse(UNKNOWN_COMMAND),
        }
    }

    fn simple(&mut self, command: u8, ground: &Ground<'_>) -> Reaction {
        match command {
            0x0c => {
                let payload = [&[0x0d, 0x0f], &VERSION[..]].concat();
                Reaction::answer(hdlc::frame_without_opening_flag(&payload))
            }
            0x45 => {
                let text = format!("\x45HUAWEI {}", self.model.product);
                Reaction::answer(hdlc::frame(&padded(text.into_bytes(), 21)))
            }
            0x46 if !self.forced => refuse(NOT_PERMITTED),
            0x46 => {
                let mut text = ground.flash.software().unwrap_or("").as_bytes().to_vec();
                text.truncate(24);
                Reaction::answer(hdlc::frame(&[&[0x46, 0x18], &padded(text, 24)[..]].concat()))
            }
            0x4b => {
                let text = [&[0x4b, 0xc9, 0x03, 0xff], &b"BOOTROM_V01.02"[..]].concat();
                Reaction::answer(hdlc::frame(&padded(text, 66)))
            }
            0xfb => Reaction::answer(hdlc::frame(&[0xfb, 0x00])),
            0x3a => Reaction::answer(hdlc::frame(&[0x3a])),
            _ => acknowledge().then(Then::Leave { after: Duration::from_secs(1), next: Next::Boot }),
        }
    }

    /// 41: forgets what was open, checks what is announced, erases.
    fn start(&mut self, payload: &[u8], ground: &mut Ground<'_>) -> Reaction {
        self.receiver.use_large_buffer();
        self.open = None;
        let number = |at: usize| u32::from_be_bytes([0, 1, 2, 3].map(|offset| payload[at + offset]));
        let (code, size) = (number(1), number(5));
        let capacity = self.table.as_ref().and_then(|table| table.capacity(code)).unwrap_or(u32::MAX);
        let too_large = size > capacity || (code == ISO && size > LARGEST_ISO);
        let index = self.started;
        self.started += 1;
        if size == 0 || too_large || !self.model.chip.takes(code) {
            return refuse(FAILED);
        }
        if code < DISCARDED {
            ground.flash.begin(code, u64::from(size));
        }
        self.open = Some(OpenPartition::new(code, size, index < 2, ground.flash.scanner(code)));
        acknowledge().after(erasing(size))
    }

    /// 42: the next block; the last one again is acknowledged and ignored.
    fn data(&mut self, payload: &[u8]) -> Reaction {
        let number = u32::from_be_bytes([0, 1, 2, 3].map(|offset| payload[1 + offset]));
        let length = usize::from(u16::from_be_bytes([payload[5], payload[6]]));
        let data = &payload[7..];
        let Some(open) = &mut self.open else {
            return refuse(FAILED);
        };
        if number != 0 && number == open.last_number {
            return acknowledge();
        }
        if open.last_number.checked_add(1) != Some(number) {
            return refuse(FAILED);
        }
        if data.len() != length {
            return refuse(DATA_SHORT);
        }
        if open.received + data.len() as u64 > u64::from(open.size) {
            return refuse(DATA_LONG);
        }
        open.last_number = number;
        let work = open.take(data);
        acknowledge().after(work)
    }

    /// 43: everything must be there, and signed as announced. Its own size and code are not looked at.
    fn end(&mut self, ground: &mut Ground<'_>) -> Reaction {
        let Some(open) = self.open.take() else {
            return refuse(FAILED);
        };
        let work = open.closing();
        if open.received != u64::from(open.size) {
            return refuse(DATA_SHORT).after(work);
        }
        if let Some(code) = self.signature_fault(&open) {
            return refuse(code).after(work);
        }
        if !open.is_acceptable() {
            return refuse(FAILED).after(work);
        }
        let (code, size) = (open.code, u64::from(open.size));
        let (sha256, found) = open.finish();
        let before = ground.flash.partition(code).and_then(|stored| stored.sha256);
        if code < DISCARDED {
            ground.flash.finish(code, size, sha256, found);
        }
        let acknowledged = acknowledge().after(work);
        if self.restarts_after_new_table && code == PARTITION_TABLE && before != Some(sha256) {
            return acknowledged.then(Then::Leave { after: RESTARTS_AFTER, next: Next::ForcedDownload });
        }
        acknowledged
    }

    /// The signature stands in the first partition or in the second.
    fn signature_fault(&mut self, open: &OpenPartition) -> Option<u8> {
        if self.started > 2 {
            return None;
        }
        match (&self.announced, open.trailer()) {
            (Some(announced), Some(trailer)) if announced.fits(&trailer) => self.signature_found = true,
            (Some(_), Some(_)) => return Some(WRONG_SECURITY_CODE),
            (None, Some(_)) if self.demands_signature && self.knows_signver => return Some(NO_SECURITY_CODE),
            (None, Some(_)) => self.signature_found = true,
            (_, None) => {}
        }
        let missing = self.started == 2 && !self.signature_found;
        match &self.announced {
            Some(_) if missing => Some(WRONG_SECURITY_CODE),
            None if missing && self.demands_signature => Some(NO_SECURITY_CODE),
            _ => None,
        }
    }
}
