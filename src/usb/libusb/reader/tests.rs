use super::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};

/// Long enough for any thread to get its turn; nothing waits this long unless a test fails.
pub(super) const PLENTY: Duration = Duration::from_secs(20);

/// A stick that says what a test tells it to, and counts the reads that were made.
struct FakeStick {
    says: Receiver<Said>,
    reads: Arc<AtomicUsize>,
}

impl Source for FakeStick {
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> Result<usize, UsbError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        let begun = Instant::now();
        match self.says.recv_timeout(within) {
            Ok(Said::Ended(bytes)) => {
                buffer[..bytes.len()].copy_from_slice(&bytes);
                Ok(bytes.len())
            }
            Ok(Said::Open(bytes)) => {
                // Nothing completes the transfer before its time is over.
                std::thread::sleep(within.saturating_sub(begun.elapsed()));
                buffer[..bytes.len()].copy_from_slice(&bytes);
                Ok(bytes.len())
            }
            Ok(Said::Fault(error)) => Err(error),
            Err(RecvTimeoutError::Timeout) => Ok(0),
            Err(RecvTimeoutError::Disconnected) => Err(UsbError::Gone),
        }
    }
}

enum Said {
    /// A transfer that completes.
    Ended(Vec<u8>),
    /// Full packets with nothing behind them.
    Open(Vec<u8>),
    Fault(UsbError),
}

type Say = Sender<Said>;

fn reader() -> (Reader, Say, Arc<AtomicUsize>) {
    let (say, says) = channel();
    let reads = Arc::new(AtomicUsize::new(0));
    let stick = FakeStick { says, reads: Arc::clone(&reads) };
    (Reader::start(stick, 4096).expect("a thread"), say, reads)
}

fn say(to: &Say, bytes: &[u8]) {
    to.send(Said::Ended(bytes.to_vec())).expect("the reader listens");
}

fn chunk(reader: &Reader) -> Vec<u8> {
    reader.receive(PLENTY).expect("no trouble").expect("a chunk").to_vec()
}

#[test]
fn a_reply_that_comes_after_a_timed_out_receive_is_handed_out_by_the_next() {
    let (reader, stick, _) = reader();
    assert_eq!(reader.receive(Duration::from_millis(1)).expect("no trouble"), None);
    say(&stick, b"late");
    assert_eq!(chunk(&reader), b"late");
}

#[test]
fn a_full_packet_with_nothing_behind_it_is_handed_over_at_the_deadline() {
    // Shorter than the read that is in flight, longer than it, and longer than any.
    for within in [1, 60, 300].map(Duration::from_millis) {
        let (reader, stick, _) = reader();
        stick.send(Said::Open(vec![b'A'; 512])).expect("the reader listens");
        until(|| reader.shared.lock().reading);
        let chunk = reader.receive(within).expect("no trouble");
        assert_eq!(chunk.map(|bytes| bytes.len()), Some(512), "{within:?}");
    }
}

#[test]
fn a_look_at_what_is_here_already_waits_for_no_read() {
    let (reader, stick, _) = reader();
    until(|| reader.shared.lock().reading);
    assert_eq!(reader.receive(Duration::ZERO).expect("no trouble"), None);
    say(&stick, b"x");
    assert_eq!(chunk(&reader), b"x");
}

#[test]
fn a_slice_ends_with_the_deadline_of_whoever_waits_and_is_never_longer_than_a_quarter_of_a_second() {
    let (reader, _stick, _) = reader();
    let slice = |awaited: Option<Duration>| {
        let mut state = reader.shared.lock();
        state.awaited_until = awaited.and_then(|within| Instant::now().checked_add(within));
        state.slice()
    };
    assert_eq!(slice(None), IDLE_SLICE);
    assert_eq!(slice(Some(PLENTY)), SLICE);
    assert!(slice(Some(Duration::from_millis(100))) <= Duration::from_millis(100));
}

/// Lets other threads run until something is so.
pub(super) fn until(is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PLENTY, "waited in vain");
        std::thread::yield_now();
    }
}

#[test]
fn a_read_is_waiting_before_anything_is_asked() {
    let (reader, _stick, reads) = reader();
    let begun = Instant::now();
    while reads.load(Ordering::SeqCst) == 0 && begun.elapsed() < PLENTY {
        std::thread::yield_now();
    }
    assert!(reads.load(Ordering::SeqCst) > 0);
    drop(reader);
}

#[test]
fn chunks_come_in_the_order_in_which_the_stick_said_them_and_empty_ones_mean_nothing() {
    let (reader, stick, _) = reader();
    for bytes in [&[b'A'; 512][..], b"", b"B"] {
        say(&stick, bytes);
    }
    assert_eq!((chunk(&reader), chunk(&reader)), (vec![b'A'; 512], b"B".to_vec()));
}

