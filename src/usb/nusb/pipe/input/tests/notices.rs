//! Notifications beside a stream.

use super::*;

/// Nothing lasts this long unless a test fails.
const PLENTY: Duration = Duration::from_secs(20);

/// A stream, and notifications beside it.
fn announcing(
    chunks: impl IntoIterator<Item = Turn>,
    notices: impl IntoIterator<Item = Turn>,
) -> InPipe<Script, Script> {
    beside(chunks, Script::of(notices))
}

fn beside(chunks: impl IntoIterator<Item = Turn>, notices: Script) -> InPipe<Script, Script> {
    let mut pipe = pipe(chunks);
    pipe.stream(512, Some(NoticePipe::new(notices, 16)));
    pipe
}

fn heard(heard: Result<Option<Heard>, UsbError>) -> String {
    let of = |bytes: &Bytes| String::from_utf8_lossy(bytes).into_owned();
    match heard {
        Ok(Some(Heard::Chunk(chunk))) => of(&chunk),
        Ok(Some(Heard::Notice(notice))) => format!("notice {}", of(&notice)),
        Ok(None) => "nothing".into(),
        Err(error) => error.to_string(),
    }
}

fn all_heard<const COUNT: usize>(pipe: &mut InPipe<Script, Script>) -> [String; COUNT] {
    [(); COUNT].map(|()| heard(pipe.hear(SOON)))
}

#[test]
fn a_notification_is_heard_while_the_stream_is_silent_and_the_stream_beside_notifications() {
    let mut silent = announcing([], [Turn::brought(b"up")]);
    assert_eq!(heard(silent.hear(HOUR)), "notice up");
    let mut plain = announcing([Turn::brought(b"CONNECT")], []);
    assert_eq!(heard(plain.hear(HOUR)), "CONNECT");
}

#[test]
fn a_stream_without_end_and_notifications_take_turns() {
    let mut pipe = announcing(
        ["1", "2", "3"].map(|text| Turn::brought(text.as_bytes())),
        [Turn::brought(b"up"), Turn::brought(b"down")],
    );
    assert_eq!(all_heard(&mut pipe), ["notice up", "1", "notice down", "2", "3", "nothing"]);
}

#[test]
fn a_timeout_of_a_swept_stream_cancels_neither_transfer() {
    let mut pipe = announcing([], []);
    assert_eq!(heard(pipe.hear(TAIL * 3)), "nothing");
    let chunks = pipe.endpoint.submitted.clone();
    assert_eq!(heard(pipe.hear(TAIL * 3)), "nothing");
    assert_eq!(pipe.endpoint.submitted, chunks);
    let notices = pipe.notices.as_mut().expect("it announces").endpoint();
    assert_eq!((notices.submitted.as_slice(), notices.pending()), (&[16][..], 1));
}

#[test]
fn a_full_packet_is_swept_out_beside_notifications_as_without_them() {
    let mut pipe = announcing([Turn::brought_at_cancel(&[b'A'; 512])], []);
    assert_eq!(heard(pipe.hear(HOUR)), "A".repeat(512));
}

/// Notifications that come without end: each at once, and each just after somebody began to wait.
fn flutters() -> [Turn; 2] {
    [Turn::brought(b"up"), Turn::brought_after_a_look(b"up")]
}

#[test]
fn a_full_packet_with_nothing_behind_it_is_heard_in_a_state_that_flutters() {
    for flutter in flutters() {
        let mut pipe = beside([Turn::brought_at_cancel(&[b'A'; 512])], Script::forever(flutter));
        let begun = Instant::now();
        let mut last = heard(pipe.hear(HOUR));
        while last == "notice up" {
            assert!(begun.elapsed() < PLENTY, "the packet is never handed over");
            last = heard(pipe.hear(HOUR));
        }
        assert_eq!(last, "A".repeat(512));
        assert!(begun.elapsed() >= TAIL, "it was not given time to be followed by others");
    }
}

#[test]
fn a_silent_stream_beside_a_state_that_flutters_is_swept_once_and_then_left_alone() {
    for flutter in flutters() {
        let mut pipe = beside([], Script::forever(flutter));
        let begun = Instant::now();
        while pipe.endpoint.submitted.len() <= IN_FLIGHT {
            assert_eq!(heard(pipe.hear(HOUR)), "notice up");
            assert!(begun.elapsed() < PLENTY, "it is never swept");
        }
        let swept = Instant::now();
        while swept.elapsed() < TAIL * 3 {
            assert_eq!(heard(pipe.hear(HOUR)), "notice up");
        }
        assert_eq!(pipe.endpoint.submitted, [4096, 4096, 4096, 4096, 512, 4096, 4096, 4096]);
    }
}

