//! The standard requests, by section 9.4 of the USB 2.0 specification.

use std::collections::BTreeMap;

use super::{Setup, Stick};
use crate::composition::FIRST_CONFIGURATION;
use crate::descriptors::Descriptors;

const GET_STATUS: u8 = 0;
const CLEAR_FEATURE: u8 = 1;
const SET_FEATURE: u8 = 3;
const SET_ADDRESS: u8 = 5;
const GET_DESCRIPTOR: u8 = 6;
const GET_CONFIGURATION: u8 = 8;
const SET_CONFIGURATION: u8 = 9;
const GET_INTERFACE: u8 = 10;
const SET_INTERFACE: u8 = 11;

/// The feature selector of an endpoint.
const ENDPOINT_HALT: u16 = 0;

/// What the host selected.
#[derive(Debug)]
pub(super) struct Selection {
    configuration: u8,
    /// Whether a host selected it, in this incarnation and since the last reset.
    by_host: bool,
    /// Interfaces that are not in their first setting.
    settings: BTreeMap<u8, u8>,
}

impl Default for Selection {
    /// A device comes up configured: whoever serves it stands where a host stands that configured it already.
    fn default() -> Self {
        Self { configuration: FIRST_CONFIGURATION, by_host: false, settings: BTreeMap::new() }
    }
}

impl Stick {
    /// The configuration that is selected, or 0 for none.
    #[must_use]
    pub fn configuration(&self) -> u8 {
        self.selection.configuration
    }

    /// Whether a kernel behind a socket has enumerated this incarnation to the end: it selects a configuration last.
    #[must_use]
    pub fn was_configured(&self) -> bool {
        self.descriptors().is_some() && self.selection.by_host && self.selection.configuration != 0
    }

    /// The alternate setting that an interface is in.
    #[must_use]
    pub fn setting(&self, interface: u8) -> u8 {
        self.selection.settings.get(&interface).copied().unwrap_or(0)
    }

    /// The bus was reset: no endpoint is halted, every interface is in its first setting. What waits to be read remains, but
    /// for a device that was in its second configuration, and is in its first one now.
    pub fn bus_reset(&mut self) {
        self.go_to_configuration(FIRST_CONFIGURATION);
        self.selection = Selection::default();
        self.pipes.clear_halts();
        self.forget_lines();
        self.announce_link();
    }

    pub(super) fn standard(&mut self, setup: Setup) -> Option<Vec<u8>> {
        let [target, _] = setup.index.to_le_bytes();
        match (setup.request_type, setup.request) {
            (0x80, GET_DESCRIPTOR) => self.descriptor(setup.value),
            (0x80, GET_STATUS) => Some(vec![0, 0]),
            (0x81, GET_STATUS) => self.descriptors()?.interface(target).map(|_| vec![0, 0]),
            (0x82, GET_STATUS) => self.has_endpoint(target).then(|| vec![u8::from(self.pipes.halted(target)), 0]),
            (0x80, GET_CONFIGURATION) => Some(vec![self.configuration()]),
            (0x81, GET_INTERFACE) => self.descriptors()?.interface(target).map(|_| vec![self.setting(target)]),
            (0x00, SET_ADDRESS) => Some(Vec::new()),
            (0x00, SET_CONFIGURATION) => self.select_configuration(setup.value),
            (0x01, SET_INTERFACE) => self.select_setting(target, setup.value),
            (0x02, CLEAR_FEATURE) if setup.value == ENDPOINT_HALT => {
                self.clear_halt(target);
                Some(Vec::new())
            }
            (0x02, SET_FEATURE) if setup.value == ENDPOINT_HALT && self.has_endpoint(target) => {
                // The control endpoint is never halted for longer than one request.
                if target & 0x0f != 0 {
                    self.pipes.halt(target);
                }
                Some(Vec::new())
            }
            _ => None,
        }
    }

    fn descriptor(&self, value: u16) -> Option<Vec<u8>> {
        let descriptors = self.descriptors()?;
        let [index, kind] = value.to_le_bytes();
        match (kind, index) {
            (1, _) => Some(descriptors.device_bytes()),
            (2, index) => Some(self.configuration_at(index)?.configuration_bytes()),
            (3, _) => descriptors.string_bytes(index),
            (6, _) => Some(descriptors.qualifier_bytes()),
            (7, index) => Some(self.configuration_at(index)?.other_speed_bytes()),
            (15, _) => descriptors.object_store_bytes(),
            _ => None,
        }
    }

    /// The configurations are described in the order of their values.
    fn configuration_at(&self, index: u8) -> Option<&Descriptors> {
        let configurations = [&self.composition, &self.other_configuration].into_iter().flatten();
        let mut described: Vec<_> = configurations.map(|composition| &composition.descriptors).collect();
        described.sort_by_key(|descriptors| descriptors.configuration);
        described.get(usize::from(index)).copied()
    }

    fn has_endpoint(&self, address: u8) -> bool {
        address & 0x7f == 0 || self.descriptors().is_some_and(|facts| facts.endpoint(address).is_some())
    }

    fn select_configuration(&mut self, value: u16) -> Option<Vec<u8>> {
        let configuration = u8::try_from(value).ok()?;
        if configuration != 0 && !self.go_to_configuration(configuration) {
            return None;
        }
        self.selection = Selection { configuration, by_host: true, ..Selection::default() };
        self.pipes.clear_halts();
        self.forget_lines();
        self.announce_link();
        Some(Vec::new())
    }

