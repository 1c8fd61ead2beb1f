//! A restart over the web interface: the simulated stick on the bus, and a web server of the test's own in front of it.

use balong_mocks::{Bus, Event, Hand, Pace, Stick, StickOptions};

use std::time::Duration;

use super::*;
use crate::interrupt::Interrupt;
use crate::usb::simulated::SimulatedBus;
use crate::web::scripted::{Reply, page, serve};
use crate::web::{WebAddress, WebError, WebReach};

/// A way to one web server, or to none.
struct Way(Option<WebAddress>);

impl WebReach for Way {
    fn reach(&self, stick: &Attached) -> Result<WebAddress, WebError> {
        self.0.clone().ok_or_else(|| WebError::NoInterface { port: stick.path.clone() })
    }
}

/// Says yes, and keeps what was remarked.
#[derive(Default)]
struct Watcher(Vec<String>);

impl Observer for Watcher {
    fn agrees(&mut self, _: &Plan) -> bool {
        true
    }

    fn remark(&mut self, text: &str) {
        self.0.push(text.to_owned());
    }
}

struct Bench {
    bus: Bus,
    hand: Hand,
}

impl Bench {
    fn new() -> Self {
        let bus = Bus::new(Pace::Virtual);
        let model = balong_mocks::Model::named("e3372h").expect("a model");
        let stick = Stick::new(model, balong_mocks::Mode::HiLink, StickOptions::default()).expect("a mode");
        let hand = bus.plug("1-1.4", stick);
        Self { bus, hand }
    }

    /// A web server that gives sessions, and does this when it is asked to restart.
    fn server(&self, on_restart: impl Fn(&Hand) -> Reply + Send + 'static) -> WebAddress {
        let hand = self.hand.clone();
        serve(move |request| match request {
            _ if request.starts_with("POST /api/device/control ") && request.contains("<Control>1</Control>") => {
                on_restart(&hand)
            }
            _ => page("<response><SesInfo>SessionID=a</SesInfo><TokInfo>t</TokInfo></response>"),
        })
    }

    fn restart(&self, way: Option<WebAddress>) -> (Result<Outcome, Failure>, Vec<String>) {
        let bus = SimulatedBus::new(self.bus.clone());
        let host = Host { bus: &bus, web: &Way(way), interrupt: Interrupt::new() };
        let mut watcher = Watcher::default();
        let ended = restart(&host, &"1-1.4".parse().expect("a port path"), &mut watcher);
        (ended, watcher.0)
    }

    fn left(&self) -> bool {
        self.hand.transcript().contains(&Event::Left)
    }
}

/// Leaves at once, and is back five seconds later.
fn leaves(hand: &Hand) {
    hand.unplug();
    hand.plug_after(Duration::from_secs(5));
}

#[test]
fn a_stick_that_accepts_leaves_and_comes_back() {
    let bench = Bench::new();
    let server = bench.server(|hand| {
        leaves(hand);
        page("<response>OK</response>")
    });
    let (ended, remarks) = bench.restart(Some(server));
    let outcome = ended.expect("a restart");
    assert_eq!((outcome.done, outcome.from_mode), (true, Mode::HiLink));
    assert!(bench.left() && remarks.is_empty(), "{remarks:?}");
}

#[test]
fn a_stick_that_leaves_before_it_answers_is_waited_for_all_the_same() {
    let bench = Bench::new();
    let server = bench.server(|hand| {
        leaves(hand);
        Reply::Bytes(Vec::new())
    });
    let (ended, remarks) = bench.restart(Some(server));
    assert!(ended.is_ok_and(|outcome| outcome.done));
    assert!(remarks.iter().any(|remark| remark.contains("does not say whether")), "{remarks:?}");
}

#[test]
fn a_refusal_is_named_at_once_and_the_stick_stays() {
    let bench = Bench::new();
    let server = bench.server(|_| page("<error><code>100003</code><message/></error>"));
    let before = bench.bus.now();
    let failure = bench.restart(Some(server)).0.expect_err("refused");
    assert_eq!((failure.exit(), failure.code()), (6, "web_server"));
    assert!(failure.message().contains("100003"), "{}", failure.message());
    assert!(
        !bench.left() && bench.bus.now() - before < Duration::from_secs(60),
        "nobody waits for a stick that refused"
    );
}

#[test]
fn a_stick_that_accepts_and_stays_is_no_success() {
    let bench = Bench::new();
    let server = bench.server(|_| page("<response>OK</response>"));
    let failure = bench.restart(Some(server)).0.expect_err("it never left");
    assert_eq!((failure.exit(), failure.code()), (6, "not_allowed_by_firmware"));
    assert!(failure.message().contains("it never left"), "{}", failure.message());
}

#[test]
fn a_stick_without_a_network_interface_is_named_and_asked_nothing() {
    let bench = Bench::new();
    let failure = bench.restart(None).0.expect_err("no way to it");
    assert_eq!((failure.exit(), failure.code()), (6, "web_server"));
    assert!(failure.message().contains("no network interface"), "{}", failure.message());
    assert!(!bench.left());
}
