use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::protocol::play::Line::{Early, Hears, Meets, SendEnds, Sends};
use crate::protocol::play::{Line, play};
use crate::protocol::{Conversation, Event, Step};
use crate::usb::Direction;

const WITHIN: Duration = Duration::from_secs(5);

fn exchange(text: &str) -> Exchange {
    Exchange::new(Command::new(text).expect("printable"), WITHIN)
}

fn said(text: &str) -> Line {
    Hears(text.as_bytes().to_vec())
}

fn asks(text: &str) -> Line {
    Sends(format!("{text}\r").into_bytes())
}

fn answer(text: &str, script: Vec<Line>) -> Answer {
    play(exchange(text), script).ended.expect("an answer")
}

#[test]
fn the_version_question_is_answered_by_one_line_and_ok() {
    let answer = answer("AT^DLOADVER?", vec![asks("AT^DLOADVER?"), said("\r\n2.0\r\n\r\nOK\r\n")]);
    assert_eq!((&answer.lines[..], &answer.result), (&["2.0".to_owned()][..], &FinalResult::Ok));
}

#[test]
fn an_echo_and_junk_in_front_do_not_hide_the_answer() {
    let answer = answer("ATI", vec![asks("ATI"), said("\x00junk\r\nati\r\r\nModel: E3372\r\n\r\nOK\r\n")]);
    assert_eq!(answer.lines, ["\\u{0}junk", "Model: E3372"]);
}

#[test]
fn an_answer_in_single_bytes_is_put_together() {
    let bytes = b"\r\n2.0\r\n\r\nOK\r\n";
    let mut script = vec![asks("AT^DLOADVER?")];
    script.extend(bytes.iter().map(|byte| Hears(vec![*byte])));
    assert_eq!(answer("AT^DLOADVER?", script).lines, ["2.0"]);
}

#[test]
fn reports_are_kept_apart_unless_they_were_asked_for() {
    let script = |command| vec![asks(command), said("\r\n^HCSQ:\"LTE\",40\r\n\r\n^RSSI:17\r\n\r\nOK\r\n")];
    let unasked = answer("ATE0", script("ATE0"));
    assert_eq!((unasked.lines.len(), unasked.unsolicited.len()), (0, 2));
    let asked = answer("AT^HCSQ?", script("AT^HCSQ?"));
    assert_eq!((asked.lines, asked.unsolicited), (vec!["^HCSQ:\"LTE\",40".into()], vec!["^RSSI:17".into()]));
}

#[test]
fn a_late_ok_of_an_earlier_command_is_never_taken_for_the_answer() {
    let script = vec![Early(b"\r\nOK\r\n^BO".to_vec()), asks("AT"), said("\r\nERROR\r\n")];
    let answer = answer("AT", script);
    assert_eq!(answer.result, FinalResult::Error);
    assert_eq!(answer.unsolicited, ["OK", "^BO"]);
}

#[test]
fn error_codes_are_kept_as_they_came() {
    let refused = answer("AT+CPIN?", vec![asks("AT+CPIN?"), said("\r\n+CME ERROR: 10\r\n")]);
    assert_eq!(refused.result, FinalResult::EquipmentError("10".to_owned()));
    let refused = answer("AT+CMGL", vec![asks("AT+CMGL"), said("\r\n+CMS ERROR: 302\r\n")]);
    assert_eq!(refused.result.to_string(), "+CMS ERROR: 302");
}

#[test]
fn a_result_whose_line_feed_is_missing_counts_at_the_deadline() {
    let script = vec![asks("AT"), said("\r\nOK\r"), Meets(Event::TimedOut)];
    assert_eq!(answer("AT", script).result, FinalResult::Ok);
}

