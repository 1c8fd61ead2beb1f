//! Whatever is done on the seam, and however it ends, reads back equal.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::scripted::{Failing, WHY};
use super::*;
use crate::usb::{ControlKind, Recipient};

/// A call on the seam.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Made {
    Send(Vec<u8>),
    Receive,
    ToInterface(ControlRequest, Vec<u8>),
    ToDevice(ControlRequest, Vec<u8>),
    ClearHalt(Direction),
    SetConfiguration(u8),
}

/// A call, its deadline (of those that have one) and its end.
type Spoken = (Made, Duration, Answer);

fn direction() -> impl Strategy<Value = Direction> {
    prop_oneof![Just(Direction::Out), Just(Direction::In)]
}

fn request() -> impl Strategy<Value = (ControlRequest, Vec<u8>)> {
    let kind = prop_oneof![Just(ControlKind::Standard), Just(ControlKind::Class), Just(ControlKind::Vendor)];
    let recipient = prop_oneof![Just(Recipient::Device), Just(Recipient::Interface), Just(Recipient::Endpoint)];
    let numbers = (any::<u8>(), any::<u16>(), any::<u16>(), any::<u16>());
    let data = prop::collection::vec(any::<u8>(), 0..40);
    (direction(), kind, recipient, numbers, data).prop_map(|(direction, kind, recipient, numbers, data)| {
        let (request, value, index, length) = numbers;
        // What goes out has its length from its data, and what comes in brings none along.
        let (length, data) = if direction == Direction::In { (length, Vec::new()) } else { (0, data) };
        (ControlRequest { direction, kind, recipient, request, value, index, length }, data)
    })
}

fn failing() -> impl Strategy<Value = Failing> {
    prop_oneof![
        Just(Failing::Gone),
        (0_usize..5000, any::<u64>())
            .prop_map(|(sent, nanoseconds)| Failing::TimedOut { sent, within: Duration::from_nanos(nanoseconds) }),
        direction().prop_map(Failing::Stalled),
        (any::<u8>(), ".{0,30}").prop_map(|(interface, holder)| Failing::Busy { interface, holder }),
        any::<u8>().prop_map(|interface| Failing::Unsuitable { interface }),
        prop::option::of("\\PC{0,30}").prop_map(|source| Failing::NoUsb { source }),
        (".{0,30}", "(?s).{0,60}").prop_map(|(doing, source)| Failing::Failed { doing, source }),
    ]
}

fn spoken() -> impl Strategy<Value = Spoken> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..2100);
    let taken = || any::<u32>().prop_map(|micros| Answer::Taken { after: Duration::from_micros(micros.into()) });
    let brought = || bytes().prop_map(Answer::Brought);
    let failed = || failing().prop_map(Answer::Failed);
    let within = any::<u64>().prop_map(Duration::from_nanos);
    let no_deadline = Just(Duration::ZERO);
    prop_oneof![
        4 => (bytes().prop_map(Made::Send), within.clone(), prop_oneof![3 => taken(), 1 => failed()]),
        4 => (Just(Made::Receive), within.clone(), prop_oneof![3 => brought(), 1 => Just(Answer::Nothing), 1 => failed()]),
        1 => (request().prop_map(|(request, data)| Made::ToInterface(request, data)), within.clone(), prop_oneof![brought(), failed()]),
        1 => (request().prop_map(|(request, data)| Made::ToDevice(request, data)), within, prop_oneof![brought(), failed()]),
        1 => (direction().prop_map(Made::ClearHalt), no_deadline, prop_oneof![taken(), failed()]),
        1 => (any::<u8>().prop_map(Made::SetConfiguration), no_deadline, prop_oneof![taken(), failed()]),
    ]
}

/// Makes the call, and returns its end as the caller saw it.
fn make(bus: &RecordingBus, port: &mut dyn UsbPort, (made, within, _): &Spoken) -> Result<Option<Bytes>, UsbError> {
    let nothing = |()| Some(Bytes::new());
    match made {
        Made::Send(bytes) => port.send(bytes, *within).map(nothing),
        Made::Receive => port.receive(*within),
        Made::ToInterface(request, data) => port.control(*request, data, *within).map(Some),
        Made::ToDevice(request, data) => bus.control(&stick(), *request, data, *within).map(Some),
        Made::ClearHalt(direction) => port.clear_halt(*direction).map(nothing),
        Made::SetConfiguration(value) => bus.set_configuration(&stick(), *value).map(nothing),
    }
}

/// The same end, as the script has it.
fn expected(answer: &Answer) -> Result<Option<Bytes>, UsbError> {
    match answer {
        Answer::Taken { .. } => Ok(Some(Bytes::new())),
        Answer::Brought(bytes) => Ok(Some(Bytes::from(bytes.clone()))),
        Answer::Nothing => Ok(None),
        Answer::Announced(bytes) => panic!("{bytes:?} is for halves alone"),
        Answer::Failed(failing) => Err(failing.error()),
    }
}

