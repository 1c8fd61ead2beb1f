use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::Value;

use super::message::{data, end, header};
use super::*;
use crate::protocol::play::Line::{Early, Hears, Meets, SendEnds, Sends};
use crate::protocol::play::{Line, Played, converse, digest, hex, play, unhex};
use crate::protocol::{Conversation, Event, Step};
use crate::usb::Direction;

mod faults;
mod vectors;

const SECOND: Duration = Duration::from_secs(1);

fn upload(blocks: Vec<UploadBlock>) -> Upload<'static> {
    Upload::new(blocks, Box::new(|_, _| {}))
}

/// Raminit of one byte, and usbldr of two messages.
fn small_loader() -> Vec<UploadBlock> {
    vec![
        UploadBlock { mode: 1, address: 0x2ffe_4000, data: Bytes::from_static(b"r") },
        UploadBlock { mode: 2, address: 0x3000_4000, data: Bytes::from(vec![7; 1025]) },
    ]
}

/// The messages of [`small_loader`], in order.
fn small_messages() -> Vec<Vec<u8>> {
    let of = |message: Bytes| message.to_vec();
    vec![
        of(header(1, 1, 0x2ffe_4000)),
        of(data(1, b"r")),
        of(end(2)),
        of(header(2, 1025, 0x3000_4000)),
        of(data(1, &[7; 1024])),
        of(data(2, &[7])),
        of(end(3)),
    ]
}

/// The first `count` messages of the small loader, each accepted.
fn accepted(count: usize) -> Vec<Line> {
    small_messages().into_iter().take(count).flat_map(|message| [Sends(message), Hears(vec![0xaa])]).collect()
}

/// The small loader up to message `index`, whose answer the rest of the script tells.
fn after_sending(index: usize, rest: impl IntoIterator<Item = Line>) -> Played<Uploaded, BootRomError> {
    let mut script = accepted(index);
    script.push(Sends(small_messages()[index].clone()));
    script.extend(rest);
    play(upload(small_loader()), script)
}

#[test]
fn a_loader_goes_over_message_by_message() {
    let played = play(upload(small_loader()), accepted(7));
    assert_eq!(played.ended, Ok(Uploaded { last_answer: LastAnswer::Answered }));
}

#[test]
fn only_the_header_after_raminit_may_take_ten_seconds() {
    let played = play(upload(small_loader()), accepted(7));
    let mut expected = [3 * SECOND; 14];
    expected[6] = 10 * SECOND;
    expected[7] = 10 * SECOND;
    assert_eq!(played.deadlines, expected);
}

#[test]
fn progress_counts_the_bytes_accepted_over_all_blocks() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let note = Arc::clone(&seen);
    let on_progress = Box::new(move |bytes, total| note.lock().expect("one thread").push((bytes, total)));
    play(Upload::new(small_loader(), on_progress), accepted(7)).ended.expect("uploaded");
    assert_eq!(*seen.lock().expect("one thread"), [(1, 1026), (1025, 1026), (1026, 1026)]);
}

#[test]
fn nothing_is_sent_before_the_answer_to_the_message_before_it() {
    let mut conversation = upload(small_loader());
    let mut waiting = false;
    let mut sent = 0;
    loop {
        match conversation.next() {
            Step::Finished(_) => break,
            Step::Send { bytes, .. } => {
                assert!(!waiting, "message {sent} was sent before the answer to the one before it");
                assert!(!bytes.is_empty(), "an empty transfer confuses the ROM");
                waiting = true;
                sent += 1;
            }
            Step::Receive { within } if within.is_zero() => conversation.handle(Event::TimedOut).expect("listening"),
            Step::Receive { .. } => {
                waiting = false;
                conversation.handle(Event::Received(&[0xaa])).expect("accepted");
            }
            other => panic!("an unexpected step {other:?}"),
        }
    }
    assert_eq!(sent, 7);
}

#[test]
fn a_loader_that_cannot_be_sent_is_refused_before_a_byte_goes_out() {
    let refusal = |blocks| play(upload(blocks), []).ended.expect_err("refused");
    assert_eq!(refusal(vec![]), BootRomError::NoBlocks);
    let mut blocks = small_loader();
    blocks[1].data = Bytes::new();
    assert_eq!(refusal(blocks), BootRomError::BadBlock { block: 2, why: "it is empty" });
    let mut blocks = small_loader();
    blocks[0].mode = 3;
    assert!(matches!(refusal(blocks), BootRomError::BadBlock { block: 1, .. }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_answers_end_the_upload_without_a_panic_and_in_bounded_steps(
        answers in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..3), 0..40),
    ) {
        let mut answers = answers.into_iter();
        let (ended, sent) = converse(upload(small_loader()), |_| answers.next().unwrap_or_default());
        prop_assert!(sent.len() <= 14, "more messages than one restart a block can need");
        prop_assert!(ended.is_err() || sent.len() >= 7);
    }
}