#[test]
fn a_look_at_what_is_here_already_sweeps_no_stream_however_long_it_was_silent() {
    let mut pipe = beside([Turn::brought_at_cancel(b"kept")], Script::forever(Turn::brought(b"up")));
    let begun = Instant::now();
    while begun.elapsed() < TAIL * 2 {
        assert_eq!(heard(pipe.hear(Duration::ZERO)), "notice up");
    }
    assert_eq!(pipe.endpoint.submitted.len(), IN_FLIGHT);
}

#[test]
fn notifications_are_listened_to_from_the_first_time_that_somebody_hears() {
    let mut pipe = announcing([Turn::brought(b"1"), Turn::brought(b"2")], [Turn::brought(b"up")]);
    assert_eq!(text(pipe.receive(SOON)), "1");
    assert!(pipe.notices.as_mut().expect("it announces").endpoint().submitted.is_empty());
    assert_eq!(all_heard(&mut pipe), ["notice up", "2"]);
}

#[test]
fn receive_gives_chunks_alone_and_keeps_the_newest_notifications() {
    let numbered = |number: usize| Turn::brought(format!("{number:02}").as_bytes());
    let mut pipe =
        announcing((0..30).map(numbered), [Turn::brought(b"begun")].into_iter().chain((0..20).map(numbered)));
    assert_eq!(heard(pipe.hear(SOON)), "notice begun");
    let chunks: Vec<String> = (0..30).map(|_| text(pipe.receive(SOON))).collect();
    assert_eq!(chunks, (0..30).map(|number| format!("{number:02}")).collect::<Vec<_>>());
    let notices: [String; 9] = all_heard(&mut pipe);
    assert_eq!(notices[..8], [12, 13, 14, 15, 16, 17, 18, 19].map(|number| format!("notice {number}")));
    assert_eq!(notices[8], "nothing");
}

#[test]
fn an_interrupt_endpoint_that_stalls_or_fails_is_left_alone_and_the_stream_goes_on() {
    for error in [TransferError::Stall, TransferError::Fault, TransferError::InvalidArgument] {
        let notices = [Turn::brought(b"up"), Turn::ended(error), Turn::brought(b"never heard")];
        let mut pipe = announcing([Turn::nothing(), Turn::brought(b"fine")], notices);
        assert_eq!(all_heard(&mut pipe), ["notice up", "fine", "nothing"], "{error}");
        assert_eq!(pipe.notices.as_mut().expect("it announced").endpoint().submitted, [16, 16]);
        pipe.clear_halt().expect("the stream's own");
        assert_eq!(pipe.notices.as_mut().expect("it announced").endpoint().cleared, 0);
    }
}

#[test]
fn a_departure_is_told_by_the_stream_after_all_that_was_said_before() {
    let chunks = [Turn::brought_and_ended(b"last words", TransferError::Disconnected)];
    let notices = [Turn::brought(b"down"), Turn::ended(TransferError::Disconnected)];
    let mut pipe = announcing(chunks, notices);
    assert_eq!(all_heard(&mut pipe), ["notice down", "last words", &UsbError::Gone.to_string()]);
}

#[test]
fn a_halt_of_the_stream_is_told_beside_notifications_and_cleared() {
    let mut pipe = announcing([Turn::ended(TransferError::Stall), Turn::brought(b"again")], [Turn::nothing()]);
    for _ in 0..2 {
        assert!(matches!(pipe.hear(SOON), Err(UsbError::Stalled(Direction::In))));
    }
    pipe.clear_halt().expect("cleared");
    assert_eq!(heard(pipe.hear(SOON)), "again");
    assert_eq!(pipe.notices.as_mut().expect("it announces").endpoint().pending(), 1);
}

#[test]
fn at_the_end_every_transfer_is_taken_back_and_none_is_queued_again() {
    let mut pipe = announcing([], []);
    assert_eq!(heard(pipe.hear(SOON)), "nothing");
    pipe.end().expect("they come back");
    let notices = pipe.notices.as_mut().expect("it announced");
    notices.collect();
    assert_eq!((notices.endpoint().pending(), pipe.endpoint.pending()), (0, 0));
    let mut stuck = announcing([], [Turn::stuck_for_one_cancel()]);
    assert_eq!(heard(stuck.hear(SOON)), "nothing");
    assert!(stuck.end().is_err());
}
