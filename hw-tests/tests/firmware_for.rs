//! `firmware show --for`, `--loader` and `--map`: the guard explains itself, and the flash is drawn.

use std::fs;

use balong_mocks::samples::damage::{Kind, Verdict, cases};
use balong_mocks::{Mode, StickOptions};
use hw_tests::images::{images, text};
use hw_tests::scenarios::assert_nothing_dangerous_was_sent;
use hw_tests::{Bench, InProcess, Ran};
use serde_json::Value;
use tempfile::TempDir;

fn show(bench: &InProcess, firmware: &str, options: &[&str]) -> Ran {
    bench.balong(&[&["firmware", "show", firmware, "--format", "json"], options].concat())
}

/// The findings of one rule.
fn rules(ran: &Ran, rule: &str) -> Vec<Value> {
    ran.events_named("rule").into_iter().filter(|finding| finding["rule"] == rule).collect()
}

#[test]
fn the_right_firmware_is_told_right_rule_by_rule() {
    let bench = InProcess::new();
    let (firmware, loader) = (text(&images().stick.path), text(&images().loader.path));
    let ran = show(&bench, firmware, &["--for", "e3372h-153", "--loader", loader]).expect_exit(0);
    let told: Vec<_> = ran.events_named("rule");
    let verdicts: Vec<(&str, &str)> = told
        .iter()
        .map(|finding| (finding["rule"].as_str().unwrap_or(""), finding["verdict"].as_str().unwrap_or("")))
        .collect();
    let expected = [
        ("identity", "yes"),
        ("completeness", "yes"),
        ("trailing", "yes"),
        ("signature", "cannot_tell"),
        ("platform", "yes"),
        ("platform", "yes"),
        ("product", "yes"),
        ("sizes", "yes"),
        ("loader_platform", "yes"),
        ("erase", "yes"),
        ("secure_boot", "yes"),
    ];
    assert_eq!(verdicts, expected, "{ran}");
    for finding in &told {
        assert!(finding["why"].as_str().is_some_and(|why| why.len() > 10), "{finding}");
        assert!(finding["lifted_by"].is_null() && finding["stands_in_the_way"] == false, "{finding}");
    }
    let text = bench.balong(&["firmware", "show", firmware, "--for", "e3372h"]).expect_exit(0);
    assert_eq!(text.out.lines().filter(|line| line.starts_with("  yes ")).count(), 6, "{text}");
}

#[test]
fn the_explanation_refuses_with_the_very_words_of_the_job() {
    let bench = InProcess::new();
    let hand = bench.plug(bench.port(), "e3372h", Mode::Download, StickOptions::default());
    let firmware = text(&images().stick.path);
    for model in ["e3372s", "e8372h", "b525"] {
        let explained = show(&bench, firmware, &["--for", model]).expect_exit(5);
        let refused = bench.balong(&["flash", firmware, "--model", model, "--yes", "--format", "json"]).expect_exit(5);
        let (one, other) = (explained.only("error"), refused.only("error"));
        assert_eq!((&one["message"], &one["code"]), (&other["message"], &other["code"]), "{explained}{refused}");
    }
    assert_nothing_dangerous_was_sent(&hand);
}

#[test]
fn every_odd_firmware_is_judged_as_the_job_judges_it_by_exit_and_by_words() {
    let folder = TempDir::new().expect("a temporary folder");
    let bench = InProcess::new();
    let hand = bench.plug(bench.port(), "e3372h", Mode::Download, StickOptions::default());
    let (mut refused, mut passed) = (std::collections::BTreeSet::new(), 0);
    let cases = cases().expect("sound").into_iter();
    for case in cases.filter(|case| case.kind != Kind::Loader && case.verdict != Verdict::Refused && !case.slow) {
        let path = case.write_into(folder.path()).expect("written");
        let explained = show(&bench, text(&path), &["--for", bench.port()]);
        let job = bench.balong(&["flash", text(&path), "--dry-run", "--format", "json"]);
        assert_eq!(explained.exit, job.exit, "{}\n{explained}{job}", case.name);
        if job.exit == 0 {
            passed += 1;
            continue;
        }
        let (one, other) = (explained.only("error"), job.only("error"));
        assert_eq!((&one["message"], &one["code"]), (&other["message"], &other["code"]), "{}\n{explained}", case.name);
        let first = explained.events_named("rule").into_iter().find(|finding| finding["stands_in_the_way"] == true);
        refused.extend(first.and_then(|finding| finding["rule"].as_str().map(str::to_owned)));
    }
    assert!(passed > 0 && refused.contains("completeness"), "{passed} {refused:?}");
    assert_nothing_dangerous_was_sent(&hand);
}

