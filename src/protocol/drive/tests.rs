use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use bytes::Bytes;

use super::*;
use crate::usb::{Attached, ControlRequest, UsbReceiver, UsbSender};

const SECOND: Duration = Duration::from_secs(1);

/// What the port does next; a call that finds another kind at the front fails the test.
enum Act {
    Takes,
    /// A send that ends after so long with so many bytes.
    TakesNoMore(Duration, usize),
    /// Something, after so long; a receive that ends earlier leaves the rest of the wait to the next one.
    Arrives(Duration, &'static [u8]),
    /// Nothing for so long.
    Silent(Duration),
    Fails(UsbError),
    Clears(Direction),
}

struct Stop {
    when: Duration,
    interrupt: Interrupt,
    wish: fn(&Interrupt),
}

#[derive(Clone, Default)]
struct Stage {
    clock: Arc<Mutex<Duration>>,
    acts: Arc<Mutex<VecDeque<Act>>>,
    /// Somebody who wishes to stop, and when.
    stop: Arc<Mutex<Option<Stop>>>,
}

impl Stage {
    fn new(acts: impl IntoIterator<Item = Act>) -> Self {
        let stage = Self::default();
        stage.acts.lock().expect("one thread").extend(acts);
        stage
    }

    fn session(&self) -> Session<'_> {
        Session::new(self, Box::new(self.clone()), Interrupt::new())
    }

    fn act(&self, doing: &str) -> Act {
        self.acts.lock().expect("one thread").pop_front().unwrap_or_else(|| panic!("nothing is left for {doing}"))
    }

    fn put_back(&self, act: Act) {
        self.acts.lock().expect("one thread").push_front(act);
    }

    fn pass(&self, time: Duration) {
        let mut clock = self.clock.lock().expect("one thread");
        *clock += time;
        let stop = self.stop.lock().expect("one thread");
        if let Some(stop) = stop.as_ref().filter(|stop| *clock >= stop.when) {
            (stop.wish)(&stop.interrupt);
        }
    }

    /// Drives these steps while somebody wishes to stop at that time.
    fn stopped(
        &self,
        when: Duration,
        wish: fn(&Interrupt),
        steps: impl IntoIterator<Item = Step<()>>,
    ) -> (Result<(), DriveError<&'static str>>, Vec<String>) {
        let interrupt = Interrupt::new();
        *self.stop.lock().expect("one thread") = Some(Stop { when, interrupt: interrupt.clone(), wish });
        let (conversation, events) = Steps::new(steps);
        let ended = Session::new(self, Box::new(self.clone()), interrupt).drive(conversation);
        let events = events.lock().expect("one thread").clone();
        (ended, events)
    }

    fn used_up(&self) -> bool {
        self.acts.lock().expect("one thread").is_empty()
    }
}

impl UsbBus for Stage {
    fn attached(&self) -> Result<Vec<Attached>, UsbError> {
        Ok(Vec::new())
    }
    fn open(&self, _: &Attached, _: u8) -> Result<Box<dyn UsbPort>, UsbError> {
        Err(UsbError::Gone)
    }
    fn control(&self, _: &Attached, _: ControlRequest, _: &[u8], _: Duration) -> Result<Bytes, UsbError> {
        Err(UsbError::Gone)
    }
    fn set_configuration(&self, _: &Attached, _: u8) -> Result<(), UsbError> {
        Err(UsbError::Gone)
    }
    fn now(&self) -> Duration {
        *self.clock.lock().expect("one thread")
    }
    fn sleep(&self, how_long: Duration) {
        self.pass(how_long);
    }
}

