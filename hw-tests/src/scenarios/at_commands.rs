//! The command `at`: what is sent, what is printed, and how it ends.

use std::time::Duration;

use balong_mocks::{Effect, Event, Fault, Hand, Mode, Moment, StickOptions};
use serde_json::json;

use super::{assert_nothing_dangerous_was_sent, events, is_said};
use crate::{Bench, Need, Ran};

fn plug(bench: &dyn Bench, mode: Mode) -> Hand {
    bench.plug(bench.port(), "e3372h", mode, StickOptions::default())
}

fn at(bench: &dyn Bench, arguments: &[&str]) -> Ran {
    bench.balong(&[&["at", "--format", "json", "--port", bench.port()], arguments].concat())
}

/// The commands that the stick heard, with the interface of each. The plain `AT` by which a port is looked for is left out.
pub(super) fn heard(hand: &Hand) -> Vec<(u8, String)> {
    let words = |event| match event {
        Event::At { interface, command } if command != "AT" => Some((interface, command)),
        _ => None,
    };
    events(hand).into_iter().filter_map(words).collect()
}

fn commands(hand: &Hand) -> Vec<String> {
    heard(hand).into_iter().map(|(_, command)| command).collect()
}

/// The next answer to a command is this.
pub(super) fn answer_with(hand: &Hand, command: &str, answer: &'static str) {
    let effect = Effect::Garbage(answer.as_bytes().into());
    hand.inject(Fault::At(Moment::At(command.to_owned()), effect));
}

/// Each command has one event, in order; text shows what a terminal would.
pub fn answers_come_one_by_one_with_their_lines_and_results(bench: &dyn Bench) {
    let hand = plug(bench, Mode::Stick);
    let ran = at(bench, &["AT^HWVER", "AT+CMEE=0"]).expect_exit(0);
    let answers = ran.events_named("answer");
    let expected = json!({
        "schema": 1, "event": "answer", "port": bench.port(), "command": "AT^HWVER",
        "lines": ["^HWVER:\"CL2E3372HM\""], "final": "OK", "meaning": null, "unsolicited": [],
    });
    assert_eq!(answers[0], expected, "{ran}");
    assert_eq!((&answers[1]["lines"], &answers[1]["final"]), (&json!([]), &json!("OK")), "{ran}");
    assert_eq!(commands(&hand), ["AT^HWVER", "AT+CMEE=0"]);
    let text = bench.balong(&["at", "AT^HWVER"]).expect_exit(0);
    assert_eq!(text.out, "^HWVER:\"CL2E3372HM\"\nOK\n", "{text}");
}

/// An error result ends the list; with `--keep-going` the rest is sent, and the exit status still says it.
pub fn an_error_result_is_exit_6_and_ends_the_list_unless_told_otherwise(bench: &dyn Bench) {
    let hand = plug(bench, Mode::Stick);
    let list = ["AT^NONSENSE", "AT^HWVER"];
    let ran = at(bench, &list).expect_exit(6);
    assert_eq!(ran.only("answer")["final"], "ERROR", "{ran}");
    assert_eq!(commands(&hand), ["AT^NONSENSE"]);
    let ran = at(bench, &[&list[..], &["--keep-going"]].concat()).expect_exit(6);
    assert_eq!(ran.events_named("answer").len(), 2, "{ran}");
    assert_eq!(commands(&hand), ["AT^NONSENSE", "AT^NONSENSE", "AT^HWVER"]);
}

/// Numbers of both kinds are explained; a number that nobody knows is shown as it came.
pub fn a_number_of_an_error_has_its_text(bench: &dyn Bench) {
    let hand = plug(bench, Mode::Stick);
    for (line, meaning) in [
        ("+CME ERROR: 10", json!("SIM not inserted")),
        ("+CMS ERROR: 302", json!("operation not allowed")),
        ("+CME ERROR: 4711", json!(null)),
        ("COMMAND NOT SUPPORT", json!(null)),
    ] {
        let answer: &'static str = Box::leak(format!("\r\n{line}\r\n").into_boxed_str());
        answer_with(&hand, "AT+CPIN?", answer);
        let ran = at(bench, &["AT+CPIN?"]).expect_exit(6);
        let said = ran.only("answer");
        assert_eq!((&said["final"], &said["meaning"]), (&json!(line), &meaning), "{ran}");
    }
    answer_with(&hand, "AT+CPIN?", "\r\n+CME ERROR: 10\r\n");
    let text = bench.balong(&["at", "AT+CPIN?"]).expect_exit(6);
    assert!(text.out.contains("+CME ERROR: 10 (SIM not inserted)"), "{text}");
}

