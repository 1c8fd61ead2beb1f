use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use super::super::tests::{PLENTY, until};
use super::*;
use crate::usb::{Direction, Heard};

const SOON: Duration = Duration::from_millis(1);

type Said = Result<&'static [u8], UsbError>;

/// An endpoint that brings what a test says, and counts the reads that were made.
struct FakeEndpoint {
    says: Receiver<Said>,
    reads: Arc<AtomicUsize>,
}

impl Source for FakeEndpoint {
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> Result<usize, UsbError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        match self.says.recv_timeout(within) {
            Ok(said) => said.map(|bytes| {
                buffer[..bytes.len()].copy_from_slice(bytes);
                bytes.len()
            }),
            Err(RecvTimeoutError::Timeout) => Ok(0),
            Err(RecvTimeoutError::Disconnected) => Err(UsbError::Gone),
        }
    }
}

/// The way to say something on an endpoint, and the reads that were made of it.
struct Mouth {
    say: Sender<Said>,
    reads: Arc<AtomicUsize>,
}

impl Mouth {
    fn with_endpoint() -> (Self, FakeEndpoint) {
        let (say, says) = channel();
        let reads = Arc::new(AtomicUsize::new(0));
        (Self { say, reads: Arc::clone(&reads) }, FakeEndpoint { says, reads })
    }

    fn say(&self, said: Said) {
        self.say.send(said).expect("somebody listens");
    }

    fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }

    /// Whether the thread that read here has ended.
    fn is_left(&self) -> bool {
        Arc::strong_count(&self.reads) == 1
    }
}

/// A reader that may listen, its stream, and its notifications.
fn announcing() -> (Reader, Mouth, Mouth) {
    let (stream, bulk) = Mouth::with_endpoint();
    let (notices, interrupt) = Mouth::with_endpoint();
    let mut reader = Reader::start(bulk, 4096).expect("a thread");
    reader.listen_to(interrupt, 16);
    (reader, stream, notices)
}

/// The same, and it listens.
fn listening() -> (Reader, Mouth, Mouth) {
    let (mut reader, stream, notices) = announcing();
    assert_eq!(heard(&mut reader, Duration::ZERO), "nothing");
    (reader, stream, notices)
}