#[test]
fn silence_and_an_answer_without_end_are_told_apart() {
    let silent = play(exchange("AT"), [asks("AT"), Meets(Event::TimedOut)]);
    assert!(matches!(silent.ended, Err(AtError::Silent { .. })));
    assert_eq!(silent.deadlines, [Duration::from_secs(3), WITHIN]);
    let script = [asks("AT"), said("\x1b[31mhello"), Meets(Event::TimedOut)];
    let error = play(exchange("AT"), script).ended.expect_err("no result");
    let expected = "the answer to AT did not end with OK or ERROR within 5 s; it said: \\u{1b}[31mhello";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn an_endless_answer_is_cut_off_at_16_kibibytes() {
    let mut script = vec![asks("AT")];
    script.extend((0..17).map(|_| Hears(vec![b'x'; 1000])));
    assert!(matches!(play(exchange("AT"), script).ended, Err(AtError::TooMuch { .. })));
}

#[test]
fn an_answer_to_a_command_of_anybodys_may_take_a_mebibyte() {
    let script = |lines: usize| {
        let mut script = vec![asks("AT+CMGL=4")];
        script.extend((0..lines).map(|_| Hears([vec![b'x'; 1022], b"\r\n".to_vec()].concat())));
        script
    };
    let listed = [script(1000), vec![said("\r\nOK\r\n")]].concat();
    let answer = play(exchange("AT+CMGL=4").of_anybody(), listed).ended.expect("an answer");
    assert_eq!((answer.lines.len(), answer.result), (1000, FinalResult::Ok));
    let error = play(exchange("AT+CMGL=4").of_anybody(), script(1025)).ended.expect_err("too much");
    assert!(error.to_string().contains("more than 1048576 bytes"), "{error}");
}

#[test]
fn a_message_that_reads_like_a_result_is_no_answer() {
    for text in ["OK", "ERROR", "NO CARRIER", "AT+CSQ"] {
        let message = format!("\r\n+CMT: \"+49\",,\"26/11/25\"\r\n{text}\r\n");
        let script = vec![asks("AT+CSQ"), said(&message), said("\r\n+CSQ: 17,99\r\n\r\nOK\r\n")];
        let answer = answer("AT+CSQ", script);
        assert_eq!((answer.result, &answer.lines[..]), (FinalResult::Ok, &["+CSQ: 17,99".to_owned()][..]), "{text}");
        assert_eq!(answer.unsolicited, ["+CMT: \"+49\",,\"26/11/25\"", text]);
    }
}

#[test]
fn behind_connect_nothing_is_read_as_a_line() {
    let script = vec![asks("ATE0D*99#"), Hears(b"\r\nCONNECT\r\n~\x7d#\xc0!}!\r\nOK\r\n".to_vec())];
    let answer = answer("ATE0D*99#", script);
    assert_eq!(answer.result, FinalResult::Connect(String::new()));
    assert!(answer.lines.is_empty() && answer.unsolicited.is_empty(), "{answer:?}");
}

#[test]
fn what_came_before_the_command_takes_no_room_from_its_answer() {
    let long = || b"x\r\n".repeat(4000);
    let script = vec![Early(long()), asks("AT"), Hears(long()), said("OK\r\n")];
    let answer = answer("AT", script);
    assert_eq!((answer.unsolicited.len(), answer.lines.len()), (4000, 4000));
}

#[test]
fn a_stick_that_leaves_stalls_or_takes_nothing_is_told_apart() {
    let left = play(exchange("AT^RESET"), [asks("AT^RESET"), Meets(Event::Gone)]);
    assert!(matches!(left.ended, Err(AtError::Left { .. })));
    let stalled = play(exchange("AT"), [asks("AT"), Meets(Event::Stalled(Direction::In))]);
    assert!(matches!(stalled.ended, Err(AtError::Stalled { direction: Direction::In, .. })));
    let script = [SendEnds(b"AT\r".to_vec(), Event::SendTimedOut { sent: 0 })];
    assert!(matches!(play(exchange("AT"), script).ended, Err(AtError::NotTaken { sent: 0, .. })));
}

#[test]
fn a_call_ends_in_the_words_of_calls() {
    for (text, result) in [
        ("CONNECT 150000000", FinalResult::Connect("150000000".to_owned())),
        ("NO CARRIER", FinalResult::NoCarrier),
        ("BUSY", FinalResult::Busy),
    ] {
        let script = vec![asks("ATD*99#"), said(&format!("\r\n{text}\r\n"))];
        assert_eq!(answer("ATD*99#", script).result, result);
    }
}

#[test]
fn a_call_that_ends_during_another_command_is_no_answer_to_it() {
    let script = vec![asks("AT+CSQ"), said("\r\nNO CARRIER\r\n"), said("\r\n+CSQ: 17,99\r\n\r\nOK\r\n")];
    let answer = answer("AT+CSQ", script);
    assert_eq!((answer.result, answer.lines), (FinalResult::Ok, vec!["+CSQ: 17,99".to_owned()]));
    assert_eq!(answer.unsolicited, ["NO CARRIER"]);
}

#[test]
fn a_call_result_with_nothing_behind_it_counts_at_the_deadline() {
    let script = vec![asks("AT+CHUP"), said("\r\nNO CARRIER\r\n"), Meets(Event::TimedOut)];
    assert_eq!(answer("AT+CHUP", script).result, FinalResult::NoCarrier);
}

#[test]
fn a_command_that_asks_for_a_text_is_called_off() {
    let ask = || exchange("AT+CMGS=\"123\"").of_anybody();
    let script = || vec![asks("AT+CMGS=\"123\""), said("\r\n>"), said(" "), Sends(b"\x1b".to_vec())];
    let answered = [script(), vec![said("\r\nOK\r\n")]].concat();
    assert!(matches!(play(ask(), answered).ended, Err(AtError::AsksForText { .. })));
    let silent = [script(), vec![Meets(Event::TimedOut)]].concat();
    assert!(matches!(play(ask(), silent).ended, Err(AtError::AsksForText { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_garbage_ends_in_an_answer_or_a_named_error(
        chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..600), 0..60),
    ) {
        let mut conversation = exchange("AT");
        let mut chunks_left = chunks.iter();
        let ended = loop {
            let event = match conversation.next() {
                Step::Finished(answer) => {
                    prop_assert!(answer.lines.iter().all(|line| !line.contains(char::is_control)));
                    break true;
                }
                Step::Receive { within } if within.is_zero() => Event::TimedOut,
                Step::Receive { .. } => match chunks_left.next() {
                    Some(chunk) => Event::Received(chunk),
                    None => break false,
                },
                _ => continue,
            };
            if conversation.handle(event).is_err() {
                break true;
            }
        };
        let bytes: usize = chunks.iter().map(Vec::len).sum();
        prop_assert!(ended || bytes <= 16 * 1024, "nothing bounds the answer");
    }
}
