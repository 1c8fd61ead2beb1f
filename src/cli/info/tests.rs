//! `info` on devices of which nobody knows a question that they answer, and on one that cannot be reached.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::cli::{Connection, Streams, run};
use crate::port_lock::PortLocks;
use crate::protocol::Interrupt;
use crate::usb::{Attached, ClassTriple, ControlRequest, Interface, UsbBus, UsbError, UsbPort};
use crate::web::{WebAddress, WebError, WebReach};

/// A bus on which nothing may be said to anybody.
struct Hushed(Vec<Attached>);

impl UsbBus for Hushed {
    fn attached(&self) -> Result<Vec<Attached>, UsbError> {
        Ok(self.0.clone())
    }

    fn open(&self, device: &Attached, interface: u8) -> Result<Box<dyn UsbPort>, UsbError> {
        panic!("interface {interface} of {} may not be opened", device.id());
    }

    fn control(&self, device: &Attached, _: ControlRequest, _: &[u8], _: Duration) -> Result<Bytes, UsbError> {
        panic!("{} may not be sent a control request", device.id());
    }

    fn set_configuration(&self, device: &Attached, _: u8) -> Result<(), UsbError> {
        panic!("{} may not be configured", device.id());
    }

    fn now(&self) -> Duration {
        Duration::ZERO
    }

    fn sleep(&self, _: Duration) {}
}

/// No stick has a network interface.
struct NoWay;

impl WebReach for NoWay {
    fn reach(&self, stick: &Attached) -> Result<WebAddress, WebError> {
        Err(WebError::NoInterface { port: stick.path.clone() })
    }
}

fn device(vendor_id: u16, product_id: u16, class: (u8, u8, u8)) -> Attached {
    let (class, subclass, protocol) = class;
    let interface = Interface { number: 0, class: ClassTriple::new(class, subclass, protocol), driver: None };
    Attached {
        vendor_id,
        usb_version: 0x0200,
        product: Some("Mo\u{1b}bile".to_owned()),
        interfaces: vec![interface],
        ..Attached::bare("1-1.4", 7, product_id)
    }
}

/// Exit status and both outputs.
fn info(device: Attached, more: &[&str]) -> (u8, String, String) {
    let connection = Connection {
        bus: Arc::new(Hushed(vec![device])),
        web: Arc::new(NoWay),
        locks: PortLocks::none(),
        hand: None,
        simulated: Vec::new(),
    };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let streams = Streams { out: &mut out, err: &mut err, answers: None, terminal: false, screen: None };
    let given = ["balong", "info"].iter().chain(more).map(Into::into).collect::<Vec<_>>();
    let exit = run(given, streams, Some(connection), &Interrupt::new());
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (exit, text(out), text(err))
}

#[test]
fn a_brovi_is_named_with_what_is_known_and_sent_nothing() {
    for class in [(0x08, 0x06, 0x50), (0xe0, 0x01, 0x03), (0xff, 0xff, 0xff)] {
        let (exit, out, err) = info(device(0x3566, 0x2001, class), &["--port", "1-1.4"]);
        assert_eq!((exit, err.as_str()), (0, ""), "{out}");
        assert!(out.contains("3566:2001 is the Brovi") && out.contains("another chip"), "{out}");
        assert!(out.contains("Mo\\u{1b}bile") && out.contains("bcdUSB 0200"), "{out}");
    }
    let (exit, _, err) = info(device(0x3566, 0x2001, (0x08, 0x06, 0x50)), &[]);
    assert_eq!(exit, 3);
    assert!(err.contains("at 1-1.4 is 3566:2001 (Brovi"), "{err}");
}

#[test]
fn a_composition_that_is_not_known_is_named_and_sent_nothing() {
    let (exit, out, _) = info(device(0x12d1, 0xabcd, (0x03, 0x01, 0x01)), &["--format", "json"]);
    let event: serde_json::Value = serde_json::from_str(&out).expect("one JSON object");
    assert_eq!((exit, event["mode"].as_str(), event["model"].is_null()), (0, Some("unknown"), true), "{out}");
    assert!(event["hints"][0].as_str().is_some_and(|hint| hint.contains("nothing was asked")), "{out}");
}

#[test]
fn a_device_of_another_maker_is_exit_3_and_sent_nothing() {
    let (exit, _, err) = info(device(0x1d6b, 0x0002, (0x09, 0x00, 0x00)), &["--port", "1-1.4"]);
    assert_eq!(exit, 3);
    assert!(err.contains("1d6b:0002, which is no Balong stick"), "{err}");
}

#[test]
fn a_hilink_stick_without_a_network_interface_is_exit_6_with_what_to_do() {
    let (exit, out, err) = info(device(0x12d1, 0x14dc, (0x02, 0x06, 0x00)), &["--format", "json"]);
    let event: serde_json::Value = serde_json::from_str(&out).expect("one JSON object");
    assert_eq!((exit, event["code"].as_str()), (6, Some("not_identified")), "{out}{err}");
    assert!(event["message"].as_str().is_some_and(|text| text.contains("no network interface")), "{out}");
    assert!(event["next"].as_str().is_some_and(|text| text.contains("cdc_ether") && text.contains("ip link")), "{out}");
}
