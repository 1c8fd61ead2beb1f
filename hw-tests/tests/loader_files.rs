//! `loader patch`, `unpack` and `pack`: safe copies, folders and back, and nothing written for a damaged file.

use std::fs;
use std::path::Path;

use balong_mocks::samples::damage::{DamageCase, Kind, Verdict, cases};
use balong_mocks::samples::loader::{EraseSignature, LoaderRecipe};
use balong_mocks::samples::partition_table::TableRecipe;
use balong_mocks::{Mode, StickOptions};
use hw_tests::images::{images, text};
use hw_tests::scenarios::assert_nothing_dangerous_was_sent;
use hw_tests::{Bench, InProcess};
use tempfile::TempDir;

fn temporary() -> TempDir {
    TempDir::new().expect("a temporary folder")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<_> = entries.map(|name| name.into_string().expect("UTF-8")).collect();
    names.sort();
    names
}

#[test]
fn the_safe_copy_differs_in_the_words_that_erase_alone_and_every_changed_byte_is_told() {
    let bench = InProcess::new();
    let folder = temporary();
    for (index, recipe) in [
        LoaderRecipe::v7r11(),
        LoaderRecipe::v7r2(),
        LoaderRecipe::v7r1(),
        LoaderRecipe::v7r22(EraseSignature::V7R22),
        LoaderRecipe::v7r22(EraseSignature::V7R22E5885),
        LoaderRecipe::v7r22(EraseSignature::V7R22B525),
    ]
    .into_iter()
    .enumerate()
    {
        let (original, copy) =
            (folder.path().join(format!("{index}.bin")), folder.path().join(format!("{index}s.bin")));
        let description = recipe.small().write_file(&original).expect("a loader");
        let ran =
            bench.balong(&["loader", "patch", text(&original), "-o", text(&copy), "--format", "json"]).expect_exit(0);
        let (old, new) = (fs::read(&original).expect("it"), fs::read(&copy).expect("its copy"));
        let differing: Vec<usize> = (0..old.len()).filter(|&at| old[at] != new[at]).collect();
        let [word] = description.patch_words[..] else { panic!("one erase site") };
        assert!(!differing.is_empty() && differing.iter().all(|at| (word..word + 4).contains(at)), "{differing:x?}");
        let told = &ran.only("patched")["changes"][0]["bytes"];
        let mut rebuilt = old.clone();
        for row in told.as_array().expect("rows") {
            let offset = row["offset"].as_u64().expect("an offset") as usize;
            let after = row["after"].as_str().expect("hex");
            for (at, digits) in after.as_bytes().chunks(2).enumerate() {
                let digits = std::str::from_utf8(digits).expect("hex");
                rebuilt[offset + at] = u8::from_str_radix(digits, 16).expect("hex");
            }
        }
        assert_eq!(rebuilt, new, "what is told is all that differs\n{ran}");
        let shown = bench.balong(&["loader", "show", text(&copy), "--format", "json"]).expect_exit(0);
        assert_eq!(shown.only("loader")["state"], "patched", "{shown}");
        let again = folder.path().join(format!("{index}t.bin"));
        let _ = bench.balong(&["loader", "patch", text(&copy), "-o", text(&again)]).expect_exit(0);
        assert_eq!(fs::read(&again).expect("a copy of the copy"), new);
    }
}

#[test]
fn copies_are_sent_like_the_original_and_a_fastboot_copy_is_not_taken_for_another() {
    let folder = temporary();
    let (safe, fastboot) = (folder.path().join("safe.bin"), folder.path().join("fastboot.bin"));
    let loader = text(&images().loader.path);
    let bench = InProcess::new();
    let hand = bench.plug(bench.port(), "e3372h", Mode::BootRom, StickOptions::default());
    let _ = bench.balong(&["loader", "patch", loader, "-o", text(&safe)]).expect_exit(0);
    let _ = bench.balong(&["loader", "patch", loader, "-o", text(&fastboot), "--fastboot"]).expect_exit(0);
    let refused = bench.balong(&["load", text(&fastboot), "--yes"]).expect_exit(5);
    assert!(refused.err.contains("fastboot variant") && refused.err.contains("--fastboot"), "{refused}");
    assert_nothing_dangerous_was_sent(&hand);
    let _ = bench.balong(&["load", text(&safe), "--yes"]).expect_exit(0);
    assert_eq!(hand.mode(), Some(Mode::Download));

    let bench = InProcess::new();
    let hand = bench.plug(bench.port(), "e3372h", Mode::BootRom, StickOptions::default());
    let _ = bench.balong(&["load", text(&fastboot), "--fastboot", "--yes"]).expect_exit(0);
    assert_eq!(hand.mode(), Some(Mode::Fastboot));
}

