//! The command `terminal` without a terminal, and the roles of ports that look alike.

use balong_mocks::{Mode, StickOptions};

use super::at_commands::{answer_with, heard};
use super::{events, is_said};
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
    let ran = bench.balong_fed(&["terminal"], "AT+CSQ\n").expect_exit(0);
    assert!(ran.out.contains("+CSQ: 17,99 \\u{1b}[2J\n"), "what has no end is shown, and steers no terminal\n{ran}");
}

/// What a person types is that person's own voice.
pub fn a_terminal_sends_what_it_is_given_and_refuses_nothing(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::Serial, StickOptions::default());
    let _ = bench.balong_fed(&["terminal", "--role", "pcui"], "AT^DATALOCK=\"1\"\n").expect_exit(0);
    assert_eq!(heard(&hand), [(2, "AT^DATALOCK=\\\"1\\\"".to_owned())]);
    let bytes = ["terminal", "--role", "modem", "--mode", "character"];
    let ran = bench.balong_fed(&bytes, "ATE0\rAT^HWVER\r").expect_exit(0);
    // What carries the output out of a guest may make one character of a line end.
    assert!(ran.out.replace('\r', "").contains("^HWVER:\"CL2E3372HM\"\n\nOK\n"), "as they are\n{ran}");
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