fn heard(reader: &mut Reader, within: Duration) -> String {
    let of = |bytes: &Bytes| String::from_utf8_lossy(bytes).into_owned();
    match reader.hear(within) {
        Ok(Some(Heard::Chunk(chunk))) => of(&chunk),
        Ok(Some(Heard::Notice(notice))) => format!("notice {}", of(&notice)),
        Ok(None) => "nothing".into(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn nobody_listens_before_the_first_time_that_somebody_hears() {
    let (mut reader, stream, notices) = announcing();
    notices.say(Ok(b"up"));
    stream.say(Ok(b"1"));
    assert_eq!(reader.receive(PLENTY).expect("no trouble").as_deref(), Some(&b"1"[..]));
    assert_eq!((reader.threads.len(), notices.reads()), (1, 0));
    assert_eq!(heard(&mut reader, PLENTY), "notice up");
    assert_eq!(heard(&mut reader, SOON), "nothing");
    assert_eq!(reader.threads.len(), 2);
}

#[test]
fn whichever_comes_first_ends_the_wait_and_a_timeout_loses_neither() {
    let (mut reader, stream, notices) = listening();
    assert_eq!(heard(&mut reader, SOON), "nothing");
    notices.say(Ok(b"up"));
    assert_eq!(heard(&mut reader, PLENTY), "notice up");
    assert_eq!(heard(&mut reader, SOON), "nothing");
    stream.say(Ok(b"CONNECT"));
    assert_eq!(heard(&mut reader, PLENTY), "CONNECT");
}

#[test]
fn beside_a_stream_without_end_a_notification_is_the_next_but_one_at_the_latest() {
    let (mut reader, stream, notices) = listening();
    (0..40).for_each(|_| stream.say(Ok(b"x")));
    (0..3).for_each(|_| notices.say(Ok(b"state")));
    // Chunks beyond the bound stay with the stick; the slice after the last notification shows that it was kept.
    until(|| notices.reads() > 3 && stream.reads() >= 16 && !reader.shared.lock().reading);
    let turns = [(); 8].map(|()| heard(&mut reader, PLENTY));
    let expected = ["notice state", "x", "notice state", "x", "notice state", "x", "x", "x"];
    assert_eq!(turns, expected);
}

#[test]
fn receive_gives_chunks_alone_and_notifications_wait() {
    let (mut reader, stream, notices) = listening();
    notices.say(Ok(b"up"));
    until(|| notices.reads() > 1);
    assert_eq!(reader.receive(SOON).expect("no trouble"), None);
    stream.say(Ok(b"chunk"));
    assert_eq!(reader.receive(PLENTY).expect("no trouble").as_deref(), Some(&b"chunk"[..]));
    assert_eq!(heard(&mut reader, PLENTY), "notice up");
}

#[test]
fn an_interrupt_endpoint_that_stalls_or_fails_ends_its_thread_and_nothing_else() {
    let fault = || crate::usb::patience::failed("reading from the stick", "protocol error");
    for error in [UsbError::Stalled(Direction::In), fault(), UsbError::Gone] {
        let (mut reader, stream, notices) = listening();
        notices.say(Ok(b"last"));
        notices.say(Err(error));
        until(|| notices.is_left());
        stream.say(Ok(b"fine"));
        assert_eq!([heard(&mut reader, PLENTY), heard(&mut reader, PLENTY)], ["notice last", "fine"]);
        reader.clear_halt(|| Ok(())).expect("the stream's own");
        assert_eq!(heard(&mut reader, SOON), "nothing");
        assert!(!reader.shared.lock().listening);
    }
}

#[test]
fn a_stick_that_leaves_is_gone_after_all_that_it_said() {
    let (mut reader, stream, notices) = listening();
    notices.say(Ok(b"down"));
    until(|| notices.reads() > 1);
    stream.say(Ok(b"last words"));
    drop((stream, notices));
    let turns = [(); 3].map(|()| heard(&mut reader, PLENTY));
    assert_eq!(turns, ["notice down", "last words", &UsbError::Gone.to_string()]);
}

#[test]
fn a_halt_of_the_stream_is_cleared_while_notifications_are_read_on() {
    let (mut reader, stream, notices) = listening();
    stream.say(Err(UsbError::Stalled(Direction::In)));
    assert!(matches!(reader.hear(PLENTY), Err(UsbError::Stalled(Direction::In))));
    reader
        .clear_halt(|| {
            notices.say(Ok(b"meanwhile"));
            until(|| notices.reads() > 1);
            Ok(())
        })
        .expect("cleared");
    stream.say(Ok(b"after"));
    assert_eq!([heard(&mut reader, PLENTY), heard(&mut reader, PLENTY)], ["notice meanwhile", "after"]);
}

#[test]
fn both_threads_end_with_the_reader_also_with_their_reads_pending() {
    let (reader, stream, notices) = listening();
    until(|| stream.reads() > 0 && notices.reads() > 0);
    drop(reader);
    assert!(stream.is_left() && notices.is_left(), "a source lives on");
}

#[test]
fn a_reader_that_was_stopped_from_elsewhere_has_no_read_of_either_kind_in_flight_and_begins_none() {
    let (reader, stream, notices) = listening();
    until(|| stream.reads() > 0 && notices.reads() > 0);
    let stop = reader.stopper();
    stop();
    let state = reader.shared.lock();
    assert!(!state.reading && !state.listening);
    drop(state);
    let so_far = (stream.reads(), notices.reads());
    drop(reader);
    assert_eq!((stream.reads(), notices.reads()), so_far);
}

#[test]
fn a_listener_that_panics_holds_up_nobody() {
    struct Panics;
    impl Source for Panics {
        fn read(&mut self, _: &mut [u8], _: Duration) -> Result<usize, UsbError> {
            panic!("on purpose")
        }
    }
    let (stream, bulk) = Mouth::with_endpoint();
    let mut reader = Reader::start(bulk, 4096).expect("a thread");
    reader.listen_to(Panics, 16);
    assert_eq!(heard(&mut reader, Duration::ZERO), "nothing");
    until(|| reader.threads.iter().any(std::thread::JoinHandle::is_finished));
    assert!(!reader.shared.lock().listening);
    stream.say(Ok(b"fine"));
    assert_eq!(heard(&mut reader, PLENTY), "fine");
}
