//! Damaged and hostile files of every class: refused by name, never a panic, never a partial set, in text and JSON.

use std::collections::BTreeSet;

use balong_mocks::samples::damage::{DamageCase, Kind, Verdict, cases};
use balong_mocks::{Mode, StickOptions};
use hw_tests::scenarios::assert_nothing_dangerous_was_sent;
use hw_tests::{Bench, InProcess, Ran};
use tempfile::TempDir;

fn look(bench: &InProcess, case: &DamageCase, path: &str, format: &str) -> Ran {
    match case.kind {
        Kind::Loader => bench.balong(&["loader", "show", path, "--format", format]),
        Kind::Firmware | Kind::DirectorySet => bench.balong(&["firmware", "verify", path, "--format", format]),
    }
}

fn assert_no_raw_control_characters(ran: &Ran, case: &DamageCase) {
    let bidirectional = |character: char| matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}');
    for text in [&ran.out, &ran.err] {
        let raw =
            text.chars().find(|&character| (character.is_control() && character != '\n') || bidirectional(character));
        assert_eq!(raw, None, "{} {}: a raw control character\n{ran}", case.class, case.name);
    }
}

fn assert_refused(bench: &InProcess, case: &DamageCase, path: &str) {
    let ran = look(bench, case, path, "json");
    assert_eq!(ran.exit, 5, "{} {}\n{ran}", case.class, case.name);
    let error = ran.only("error");
    assert_eq!(ran.events().len(), 1, "nothing but the error may be written\n{ran}");
    let message = error["message"].as_str().unwrap_or_default();
    assert!(case.is_explained_by(message), "{} {}: `{message}` must name {:?}", case.class, case.name, case.expect);
    let text = look(bench, case, path, "text");
    assert_eq!(text.exit, 5, "{} {}\n{text}", case.class, case.name);
    assert!(text.out.is_empty(), "{} {}: a refused file is not shown\n{text}", case.class, case.name);
    assert_no_raw_control_characters(&text, case);
}

/// What may be shown but not sent: a stick is there, and gets nothing.
fn assert_not_sent(case: &DamageCase, path: &str) {
    let bench = InProcess::new();
    let mode = if case.kind == Kind::Loader { Mode::BootRom } else { Mode::Download };
    let hand = bench.plug(bench.port(), "e3372h", mode, StickOptions::default());
    let ran = match case.kind {
        Kind::Loader => bench.balong(&["load", path, "--yes", "--format", "json"]),
        Kind::Firmware | Kind::DirectorySet => bench.balong(&["flash", path, "--yes", "--format", "json"]),
    };
    assert_eq!(ran.exit, 5, "{} {}\n{ran}", case.class, case.name);
    let message = ran.only("error")["message"].as_str().unwrap_or_default().to_owned();
    assert!(case.is_explained_by(&message), "{} {}: `{message}` must name {:?}", case.class, case.name, case.expect);
    assert_nothing_dangerous_was_sent(&hand);
}

#[test]
fn every_damaged_file_gets_the_verdict_that_it_deserves() {
    let bench = InProcess::new();
    let folder = TempDir::new().expect("a temporary folder");
    let cases = cases().expect("the recipes are sound");
    let mut classes = BTreeSet::new();
    for case in &cases {
        classes.insert(case.class);
        let path = case.write_into(folder.path()).expect("a written case");
        let path = path.to_str().expect("UTF-8");
        match case.verdict {
            Verdict::Refused => assert_refused(&bench, case, path),
            Verdict::RefusedForSending => assert_not_sent(case, path),
            Verdict::Either => {
                let ran = look(&bench, case, path, "text");
                assert!(matches!(ran.exit, 0 | 5), "{} {}\n{ran}", case.class, case.name);
                assert_no_raw_control_characters(&ran, case);
            }
            Verdict::Warned | Verdict::Accepted => {
                let ran = look(&bench, case, path, "json");
                assert_eq!(ran.exit, 0, "{} {}\n{ran}", case.class, case.name);
                let event = ran.only(if case.kind == Kind::Loader { "loader" } else { "firmware" });
                if case.verdict == Verdict::Warned {
                    let warnings = event["warnings"].to_string();
                    assert!(case.is_explained_by(&warnings), "{} {}: {warnings}", case.class, case.name);
                }
                assert_no_raw_control_characters(&look(&bench, case, path, "text"), case);
            }
        }
    }
    assert!(cases.len() >= 60, "only {} cases", cases.len());
    for class in ["B2", "B3", "B4", "B5", "B6", "B7", "B8", "B9", "B10", "B11", "B13"] {
        assert!(classes.contains(class), "no case of class {class}");
    }
}

/// B1 and B12 are no bytes of a file.
#[test]
fn what_is_no_file_at_all_is_refused_before_usb_is_touched() {
    let bench = InProcess::new();
    let folder = TempDir::new().expect("a temporary folder");
    let empty = folder.path().join("empty.bin");
    std::fs::write(&empty, b"").expect("an empty file");
    let fifo = folder.path().join("fifo.bin");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status();
    let mut paths =
        vec![empty, folder.path().join("missing.bin"), folder.path().join("no-such-folder/x.bin"), "/dev/null".into()];
    if made.is_ok_and(|status| status.success()) {
        paths.push(fifo);
    }
    for path in &paths {
        let path = path.to_str().expect("UTF-8");
        for command in [["firmware", "verify"], ["firmware", "show"], ["loader", "show"]] {
            let ran = bench.balong(&[command[0], command[1], path, "--format", "json"]);
            assert_eq!(ran.exit, 5, "{command:?} {path}\n{ran}");
            let _ = ran.only("error");
        }
    }
    let loader = hw_tests::images::text(&hw_tests::images::images().loader.path);
    for path in &paths {
        let path = path.to_str().expect("UTF-8");
        let _ = bench.balong(&["load", loader, "--partition-table", path, "--dry-run"]).expect_exit(5);
    }
    let folder = folder.path().to_str().expect("UTF-8");
    let _ = bench.balong(&["loader", "show", folder]).expect_exit(5);
}

#[test]
fn contradictory_arguments_are_exit_2() {
    let bench = InProcess::new();
    for arguments in [
        vec!["convert", "--simulate", "e3372h", "--backend", "nusb"],
        vec!["list", "--port", "1-1", "--all"],
        vec!["flash"],
        vec!["flash", "x", "--type", "9"],
        vec!["convert", "--format", "xml"],
        vec!["brick"],
        vec!["load", "x", "--keep"],
    ] {
        let ran = bench.balong(&arguments);
        assert_eq!(ran.exit, 2, "{arguments:?}\n{ran}");
    }
}
