use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::protocol::play::Line::{Early, Hears, Meets, SendEnds, Sends};
use crate::protocol::play::{Line, play};
use crate::protocol::{Conversation, Event, Step};
use crate::usb::Direction;

fn said(text: &str) -> Line {
    Hears(text.as_bytes().to_vec())
}

fn asks(text: &str) -> Line {
    Sends(text.as_bytes().to_vec())
}

fn product() -> GetVariable {
    GetVariable::new("product").expect("a name")
}

fn answer(script: Vec<Line>) -> Result<Variable, FastbootError> {
    play(product(), script).ended
}

fn value(script: Vec<Line>) -> String {
    match answer(script) {
        Ok(Variable::Value(value)) => value,
        other => panic!("a value was expected, not {other:?}"),
    }
}

#[test]
fn a_variable_is_what_follows_okay() {
    assert_eq!(value(vec![asks("getvar:product"), said("OKAYbalongv7r2")]), "balongv7r2");
    assert_eq!(value(vec![asks("getvar:product"), said("OKAY")]), "");
}

#[test]
fn what_precedes_the_end_and_what_was_there_before_is_no_part_of_the_value() {
    let script = vec![
        Early(b"OKAYstale".to_vec()),
        asks("getvar:product"),
        said("INFOone moment"),
        said("INFOand another"),
        said("OKAYbalongv7r2"),
    ];
    assert_eq!(value(script), "balongv7r2");
}

#[test]
fn an_answer_in_pieces_is_put_together() {
    let script =
        vec![asks("getvar:product"), said("IN"), said("FOa"), said("bc"), said("OKAYba"), Early(b"longv7r2".to_vec())];
    assert_eq!(value(script), "balongv7r2");
}

#[test]
fn a_variable_that_is_not_told_is_an_answer_with_its_reason() {
    let refused = answer(vec![asks("getvar:product"), said("FAILunknown \u{1b}[2Jvariable")]);
    assert_eq!(refused.expect("an answer"), Variable::Refused("unknown \\u{1b}[2Jvariable".to_owned()));
}

#[test]
fn bytes_that_are_not_utf_8_are_spelled_out() {
    assert_eq!(value(vec![asks("getvar:product"), Hears(b"OKAYa\xff\r\n".to_vec())]), "a\\xff\\r\\n");
}

#[test]
fn a_command_of_64_bytes_is_sent_and_one_of_65_is_refused() {
    let name = "n".repeat(57);
    let script = vec![asks(&format!("getvar:{name}")), said("OKAY")];
    assert!(play(GetVariable::new(&name).expect("64 bytes"), script).ended.is_ok());
    assert!(GetVariable::new(&"n".repeat(58)).is_err());
    for bad in ["", "a b", "é", "a\0", "a\r"] {
        assert!(GetVariable::new(bad).is_err(), "`{bad}` is no name");
    }
}

#[test]
fn a_message_of_256_bytes_is_whole_and_of_257_is_refused() {
    let of = |length: usize| said(&format!("OKAY{}", "x".repeat(length - 4)));
    assert_eq!(value(vec![asks("getvar:product"), of(256)]).len(), 252);
    let error = answer(vec![asks("getvar:product"), of(257)]).expect_err("too long");
    assert!(matches!(error, FastbootError::TooLong { .. }), "{error:?}");
}

#[test]
fn endless_information_ends_after_64_messages() {
    let mut script = vec![asks("getvar:product")];
    script.extend((0..65).map(|_| said("INFOx")));
    assert!(matches!(answer(script), Err(FastbootError::TooMuch { .. })));
}

#[test]
fn silence_is_bounded_and_named() {
    let played = play(product(), [asks("getvar:product"), said("INFOx"), Meets(Event::TimedOut)]);
    assert!(matches!(played.ended, Err(FastbootError::Silent { .. })));
    assert_eq!(played.deadlines, [3, 5, 5].map(Duration::from_secs));
}

#[test]
fn what_is_not_fastboot_a_data_phase_and_a_second_end_are_named() {
    let error = answer(vec![asks("getvar:product"), said("\r\nOK\r\n")]).expect_err("an AT port");
    let expected = "the answer to getvar:product is none of fastboot's: it begins 0d0a4f4b0d0a";
    assert_eq!(error.to_string(), expected);
    let data = answer(vec![asks("getvar:product"), said("DATA00001000")]);
    assert!(matches!(data, Err(FastbootError::UnaskedData { .. })));
    let twice = answer(vec![asks("getvar:product"), said("OKAY1"), Early(b"OKAY2".to_vec())]);
    assert!(matches!(twice, Err(FastbootError::NotFastboot { .. })));
}

#[test]
fn a_stick_that_leaves_stalls_or_takes_nothing_is_told_apart() {
    assert!(matches!(answer(vec![asks("getvar:product"), Meets(Event::Gone)]), Err(FastbootError::Left { .. })));
    let stalled = answer(vec![asks("getvar:product"), Meets(Event::Stalled(Direction::In))]);
    assert!(matches!(stalled, Err(FastbootError::Stalled { direction: Direction::In, .. })));
    let cut = answer(vec![SendEnds(b"getvar:product".to_vec(), Event::SendTimedOut { sent: 0 })]);
    assert!(matches!(cut, Err(FastbootError::NotTaken { sent: 0, .. })));
}

#[test]
fn after_reboot_an_acknowledgement_a_departure_and_silence_are_all_normal() {
    let reboot = |then: Line| play(Reboot::new(), [asks("reboot"), then]).ended.expect("a normal end");
    assert_eq!(reboot(said("OKAY")), Rebooted::Acknowledged);
    assert_eq!(reboot(Meets(Event::Gone)), Rebooted::Left);
    assert_eq!(reboot(Meets(Event::TimedOut)), Rebooted::Silent);
}

#[test]
fn a_refused_reboot_and_a_departure_before_it_was_sent_are_failures() {
    let refused = play(Reboot::new(), [asks("reboot"), said("FAIL")]).ended.expect_err("refused");
    assert_eq!(refused.to_string(), "the stick refused reboot: no reason given");
    let gone = play(Reboot::new(), [SendEnds(b"reboot".to_vec(), Event::Gone)]).ended;
    assert!(matches!(gone, Err(FastbootError::Left { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_chunks_end_in_a_clean_answer_a_named_error_or_the_wish_for_more(
        chunks in prop::collection::vec(
            prop_oneof![
                prop::collection::vec(any::<u8>(), 0..300),
                prop::sample::select(vec!["OKAY", "FAIL", "INFO", "DATA", "OK", "", "INFO\u{1b}[0m"])
                    .prop_map(|text| text.as_bytes().to_vec()),
            ],
            0..100,
        ),
    ) {
        let mut conversation = product();
        let mut left = chunks.iter();
        let mut asked = false;
        loop {
            let event = match conversation.next() {
                Step::Finished(Variable::Value(text) | Variable::Refused(text)) => {
                    prop_assert!(!text.contains(char::is_control));
                    break;
                }
                Step::Send { .. } => {
                    asked = true;
                    continue;
                }
                Step::Receive { .. } if asked => match left.next() {
                    Some(chunk) => Event::Received(chunk),
                    None => Event::TimedOut,
                },
                _ => Event::TimedOut,
            };
            if conversation.handle(event).is_err() {
                break;
            }
        }
    }
}
