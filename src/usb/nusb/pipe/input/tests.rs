mod notices;

use super::super::script::{Script, Turn};
use super::*;

const SOON: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(3600);

fn pipe(turns: impl IntoIterator<Item = Turn>) -> InPipe<Script, Script> {
    InPipe::new(Script::of(turns), 4096)
}

fn text(received: Result<Option<Bytes>, UsbError>) -> String {
    match received {
        Ok(Some(chunk)) => String::from_utf8_lossy(&chunk).into_owned(),
        Ok(None) => "nothing".into(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_transfer_of_4096_is_queued_before_anything_is_asked() {
    assert_eq!(pipe([]).endpoint.submitted, [4096]);
}

#[test]
fn a_reply_that_comes_after_a_deadline_is_handed_out_by_the_next_receive() {
    let mut pipe = pipe([Turn::nothing(), Turn::brought(b"late")]);
    assert_eq!([text(pipe.receive(SOON)), text(pipe.receive(SOON))], ["nothing", "late"]);
}

#[test]
fn a_reply_that_races_the_cancel_is_handed_over_at_the_deadline() {
    let mut pipe = pipe([Turn::brought_at_cancel(b"raced"), Turn::brought(b"next")]);
    assert_eq!([text(pipe.receive(SOON)), text(pipe.receive(SOON))], ["raced", "next"]);
}

#[test]
fn a_full_packet_with_nothing_behind_it_is_handed_over_at_the_deadline_and_a_transfer_waits_again() {
    let mut pipe = pipe([Turn::brought_at_cancel(&[b'A'; 512])]);
    assert_eq!(pipe.receive(SOON).expect("no trouble").map(|chunk| chunk.len()), Some(512));
    assert_eq!(pipe.endpoint.pending(), 1);
}

#[test]
fn an_empty_transfer_is_no_chunk() {
    let mut pipe = pipe([Turn::brought(b""), Turn::brought(b"x")]);
    assert_eq!(text(pipe.receive(SOON)), "x");
}

#[test]
fn a_full_packet_and_the_byte_after_it_come_in_that_order() {
    let mut pipe = pipe([Turn::brought(&[b'A'; 512]), Turn::brought(b"B")]);
    assert_eq!([text(pipe.receive(SOON)), text(pipe.receive(SOON))], ["A".repeat(512), "B".into()]);
}

#[test]
fn a_transfer_is_waiting_again_before_the_next_question_is_sent() {
    let mut pipe = pipe([Turn::brought(b"stale"), Turn::nothing()]);
    pipe.await_answer();
    assert_eq!((pipe.endpoint.pending(), pipe.endpoint.submitted.len()), (1, 2));
    assert_eq!(text(pipe.receive(SOON)), "stale");
}

#[test]
fn a_stick_that_talks_without_end_is_made_to_wait_after_16_chunks() {
    let mut pipe = pipe(vec![Turn::brought(b"noise"); 100]);
    for _ in 0..50 {
        pipe.await_answer();
    }
    assert_eq!(pipe.chunks.len(), MOST_CHUNKS);
}

#[test]
fn a_stall_parks_the_endpoint_until_it_is_cleared() {
    let mut pipe = pipe([Turn::ended(TransferError::Stall), Turn::brought(b"again")]);
    for _ in 0..2 {
        assert!(matches!(pipe.receive(SOON), Err(UsbError::Stalled(Direction::In))));
    }
    assert_eq!((pipe.endpoint.submitted.len(), pipe.endpoint.pending()), (1, 0));
    pipe.clear_halt().expect("cleared");
    assert_eq!((text(pipe.receive(SOON)), pipe.endpoint.cleared), ("again".into(), 1));
}

#[test]
fn clearing_a_halt_that_is_none_keeps_what_came_with_the_withdrawn_transfer() {
    let mut pipe = pipe([Turn::brought_at_cancel(b"kept")]);
    pipe.clear_halt().expect("cleared");
    assert_eq!(text(pipe.receive(SOON)), "kept");
}

#[test]
fn bytes_before_a_stall_come_first_and_the_stall_next() {
    let mut pipe = pipe([Turn::brought_and_ended(b"last words", TransferError::Stall)]);
    assert_eq!(text(pipe.receive(SOON)), "last words");
    assert!(matches!(pipe.receive(SOON), Err(UsbError::Stalled(Direction::In))));
}

#[test]
fn bytes_before_a_departure_come_first_and_the_departure_next() {
    let mut pipe = pipe([Turn::brought_and_ended(b"last words", TransferError::Disconnected)]);
    assert_eq!(text(pipe.receive(SOON)), "last words");
    assert!(matches!(pipe.receive(SOON), Err(UsbError::Gone)));
}

#[test]
fn a_fault_is_told_once_and_reading_goes_on() {
    let mut pipe = pipe([Turn::ended(TransferError::Fault), Turn::brought(b"fine")]);
    assert!(matches!(pipe.receive(SOON), Err(UsbError::Failed { .. })));
    assert_eq!(text(pipe.receive(SOON)), "fine");
}

#[test]
fn a_fault_noticed_while_sending_is_told_by_the_next_receive() {
    let mut pipe = pipe([Turn::ended(TransferError::Fault)]);
    pipe.await_answer();
    assert!(matches!(pipe.receive(SOON), Err(UsbError::Failed { .. })));
}

#[test]
fn a_thousand_replies_of_which_half_race_a_cancel_all_arrive_in_order() {
    let turn = |number: u32| match number % 2 {
        0 => Turn::brought_at_cancel(&number.to_be_bytes()),
        _ => Turn::brought(&number.to_be_bytes()),
    };
    let mut pipe = pipe((0..1000).map(turn));
    for number in 0..1000u32 {
        let chunk = pipe.receive(SOON).expect("no trouble").expect("a reply");
        assert_eq!(&chunk[..], number.to_be_bytes());
    }
    assert_eq!(text(pipe.receive(SOON)), "nothing");
}

#[test]
fn a_flood_of_empty_transfers_does_not_outlast_the_deadline() {
    let mut pipe = pipe(vec![Turn::brought(b""); 100]);
    assert_eq!(text(pipe.receive(Duration::ZERO)), "nothing");
}

#[test]
fn a_look_at_what_is_here_already_cancels_nothing() {
    let mut pipe = pipe([Turn::brought_at_cancel(b"a full packet with nothing behind it")]);
    assert_eq!(text(pipe.receive(Duration::ZERO)), "nothing");
    let chunk = pipe.receive(SOON).expect("no trouble").expect("what came before the cancel");
    assert_eq!(&chunk[..], b"a full packet with nothing behind it");
}

fn stream(turns: impl IntoIterator<Item = Turn>) -> InPipe<Script, Script> {
    let mut pipe = pipe(turns);
    pipe.stream(512, None);
    pipe
}

#[test]
fn a_stream_that_is_silent_is_swept_once_and_then_left_alone() {
    let mut pipe = stream([]);
    assert_eq!(text(pipe.receive(TAIL * 3)), "nothing");
    let queued = [4096, 4096, 4096, 4096, 512, 4096, 4096, 4096];
    assert_eq!(pipe.endpoint.submitted, queued);
    assert_eq!(text(pipe.receive(TAIL * 3)), "nothing");
    assert_eq!(pipe.endpoint.submitted, queued, "nothing was cancelled, so nothing was queued again");
}

#[test]
fn a_full_packet_with_nothing_behind_it_leaves_a_stream_long_before_the_deadline() {
    let mut pipe = stream([Turn::brought_at_cancel(&[b'A'; 512])]);
    assert_eq!(pipe.receive(HOUR).expect("no trouble").map(|chunk| chunk.len()), Some(512));
}

#[test]
fn what_several_transfers_of_a_stream_hold_when_they_are_swept_keeps_its_order() {
    let mut pipe = stream([Turn::brought(b"1"), Turn::brought_at_cancel(b"2"), Turn::brought_at_cancel(b"3")]);
    assert_eq!([(); 3].map(|()| text(pipe.receive(HOUR))), ["1", "2", "3"]);
}

#[test]
fn a_stream_that_nobody_asks_holds_four_transfers_and_no_more() {
    let mut pipe = stream(vec![Turn::brought(b"noise"); 100]);
    assert_eq!(text(pipe.receive(SOON)), "noise");
    assert_eq!((pipe.endpoint.pending(), pipe.chunks.len()), (IN_FLIGHT, 0));
}
