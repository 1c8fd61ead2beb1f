use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use super::*;
use crate::usb::{ControlRequest, Direction, Heard, UNTAKEN};

/// An OUT endpoint with a script, and what it was given.
#[derive(Clone, Default)]
struct Script {
    answers: Arc<Mutex<VecDeque<Result<(), UsbError>>>>,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Script {
    fn of(answers: impl IntoIterator<Item = Result<(), UsbError>>) -> Self {
        Self { answers: Arc::new(Mutex::new(answers.into_iter().collect())), ..Self::default() }
    }

    fn note(&self, what: String) {
        self.seen.lock().expect("one thread").push(what);
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("one thread").clone()
    }

    fn answer(&self) -> Result<(), UsbError> {
        self.answers.lock().expect("one thread").pop_front().unwrap_or(Ok(()))
    }
}

impl UsbSender for Script {
    fn send(&mut self, transfer: &[u8], _: Duration) -> Result<(), UsbError> {
        self.note(format!("{}", transfer.len()));
        self.answer()
    }

    fn control(&mut self, request: ControlRequest, _: &[u8], _: Duration) -> Result<Bytes, UsbError> {
        self.note(format!("{:02x}={}@{}", request.request, request.value, request.index));
        self.answer().map(|()| Bytes::new())
    }

    fn clear_halt(&mut self) -> Result<(), UsbError> {
        self.note("clear".to_owned());
        Ok(())
    }
}

fn sender(script: &Script) -> SerialSender {
    SerialSender::new(Box::new(script.clone()), 2)
}

fn timed_out(sent: usize) -> Result<(), UsbError> {
    Err(UsbError::TimedOut { sent, within: UNTAKEN })
}

#[test]
fn what_is_longer_than_16384_bytes_goes_out_in_transfers_of_at_most_that() {
    let script = Script::default();
    assert_eq!(sender(&script).send_all(&[0; 33_000], |_| true).expect("taken"), 33_000);
    assert_eq!(script.seen(), ["16384", "16384", "232"]);
}

#[test]
fn nothing_to_send_makes_no_zero_length_packet() {
    let script = Script::default();
    assert_eq!(sender(&script).send_all(&[], |_| true).expect("nothing"), 0);
    assert!(script.seen().is_empty());
}

#[test]
fn a_transfer_that_was_taken_in_part_is_carried_on_where_it_ended() {
    let script = Script::of([timed_out(512), timed_out(0)]);
    assert_eq!(sender(&script).send_all(&[0; 1000], |_| true).expect("taken"), 1000);
    assert_eq!(script.seen(), ["1000", "488", "488"]);
}

#[test]
fn a_transfer_that_is_wanted_no_more_says_how_much_the_stick_took() {
    let script = Script::of([timed_out(512)]);
    let mut asked = 0;
    let taken = sender(&script).send_all(&[0; 1000], |_| {
        asked += 1;
        asked == 1
    });
    assert_eq!(taken.expect("no failure"), 512);
}

#[test]
fn a_stall_is_cleared_and_the_transfer_sent_again_but_not_for_ever() {
    let stall = || Err(UsbError::Stalled(Direction::Out));
    let script = Script::of([stall()]);
    assert_eq!(sender(&script).send_all(b"ATI", |_| true).expect("taken"), 3);
    assert_eq!(script.seen(), ["3", "clear", "3"]);
    let script = Script::of([stall(), stall(), stall(), stall()]);
    assert!(matches!(sender(&script).send_all(b"ATI", |_| true), Err(UsbError::Stalled(Direction::Out))));
}

#[test]
fn lines_are_the_request_of_linux_and_a_refusal_is_harmless_but_a_departure_is_told() {
    let script = Script::of([Ok(()), Err(UsbError::Stalled(Direction::Out)), Err(UsbError::Gone)]);
    let mut sender = sender(&script);
    sender.set_lines(Lines::UP).expect("taken");
    sender.set_lines(Lines { data_terminal_ready: true, request_to_send: false }).expect("harmless");
    assert!(matches!(sender.set_lines(Lines::DOWN), Err(UsbError::Gone)));
    assert_eq!(script.seen(), ["22=3@2", "22=1@2", "22=0@2"]);
}

type Hearing = Result<Option<Heard>, UsbError>;

/// An IN side with a script, and how often its halt was cleared.
#[derive(Clone, Default)]
struct Says {
    script: Arc<Mutex<VecDeque<Hearing>>>,
    cleared: Arc<Mutex<u32>>,
}

impl UsbReceiver for Says {
    fn receive(&mut self, _: Duration) -> Result<Option<Bytes>, UsbError> {
        panic!("notifications would wait for ever")
    }

    fn hear(&mut self, _: Duration) -> Hearing {
        self.script.lock().expect("one thread").pop_front().unwrap_or(Ok(None))
    }

    fn clear_halt(&mut self) -> Result<(), UsbError> {
        *self.cleared.lock().expect("one thread") += 1;
        Ok(())
    }
}

#[test]
fn notifications_pass_between_chunks_and_a_port_that_stalls_over_and_over_is_broken_beside_them_too() {
    let stall = || Err(UsbError::Stalled(Direction::In));
    let notice = || Ok(Some(Heard::Notice(Bytes::from_static(b"state"))));
    let chunk = || Ok(Some(Heard::Chunk(Bytes::from_static(b"OK"))));
    let script = [stall(), chunk(), stall(), notice(), stall(), notice(), stall(), notice(), stall()];
    let says = Says { script: Arc::new(Mutex::new(script.into())), ..Says::default() };
    let mut receiver = SerialReceiver::new(Box::new(says.clone()));
    let expected = [Ok(None), chunk(), Ok(None), notice(), Ok(None), notice(), Ok(None), notice(), stall()];
    for expected in expected {
        let heard = receiver.hear(Duration::ZERO);
        assert_eq!(format!("{heard:?}"), format!("{expected:?}"));
    }
    assert_eq!(*says.cleared.lock().expect("one thread"), 4);
}