    fn select_setting(&mut self, interface: u8, value: u16) -> Option<Vec<u8>> {
        let settings = &self.descriptors()?.interface(interface)?.settings;
        let setting = u8::try_from(value).ok().filter(|value| usize::from(*value) < settings.len())?;
        let ends: Vec<u8> = settings.iter().flat_map(|setting| &setting.endpoints).map(|end| end.address).collect();
        self.selection.settings.insert(interface, setting);
        for end in ends {
            self.pipes.clear_halt(end);
        }
        self.announce_link();
        Some(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{Mode, Model, StickOptions};
    use crate::stick::{Response, Setup, Stick};

    fn stick() -> Stick {
        let model = Model::named("e3372h").expect("a model");
        let mut stick = Stick::new(model, Mode::Stick, StickOptions::default()).expect("a mode of the model");
        stick.plug();
        stick
    }

    fn ask(stick: &mut Stick, request_type: u8, request: u8, value: u16, index: u16) -> Option<Vec<u8>> {
        match stick.control(Setup { request_type, request, value, index, length: 255 }, &[]) {
            Response::Done(bytes) => Some(bytes.to_vec()),
            Response::Stall => None,
        }
    }

    #[test]
    fn a_halt_shows_in_the_endpoints_status_until_it_is_cleared() {
        let mut stick = stick();
        assert_eq!(ask(&mut stick, 0x02, 3, 0, 0x83), Some(vec![]));
        assert_eq!(ask(&mut stick, 0x82, 0, 0, 0x83), Some(vec![1, 0]));
        assert_eq!(ask(&mut stick, 0x02, 1, 0, 0x83), Some(vec![]));
        assert_eq!(ask(&mut stick, 0x82, 0, 0, 0x83), Some(vec![0, 0]));
        assert_eq!(ask(&mut stick, 0x82, 0, 0, 0x8f), None, "no such endpoint");
    }

    #[test]
    fn an_alternate_setting_lasts_until_the_configuration_is_set_anew() {
        let mut stick = stick();
        assert_eq!(ask(&mut stick, 0x01, 11, 1, 2), Some(vec![]));
        assert_eq!(ask(&mut stick, 0x81, 10, 0, 2), Some(vec![1]));
        assert_eq!(ask(&mut stick, 0x01, 11, 2, 2), None, "the interface has two settings");
        assert_eq!(ask(&mut stick, 0x00, 9, 1, 0), Some(vec![]));
        assert_eq!(ask(&mut stick, 0x81, 10, 0, 2), Some(vec![0]));
        assert_eq!(ask(&mut stick, 0x00, 9, 0, 0), Some(vec![]));
        assert_eq!(ask(&mut stick, 0x80, 8, 0, 0), Some(vec![0]));
    }

    #[test]
    fn a_second_configuration_is_taken_up_in_place_and_left_by_a_reset() {
        let model = Model::named("12d1:1d50").expect("a model");
        let mut stick = Stick::new(model, Mode::Cd, StickOptions::default()).expect("it has a CD");
        stick.plug();
        let device = |stick: &mut Stick| ask(stick, 0x80, 6, 0x0100, 0).expect("a device descriptor");
        let itself = device(&mut stick);
        assert_eq!(itself[17], 2, "bNumConfigurations");
        let described =
            |stick: &mut Stick| [0, 1].map(|index| ask(stick, 0x80, 6, 0x0200 | index, 0).expect("described"));
        let [first, second] = described(&mut stick);
        // bNumInterfaces, bConfigurationValue; and bInterfaceClass of the first interface.
        assert_eq!((first[4..6].to_vec(), first[14]), (vec![1, 1], 0x08));
        assert_eq!((second[4..6].to_vec(), second[14]), (vec![2, 2], 0xff));
        assert_eq!(ask(&mut stick, 0x80, 6, 0x0202, 0), None, "there is no third");

        assert_eq!(ask(&mut stick, 0x00, 9, 2, 0), Some(vec![]));
        assert_eq!((stick.mode(), stick.configuration(), stick.incarnation()), (Some(Mode::Serial), 2, 1));
        assert_eq!(stick.descriptors().map(|active| active.interfaces.len()), Some(2));
        assert_eq!(described(&mut stick), [first, second], "both are described in the same order");
        assert_eq!(device(&mut stick), itself);
        assert_eq!(ask(&mut stick, 0x00, 9, 3, 0), None);
        assert_eq!(stick.configuration(), 2, "one that does not exist changes nothing");

        stick.bus_reset();
        assert_eq!((stick.mode(), stick.configuration(), stick.incarnation()), (Some(Mode::Cd), 1, 1));
    }

    #[test]
    fn a_guest_finds_every_descriptor_that_it_asks_for() {
        let mut stick = stick();
        for (value, length) in [(0x0100, 18), (0x0600, 10), (0x0f00, 12)] {
            assert_eq!(ask(&mut stick, 0x80, 6, value, 0).map(|bytes| bytes.len()), Some(length), "{value:04x}");
        }
        assert_eq!(ask(&mut stick, 0x80, 6, 0x03ee, 0), None, "the string that Windows asks every device for");
    }
}
