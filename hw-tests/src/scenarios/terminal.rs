//! The command `terminal` without a terminal, and the roles of ports that look alike.

use balong_mocks::{Event, Hand, Mode, StickOptions};

use super::at_commands::{answer_with, heard};
use super::{assert_nothing_dangerous_was_sent, events, is_said};
use crate::Bench;

/// The next line is sent when the answer to the last has ended, and the end of the input ends it.
pub fn lines_of_a_pipe_are_sent_one_after_the_other_and_answers_are_printed(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::Stick, StickOptions::default());
    let ran = bench.balong_fed(&["terminal"], "AT^HWVER\nAT+CMEE=0\nAT^NONSENSE").expect_exit(0);
    let lines: Vec<_> = ran.out.lines().filter(|line| !line.starts_with("^RSSI")).collect();
    assert_eq!(lines, ["^HWVER:\"CL2E3372HM\"", "OK", "OK", "ERROR"], "{ran}");
    let commands: Vec<_> = heard(&hand).into_iter().map(|(_, command)| command).collect();
    assert_eq!(commands, ["AT^HWVER", "AT+CMEE=0", "AT^NONSENSE"]);
    answer_with(&hand, "AT+CSQ", "\r\n+CSQ: 17,99 \x1b[2J");
    let ran = bench.balong_fed(&["terminal"], "AT+CSQ\n").expect_exit(6);
    assert!(ran.err.contains("the answer to AT+CSQ did not end with OK or ERROR within 2 s"), "{ran}");
    assert!(ran.out.contains("+CSQ: 17,99 \\u{1b}[2J\n"), "what has no end is shown, and steers no terminal\n{ran}");
}

/// What is never sent is not sent from a pipe either, by lines or by bytes; what stands before it is.
pub fn a_pipe_is_no_way_around_a_refusal(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::Serial, StickOptions::default());
    let ran = bench.balong_fed(&["terminal", "--role", "pcui"], "ATI\nAT^DATALOCK=\"1\"\nAT^HWVER\n").expect_exit(2);
    assert!(ran.err.contains("line 2 of standard input: AT^DATALOCK is about SIM locks"), "{ran}");
    assert_eq!(heard(&hand), [(2, "ATI".to_owned())]);
    let bytes = ["terminal", "--role", "pcui", "--mode", "character"];
    for way in ["AT^DATALOCK=\"1\"\r", "AT^DATAX\u{8}LOCK=1\r", "ATS5=35\r", "AT+CLCK=\"\\50N\",0\r"] {
        let ran = bench.balong_fed(&bytes, way).expect_exit(2);
        assert!(ran.err.contains("this program does not send it"), "{ran}");
    }
    assert_eq!(heard(&hand).len(), 1, "nothing more was sent");
}

/// Without a look at what they mean, but for what is never sent.
pub fn bytes_of_a_pipe_go_as_they_are(bench: &dyn Bench) {
    let _hand = bench.plug(bench.port(), "e3372h", Mode::Serial, StickOptions::default());
    let bytes = ["terminal", "--role", "modem", "--mode", "character"];
    let ran = bench.balong_fed(&bytes, "ATE0\rAT^HWVER\r").expect_exit(0);
    // What carries the output out of a guest may make one character of a line end.
    assert!(ran.out.replace('\r', "").contains("^HWVER:\"CL2E3372HM\"\n\nOK\n"), "as they are\n{ran}");
}

/// Whether DTR and RTS were dropped.
pub(super) fn was_hung_up(hand: &Hand) -> bool {
    let lowered = |event: &Event| matches!(event, Event::Control { request_type: 0x21, request: 0x22, value: 0, .. });
    events(hand).iter().any(lowered)
}

/// The lines that were not sent are named by the exit status; the call ends with the terminal.
pub fn a_terminal_that_was_left_leaves_no_call_behind(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::Serial, StickOptions::default());
    answer_with(&hand, "ATE0D*99#", "\r\nCONNECT 150000000\r\n~garbage\r\nOK\r\n");
    let ran = bench.balong_fed(&["terminal", "--role", "modem"], "ATE0D*99#\nATI\n").expect_exit(6);
    assert_eq!(ran.out, "CONNECT 150000000\n", "{ran}");
    assert!(ran.err.contains("the data of a call"), "{ran}");
    assert_eq!(heard(&hand).len(), 1, "{:?}", heard(&hand));
    assert!(was_hung_up(&hand), "{:?}", events(&hand));
}

/// Frames could be written past every check, so nothing is sent at all, whatever the port and the mode.
pub fn there_is_no_terminal_in_download_mode(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::Download, StickOptions::default());
    for arguments in [
        &["terminal"][..],
        &["terminal", "--mode", "character"],
        &["terminal", "--interface", "2"],
        &["terminal", "--dry-run"],
    ] {
        let ran = bench.balong_fed(arguments, "AT^DATAMODE\r~\u{c}~\n").expect_exit(6);
        assert!(ran.err.contains("only checked files go there"), "{ran}");
    }
    assert!(!events(&hand).iter().any(is_said), "nothing may be sent: {:?}", events(&hand));
    assert_nothing_dangerous_was_sent(&hand);
}

/// Nothing is sent where there is nothing to talk to, and there is no JSON of a terminal.
pub fn a_terminal_on_a_port_that_is_not_there_is_exit_2(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::Serial, StickOptions::default());
    for wrong in
        [&["terminal", "--role", "shell"][..], &["terminal", "--format", "json"], &["terminal", "--leave", "x"]]
    {
        let _ = bench.balong_fed(wrong, "ATI\n").expect_exit(2);
    }
    assert!(!events(&hand).iter().any(is_said), "nothing may be sent: {:?}", events(&hand));
}

/// `list` sends nothing and says that a place is a hint; `list --probe` asks.
pub fn roles_are_hints_until_the_ports_are_asked(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::Serial, StickOptions::default());
    let roles = |arguments: &[&str]| {
        let ran = bench.balong(arguments).expect_exit(0);
        let interfaces = ran.only("stick")["interfaces"].as_array().cloned().unwrap_or_default();
        let word = |value: &serde_json::Value| value.as_str().unwrap_or("none").to_owned();
        interfaces.iter().map(|one| (word(&one["role"]), word(&one["role_by"]))).collect::<Vec<_>>()
    };
    let expected = |by: &str| ["modem", "diag", "pcui"].map(|role| (role.to_owned(), by.to_owned()));
    assert_eq!(roles(&["list", "--format", "json"]), expected("place"));
    let text = bench.balong(&["list"]).expect_exit(0);
    assert!(text.out.contains("pcui      (by its place)"), "{text}");
    assert!(!events(&hand).iter().any(is_said), "`list` only looks: {:?}", events(&hand));
    assert_eq!(roles(&["list", "--probe", "--format", "json"]), expected("port_mode"));
    let text = bench.balong(&["list", "--probe"]).expect_exit(0);
    assert!(text.out.contains("(by AT^GETPORTMODE; gave no answer)"), "the diagnostic port\n{text}");
}
