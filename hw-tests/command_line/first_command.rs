//! What a newcomer types first.

use serde_json::Value;

use crate::{balong, temporary};

#[test]
fn convert_simulate_needs_no_files_and_ends_by_naming_what_became_of_it() {
    let temporary = temporary();
    let output = balong(&temporary).args(["convert", "--simulate", "e3372h"]).output().expect("the program runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let last = text.lines().last().unwrap_or_default();
    for word in ["1-1.4", "HiLink mode", "22.200.15.00.00", "stick mode", "21.180.01.00.00"] {
        assert!(last.contains(word), "`{word}` in the last line\n{text}");
    }
}

#[test]
fn every_line_of_its_json_parses_and_one_is_the_result() {
    let temporary = temporary();
    let output =
        balong(&temporary).args(["convert", "--simulate", "e3372h", "--format", "json"]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let events: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("one JSON object a line")).collect();
    let results: Vec<_> = events.iter().filter(|event| event["event"] == "result").collect();
    assert_eq!(results.len(), 1, "{text}");
    assert_eq!((&results[0]["outcome"], &results[0]["mode"]), (&"converted".into(), &"stick".into()));
    for kind in ["plan", "stage", "progress"] {
        assert!(events.iter().any(|event| event["event"] == kind), "no {kind} event");
    }
}

#[test]
fn a_host_without_a_stick_lists_nothing_in_one_sentence_on_both_backends() {
    let temporary = temporary();
    let backends: &[&str] = &[
        #[cfg(feature = "nusb")]
        "nusb",
        #[cfg(feature = "libusb")]
        "libusb",
    ];
    for backend in backends {
        let output = balong(&temporary).args(["list", "--backend", backend]).output().expect("it runs");
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{backend}: {text}{}", String::from_utf8_lossy(&output.stderr));
        if text.contains("12d1:") {
            println!("skipped on {backend}: a stick is attached to this machine");
            continue;
        }
        assert_eq!(text.lines().count(), 1, "one plain sentence; {backend}: {text}");
        assert!(output.stderr.is_empty(), "{backend}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