/// The calls that a recording holds.
fn read_back(packets: &[Packet]) -> Vec<Spoken> {
    let halves: Vec<&Packet> = packets.iter().filter(|packet| packet.kind != 0xff).collect();
    let pairs = halves.chunks(2).map(|pair| {
        let [begun, ended] = pair else { panic!("a transfer without its end") };
        assert_eq!((begun.event, ended.event, begun.id), (b'S', b'C', ended.id));
        let (word, values) = begun.words();
        let made = made(&word, &values, begun);
        let within = values.get("within_ns").map_or(Duration::ZERO, |text| nanoseconds(text));
        let answer = answer(&made, begun, ended);
        (made, within, answer)
    });
    pairs.collect()
}

fn nanoseconds(text: &str) -> Duration {
    Duration::from_nanos(text.parse().expect("a number"))
}

fn made(word: &str, values: &BTreeMap<String, String>, begun: &Packet) -> Made {
    match word {
        "send" => Made::Send(begun.data.clone()),
        "receive" => Made::Receive,
        "control" if values.contains_key("opening") => Made::ToInterface(request_of(begun.setup), begun.data.clone()),
        "control" => Made::ToDevice(request_of(begun.setup), begun.data.clone()),
        "clear_halt" => Made::ClearHalt(direction_of(&values["direction"])),
        "set_configuration" => Made::SetConfiguration(values["value"].parse().expect("a number")),
        other => panic!("`{other}` is no call"),
    }
}

fn direction_of(text: &str) -> Direction {
    if text == "in" { Direction::In } else { Direction::Out }
}

fn request_of(setup: [u8; 8]) -> ControlRequest {
    let number = |at: usize| u16::from_le_bytes([setup[at], setup[at + 1]]);
    let direction = if setup[0] & 0x80 == 0 { Direction::Out } else { Direction::In };
    ControlRequest {
        direction,
        kind: [ControlKind::Standard, ControlKind::Class, ControlKind::Vendor][usize::from(setup[0] >> 5 & 3)],
        recipient: [Recipient::Device, Recipient::Interface, Recipient::Endpoint][usize::from(setup[0] & 3)],
        request: setup[1],
        value: number(2),
        index: number(4),
        length: if direction == Direction::In { number(6) } else { 0 },
    }
}

fn answer(made: &Made, begun: &Packet, ended: &Packet) -> Answer {
    let (_, values) = ended.words();
    let text = |name: &str| values[name].clone();
    let number = |name: &str| values[name].parse().expect("a number");
    let failing = match values.get("error").map(String::as_str) {
        Some("gone") => Failing::Gone,
        Some("timed_out") => {
            assert_eq!(values["sent"], ended.length.to_string());
            Failing::TimedOut { sent: ended.length as usize, within: nanoseconds(&values["within_ns"]) }
        }
        Some("stalled") => Failing::Stalled(direction_of(&values["direction"])),
        Some("busy") => Failing::Busy { interface: number("held"), holder: text("holder") },
        Some("unsuitable") => {
            assert_eq!(values["why"], WHY);
            Failing::Unsuitable { interface: number("unusable") }
        }
        Some("no_usb") => Failing::NoUsb { source: values.get("source").cloned() },
        Some("failed") => Failing::Failed { doing: text("doing"), source: text("source") },
        Some(other) => panic!("`{other}` is no error"),
        None => return success(made, begun, ended),
    };
    assert!(ended.status < 0);
    Answer::Failed(failing)
}

fn success(made: &Made, begun: &Packet, ended: &Packet) -> Answer {
    match made {
        Made::Receive if ended.status != 0 => Answer::Nothing,
        Made::Receive | Made::ToInterface(..) | Made::ToDevice(..) => Answer::Brought(ended.data.clone()),
        _ => Answer::Taken { after: ended.at - begun.at },
    }
}

/// What is written of an answer: long numbers are masked.
fn as_written(spoken: &[Spoken]) -> Vec<Spoken> {
    let mut mask = Mask::default();
    let mut masked = |(made, within, answer): &Spoken| {
        let answer = match (answer, made) {
            (Answer::Brought(bytes), Made::Receive) => Answer::Brought(mask.apply(bytes).0.into_owned()),
            (Answer::Brought(bytes), _) => Answer::Brought(Mask::default().apply(bytes).0.into_owned()),
            (answer, _) => answer.clone(),
        };
        (made.clone(), *within, answer)
    };
    spoken.iter().map(&mut masked).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_call_reads_back_equal_and_ends_as_it_would_without_the_recording(
        spoken in prop::collection::vec(spoken(), 0..12),
    ) {
        let bench = bench(spoken.iter().map(|(_, _, answer)| answer.clone()));
        let mut port = bench.open();
        for one in &spoken {
            let (seen, meant) = (make(&bench.bus, &mut *port, one), expected(&one.2));
            prop_assert_eq!(format!("{seen:?}"), format!("{meant:?}"));
        }
        prop_assert_eq!(read_back(&bench.packets()), as_written(&spoken));
        prop_assert_eq!(bench.recording.recorded().transfers, spoken.len() as u64);
    }

    #[test]
    fn a_file_that_ends_anywhere_reads_back_up_to_there(room in 300_usize..3000) {
        let answers = std::iter::repeat_n(Answer::brought(&[0x7e; 90]), 40);
        let bench = over(Arc::new(Scripted::new(answers)), Memory::that_fills_up_at(room));
        let mut port = bench.open();
        for _ in 0..40 {
            port.receive(SOON).expect("no fault");
        }
        prop_assert_eq!(bench.packets().len() as u64, bench.recording.recorded().packets);
    }
}