#[test]
fn calibration_is_refused_by_its_rule_and_a_folder_states_no_product() {
    let folder = TempDir::new().expect("a temporary folder");
    let bench = InProcess::new();
    for entry in fs::read_dir(&images().stick_directory.path).expect("the sample folder") {
        let file = entry.expect("an entry").path();
        fs::copy(&file, folder.path().join(file.file_name().expect("a name"))).expect("a copy");
    }
    let set = text(folder.path());
    let ran = show(&bench, set, &["--for", "e3372h"]).expect_exit(5);
    let product = &rules(&ran, "product")[0];
    assert_eq!(
        (&product["verdict"], &product["lifted_by"]),
        (&"cannot_tell".into(), &"--force-product".into()),
        "{ran}"
    );
    fs::write(folder.path().join("10-00080000-Nvimg.bin"), b"calibration").expect("a file");
    let ran = show(&bench, set, &["--for", "e3372h", "--map"]).expect_exit(5);
    let identity = &rules(&ran, "identity")[0];
    assert_eq!((&identity["verdict"], &identity["lifted_by"]), (&"no".into(), &"--include-nv".into()), "{ran}");
    let spans = ran.only("map")["spans"].clone();
    let nv = spans.as_array().and_then(|spans| spans.iter().find(|span| span["name"] == "nvimg").cloned());
    assert_eq!(nv.expect("nvimg")["mark"], "written_identity", "{ran}");
}

#[test]
fn another_chip_is_refused_for_good_and_another_product_names_the_option_that_lifts_it() {
    let bench = InProcess::new();
    let firmware = text(&images().stick.path);
    let ran = show(&bench, firmware, &["--for", "e3372s"]).expect_exit(5);
    let [platform] = &rules(&ran, "platform")[..] else { panic!("{ran}") };
    assert_eq!((&platform["verdict"], &platform["lifted_by"]), (&"no".into(), &Value::Null), "{ran}");
    let ran = show(&bench, firmware, &["--for", "e8372h"]).expect_exit(5);
    let [product] = &rules(&ran, "product")[..] else { panic!("{ran}") };
    assert_eq!((&product["verdict"], &product["lifted_by"]), (&"no".into(), &"--force-product".into()), "{ran}");
    let ran = show(&bench, firmware, &["--loader", text(&images().loader_s.path)]).expect_exit(5);
    assert_eq!(rules(&ran, "platform")[0]["verdict"], "no", "{ran}");
}

#[test]
fn a_loader_that_may_erase_says_so_and_a_damaged_one_shows_nothing() {
    let bench = InProcess::new();
    let folder = TempDir::new().expect("a temporary folder");
    let firmware = text(&images().stick.path);
    let cases: Vec<_> = cases().expect("sound").into_iter().filter(|case| case.kind == Kind::Loader).collect();
    let of = |verdict: Verdict| cases.iter().find(|case| case.verdict == verdict).expect("a case");
    let unsafe_one = of(Verdict::RefusedForSending).write_into(folder.path()).expect("written");
    let ran = show(&bench, firmware, &["--loader", text(&unsafe_one)]).expect_exit(5);
    let erase = &rules(&ran, "erase")[0];
    assert_eq!((&erase["verdict"], &erase["lifted_by"]), (&"no".into(), &"--allow-erase".into()), "{ran}");
    let fastboot = folder.path().join("fastboot.bin");
    let patch = ["loader", "patch", text(&images().loader.path), "--fastboot", "-o", text(&fastboot)];
    let _ = bench.balong(&patch).expect_exit(0);
    let ran = show(&bench, firmware, &["--loader", text(&fastboot)]).expect_exit(5);
    assert_eq!(ran.only("error")["code"], "bad_loader", "it brings no download mode\n{ran}");
    let damaged = of(Verdict::Refused).write_into(folder.path()).expect("written");
    let ran = show(&bench, firmware, &["--loader", text(&damaged)]).expect_exit(5);
    assert_eq!(ran.events().len(), 1, "{ran}");
}