#[test]
fn nothing_is_replaced_without_force_nothing_is_written_in_a_dry_run_and_nothing_is_left_beside() {
    let bench = InProcess::new();
    let folder = temporary();
    let copy = folder.path().join("copy.bin");
    let patch = ["loader", "patch", text(&images().loader.path), "-o", text(&copy)];
    let ran = bench.balong(&[&patch[..], &["--dry-run", "--format", "json"]].concat()).expect_exit(0);
    assert_eq!((&ran.only("written")["dry_run"], names(folder.path()).len()), (&true.into(), 0), "{ran}");
    fs::write(&copy, b"precious").expect("a file");
    let ran = bench.balong(&patch).expect_exit(2);
    assert!(ran.err.contains("--force"), "{ran}");
    assert_eq!(fs::read(&copy).expect("it"), b"precious");
    let _ = bench.balong(&[&patch[..], &["--force"]].concat()).expect_exit(0);
    assert_eq!(
        (fs::read(&copy).expect("it").len(), names(folder.path())),
        (images().loader.description.length, vec!["copy.bin".to_owned()])
    );

    let parts = folder.path().join("parts");
    let unpack = ["loader", "unpack", text(&copy), "-o", text(&parts)];
    let _ = bench.balong(&[&unpack[..], &["--dry-run"]].concat()).expect_exit(0);
    assert!(!parts.exists());
    let _ = bench.balong(&unpack).expect_exit(0);
    let _ = bench.balong(&unpack).expect_exit(2);
    let _ = bench.balong(&[&unpack[..], &["--force"]].concat()).expect_exit(0);
    fs::write(parts.join("notes.txt"), b"mine").expect("a file");
    let ran = bench.balong(&[&unpack[..], &["--force"]].concat()).expect_exit(2);
    assert!(ran.err.contains("notes.txt"), "{ran}");
}

#[test]
fn a_loader_taken_apart_and_put_together_is_the_same_file() {
    let bench = InProcess::new();
    let folder = temporary();
    for (name, recipe) in [("modern", LoaderRecipe::v7r11()), ("old", LoaderRecipe::v7r1_safe())] {
        let at = |what: &str| folder.path().join(format!("{name}-{what}"));
        let (original, parts, again) = (at("original"), at("parts"), at("again"));
        let recipe = recipe.small();
        recipe.write_file(&original).expect("a loader");
        let _ = bench.balong(&["loader", "unpack", text(&original), "-o", text(&parts)]).expect_exit(0);
        let _ = bench.balong(&["loader", "pack", text(&parts), "-o", text(&again)]).expect_exit(0);
        assert_eq!(fs::read(&original).expect("it"), fs::read(&again).expect("it again"), "{name}");
        let table = recipe.table.as_ref().expect("a table").bytes().expect("bytes");
        let extracted = fs::read(parts.join("ptable.bin")).expect("the table");
        assert!(extracted.len() < table.len() && table.starts_with(&extracted), "to its true end");
        assert!(fs::read_to_string(parts.join("ptable.txt")).expect("text").contains("SAMPLE_V7R"));
    }
}

#[test]
fn another_table_goes_into_a_copy_by_patch_and_by_pack_and_the_copies_hold_the_same_table() {
    let bench = InProcess::new();
    let folder = temporary();
    let own = folder.path().join("own.bin");
    let mut table = TableRecipe::modern("OTHER");
    table.entries.truncate(4);
    fs::write(&own, table.bytes().expect("bytes")).expect("a table");
    let (patched, parts, packed) =
        (folder.path().join("patched.bin"), folder.path().join("parts"), folder.path().join("packed.bin"));
    let loader = text(&images().loader.path);
    let _ = bench
        .balong(&["loader", "patch", loader, "-o", text(&patched), "--partition-table", text(&own)])
        .expect_exit(0);
    let _ = bench.balong(&["loader", "unpack", loader, "-o", text(&parts)]).expect_exit(0);
    fs::copy(&own, parts.join("ptable.bin")).expect("a copy");
    let ran = bench.balong(&["loader", "pack", text(&parts), "-o", text(&packed), "--format", "json"]).expect_exit(0);
    assert_eq!(ran.only("loader")["state"], "erases", "packing is not patching\n{ran}");
    for copy in [&patched, &packed] {
        let shown = bench.balong(&["loader", "show", text(copy), "--format", "json"]).expect_exit(0);
        let table = &shown.only("loader")["partition_table"];
        assert_eq!(
            (&table["product"], table["entries"].as_array().map(Vec::len)),
            (&"OTHER".into(), Some(4)),
            "{shown}"
        );
    }
    let cut = folder.path().join("cut.bin");
    fs::write(&cut, &table.bytes().expect("bytes")[..100]).expect("a cut table");
    fs::copy(&cut, parts.join("ptable.bin")).expect("a copy");
    let none = folder.path().join("none.bin");
    for arguments in [
        vec!["loader", "pack", text(&parts), "-o", text(&none)],
        vec!["loader", "patch", loader, "-o", text(&none), "--partition-table", text(&cut)],
    ] {
        let ran = bench.balong(&arguments).expect_exit(5);
        assert!(ran.err.contains("0x64") && !none.exists(), "{ran}");
    }
}