impl UsbPort for Stage {
    fn send(&mut self, _: &[u8], _: Duration) -> Result<(), UsbError> {
        match self.act("send") {
            Act::Takes => Ok(()),
            Act::TakesNoMore(after, sent) => {
                self.pass(after);
                Err(UsbError::TimedOut { sent, within: after })
            }
            Act::Fails(error) => Err(error),
            _ => panic!("a send out of turn"),
        }
    }
    fn receive(&mut self, within: Duration) -> Result<Option<Bytes>, UsbError> {
        match self.act("receive") {
            Act::Arrives(after, chunk) if after <= within => {
                self.pass(after);
                Ok(Some(Bytes::from_static(chunk)))
            }
            Act::Arrives(after, chunk) => {
                self.pass(within);
                self.put_back(Act::Arrives(after - within, chunk));
                Ok(None)
            }
            Act::Silent(how_long) => {
                self.pass(within);
                if how_long > within {
                    self.put_back(Act::Silent(how_long - within));
                }
                Ok(None)
            }
            Act::Fails(error) => Err(error),
            _ => panic!("a receive out of turn"),
        }
    }
    fn control(&mut self, _: ControlRequest, _: &[u8], within: Duration) -> Result<Bytes, UsbError> {
        match self.act("control") {
            Act::Takes => Ok(Bytes::new()),
            Act::Fails(UsbError::TimedOut { sent, .. }) => Err(UsbError::TimedOut { sent, within }),
            Act::Fails(error) => Err(error),
            _ => panic!("a control request out of turn"),
        }
    }
    fn clear_halt(&mut self, direction: Direction) -> Result<(), UsbError> {
        match self.act("clear_halt") {
            Act::Clears(expected) if expected == direction => Ok(()),
            _ => panic!("an endpoint was cleared out of turn"),
        }
    }
    fn split(self: Box<Self>) -> (Box<dyn UsbReceiver>, Box<dyn UsbSender>) {
        panic!("a conversation takes turns, and splits no port");
    }
}

/// Carries out the given steps, notes the events, and ends when the steps do.
struct Steps {
    steps: VecDeque<Step<()>>,
    events: Arc<Mutex<Vec<String>>>,
}

impl Steps {
    fn new(steps: impl IntoIterator<Item = Step<()>>) -> (Self, Arc<Mutex<Vec<String>>>) {
        let events = Arc::default();
        (Self { steps: steps.into_iter().collect(), events: Arc::clone(&events) }, events)
    }
}