#[test]
fn a_stall_parks_the_thread_until_the_halt_is_cleared() {
    let (reader, stick, reads) = reader();
    stick.send(Said::Fault(UsbError::Stalled(Direction::In))).expect("the reader listens");
    for _ in 0..2 {
        assert!(matches!(reader.receive(PLENTY), Err(UsbError::Stalled(Direction::In))));
    }
    let parked_at = reads.load(Ordering::SeqCst);
    say(&stick, b"after");
    assert!(matches!(reader.receive(PLENTY), Err(UsbError::Stalled(Direction::In))));
    reader
        .clear_halt(|| {
            assert_eq!(reads.load(Ordering::SeqCst), parked_at, "a read was made while the endpoint was halted");
            Ok(())
        })
        .expect("cleared");
    assert_eq!(chunk(&reader), b"after");
}

#[test]
fn a_halt_that_could_not_be_cleared_stays_one() {
    let (reader, stick, _) = reader();
    stick.send(Said::Fault(UsbError::Stalled(Direction::In))).expect("the reader listens");
    assert!(matches!(reader.receive(PLENTY), Err(UsbError::Stalled(_))));
    assert!(reader.clear_halt(|| Err(failed("clearing", "no"))).is_err());
    assert!(matches!(reader.receive(PLENTY), Err(UsbError::Stalled(_))));
}

#[test]
fn no_read_is_in_flight_while_a_halt_is_cleared_that_is_none() {
    let (reader, stick, reads) = reader();
    reader
        .clear_halt(|| {
            let before = reads.load(Ordering::SeqCst);
            say(&stick, b"meanwhile");
            std::thread::yield_now();
            assert!(!reader.shared.lock().reading);
            assert_eq!(reads.load(Ordering::SeqCst), before);
            Ok(())
        })
        .expect("cleared");
    assert_eq!(chunk(&reader), b"meanwhile");
}

#[test]
fn a_fault_is_told_once_and_reading_goes_on() {
    let (reader, stick, _) = reader();
    stick.send(Said::Fault(failed("reading from the stick", "protocol error"))).expect("the reader listens");
    say(&stick, b"fine");
    assert!(matches!(reader.receive(PLENTY), Err(UsbError::Failed { .. })));
    assert_eq!(chunk(&reader), b"fine");
}

#[test]
fn the_last_words_of_a_departing_stick_come_before_its_departure() {
    let (reader, stick, _) = reader();
    say(&stick, b"last words");
    drop(stick);
    assert_eq!(chunk(&reader), b"last words");
    assert!(matches!(reader.receive(PLENTY), Err(UsbError::Gone)));
}

#[test]
fn a_stick_that_talks_without_end_is_made_to_wait_after_16_chunks_and_nothing_is_lost() {
    let (reader, stick, reads) = reader();
    for number in 0..100u8 {
        say(&stick, &[number]);
    }
    let begun = Instant::now();
    while reader.shared.lock().chunks.len() < MOST_CHUNKS && begun.elapsed() < PLENTY {
        std::thread::yield_now();
    }
    assert_eq!((reader.shared.lock().chunks.len(), reads.load(Ordering::SeqCst)), (16, 16));
    let heard: Vec<u8> = (0..100).flat_map(|_| chunk(&reader)).collect();
    assert_eq!(heard, (0..100).collect::<Vec<u8>>());
}

#[test]
fn dropping_with_a_read_pending_ends_the_thread() {
    let (reader, _stick, reads) = reader();
    drop(reader);
    assert_eq!(Arc::strong_count(&reads), 1, "the source lives on");
}

#[test]
fn dropping_a_parked_reader_and_one_whose_queue_is_full_ends_the_thread() {
    for fill in [false, true] {
        let (reader, stick, reads) = reader();
        if fill {
            (0..40).for_each(|_| say(&stick, b"x"));
        } else {
            stick.send(Said::Fault(UsbError::Stalled(Direction::In))).expect("the reader listens");
            assert!(reader.receive(PLENTY).is_err());
        }
        drop(reader);
        assert_eq!(Arc::strong_count(&reads), 1, "the source lives on");
    }
}

#[test]
fn a_reader_that_panics_says_so_to_whoever_waits_for_it() {
    struct Panics;
    impl Source for Panics {
        fn read(&mut self, _: &mut [u8], _: Duration) -> Result<usize, UsbError> {
            panic!("on purpose")
        }
    }
    let reader = Reader::start(Panics, 4096).expect("a thread");
    let error = reader.receive(PLENTY).expect_err("nothing will ever come");
    assert!(matches!(error, UsbError::Failed { .. }), "{error:?}");
}

#[test]
fn a_reader_that_was_stopped_from_elsewhere_has_no_read_in_flight_and_begins_none() {
    let (reader, stick, reads) = reader();
    let stop = reader.stopper();
    std::thread::scope(|scope| {
        let stopping = scope.spawn(stop);
        say(&stick, b"last");
        stopping.join().expect("it ends");
    });
    let so_far = reads.load(Ordering::SeqCst);
    assert!(!reader.shared.lock().reading);
    drop(reader);
    assert_eq!(reads.load(Ordering::SeqCst), so_far);
}
