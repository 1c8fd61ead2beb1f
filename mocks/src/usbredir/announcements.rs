//! What a guest is told of a device: who it is, its interfaces, its endpoints.

use super::capabilities::Capabilities;
use super::reader::VERSION;
use crate::descriptors::{AlternateSetting, Descriptors, Interface};
use crate::stick::Stick;

/// Both tables have so many places.
const PLACES: usize = 32;
const SPEED_FULL: u8 = 1;
const SPEED_HIGH: u8 = 2;
const TYPE_CONTROL: u8 = 0;
const TYPE_BULK: u8 = 2;
const TYPE_INTERRUPT: u8 = 3;
const TYPE_ABSENT: u8 = 255;
const CONTROL_PACKET: u16 = 64;

/// The body of a hello.
pub(super) fn hello() -> Vec<u8> {
    let mut body = format!("balong-mock {}", env!("CARGO_PKG_VERSION")).into_bytes();
    body.resize(VERSION as usize, 0);
    body.extend(Capabilities::OWN.bits().to_le_bytes());
    body
}

/// The body of a device connect.
pub(super) fn device(stick: &Stick, descriptors: &Descriptors, capabilities: Capabilities) -> Vec<u8> {
    let mut body = vec![if stick.is_full_speed() { SPEED_FULL } else { SPEED_HIGH }];
    body.extend(descriptors.class);
    body.extend(descriptors.vendor_id.to_le_bytes());
    body.extend(descriptors.product_id.to_le_bytes());
    if capabilities.connect_device_version() {
        body.extend(descriptors.device_version.to_le_bytes());
    }
    body
}

/// The interfaces of the selected configuration, each in its selected setting.
fn selected<'a>(
    stick: &Stick,
    descriptors: &'a Descriptors,
) -> impl Iterator<Item = (&'a Interface, &'a AlternateSetting)> {
    let configured = stick.configuration() != 0;
    let settings = descriptors.interfaces.iter().filter(move |_| configured).filter_map(|interface| {
        let setting = interface.settings.get(usize::from(stick.setting(interface.number)))?;
        Some((interface, setting))
    });
    settings.take(PLACES)
}

/// The body of an interface info: a count, then numbers, classes, subclasses and protocols.
pub(super) fn interfaces(stick: &Stick, descriptors: &Descriptors) -> Vec<u8> {
    let mut columns = [[0; PLACES]; 4];
    let mut count = 0u32;
    for (place, (interface, setting)) in selected(stick, descriptors).enumerate() {
        let [class, subclass, protocol] = setting.class;
        for (column, value) in columns.iter_mut().zip([interface.number, class, subclass, protocol]) {
            column[place] = value;
        }
        count += 1;
    }
    let mut body = count.to_le_bytes().to_vec();
    body.extend(columns.iter().flatten());
    body
}

/// The body of an endpoint info: types, intervals, interfaces and packet sizes; first 16 OUT, then 16 IN.
pub(super) fn endpoints(stick: &Stick, descriptors: &Descriptors, capabilities: Capabilities) -> Vec<u8> {
    let (mut types, mut intervals, mut owners) = ([TYPE_ABSENT; PLACES], [0; PLACES], [0; PLACES]);
    let mut sizes = [0u16; PLACES];
    for control in [0, PLACES / 2] {
        (types[control], sizes[control]) = (TYPE_CONTROL, CONTROL_PACKET);
    }
    for (interface, setting) in selected(stick, descriptors) {
        for end in &setting.endpoints {
            let place = usize::from(end.address & 0x0f) + if end.is_in() { PLACES / 2 } else { 0 };
            types[place] = if end.interrupt { TYPE_INTERRUPT } else { TYPE_BULK };
            intervals[place] = end.interval();
            owners[place] = interface.number;
            sizes[place] = end.max_packet;
        }
    }
    let mut body = [types, intervals, owners].concat();
    if capabilities.packet_sizes() {
        body.extend(sizes.iter().flat_map(|size| size.to_le_bytes()));
    }
    body
}