#[test]
fn a_stick_in_a_port_is_asked_and_one_that_says_nothing_yet_is_said_to() {
    let firmware = text(&images().stick.path);
    for (model, mode, exit) in [
        ("e3372h", Mode::Stick, 0),
        ("e3372h", Mode::HiLink, 0),
        ("e3372h", Mode::Download, 0),
        ("e3372h", Mode::BootRom, 0),
        ("e3372h", Mode::Fastboot, 0),
        ("e3372s", Mode::Stick, 5),
    ] {
        let bench = InProcess::new();
        let hand = bench.plug(bench.port(), model, mode, StickOptions::default());
        let ran = show(&bench, firmware, &["--for", bench.port()]).expect_exit(exit);
        let silent = matches!(mode, Mode::BootRom | Mode::Fastboot);
        assert_eq!(rules(&ran, "platform").is_empty(), silent, "{mode}\n{ran}");
        assert_eq!(ran.err.contains("does not say who it is"), silent, "{mode}\n{ran}");
        assert_nothing_dangerous_was_sent(&hand);
    }
    let bench = InProcess::new();
    let _ = show(&bench, firmware, &["--for", bench.vacant()]).expect_exit(3);
    for wrong in [vec!["--for", "e9999"], vec!["--for", bench.port(), "--all"], vec!["--map", "picture.png"]] {
        let _ = show(&bench, firmware, &wrong).expect_exit(2);
    }
}

#[test]
fn the_map_covers_the_flash_without_a_gap_and_says_what_is_written_and_what_is_left_alone() {
    let bench = InProcess::new();
    let ran = show(&bench, text(&images().stick.path), &["--map"]).expect_exit(0);
    let map = ran.only("map");
    let spans = map["spans"].as_array().expect("spans");
    let total: u64 = spans.iter().filter_map(|span| span["size"].as_u64()).sum();
    assert_eq!((Some(total), &map["table_of"]), (map["size"].as_u64(), &"firmware".into()), "{ran}");
    let mark = |name: &str| spans.iter().find(|span| span["name"] == name).map(|span| span["mark"].clone());
    for (name, expected) in [
        ("fastboot", "written"),
        ("system", "written"),
        ("ptable", "written"),
        ("nvbacklte", "identity"),
        ("kernelbk", "left_alone"),
        ("webui", "left_alone"),
    ] {
        assert_eq!(mark(name), Some(expected.into()), "{name}\n{ran}");
    }
    let text_map = bench.balong(&["firmware", "show", text(&images().stick.path), "--map"]).expect_exit(0);
    assert!(text_map.out.contains("fastboot") && !text_map.out.contains('\x1b'), "{text_map}");
}

#[test]
fn a_map_needs_a_table_and_a_loader_brings_one() {
    let bench = InProcess::new();
    let web = text(&images().web_ui.path);
    let ran = show(&bench, web, &["--map"]).expect_exit(2);
    assert!(ran.only("error")["message"].as_str().is_some_and(|message| message.contains("--loader")), "{ran}");
    let ran = show(&bench, web, &["--map", "--loader", text(&images().loader.path)]);
    assert_eq!(ran.only("map")["table_of"], "loader", "{ran}");
}

#[test]
fn a_picture_is_written_once_and_replaced_only_by_force() {
    let bench = InProcess::new();
    let folder = TempDir::new().expect("a temporary folder");
    let picture = folder.path().join("map.svg");
    let firmware = text(&images().stick.path);
    let options = ["--map", text(&picture)];
    let _ = show(&bench, firmware, &[&options[..], &["--dry-run"]].concat()).expect_exit(0);
    assert!(!picture.exists());
    let ran = show(&bench, firmware, &options).expect_exit(0);
    assert_eq!(ran.only("written")["size"].as_u64(), fs::metadata(&picture).ok().map(|file| file.len()), "{ran}");
    let _ = show(&bench, firmware, &options).expect_exit(2);
    let _ = show(&bench, firmware, &[&options[..], &["--force"]].concat()).expect_exit(0);
    let svg = fs::read_to_string(&picture).expect("UTF-8");
    assert!(svg.contains("<svg ") && !svg.contains("<script") && svg.contains("nvbacklte"));
}

#[test]
fn the_plan_of_a_conversion_shows_the_map_in_short_before_anybody_is_asked() {
    let (firmware, loader) = (text(&images().stick.path), text(&images().loader.path));
    let arguments = ["convert", "--firmware", firmware, "--loader", loader];
    let bench = InProcess::new();
    let hand = bench.plug(bench.port(), "e3372h", Mode::Download, StickOptions::default());
    let dry = bench.balong(&[&arguments[..], &["--dry-run"]].concat()).expect_exit(0);
    let asked = bench.balong_answering(&arguments, "n\n").expect_exit(130);
    for ran in [&dry, &asked] {
        assert!(ran.out.contains("by the partition table of the firmware") && ran.out.contains("# written"), "{ran}");
    }
    assert_nothing_dangerous_was_sent(&hand);
}
