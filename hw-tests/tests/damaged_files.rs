//! Damaged and hostile files of every class: refused by name, never a panic, never a partial set, in text and JSON, and no
//! file is made of them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use balong_mocks::samples::damage::{DamageCase, Kind, Verdict, cases};
use balong_mocks::{Mode, StickOptions};
use hw_tests::images::text;
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

/// The places that files would be written to, in a folder of their own.
struct Outputs {
    folder: TempDir,
    unpacked: PathBuf,
    packed: PathBuf,
}

impl Outputs {
    fn new() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        Self { unpacked: folder.path().join("unpacked"), packed: folder.path().join("packed.bin"), folder }
    }

    fn unpack(&self, bench: &InProcess, path: &str) -> Ran {
        bench.balong(&["firmware", "unpack", path, "-o", text(&self.unpacked), "--format", "json"])
    }

    fn pack(&self, bench: &InProcess, path: &str) -> Ran {
        bench.balong(&["firmware", "pack", path, "-o", text(&self.packed), "--format", "json"])
    }

    /// What is there, temporary names included.
    fn names(&self) -> Vec<String> {
        names_in(self.folder.path())
    }
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    entries.map(|name| name.to_string_lossy().into_owned()).collect()
}

/// A file with its header is refused wherever it would be flashed header and all; packing takes the header off.
const TAKEN_BY_PACK: &str = "a file with a unit header in a directory set";

/// `show`, `unpack` and `pack` refuse what `verify` refuses, for the same reason, and make no file of it.
fn assert_no_file_is_made(bench: &InProcess, case: &DamageCase, path: &str) {
    let outputs = Outputs::new();
    let mut runs = vec![("unpack", outputs.unpack(bench, path))];
    if !case.slow {
        runs.push(("show", bench.balong(&["firmware", "show", path, "--format", "json"])));
    }
    if case.kind == Kind::DirectorySet && case.name != TAKEN_BY_PACK {
        runs.push(("pack", outputs.pack(bench, path)));
    }
    for (command, ran) in runs {
        assert_eq!(ran.exit, 5, "{command} {} {}\n{ran}", case.class, case.name);
        assert_eq!(ran.events().len(), 1, "{command}: nothing but the error may be written\n{ran}");
        let message = ran.only("error")["message"].as_str().unwrap_or_default().to_owned();
        assert!(case.is_explained_by(&message), "{command} {} {}: `{message}`", case.class, case.name);
    }
    if case.kind == Kind::Firmware {
        let _ = outputs.pack(bench, path).expect_exit(5);
    }
    assert_eq!(outputs.names(), Vec::<String>::new(), "{} {}: a file was left", case.class, case.name);
}

/// What may be looked at may be unpacked, under names of our own; and what comes out is packed or refused, never less.
fn assert_unpacked_safely(bench: &InProcess, case: &DamageCase, path: &str) {
    let outputs = Outputs::new();
    let ran = outputs.unpack(bench, path);
    assert_no_raw_control_characters(&ran, case);
    if ran.exit == 5 {
        assert_eq!(outputs.names(), Vec::<String>::new(), "{} {}: a file was left", case.class, case.name);
        return;
    }
    assert_eq!(ran.exit, 0, "{} {}\n{ran}", case.class, case.name);
    let names = names_in(&outputs.unpacked);
    assert_eq!(names.len(), ran.events_named("file").len(), "{} {}\n{ran}", case.class, case.name);
    let is_ours = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    assert!(names.iter().all(|name| name.chars().all(is_ours)), "{} {}: {names:?}", case.class, case.name);
    let packed = outputs.pack(bench, text(&outputs.unpacked));
    assert_eq!(packed.exit, 0, "{} {}\n{packed}", case.class, case.name);
    let digests = |ran: &Ran| -> Vec<_> {
        let of_partitions = ran.events_named("file").into_iter().filter(|event| !event["index"].is_null());
        of_partitions.map(|event| (event["code"].clone(), event["sha256"].clone())).collect()
    };
    assert_eq!(digests(&ran), digests(&packed), "{} {}", case.class, case.name);
}

fn assert_refused(bench: &InProcess, case: &DamageCase, path: &str) {
    let ran = look(bench, case, path, "json");
    assert_eq!(ran.exit, 5, "{} {}\n{ran}", case.class, case.name);
    let error = ran.only("error");
    assert_eq!(ran.events().len(), 1, "nothing but the error may be written\n{ran}");
    let message = error["message"].as_str().unwrap_or_default();
    assert!(case.is_explained_by(message), "{} {}: `{message}` must name {:?}", case.class, case.name, case.expect);
    let ran = look(bench, case, path, "text");
    assert_eq!(ran.exit, 5, "{} {}\n{ran}", case.class, case.name);
    assert!(ran.out.is_empty(), "{} {}: a refused file is not shown\n{ran}", case.class, case.name);
    assert_no_raw_control_characters(&ran, case);
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

#[test]
fn no_command_makes_a_file_of_a_damaged_firmware() {
    let bench = InProcess::new();
    let folder = TempDir::new().expect("a temporary folder");
    let mut refused = BTreeSet::new();
    let mut count = 0;
    for case in cases().expect("the recipes are sound").iter().filter(|case| case.kind != Kind::Loader) {
        let path = case.write_into(folder.path()).expect("a written case");
        if case.verdict == Verdict::Refused {
            assert_no_file_is_made(&bench, case, text(&path));
            refused.insert(case.class);
            count += 1;
        } else {
            assert_unpacked_safely(&bench, case, text(&path));
        }
    }
    println!("{count} damaged files of the classes {refused:?} were refused by every command");
    assert!(count >= 60, "only {count} cases");
    for class in ["B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B9", "B13"] {
        assert!(refused.contains(class), "no case of class {class}");
    }
}

#[test]
fn packing_takes_a_file_with_its_header_among_bare_ones() {
    let bench = InProcess::new();
    let folder = TempDir::new().expect("a temporary folder");
    let cases = cases().expect("the recipes are sound");
    let case = cases.iter().find(|case| case.name == TAKEN_BY_PACK).expect("the case is there");
    let path = case.write_into(folder.path()).expect("a written case");
    let outputs = Outputs::new();
    let _ = outputs.pack(&bench, text(&path)).expect_exit(0);
    let _ = bench.balong(&["firmware", "verify", text(&outputs.packed)]).expect_exit(0);
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
        let outputs = Outputs::new();
        for ran in [outputs.unpack(&bench, path), outputs.pack(&bench, path)] {
            let _ = ran.expect_exit(5).only("error");
        }
        assert!(outputs.names().is_empty(), "{path}: a file was left");
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
        vec!["firmware", "pack", "x"],
        vec!["firmware", "pack", "x", "-o", "y", "--type", "8"],
        vec!["firmware", "pack", "x", "-o", "y", "--compress", "xz"],
        vec!["firmware", "pack", "x", "-o", "y", "--compress", "=zlib"],
        vec!["firmware", "pack", "x", "-o", "y", "--block-size", "0"],
        vec!["firmware", "pack", "x", "-o", "y", "--product", "B\u{1b}[2J"],
        vec!["firmware", "unpack", "x", "--only", ""],
    ] {
        let ran = bench.balong(&arguments);
        assert_eq!(ran.exit, 2, "{arguments:?}\n{ran}");
    }
}
