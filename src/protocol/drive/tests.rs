use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use bytes::Bytes;

use super::*;
use crate::usb::{Attached, ControlRequest};

const SECOND: Duration = Duration::from_secs(1);

/// What the port does next; a call that finds another kind at the front fails the test.
enum Act {
    Takes,
    Arrives(Duration, &'static [u8]),
    Nothing,
    Fails(UsbError),
    Clears(Direction),
}

#[derive(Clone, Default)]
struct Stage {
    clock: Arc<Mutex<Duration>>,
    acts: Arc<Mutex<VecDeque<Act>>>,
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

    fn pass(&self, time: Duration) {
        *self.clock.lock().expect("one thread") += time;
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
            Act::Fails(error) => Err(error),
            _ => panic!("a send out of turn"),
        }
    }
    fn receive(&mut self, within: Duration) -> Result<Option<Bytes>, UsbError> {
        match self.act("receive") {
            Act::Arrives(after, chunk) => {
                assert!(after <= within, "a chunk after {after:?} cannot arrive within {within:?}");
                self.pass(after);
                Ok(Some(Bytes::from_static(chunk)))
            }
            Act::Nothing => {
                self.pass(within);
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
    let acts = [Act::Takes, Act::Arrives(late, b"a"), Act::Nothing];
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
    assert_eq!(run([Act::Takes, Act::Nothing, Act::Arrives(SECOND, b"a")], steps), ["TimedOut", "Received([97])"]);
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
    let stage = Stage::new([Act::Takes, Act::Arrives(Duration::ZERO, b"a")]);
    let interrupt = Interrupt::new();
    let mut session = Session::new(&stage, Box::new(stage.clone()), interrupt.clone());
    let (conversation, events) = Steps::new([send(), receive(SECOND), send()]);
    struct StopAfterAnswer(Steps, Interrupt);
    impl Conversation for StopAfterAnswer {
        type Output = ();
        type Error = &'static str;
        fn next(&mut self) -> Step<()> {
            let step = self.0.next();
            if matches!(step, Step::Receive { .. }) {
                self.1.request();
            }
            step
        }
        fn handle(&mut self, event: Event<'_>) -> Result<(), &'static str> {
            self.0.handle(event)
        }
    }
    let error = session.drive(StopAfterAnswer(conversation, interrupt)).expect_err("stopped");
    assert!(matches!(error, DriveError::Interrupted));
    assert_eq!(events.lock().expect("one thread")[..], ["Received([97])".to_owned()]);
    assert!(stage.used_up());
}

#[test]
fn draining_drops_what_is_there_clears_one_halt_and_ends_in_silence() {
    let quiet = Duration::from_millis(50);
    let acts = [
        Act::Arrives(Duration::ZERO, b"old"),
        Act::Fails(UsbError::Stalled(Direction::In)),
        Act::Clears(Direction::In),
        Act::Arrives(Duration::ZERO, b"older"),
        Act::Nothing,
    ];
    let stage = Stage::new(acts);
    stage.session().drain(quiet).expect("drained");
    assert!(stage.used_up());
}
