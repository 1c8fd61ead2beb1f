//! The ways out of the virtual CD that are no message to its interface: control requests.

use std::time::Duration;

use super::{Running, Setup, Stick};
use crate::composition::Shape;
use crate::firmware;
use crate::known::Method;
use crate::model::Mode;
use crate::reaction::Next;
use crate::switching::CdStage;

const TO_THE_DEVICE: u8 = 0x40;
const TO_THE_HOST: u8 = 0xc0;

/// By which Huawei's software for the Mac leads a stick out of its CD.
const LEAVE_CD: u8 = 0xa1;
/// By which Windows asks for descriptors of its own; the first of them arms a switch.
const WINDOWS_DESCRIPTORS: u8 = 0xee;
const WINDOWS_PROBES: [u8; 2] = [0xde, 0xfe];
/// By which the host says which system it runs: the high byte of `wValue` is 1.
const HOST_SYSTEM: u8 = 0x9a;
/// Asked of builds that can be modem and HiLink.
const DUAL_BUILD: u8 = 0x20;

/// From the vendor request to the departure.
const AFTER_REQUEST: Duration = Duration::from_millis(1500);
/// From a standard request to the departure.
const AFTER_STANDARD_REQUEST: Duration = Duration::from_millis(100);

impl Stick {
    /// The composition that a switch without special wishes leads to.
    pub(super) fn working(&self) -> Shape {
        firmware::working(&self.model, &self.flash, &self.options)
    }

    /// What decides where a command to the CD leads.
    pub(super) fn cd_stage(&self) -> CdStage {
        CdStage {
            known: self.model.known,
            kind: self.flash.kind(),
            open: self.model.open,
            working: self.working(),
            only_by_request: self.options.leaves_by_request_only,
            without_autorun: self.options.without_autorun,
        }
    }

    fn is_in_cd_stage(&self) -> bool {
        self.mode() == Some(Mode::Cd)
    }

    fn leave_cd(&mut self, after: Duration) {
        self.leave(self.now + after, Next::Shape(self.working()));
    }

    /// A vendor request to running firmware. `None`: a stall.
    pub(super) fn firmware_request(&mut self, setup: Setup) -> Option<Vec<u8>> {
        if !matches!(self.running, Running::Firmware(_)) || self.model.known.is_some() {
            return None;
        }
        match (setup.request_type, setup.request) {
            (TO_THE_DEVICE, LEAVE_CD) if setup.value == 0 && setup.index == 0 && self.is_in_cd_stage() => {
                self.leave_cd(AFTER_REQUEST);
                (!self.options.stalls_leave_request).then(Vec::new)
            }
            (TO_THE_HOST, WINDOWS_DESCRIPTORS) => {
                self.armed = self.options.leaves_by_unit_count && self.is_in_cd_stage();
                Some(vec![0])
            }
            (TO_THE_HOST, HOST_SYSTEM) if setup.value >> 8 == 1 => Some(vec![0]),
            (TO_THE_HOST, DUAL_BUILD) => Some(vec![0]),
            (TO_THE_HOST, probe) if WINDOWS_PROBES.contains(&probe) => Some(vec![0]),
            _ => None,
        }
    }

    /// The highest unit of the CD's interface. A system driver asks for it when it binds.
    pub(super) fn highest_unit_of_cd(&mut self) -> u8 {
        if std::mem::take(&mut self.armed) {
            self.leave_cd(AFTER_REQUEST);
        }
        let card = match (self.model.known, self.flash.kind()) {
            (Some(_), _) => true,
            (None, firmware::Kind::HiLink) => self.options.card_reader,
            (None, firmware::Kind::Stick) => self.options.card_reader && self.flash.settings().shows_card_beside_cd(),
        };
        u8::from(card)
    }

    /// SET_FEATURE to the device. Feature 1 is remote wake-up, which no stick has; Huawei's oldest ones take it for the
    /// order to go to work.
    pub(super) fn device_feature(&mut self, setup: Setup) -> Option<Vec<u8>> {
        let obeys = self.model.known.is_some_and(|device| device.method == Method::SetFeature);
        if !obeys || !self.is_in_cd_stage() || (setup.value, setup.index) != (1, 0) {
            return None;
        }
        self.leave_cd(AFTER_STANDARD_REQUEST);
        Some(Vec::new())
    }
}
