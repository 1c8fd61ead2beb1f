//! Control requests.

use bytes::Bytes;

use super::{Running, Stick};
use crate::composition::Role;
use crate::transcript::Event;

/// A setup packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setup {
    /// `bmRequestType`.
    pub request_type: u8,
    /// `bRequest`.
    pub request: u8,
    /// `wValue`.
    pub value: u16,
    /// `wIndex`.
    pub index: u16,
    /// `wLength`.
    pub length: u16,
}

impl Setup {
    /// SET_FEATURE to the device itself.
    fn is_device_feature(self) -> bool {
        (self.request_type, self.request) == (0x00, SET_FEATURE)
    }

    fn is_configuration(self) -> bool {
        (self.request_type, self.request) == (0x00, SET_CONFIGURATION)
    }
}

/// What becomes of a control request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// It was carried out; for a request to the host, with this data.
    Done(Bytes),
    /// It was refused.
    Stall,
}

const SET_FEATURE: u8 = 3;
const SET_CONFIGURATION: u8 = 9;
const SET_LINE_CODING: u8 = 0x20;
const GET_LINE_CODING: u8 = 0x21;
const SET_CONTROL_LINE_STATE: u8 = 0x22;
const SET_ETHERNET_PACKET_FILTER: u8 = 0x43;
const MASS_STORAGE_RESET: u8 = 0xff;
const GET_MAX_LUN: u8 = 0xfe;

/// 115200 8N1. It means nothing here.
const LINE_CODING: [u8; 7] = [0x00, 0xc2, 0x01, 0x00, 0, 0, 8];

impl Stick {
    /// One control request. `data` is what the host sends with it.
    pub fn control(&mut self, setup: Setup, data: &[u8]) -> Response {
        if self.composition.is_none() {
            return Response::Stall;
        }
        let answer = match setup.request_type & 0x60 {
            0x00 if setup.is_device_feature() => self.unless_stalled(setup, |stick| stick.device_feature(setup)),
            0x00 => {
                if setup.is_configuration() {
                    self.note(Event::SetConfiguration { value: setup.value });
                }
                self.standard(setup)
            }
            0x20 => self.unless_stalled(setup, |stick| stick.class(setup)),
            _ => self.unless_stalled(setup, |stick| stick.vendor(setup, data)),
        };
        match answer {
            Some(mut bytes) => {
                bytes.truncate(usize::from(setup.length));
                Response::Done(bytes.into())
            }
            None => Response::Stall,
        }
    }

    /// A request that is not part of every enumeration.
    fn unless_stalled(
        &mut self,
        setup: Setup,
        carry_out: impl FnOnce(&mut Self) -> Option<Vec<u8>>,
    ) -> Option<Vec<u8>> {
        let Setup { request_type, request, value, index, .. } = setup;
        self.note(Event::Control { request_type, request, value, index });
        if self.faults.stalls_control() { None } else { carry_out(self) }
    }

    fn class(&mut self, setup: Setup) -> Option<Vec<u8>> {
        let role = self.composition.as_ref()?.role(setup.index.to_le_bytes()[0])?;
        match (setup.request_type, setup.request) {
            (0x21, SET_CONTROL_LINE_STATE) if role.is_serial() => {
                self.set_line(setup.index.to_le_bytes()[0], setup.value);
                Some(Vec::new())
            }
            (0x21, SET_LINE_CODING) if role.is_serial() => Some(Vec::new()),
            (0xa1, GET_LINE_CODING) if role.is_serial() => Some(LINE_CODING.to_vec()),
            (0x21, SET_ETHERNET_PACKET_FILTER) if role == Role::Network => Some(Vec::new()),
            (0xa1, GET_MAX_LUN) if role == Role::Cd => Some(vec![self.highest_unit_of_cd()]),
            (0xa1, GET_MAX_LUN) if role == Role::Card => Some(vec![0]),
            (0x21, MASS_STORAGE_RESET) if role.is_mass_storage() => Some(Vec::new()),
            _ => None,
        }
    }

    fn vendor(&mut self, setup: Setup, data: &[u8]) -> Option<Vec<u8>> {
        if matches!(self.running, Running::Conformance(_)) {
            return self.test_device_obeys(setup, data);
        }
        self.firmware_request(setup)
    }
}
