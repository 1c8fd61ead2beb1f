use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::protocol::play::{digest, unhex};

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../hw-tests/vectors/download.json")).expect("the vectors are JSON")
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("{field} is missing in {value}"))
}

fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value[field].as_array().unwrap_or_else(|| panic!("{field} is no list"))
}

fn decode(chunks: &[&[u8]]) -> Vec<Result<Bytes, FrameError>> {
    let mut decoder = Decoder::new();
    let mut frames = Vec::new();
    for chunk in chunks {
        decoder.push(chunk);
        frames.extend(std::iter::from_fn(|| decoder.next_frame()));
    }
    frames
}

#[test]
fn the_check_value_is_the_one_of_the_catalogue() {
    assert_eq!(CHECK.checksum(b"123456789"), 0x906e);
}

#[test]
fn every_command_and_answer_is_framed_as_on_the_wire_and_read_back() {
    let vectors = vectors();
    let with_bytes = |entry: &&Value| entry["frame"].is_string();
    let entries: Vec<&Value> =
        list(&vectors, "commands").iter().chain(list(&vectors, "replies")).filter(with_bytes).collect();
    assert!(entries.len() > 25, "the vectors hold the commands and all refusals");
    for entry in entries {
        let payload = unhex(text(entry, "payload"));
        let frame = encode(&payload);
        assert_eq!(frame, unhex(text(entry, "frame")), "{}", entry["name"]);
        assert_eq!(decode(&[&frame]), [Ok(Bytes::from(payload))], "{}", entry["name"]);
    }
}

#[test]
fn a_full_block_of_4096_bytes_has_the_length_and_digest_of_the_wire() {
    let vectors = vectors();
    let entry = list(&vectors, "commands").iter().find(|entry| entry["frame_sha256"].is_string()).expect("full block");
    let mut payload = unhex("42000000011000");
    payload.extend((0..4096u32).map(|index| (index * 5 + 1) as u8));
    let frame = encode(&payload);
    assert_eq!(frame.len() as u64, entry["frame_len"].as_u64().expect("a length"));
    assert_eq!(digest(&[frame]), text(entry, "frame_sha256"));
}

#[test]
fn the_canned_answers_of_real_loaders_are_frames() {
    let vectors = vectors();
    let canned = vectors["canned_replies_found_in_real_loaders"].as_object().expect("canned answers");
    for (name, frame) in canned {
        let frames = decode(&[&unhex(frame.as_str().expect("hexadecimal"))]);
        assert!(matches!(frames[..], [Ok(_)]), "{name}: {frames:?}");
    }
}

#[test]
fn the_version_answer_is_taken_without_its_opening_flag_only_after_a_request() {
    let vectors = vectors();
    let answer = list(&vectors, "replies").iter().find(|entry| entry["as_sent_by_device"].is_string()).expect("0d");
    let bytes = unhex(text(answer, "as_sent_by_device"));
    assert_eq!(decode(&[&bytes]), [], "nothing was asked");
    let mut decoder = Decoder::new();
    decoder.expect_unflagged();
    decoder.push(&bytes);
    assert_eq!(decoder.next_frame(), Some(Ok(Bytes::from(unhex(text(answer, "payload"))))));
}

#[test]
fn no_bad_frame_of_the_vectors_is_accepted() {
    let vectors = vectors();
    for entry in list(&vectors, "bad_frames_a_receiver_must_reject") {
        let frames = decode(&[&unhex(text(entry, "hex"))]);
        assert!(!frames.iter().any(Result::is_ok), "{}: {frames:?}", entry["why"]);
    }
}

#[test]
fn each_kind_of_damage_is_told_apart() {
    assert_eq!(decode(&[&unhex("7e026bd37e")]), [Err(FrameError::BadCheck { found: 0xd36b, expected: 0xd36a })]);
    assert_eq!(decode(&[&unhex("7e7d7d6ad37e")]), [Err(FrameError::BadEscape { found: 0x7d })]);
    assert_eq!(decode(&[&unhex("7e027d7e")]), [Err(FrameError::BadEscape { found: 0x7e })]);
    assert_eq!(decode(&[&unhex("7e027e")]), [Err(FrameError::TooShort { length: 1 })]);
    assert_eq!(decode(&[&unhex("7e7e7e7e")]), []);
}

#[test]
fn a_damaged_frame_does_not_hide_the_next_one() {
    let expected = [Err(FrameError::BadEscape { found: 0 }), Ok(Bytes::from_static(&[2]))];
    assert_eq!(decode(&[&unhex("7e7d006ad37e7e026ad37e")]), expected);
}

#[test]
fn one_flag_closes_a_frame_and_opens_the_next() {
    assert_eq!(decode(&[&unhex("7e026ad37e026ad37e")]).len(), 2);
}

#[test]
fn the_longest_frame_is_taken_and_one_byte_more_is_refused() {
    let longest = encode(&vec![0x11; LONGEST_FRAME - 2]);
    assert!(matches!(decode(&[&longest])[..], [Ok(_)]));
    let longer = encode(&vec![0x11; LONGEST_FRAME - 1]);
    assert_eq!(decode(&[&longer]), [Err(FrameError::TooLong)]);
}

#[test]
fn a_flood_of_frames_that_nobody_fetches_is_cut_off_and_said() {
    let mut decoder = Decoder::new();
    for _ in 0..1000 {
        decoder.push(&unhex("7e026ad37e"));
    }
    let frames: Vec<_> = std::iter::from_fn(|| decoder.next_frame()).collect();
    assert_eq!((frames.len(), frames.last()), (65, Some(&Err(FrameError::TooMany))));
}

/// The bytes cut at the given places, each taken modulo the length.
fn cut<'a>(bytes: &'a [u8], places: &[usize]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = places.iter().map(|place| place % (bytes.len() + 1)).collect();
    places.extend([0, bytes.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_payload_survives_the_way_through_a_frame(payload in prop::collection::vec(any::<u8>(), 1..300)) {
        prop_assert_eq!(decode(&[&encode(&payload)]), [Ok(Bytes::from(payload))]);
    }

    #[test]
    fn any_split_of_the_same_bytes_gives_the_same_frames(
        payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 1..6),
        junk in prop::collection::vec(prop::sample::select(vec![0x7e, 0x7d, 0x5e, 0x02, 0xff]), 0..20),
        places in prop::collection::vec(any::<usize>(), 0..20),
    ) {
        let mut bytes = junk;
        payloads.iter().for_each(|payload| bytes.extend(encode(payload)));
        prop_assert_eq!(decode(&cut(&bytes, &places)), decode(&[&bytes]));
    }

    #[test]
    fn any_garbage_leaves_the_decoder_small(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let mut decoder = Decoder::new();
        decoder.expect_unflagged();
        for _ in 0..10 {
            decoder.push(&bytes);
            prop_assert!(decoder.begun() <= LONGEST_FRAME + 1);
        }
        prop_assert!(std::iter::from_fn(|| decoder.next_frame()).count() <= MOST_KEPT);
    }
}

const MOST_KEPT: usize = 65;