/// Reports before, between and behind the lines of an answer are no lines of it, and none counts for the next command.
pub fn reports_that_nobody_asked_for_are_kept_apart(bench: &dyn Bench) {
    let hand = plug(bench, Mode::Stick);
    answer_with(
        &hand,
        "AT+CSQ",
        "\r\n^RSSI: 12\r\n\r\n+CSQ: 17,99\r\n\r\nNO CARRIER\r\n\r\nOK\r\n\r\n^MODE: 5\r\nOK\r\n",
    );
    let ran = at(bench, &["AT+CSQ", "AT^NONSENSE"]).expect_exit(6);
    let answers = ran.events_named("answer");
    assert_eq!((&answers[0]["lines"], &answers[0]["final"]), (&json!(["+CSQ: 17,99"]), &json!("OK")), "{ran}");
    let unsolicited = answers[0]["unsolicited"].as_array().cloned().unwrap_or_default();
    for report in ["^RSSI: 12", "NO CARRIER", "^MODE: 5"] {
        assert!(unsolicited.contains(&json!(report)), "{report}\n{ran}");
    }
    assert_eq!((&answers[1]["lines"], &answers[1]["final"]), (&json!([]), &json!("ERROR")), "{ran}");
    answer_with(&hand, "AT+CSQ", "\r\n^RSSI: 12\r\n\r\n+CSQ: 17,99\r\n\r\nOK\r\n");
    let text = bench.balong(&["at", "AT+CSQ"]).expect_exit(0);
    assert_eq!(text.out, "+CSQ: 17,99\nOK\n", "{text}");
    assert!(text.err.contains("(unasked) ^RSSI: 12"), "{text}");
}

/// Byte by byte, and later than usual.
pub fn an_answer_in_pieces_is_put_together(bench: &dyn Bench) {
    let hand = plug(bench, Mode::Stick);
    hand.inject(Fault::At(Moment::At("ATI".to_owned()), Effect::Split(1)));
    hand.inject(Fault::At(Moment::At("AT^HWVER".to_owned()), Effect::DelayAnswer(Duration::from_secs(6))));
    let ran = at(bench, &["ATI", "AT^HWVER"]).expect_exit(0);
    let answers = ran.events_named("answer");
    assert_eq!(
        (&answers[0]["lines"][0], &answers[0]["lines"][4]),
        (&json!("Manufacturer: huawei"), &json!("+GCAP: +CGSM,+DS,+ES"))
    );
    assert_eq!(answers[1]["lines"], json!(["^HWVER:\"CL2E3372HM\""]), "{ran}");
}

/// A port that owes an answer is asked nothing more: what comes late would be taken for the next answer.
pub fn silence_is_exit_6_and_ends_the_list_whatever_was_told(bench: &dyn Bench) {
    let hand = plug(bench, Mode::Stick);
    hand.inject(Fault::At(Moment::At("ATI".to_owned()), Effect::LoseAnswer));
    let ran = at(bench, &["ATI", "AT^HWVER", "--keep-going", "--timeout", "3"]).expect_exit(6);
    let error = ran.only("error");
    assert_eq!((&error["code"], &error["port"]), (&json!("at"), &json!(bench.port())), "{ran}");
    assert!(error["message"].to_string().contains("no answer to ATI within 3 s"), "{ran}");
    assert!(error["next"].to_string().contains("--timeout"), "{ran}");
    assert_eq!(commands(&hand), ["ATI"]);
    let _ = at(bench, &["AT^HWVER"]).expect_exit(0);
}

/// Empty lines and remarks are passed over; a line that is no command is named by its number, and nothing is sent.
pub fn a_list_comes_from_a_file_or_from_standard_input(bench: &dyn Bench) {
    let hand = plug(bench, Mode::Stick);
    let list = "# who is it\r\nAT^HWVER\r\n\n  AT+CMEE=0  \n";
    let from_input = ["at", "--file", "-", "--format", "json"];
    let ran = bench.balong_fed(&from_input, list).expect_exit(0);
    assert_eq!(ran.events_named("answer").len(), 2, "{ran}");
    assert_eq!(commands(&hand), ["AT^HWVER", "AT+CMEE=0"]);
    let ran = bench.balong_fed(&from_input, "ATI\n\nATI;\u{7}\n").expect_exit(2);
    assert!(ran.only("error")["message"].to_string().contains("line 3 of standard input"), "{ran}");
    let _ = bench.balong_fed(&from_input, "# nothing\n").expect_exit(2);
    assert_eq!(commands(&hand).len(), 2, "nothing more was sent");
    let _ = at(bench, &["--file", "/nowhere/at.txt"]).expect_exit(2);
}

