use std::time::Duration;

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::protocol::Event;
use crate::protocol::hdlc::encode;
use crate::protocol::play::Line::{Early, Hears, Meets, SendEnds, Sends};
use crate::protocol::play::{Line, converse, hex, play, unhex};

mod hello;
mod preamble;

const SILENCE: Line = Meets(Event::TimedOut);
const SECOND: Duration = Duration::from_secs(1);

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../hw-tests/vectors/download.json")).expect("the vectors are JSON")
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("{field} is missing in {value}"))
}

/// An entry of a list of the vectors, by its name.
fn named<'a>(vectors: &'a Value, list: &str, name: &str) -> &'a Value {
    let list = vectors[list].as_array().unwrap_or_else(|| panic!("{list} is no list"));
    list.iter().find(|entry| entry["name"] == name).unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn the_payloads_of_the_writing_commands_are_those_of_the_wire() {
    let vectors = vectors();
    let payload = |name| text(named(&vectors, "commands", name), "payload");
    assert_eq!(hex(&command::start(0x0011_0000, 20_000)), payload("start Fastboot 20000 bytes"));
    assert_eq!(hex(&command::start(0x0011_0000, 0x45)), payload("start, CRC contains 7e"));
    assert_eq!(hex(&command::start(0x0011_0000, 0x1e)), payload("start, CRC contains 7d"));
    assert_eq!(hex(&command::end(0x0011_0000, 20_000)), payload("end Fastboot 20000 bytes"));
    let block = unhex("7e7d5e5d2000ff0d0a");
    assert_eq!(hex(&command::data(1, 9, &block)), payload("data block 1 of 9 bytes with specials"));
}

#[test]
fn every_refusal_of_the_vectors_is_named_and_explained() {
    let vectors = vectors();
    let refusals: Vec<&Value> = vectors["replies"]
        .as_array()
        .expect("answers")
        .iter()
        .filter(|entry| text(entry, "name").starts_with("NAK"))
        .collect();
    assert_eq!(refusals.len(), 15);
    for refusal in refusals {
        let code = RefusalCode::of_answer(&unhex(text(refusal, "payload"))).expect("a refusal");
        assert!(code.name().is_some(), "{code}");
        assert_ne!(code.explanation(), RefusalCode(0xff).explanation(), "{code}");
    }
}

#[test]
fn an_unknown_refusal_is_shown_as_it_came() {
    assert_eq!(RefusalCode(0x42).to_string(), "code 42, unknown");
    assert_eq!(RefusalCode::of_answer(&[3, 0]), None);
    assert_eq!(RefusalCode::of_answer(&[3, 0, 7, 0]), None);
}

#[test]
fn a_restart_is_acknowledged_or_seen() {
    let sends = || Sends(unhex("7e0a225f7e"));
    let ended = |script: Vec<Line>| play(Restart::new(), script).ended;
    let stale = Early(encode(&[2]).to_vec());
    assert_eq!(ended(vec![stale, sends(), Hears(unhex("7e026ad37e"))]).expect("ok"), Restarted::Acknowledged);
    assert_eq!(ended(vec![sends(), Meets(Event::Gone)]).expect("ok"), Restarted::Left);
    let refused = ended(vec![sends(), Hears(encode(&[3, 0, 6]).to_vec())]).expect_err("refused");
    assert!(matches!(refused, DownloadError::Refused { during: Command::Reset, code: RefusalCode(6), .. }));
    let silent = ended(vec![sends(), SILENCE]).expect_err("silent");
    assert!(matches!(silent, DownloadError::NoAnswer { during: Command::Reset, .. }));
}

#[test]
fn a_message_never_repeats_the_text_of_its_source() {
    let error = DownloadError::Blocks { block: 3, wrote: Wrote::Partly, source: "the disk broke".into() };
    assert_eq!(error.to_string(), "block 3 of the partition could not be read");
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn the_first_refused_start_is_explained_with_what_to_do() {
    let (code, wrote) = (RefusalCode(7), Wrote::Nothing);
    let error = DownloadError::Refused { during: Command::Start, code, block: None, wrote };
    assert!(
        error.to_string().starts_with("the stick refused the start of the partition (41): code 07, operation failed")
    );
    assert!(error.advice().is_some_and(|advice| advice.contains("re-plug it and run the same command again")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_garbage_ends_every_short_conversation_without_a_panic(
        answers in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 0..6),
    ) {
        let saying = || {
            let mut answers = answers.clone().into_iter();
            move |_: &[u8]| answers.next().unwrap_or_default()
        };
        prop_assert!(converse(Hello::new(), saying()).1.len() <= 2);
        prop_assert!(converse(HdlcProbe::new(), saying()).1.len() <= 1);
        prop_assert!(converse(Identify::new(), saying()).1.len() <= 1);
        prop_assert!(converse(Info::new(), saying()).1.len() <= 1);
        prop_assert!(converse(EnterDataMode::new(), saying()).1.len() <= 1);
        prop_assert!(converse(Restart::new(), saying()).1.len() <= 1);
    }
}
