//! What changed on the bus from one look to the next.

use std::collections::BTreeSet;

use super::line::Line;
use super::outcome::describe;
use super::urb::Place;
use crate::usb::{Access, Attached, PortPath, UsbError};

/// What the last look showed, as far as it is of interest.
pub(super) struct Incarnations {
    is_stick: fn(&Attached) -> bool,
    known: Vec<Attached>,
    /// Ports in which a stick was seen: whatever is in them later is part of the story.
    ports: BTreeSet<PortPath>,
    unseen: bool,
}

/// Where a note goes that is about the bus as a whole.
const WHOLE_BUS: Place = Place { bus: 0, address: 0 };

impl Incarnations {
    pub(super) fn new(is_stick: fn(&Attached) -> bool) -> Self {
        Self { is_stick, known: Vec::new(), ports: BTreeSet::new(), unseen: false }
    }

    /// Notes what a look shows otherwise than the one before: departures first.
    pub(super) fn look(&mut self, snapshot: &Result<Vec<Attached>, UsbError>, note: &mut dyn FnMut(Place, Line)) {
        let devices = match snapshot {
            Ok(devices) => devices,
            Err(error) => {
                if !std::mem::replace(&mut self.unseen, true) {
                    note(WHOLE_BUS, describe(Line::new("unseen"), error));
                }
                return;
            }
        };
        self.unseen = false;
        self.ports.extend(devices.iter().filter(|device| (self.is_stick)(device)).map(|device| device.path.clone()));
        let now: Vec<Attached> = devices.iter().filter(|device| self.ports.contains(&device.path)).cloned().collect();
        for gone in self.known.iter().filter(|old| !now.iter().any(|new| is_same(old, new))) {
            note(Place::of(gone), Line::new("left").with("port", &gone.path).with("address", gone.address));
        }
        for device in &now {
            match self.known.iter().find(|old| is_same(old, device)) {
                None => note(Place::of(device), summary("arrived", device)),
                Some(old) if old != device => note(Place::of(device), summary("changed", device)),
                Some(_) => {}
            }
        }
        self.known = now;
    }
}

/// Another device at the address that the last one had is another incarnation.
fn is_same(one: &Attached, other: &Attached) -> bool {
    let key = |device: &Attached| (device.address, device.vendor_id, device.product_id);
    one.path == other.path && key(one) == key(other)
}

/// Everything that the bus says of a device.
fn summary(word: &str, device: &Attached) -> Line {
    let mut line = Line::new(word)
        .with("port", &device.path)
        .with("address", device.address)
        .with("id", device.id())
        .with("usb", format_args!("{:04x}", device.usb_version))
        .with("device", format_args!("{:04x}", device.device_version))
        .with("class", device.class);
    line = match &device.access {
        Access::Granted => line.with("access", "granted"),
        Access::Denied { node } => line.with("access", "denied").quoted("node", node),
        Access::Unknown => line.with("access", "unknown"),
    };
    for (name, text) in [("manufacturer", &device.manufacturer), ("product", &device.product)] {
        if let Some(text) = text {
            line = line.quoted(name, text);
        }
    }
    for interface in &device.interfaces {
        line = line.with("interface", interface.number).with("class", interface.class);
        if let Some(driver) = &interface.driver {
            line = line.quoted("driver", driver);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usb::{ClassTriple, Interface};

    fn look(incarnations: &mut Incarnations, snapshot: Result<Vec<Attached>, UsbError>) -> Vec<String> {
        let mut lines = Vec::new();
        incarnations.look(&snapshot, &mut |_, line| lines.push(line.text().to_owned()));
        lines
    }

    fn incarnations() -> Incarnations {
        Incarnations::new(|device| device.product_id != 0x0001)
    }

    #[test]
    fn a_stick_is_noted_when_it_comes_changes_and_goes_and_not_in_between() {
        let mut incarnations = incarnations();
        let bare = Attached::bare("1-1.4", 7, 0x1443);
        let arrived = look(&mut incarnations, Ok(vec![bare.clone()]));
        let described = "port=1-1.4 address=7 id=12d1:1443 usb=0000 device=0000 class=00/00/00 access=unknown";
        assert_eq!(arrived, [format!("arrived {described}")]);
        assert_eq!(look(&mut incarnations, Ok(vec![bare.clone()])), Vec::<String>::new());

        let interface = Interface { number: 0, class: ClassTriple::new(0xff, 2, 1), driver: Some("option".to_owned()) };
        let with_driver = Attached { interfaces: vec![interface], product: Some("HUAWEI Mobile".into()), ..bare };
        let changed = look(&mut incarnations, Ok(vec![with_driver]));
        let tail = r#"product="HUAWEI Mobile" interface=0 class=ff/02/01 driver="option""#;
        assert_eq!(changed, [format!("changed {described} {tail}")]);
        assert_eq!(look(&mut incarnations, Ok(Vec::new())), ["left port=1-1.4 address=7"]);
    }

    #[test]
    fn a_return_between_two_looks_is_a_departure_and_an_arrival_even_at_the_same_address() {
        let mut incarnations = incarnations();
        look(&mut incarnations, Ok(vec![Attached::bare("1-1.4", 7, 0x1443)]));
        let lines = look(&mut incarnations, Ok(vec![Attached::bare("1-1.4", 7, 0x1c05)]));
        assert_eq!(lines[0], "left port=1-1.4 address=7");
        assert!(lines[1].starts_with("arrived port=1-1.4 address=7 id=12d1:1c05"), "{lines:?}");
    }

    #[test]
    fn other_devices_are_left_out_unless_one_sits_where_a_stick_was() {
        let mut incarnations = incarnations();
        let other = |path| Attached::bare(path, 3, 0x0001);
        assert_eq!(look(&mut incarnations, Ok(vec![other("1-1.4"), other("1-2")])), Vec::<String>::new());
        look(&mut incarnations, Ok(vec![Attached::bare("1-1.4", 7, 0x1443), other("1-2")]));
        let lines = look(&mut incarnations, Ok(vec![other("1-1.4"), other("1-2")]));
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[1].starts_with("arrived port=1-1.4 address=3 id=12d1:0001"), "{lines:?}");
    }

    #[test]
    fn a_bus_that_cannot_be_looked_at_is_noted_once() {
        let mut incarnations = incarnations();
        let blind = || Err(UsbError::NoUsb { source: Some("no such folder".into()) });
        assert_eq!(look(&mut incarnations, blind()), [r#"unseen error=no_usb source="no such folder""#]);
        assert_eq!(look(&mut incarnations, blind()), Vec::<String>::new());
        look(&mut incarnations, Ok(Vec::new()));
        assert_eq!(look(&mut incarnations, blind()).len(), 1);
    }
}