/// By name, wherever it stands, and nothing of the list is sent.
pub fn what_unlocks_or_rewrites_identity_is_refused_before_anything_is_sent(bench: &dyn Bench) {
    let hand = plug(bench, Mode::Stick);
    for command in [
        "AT^DATALOCK=\"12345678\"",
        "ATE0;^CARDLOCK=\"1\"",
        "at+egmr=1,7,\"1\"",
        "AT^PHYNUM=IMEI,1",
        "AT^SN=1",
        "ATS5=35",
    ] {
        let ran = at(bench, &["ATI", command]).expect_exit(2);
        let message = ran.only("error")["message"].to_string();
        assert!(message.contains("this program does not send it"), "{ran}");
    }
    assert!(!events(&hand).iter().any(is_said), "nothing may be sent: {:?}", events(&hand));
}

/// In a composition whose ports look alike, the role is taken by place; the number is taken as it is.
pub fn a_port_can_be_named_by_its_role_or_its_number(bench: &dyn Bench) {
    let hand = plug(bench, Mode::Serial);
    let _ = at(bench, &["ATI", "--role", "modem"]).expect_exit(0);
    let _ = at(bench, &["ATI", "--interface", "2"]).expect_exit(0);
    let _ = at(bench, &["ATI"]).expect_exit(0);
    let interfaces: Vec<_> = heard(&hand).into_iter().map(|(interface, _)| interface).collect();
    assert_eq!(interfaces, [0, 2, 2]);
    for wrong in [["--role", "gps"], ["--interface", "7"]] {
        let ran = at(bench, &[&["ATI"][..], &wrong].concat()).expect_exit(2);
        assert!(ran.only("error")["message"].to_string().contains("2 (pcui, by its place)"), "{ran}");
    }
}

/// The mode is named, with the way to a serial port.
pub fn a_stick_without_a_serial_port_is_sent_nothing(bench: &dyn Bench) {
    let hilink = bench.lacks(Need::WebServer).is_none().then_some(Mode::HiLink);
    for mode in [Mode::BootRom, Mode::Cd, Mode::Fastboot].into_iter().chain(hilink) {
        let hand = plug(bench, mode);
        let ran = at(bench, &["ATI"]).expect_exit(6);
        assert_eq!(ran.only("error")["code"], "wrong_mode", "{ran}");
        assert!(!events(&hand).iter().any(is_said), "{mode}: {:?}", events(&hand));
        hand.unplug();
    }
    let brovi = bench.plug(bench.port(), "brovi", Mode::Cd, StickOptions::default());
    let ran = at(bench, &["ATI"]).expect_exit(6);
    assert!(ran.only("error")["message"].to_string().contains("another chip"), "{ran}");
    assert!(!events(&brovi).iter().any(is_said), "{:?}", events(&brovi));
}

/// The flashing port is found by its own question, and stays in AT mode.
pub fn the_download_daemon_answers_the_commands_that_it_knows(bench: &dyn Bench) {
    let hand = plug(bench, Mode::Download);
    let ran = at(bench, &["AT^DLOADVER?", "AT^AUTHORITYVER?"]).expect_exit(0);
    let answers = ran.events_named("answer");
    assert_eq!((&answers[0]["lines"], &answers[1]["lines"]), (&json!(["2.0"]), &json!(["1000"])), "{ran}");
    assert_nothing_dangerous_was_sent(&hand);
}

/// Every command of the list is looked at before the first is sent, and the refusal names what does it.
pub fn what_could_lead_to_writing_is_not_sent_to_a_download_daemon(bench: &dyn Bench) {
    let hand = plug(bench, Mode::Download);
    for (command, way) in [
        ("AT^DATAMODE", "balong flash"),
        ("at^datamode", "balong flash"),
        ("AT^SIGNVER=1,0,AA,1", "balong flash"),
        ("AT^NVBACKUP", "balong reset"),
        ("AT^GODLOAD", "balong reset"),
        ("AT^NONSENSE", "balong reset"),
    ] {
        for extra in [&[][..], &["--interface", "2"], &["--dry-run"]] {
            let ran = at(bench, &[&["AT^DLOADVER?", command][..], extra].concat()).expect_exit(6);
            let error = ran.only("error");
            assert_eq!(error["code"], "wrong_mode", "{ran}");
            assert!(error["message"].to_string().contains(way), "{ran}");
        }
    }
    let _ = at(bench, &["AT^NVRESTORE"]).expect_exit(2);
    assert!(!events(&hand).iter().any(is_said), "nothing may be sent: {:?}", events(&hand));
}

