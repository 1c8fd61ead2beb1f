use std::cell::RefCell;
use std::convert::Infallible;
use std::io;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::protocol::download::RefusalCode;
use crate::protocol::hdlc::encode;
use crate::protocol::play::Line::{Early, Hears, Meets, SendEnds, Sends};
use crate::protocol::play::{Line, Played, converse, digest, hex, play, unhex};
use crate::usb::Direction;

mod answers;
mod source;

const SILENCE: Line = Meets(Event::TimedOut);
const CODE: u32 = 0x0011_0000;
const SECOND: Duration = Duration::from_secs(1);

type Source = std::vec::IntoIter<Result<Bytes, Infallible>>;

fn blocks(lengths: &[usize]) -> Source {
    lengths.iter().map(|length| Ok(Bytes::from(vec![0x11; *length]))).collect::<Vec<_>>().into_iter()
}

/// Two blocks: 4096 bytes and 5.
fn small() -> WritePartition<'static, Source> {
    WritePartition::new(CODE, 4101, blocks(&[4096, 5]), Box::new(|_, _| {}))
}

fn start() -> Line {
    Sends(encode(&command::start(CODE, 4101)).to_vec())
}

fn first() -> Line {
    Sends(encode(&command::data(1, 4096, &[0x11; 4096])).to_vec())
}

fn second() -> Line {
    Sends(encode(&command::data(2, 5, &[0x11; 5])).to_vec())
}

fn end() -> Line {
    Sends(encode(&command::end(CODE, 4101)).to_vec())
}

fn ack() -> Line {
    Hears(unhex("7e026ad37e"))
}

fn nak(code: u8) -> Line {
    Hears(encode(&[3, 0, code]).to_vec())
}

fn acks(count: usize) -> Line {
    Hears(unhex(&"7e026ad37e".repeat(count)))
}

fn stray() -> Line {
    Early(unhex("7e026ad37e"))
}

fn ended(script: impl IntoIterator<Item = Line>) -> Result<Written, DownloadError> {
    play(small(), script).ended
}

#[test]
fn a_partition_is_started_filled_and_ended_frame_by_answer() {
    let played: Played<_, _> = play(small(), [start(), ack(), first(), ack(), second(), ack(), end(), ack()]);
    assert_eq!(played.ended.expect("written"), Written { blocks: 2, bytes: 4101 });
    let mut expected = vec![30 * SECOND; 6];
    expected.extend([90 * SECOND; 2]);
    assert_eq!(played.deadlines, expected);
    let quiet = Duration::from_millis(20);
    assert_eq!(played.listened, [Duration::ZERO, Duration::ZERO, Duration::ZERO, quiet], "silence before the end");
}

#[test]
fn the_example_session_is_sent_as_on_the_wire() {
    let vectors: Value =
        serde_json::from_str(include_str!("../../../../hw-tests/vectors/download.json")).expect("the vectors are JSON");
    let session = &vectors["session"];
    let code = u32::from_str_radix(session["code"].as_str().expect("a code"), 16).expect("hexadecimal");
    let size = u32::try_from(session["size"].as_u64().expect("a size")).expect("32 bits");
    let data: Vec<u8> = (0..size).map(|index| (index * 3) as u8).collect();
    let source = data.chunks(LONGEST_BLOCK).map(|block| Ok::<_, Infallible>(Bytes::copy_from_slice(block)));
    let (ended, sent) =
        converse(WritePartition::new(code, size, source, Box::new(|_, _| {})), |_| encode(&[2]).to_vec());
    assert_eq!(ended.expect("written").blocks, 3);
    assert_eq!(digest(&sent), session["stream_sha256"].as_str().expect("a digest"));
    let frames = session["frames"].as_array().expect("frames");
    assert_eq!(sent.len(), frames.len());
    for (frame, expected) in sent.iter().zip(frames) {
        match expected.as_str() {
            Some(whole) => assert_eq!(hex(frame), whole),
            None => {
                assert_eq!(Some(digest(&[frame]).as_str()), expected["sha256"].as_str());
                assert_eq!(Some(frame.len() as u64), expected["len"].as_u64());
            }
        }
    }
}

#[test]
fn progress_tells_what_was_acknowledged() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let note = Arc::clone(&seen);
    let on_progress = Box::new(move |bytes, total| note.lock().expect("one thread").push((bytes, total)));
    let mut write = WritePartition::new(CODE, 4101, blocks(&[4096, 5]), on_progress);
    assert_eq!(write.wrote(), Wrote::Nothing);
    let script = [start(), ack(), first(), ack(), second(), nak(7)];
    assert!(play(&mut write, script).ended.is_err());
    assert_eq!((write.acknowledged(), write.wrote()), (4096, Wrote::Partly));
    drop(write);
    assert_eq!(*seen.lock().expect("one thread"), [(4096, 4101)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_garbage_ends_the_partition_and_never_passes_for_success(
        answers in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 4),
    ) {
        let mut said = answers.into_iter();
        let (ended, sent) = converse(small().surviving_one_lost_answer(), |_| said.next().unwrap_or_default());
        prop_assert!(sent.len() <= 5);
        prop_assert!(ended.is_err(), "random bytes hold no acknowledgement");
    }

    #[test]
    fn a_session_is_the_same_in_whatever_pieces_the_answers_arrive(piece in 1usize..6) {
        let pieces = || unhex("7e026ad37e").chunks(piece).map(|piece| Hears(piece.to_vec())).collect::<Vec<_>>();
        let script = [start(), first(), second(), end()].into_iter().flat_map(|send| {
            let mut lines = vec![send];
            lines.extend(pieces());
            lines
        });
        prop_assert!(ended(script).is_ok());
    }
}
