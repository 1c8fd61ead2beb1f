//! `switch` on simulated sticks, as an operator rehearses it.

use serde_json::Value;

use crate::{balong, temporary};

/// Exit status, standard output and standard error.
fn ran(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = balong(&temporary()).args(arguments).output().expect("the program runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn result(out: &str) -> Value {
    let events = out.lines().map(|line| serde_json::from_str::<Value>(line).expect("one JSON object a line"));
    events.into_iter().find(|event| event["event"] == "result").unwrap_or_else(|| panic!("no result\n{out}"))
}

#[test]
fn switch_catch_is_rehearsed_with_a_simulated_hand() {
    for more in [&[][..], &["--port", "1-1.4"]] {
        let arguments = ["switch", "--to", "serial", "--catch", "--simulate", "e3372h@cd"];
        let (exit, out, err) = ran(&arguments.iter().chain(more).copied().collect::<Vec<_>>());
        assert_eq!(exit, Some(0), "{out}{err}");
        let told = out.find("Plug the stick in").and_then(|at| out[at..].find("(Simulated: a hand unplugs the stick"));
        assert!(told.is_some() && out.contains("it is in serial mode"), "{out}");
    }
    let json = ["switch", "--to", "hilink", "--catch", "--simulate", "e3372h@serial", "--format", "json"];
    let (exit, out, err) = ran(&json);
    // It ran stick firmware, which comes up in its virtual CD.
    assert_eq!(exit, Some(6), "{out}{err}");
    assert!(out.contains("runs stick firmware"), "{out}{err}");
}

#[test]
fn switch_of_a_stick_that_is_there_already_says_that_nothing_was_done() {
    let (exit, out, err) = ran(&["switch", "--to", "hilink", "--simulate", "e3372h"]);
    assert_eq!(exit, Some(0), "{out}{err}");
    assert!(out.contains("it is in HiLink mode already; nothing was done to it"), "{out}");
    assert!(!out.contains("switched") && !out.contains("It was in"), "{out}");
    for (from, changed) in [("hilink", false), ("cd", true)] {
        let simulated = format!("e3372h@{from}");
        let (_, out, err) = ran(&["switch", "--to", "hilink", "--simulate", &simulated, "--format", "json"]);
        let result = result(&out);
        assert_eq!((&result["outcome"], &result["changed"]), (&"switched".into(), &changed.into()), "{out}{err}");
    }
}

#[test]
fn switch_at_and_bridge_send_nobody_to_the_boot_pad_of_another_chip() {
    for command in [&["switch", "--to", "stick"][..], &["at", "ATI"], &["bridge"]] {
        for more in [&[][..], &["--port", "1-1.4"]] {
            let simulated = ["--simulate", "brovi"];
            let arguments: Vec<_> = command.iter().chain(more).chain(&simulated).copied().collect();
            let (exit, out, err) = ran(&arguments);
            assert!(matches!(exit, Some(3 | 6)), "{arguments:?}: {exit:?} {out}{err}");
            let said = format!("{out}{err}");
            assert!(
                said.contains("Brovi") && said.contains("Nothing can be done for it here"),
                "{arguments:?}: {said}"
            );
            assert!(!said.contains("boot pad") && !said.contains("half written"), "{arguments:?}: {said}");
        }
    }
}

#[test]
fn switch_help_names_every_model_that_can_be_simulated() {
    let (_, out, _) = ran(&["switch", "--help"]);
    let words: Vec<_> = out.split(|letter: char| !letter.is_alphanumeric() && letter != '-').collect();
    for model in balong_mocks::Model::names() {
        assert!(words.contains(&model), "{model} in\n{out}");
    }
    assert!(out.contains("such as 12d1:14b5"), "{out}");
}