impl Conversation for Steps {
    type Output = ();
    type Error = &'static str;
    fn next(&mut self) -> Step<()> {
        self.steps.pop_front().unwrap_or(Step::Finished(()))
    }
    fn handle(&mut self, event: Event<'_>) -> Result<(), &'static str> {
        self.events.lock().expect("one thread").push(format!("{event:?}"));
        Ok(())
    }
}

fn send() -> Step<()> {
    Step::Send { bytes: Bytes::from_static(b"?"), within: SECOND }
}

fn receive(within: Duration) -> Step<()> {
    Step::Receive { within }
}

fn run(acts: impl IntoIterator<Item = Act>, steps: impl IntoIterator<Item = Step<()>>) -> Vec<String> {
    let stage = Stage::new(acts);
    let (conversation, events) = Steps::new(steps);
    stage.session().drive(conversation).expect("the steps come to their end");
    assert!(stage.used_up(), "the steps left something undone");
    events.lock().expect("one thread").clone()
}

#[test]
fn an_answer_in_pieces_has_one_deadline_in_all() {
    let late = Duration::from_millis(600);
    let acts = [Act::Takes, Act::Arrives(late, b"a"), Act::Silent(SECOND - late)];
    assert_eq!(run(acts, [send(), receive(SECOND), receive(SECOND)]), ["Received([97])", "TimedOut"]);
}

#[test]
fn an_answer_that_had_arrived_when_the_host_was_busy_still_counts() {
    let acts = [Act::Takes, Act::Arrives(SECOND, b"a"), Act::Arrives(Duration::ZERO, b"b")];
    assert_eq!(run(acts, [send(), receive(SECOND), receive(SECOND)]), ["Received([97])", "Received([98])"]);
}

#[test]
fn a_stick_that_never_stops_talking_meets_the_deadline() {
    let mut acts = vec![Act::Takes, Act::Arrives(SECOND, b"a")];
    acts.extend((0..LATE_CHUNKS).map(|_| Act::Arrives(Duration::ZERO, b"b")));
    let mut steps = vec![send()];
    steps.extend((0..LATE_CHUNKS + 2).map(|_| receive(SECOND)));
    assert_eq!(run(acts, steps).last().map(String::as_str), Some("TimedOut"));
}

#[test]
fn a_deadline_of_nothing_asks_for_what_is_here_already() {
    assert_eq!(run([Act::Arrives(Duration::ZERO, b"a")], [receive(Duration::ZERO)]), ["Received([97])"]);
}

#[test]
fn a_pause_begins_a_new_deadline() {
    let steps = [send(), receive(SECOND), Step::Pause(Duration::ZERO), receive(SECOND)];
    assert_eq!(
        run([Act::Takes, Act::Silent(SECOND), Act::Arrives(SECOND, b"a")], steps),
        ["TimedOut", "Received([97])"]
    );
}

#[test]
fn only_the_first_stall_of_a_session_is_cleared() {
    let stall = || Act::Fails(UsbError::Stalled(Direction::Out));
    let acts = [stall(), Act::Clears(Direction::Out), Act::Takes, stall()];
    assert_eq!(run(acts, [send(), send()]), ["Stalled(Out)"]);
}

#[test]
fn a_short_send_and_a_departure_are_events() {
    let short = Act::Fails(UsbError::TimedOut { sent: 7, within: SECOND });
    let acts = [short, Act::Takes, Act::Fails(UsbError::Gone)];
    assert_eq!(run(acts, [send(), send(), receive(SECOND)]), ["SendTimedOut { sent: 7 }", "Gone"]);
}

#[test]
fn a_failure_that_no_protocol_can_use_ends_the_drive() {
    let failed = UsbError::Failed { doing: "reading".to_owned(), source: "broken".into() };
    let stage = Stage::new([Act::Fails(failed)]);
    let (conversation, _) = Steps::new([receive(SECOND)]);
    let error = stage.session().drive(conversation).expect_err("it failed");
    assert!(matches!(error, DriveError::Usb(UsbError::Failed { .. })));
}

#[test]
fn a_stop_waits_for_the_answer_and_then_sends_nothing_more() {
    let minute = SECOND * 60;
    let stage = Stage::new([Act::Takes, Act::Arrives(minute, b"a")]);
    let (ended, events) = stage.stopped(SECOND, Interrupt::request, [send(), receive(minute), send()]);
    assert!(matches!(ended, Err(DriveError::Interrupted)));
    assert_eq!(events, ["Received([97])"]);
    assert!(stage.used_up());
}

#[test]
fn a_stop_that_is_insisted_on_ends_a_long_wait_within_a_piece() {
    let minute = SECOND * 60;
    let stage = Stage::new([Act::Takes, Act::Arrives(minute, b"a")]);
    let (ended, events) = stage.stopped(SECOND, Interrupt::insist, [send(), receive(minute), send()]);
    assert!(matches!(ended, Err(DriveError::Interrupted)));
    assert!(events.is_empty(), "a wait that was broken off is no silence of the stick: {events:?}");
    assert!(stage.now() <= SECOND + PIECE, "{:?}", stage.now());
}

#[test]
fn an_answer_that_comes_as_somebody_insists_is_still_heard() {
    let stage = Stage::new([Act::Takes, Act::Arrives(SECOND + PIECE / 2, b"a")]);
    let (ended, events) =
        stage.stopped(SECOND + PIECE / 4, Interrupt::insist, [send(), receive(SECOND * 60), receive(SECOND)]);
    assert!(matches!(ended, Err(DriveError::Interrupted)));
    assert_eq!(events, ["Received([97])"]);
}

#[test]
fn a_send_that_was_broken_off_is_no_short_send() {
    let stage = Stage::new([Act::TakesNoMore(SECOND * 2, 7)]);
    let (ended, events) = stage.stopped(SECOND, Interrupt::insist, [send()]);
    assert!(matches!(ended, Err(DriveError::Interrupted)));
    assert!(events.is_empty(), "{events:?}");
}

#[test]
fn draining_drops_what_is_there_clears_one_halt_and_ends_in_silence() {
    let quiet = Duration::from_millis(50);
    let acts = [
        Act::Arrives(Duration::ZERO, b"old"),
        Act::Fails(UsbError::Stalled(Direction::In)),
        Act::Clears(Direction::In),
        Act::Arrives(Duration::ZERO, b"older"),
        Act::Silent(quiet),
    ];
    let stage = Stage::new(acts);
    stage.session().drain(quiet).expect("drained");
    assert!(stage.used_up());
}