fn loaders() -> Vec<DamageCase> {
    cases().expect("the recipes are sound").into_iter().filter(|case| case.kind == Kind::Loader).collect()
}

#[test]
fn every_damaged_loader_is_refused_with_its_offset_by_every_command_and_no_file_is_written() {
    let bench = InProcess::new();
    let (files, target) = (temporary(), temporary());
    let out = target.path().join("out");
    let mut seen = 0;
    for case in loaders().iter().filter(|case| case.verdict == Verdict::Refused) {
        seen += 1;
        let path = case.write_into(files.path()).expect("a written case");
        let path = text(&path);
        for arguments in [
            vec!["loader", "show", path, "--map"],
            vec!["loader", "patch", path, "-o", text(&out)],
            vec!["loader", "patch", path, "-o", text(&out), "--fastboot"],
            vec!["loader", "unpack", path, "-o", text(&out)],
            vec!["loader", "pack", path, "-o", text(&out)],
        ] {
            let ran = bench.balong(&[&arguments[..], &["--format", "json"]].concat()).expect_exit(5);
            let error = ran.only("error");
            assert_eq!((ran.events().len(), &error["code"]), (1, &"bad_loader".into()), "{}\n{ran}", case.name);
            let message = error["message"].as_str().unwrap_or_default();
            if arguments[1] != "pack" {
                assert!(message.contains("0x"), "{} names no offset: {message}", case.name);
                assert!(case.is_explained_by(message), "{}: {message}", case.name);
            }
            assert!(names(target.path()).is_empty(), "{} left {:?}", case.name, names(target.path()));
        }
    }
    assert!(seen >= 25, "only {seen} cases");
}

#[test]
fn a_loader_that_cannot_be_told_safe_is_shown_and_taken_apart_but_gets_no_safe_copy() {
    let bench = InProcess::new();
    let (files, target) = (temporary(), temporary());
    let copy = target.path().join("copy.bin");
    for case in loaders().iter().filter(|case| case.verdict == Verdict::RefusedForSending) {
        let path = case.write_into(files.path()).expect("a written case");
        let _ = bench.balong(&["loader", "show", text(&path)]).expect_exit(0);
        let ran = bench.balong(&["loader", "patch", text(&path), "-o", text(&copy), "--format", "json"]).expect_exit(5);
        let message = ran.only("error")["message"].as_str().unwrap_or_default().to_owned();
        assert!(case.is_explained_by(&message) && !copy.exists(), "{}: {message}", case.name);
        let parts = target.path().join("parts");
        let _ = bench.balong(&["loader", "unpack", text(&path), "-o", text(&parts)]).expect_exit(0);
        let again = target.path().join("again.bin");
        let _ = bench.balong(&["loader", "pack", text(&parts), "-o", text(&again)]).expect_exit(0);
        assert_eq!(fs::read(&again).expect("it"), fs::read(&path).expect("it"), "{}", case.name);
        fs::remove_dir_all(&parts).expect("a folder");
        fs::remove_file(&again).expect("a file");
    }
}

#[test]
fn hostile_texts_of_a_table_reach_neither_terminal_nor_files() {
    let bench = InProcess::new();
    let (files, target) = (temporary(), temporary());
    for (index, case) in loaders().iter().filter(|case| case.verdict == Verdict::Accepted).enumerate() {
        let path = case.write_into(files.path()).expect("a written case");
        let (parts, svg) = (target.path().join(format!("{index}")), target.path().join(format!("{index}.svg")));
        let unpacked = bench.balong(&["loader", "unpack", text(&path), "-o", text(&parts)]).expect_exit(0);
        let shown = bench.balong(&["loader", "show", text(&path), "--map"]).expect_exit(0);
        let _ = bench.balong(&["loader", "show", text(&path), "--map", text(&svg)]).expect_exit(0);
        let texts = [
            unpacked.out,
            shown.out,
            fs::read_to_string(parts.join("ptable.txt")).expect("UTF-8"),
            fs::read_to_string(&svg).expect("UTF-8"),
        ];
        for text in texts {
            let raw = text.chars().find(|character| character.is_control() && *character != '\n');
            assert_eq!(raw, None, "{}\n{text}", case.name);
        }
        assert_eq!(names(&parts), ["00-10000000-call.bin", "01-57900000-start.bin", "ptable.bin", "ptable.txt"]);
    }
}