/// What was asked for may come after the patience for it has ended.
pub fn a_call_that_comes_up_too_late_is_ended_all_the_same(bench: &dyn Bench) {
    let hand = plug(bench, Mode::Stick);
    for command in ["ATD*99#", "ATE0D*99#"] {
        // Too late for the program on every bench: some sticks act several times faster than it waits.
        hand.inject(Fault::At(Moment::At(command.to_owned()), Effect::DelayAnswer(Duration::from_secs(60))));
        let before = events(&hand).len();
        let ran = at(bench, &[command, "--timeout", "1"]).expect_exit(6);
        assert_eq!(ran.only("error")["code"], "at", "{ran}");
        let lowered =
            |event: &Event| matches!(event, Event::Control { request_type: 0x21, request: 0x22, value: 0, .. });
        assert!(events(&hand).iter().skip(before).any(lowered), "{command}: {:?}", events(&hand));
    }
}

/// The line behind its report is its text, whatever it reads.
pub fn a_message_that_comes_in_is_no_answer(bench: &dyn Bench) {
    let hand = plug(bench, Mode::Stick);
    answer_with(&hand, "AT+CSQ", "\r\n+CMT: \"+49\",,\"26/11/25\"\r\nERROR\r\n\r\n+CSQ: 17,99\r\n\r\nOK\r\n");
    let ran = at(bench, &["AT+CSQ"]).expect_exit(0);
    let answer = ran.only("answer");
    assert_eq!((&answer["lines"], &answer["final"]), (&json!(["+CSQ: 17,99"]), &json!("OK")), "{ran}");
    assert!(answer["unsolicited"].to_string().contains("ERROR"), "{ran}");
}

/// A hundred messages are more than 16 KiB.
pub fn a_full_inbox_is_listed(bench: &dyn Bench) {
    let hand = plug(bench, Mode::Stick);
    let entries = (0..100).map(|index| format!("\r\n+CMGL: {index},1,,155\r\n{}", "07".repeat(155)));
    let list: String = entries.chain(["\r\n\r\nOK\r\n".to_owned()]).collect();
    answer_with(&hand, "AT+CMGL=4", Box::leak(list.into_boxed_str()));
    let ran = at(bench, &["AT+CMGL=4"]).expect_exit(0);
    assert_eq!(ran.only("answer")["lines"].as_array().map(Vec::len), Some(200), "{ran}");
}

/// A call that is made ends when the command does: DTR is lowered.
pub fn a_port_that_carries_data_is_told_the_end_of_it(bench: &dyn Bench) {
    let hand = plug(bench, Mode::Stick);
    answer_with(&hand, "ATD*99#", "\r\nCONNECT 150000000\r\n");
    let ran = at(bench, &["ATD*99#"]).expect_exit(0);
    assert_eq!(ran.only("answer")["final"], "CONNECT 150000000", "{ran}");
    let lowered = |event: &Event| matches!(event, Event::Control { request_type: 0x21, request: 0x22, value: 0, .. });
    assert!(events(&hand).iter().any(lowered), "{:?}", events(&hand));
    answer_with(&hand, "ATD*99#", "\r\nNO CARRIER\r\n");
    let ran = at(bench, &["ATD*99#"]).expect_exit(6);
    assert_eq!(ran.only("answer")["final"], "NO CARRIER", "{ran}");
}

/// The stick does not take the next command for the text.
pub fn a_command_that_asks_for_a_text_is_called_off(bench: &dyn Bench) {
    let hand = plug(bench, Mode::Stick);
    answer_with(&hand, "AT+CMGS", "\r\n> ");
    let ran = at(bench, &["AT+CMGS=\"123\"", "ATI"]).expect_exit(6);
    let error = ran.only("error");
    assert!(error["message"].to_string().contains("asks for a text"), "{ran}");
    assert!(error["next"].to_string().contains("balong terminal"), "{ran}");
    assert_eq!(commands(&hand), ["AT+CMGS=\\\"123\\\""]);
}

/// `--dry-run` says what would be sent.
pub fn dry_run_of_commands_sends_nothing(bench: &dyn Bench) {
    let hand = plug(bench, Mode::Serial);
    let ran = at(bench, &["ATI", "--role", "pcui", "--dry-run"]).expect_exit(0);
    assert_eq!(ran.only("plan")["command"], "ATI", "{ran}");
    assert!(!events(&hand).iter().any(is_said), "nothing may be sent: {:?}", events(&hand));
}
