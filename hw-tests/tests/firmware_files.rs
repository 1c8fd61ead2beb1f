//! `firmware show`, `verify`, `unpack` and `pack` on good files, compared with what the generator says it put in.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use balong::protocol::Interrupt;
use balong_mocks::samples::firmware::{Compression, FirmwareDescription, FirmwareRecipe, Wrapper};
use balong_mocks::samples::ready::{Form, SampleFirmware, Variant, recipes, write_firmware};
use balong_mocks::{Mode, StickOptions};
use hw_tests::images::{images, text};
use hw_tests::scenarios::{assert_flash_holds, assert_nothing_dangerous_was_sent};
use hw_tests::{Bench, InProcess, Ran};
use serde_json::{Value, json};
use tempfile::TempDir;

fn temporary() -> TempDir {
    TempDir::new().expect("a temporary folder")
}

fn json_of(bench: &InProcess, arguments: &[&str]) -> Ran {
    bench.balong(&[arguments, &["--format", "json"]].concat())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn word(compression: Compression) -> &'static str {
    match compression {
        Compression::None => "none",
        Compression::Zlib => "zlib",
        Compression::Lzma { .. } => "lzma",
    }
}

/// Partitions of an event less what the generator does not tell.
fn partitions(event: &Value) -> Vec<Value> {
    let keys = ["index", "code", "offset", "stored_size", "size", "compression", "sha256"];
    let some = |partition: &Value| keys.iter().map(|key| ((*key).to_owned(), partition[key].clone())).collect();
    event["partitions"].as_array().expect("a list").iter().map(some).collect()
}

fn described(description: &FirmwareDescription) -> Vec<Value> {
    let some = |unit: &balong_mocks::samples::firmware::UnitDescription| {
        json!({
            "index": unit.index,
            "code": format!("{:08x}", unit.code),
            "offset": unit.offset,
            "stored_size": unit.stored_size,
            "size": unit.size,
            "compression": word(unit.compression),
            "sha256": hex(&unit.sha256),
        })
    };
    description.units.iter().map(some).collect()
}

/// Every ready-made set in every form, signed and not.
fn good_files(folder: &Path) -> Vec<SampleFirmware> {
    let all: Vec<(&str, FirmwareRecipe)> = vec![
        ("stick", recipes::e3372h_stick().expect("a recipe")),
        ("hilink", recipes::e3372h_hilink().expect("a recipe")),
        ("web-ui", recipes::e3372h_webui()),
        ("web-ui-iso", recipes::e3372h_webui_with_iso()),
        ("e3372s", recipes::e3372s_stick().expect("a recipe")),
        ("miniature", recipes::miniature().expect("a recipe")),
    ];
    let mut files = Vec::new();
    for (name, recipe) in all {
        for form in [Form::Bin, Form::Exe, Form::Directory] {
            for unsigned in [false, true] {
                let place = folder.join(format!("{form:?}-{unsigned}"));
                let variant = Variant { form, unsigned };
                files.push(write_firmware(&place, name, recipe.clone(), variant).expect("a written sample"));
            }
        }
    }
    files
}

#[test]
fn what_show_tells_of_every_good_file_is_what_the_generator_put_in() {
    let (bench, folder) = (InProcess::new(), temporary());
    let files = good_files(folder.path());
    for SampleFirmware { path, description } in &files {
        let ran = json_of(&bench, &["firmware", "show", text(path)]).expect_exit(0);
        let event = ran.only("firmware");
        assert_eq!(partitions(&event), described(description), "{}", path.display());
        assert_eq!(event["type"], description.type_byte, "{}", path.display());
        let signature = description.signature.as_ref().map_or(
            Value::Null,
            |signature| json!({ "length": signature.length, "key_hash": hex(&signature.key_hash), "partition": signature.unit }),
        );
        assert_eq!(event["signature"], signature, "{}", path.display());
        let (product, version) = match path.is_dir() {
            true => (Value::Null, Value::Null),
            false => {
                let mut parts = description.version_text.split(':').skip(1);
                (json!(parts.next()), json!(parts.next()))
            }
        };
        assert_eq!((&event["product"], &event["version"]), (&product, &version), "{}", path.display());
        assert_eq!(event["warnings"], json!([]), "{}", path.display());
        assert_eq!(event["missing"], json!([]), "{}", path.display());
        let verified = json_of(&bench, &["firmware", "verify", text(path)]).expect_exit(0);
        assert_eq!(verified.only("firmware"), event, "show and verify tell the same");
        let table = bench.balong(&["firmware", "show", text(path)]).expect_exit(0).out;
        for unit in &description.units {
            let told = [format!("{:08x}", unit.code), hex(&unit.sha256), unit.stored_size.to_string()];
            assert!(told.iter().all(|part| table.contains(part)), "{}\n{table}", path.display());
        }
    }
    assert_eq!(files.len(), 36);
}

#[test]
fn the_table_tells_dates_hardware_ratio_sticks_missing_members_and_identity() {
    let (bench, folder) = (InProcess::new(), temporary());
    let mut recipe = recipes::miniature().expect("a recipe");
    recipe.units.truncate(8);
    recipe.units[3].date = b"2016.01.01".to_vec();
    recipe.units[7].code = 0x1a_0000;
    let path = folder.path().join("x.bin");
    recipe.write_file(&path).expect("a written sample");
    let table = bench.balong(&["firmware", "show", text(&path)]).expect_exit(0).out;
    for part in [
        "HWEW11.1",
        "2015.11.27 11:20:25 (partitions 0, 1, 2, 4, 5, 6, 7)",
        "2016.01.01 11:20:25 (partitions 3)",
        "For        E3372h\n",
        "846 bytes at the end of partition 0",
        "00590000 System or 00100000 System",
        "HOLDS CALIBRATION OR IDENTITY: 001a0000 Oeminfo",
        "100 %",
    ] {
        assert!(table.contains(part), "`{part}` is not in\n{table}");
    }
    let event = json_of(&bench, &["firmware", "show", text(&path)]).only("firmware");
    assert_eq!(event["holds_identity"], true);
    assert_eq!(event["sticks"], json!([{ "model": "E3372h", "certain": true }]));
    assert_eq!(event["missing"][0]["codes"], json!(["00250000"]));
    assert_eq!(event["partitions"][3]["date"], "2016.01.01");
}

/// Cut from the end, byte by byte. Where the cut lies between two units (or in the padding there) it is a sound, shorter
/// file: named as incomplete, and not flashed.
#[test]
fn a_file_cut_at_any_byte_is_refused_or_named_as_incomplete() {
    let (bench, folder) = (InProcess::new(), temporary());
    let path = folder.path().join("cut.bin");
    let description = recipes::miniature().expect("a recipe").write_file(&path).expect("a written sample");
    let file = fs::File::options().write(true).open(&path).expect("the sample");
    let between: Vec<_> = description
        .units
        .iter()
        .map(|unit| (unit.index, unit.data_end()..=unit.data_end().next_multiple_of(4)))
        .collect();
    let stick = InProcess::new();
    let hand = stick.plug(stick.port(), "e3372h", Mode::Download, StickOptions::default());
    let (mut refused, mut incomplete) = (0, 0);
    for length in (0..description.length).rev() {
        file.set_len(length).expect("a cut file");
        let ran = json_of(&bench, &["firmware", "verify", text(&path)]);
        let Some((last, _)) = between.iter().find(|(_, place)| place.contains(&length)) else {
            assert_eq!(ran.exit, 5, "cut at {length}\n{ran}");
            refused += 1;
            continue;
        };
        let event = ran.expect_exit(0).only("firmware");
        assert_eq!(event["partitions"].as_array().map(Vec::len), Some(last + 1), "cut at {length}");
        if last + 1 == description.units.len() {
            // Only the padding of the last unit is gone, which real files may lack.
            assert_eq!(event["missing"], json!([]), "cut at {length}");
            continue;
        }
        incomplete += 1;
        assert_ne!(event["missing"], json!([]), "cut at {length}");
        let told = bench.balong(&["firmware", "verify", text(&path)]).out;
        assert!(told.contains("incomplete") && told.contains("--partial"), "cut at {length}\n{told}");
        let ran = json_of(&stick, &["flash", text(&path), "--yes"]).expect_exit(5);
        let message = ran.only("error").to_string();
        assert!(message.contains("--partial"), "cut at {length}: {message}");
        assert_nothing_dangerous_was_sent(&hand);
    }
    println!("{refused} cuts were refused, {incomplete} named as incomplete");
    assert!(refused > 20_000 && incomplete >= 9, "{refused} and {incomplete}");
    let (bytes, _) = recipes::miniature().expect("a recipe").bytes().expect("a sample");
    fs::write(&path, &bytes[..description.units[7].data_end() as usize]).expect("a cut file");
    let _ = json_of(&stick, &["flash", text(&path), "--yes", "--partial", "--dry-run"]).expect_exit(0);
}

#[test]
fn unpacked_packed_and_verified_it_turns_a_stick_around_however_it_is_stored() {
    for (sample, type_byte) in [(&images().stick_unsigned, 1), (&images().stick, 9), (&images().stick_exe, 9)] {
        for how in ["none", "zlib", "lzma"] {
            let (bench, folder) = (InProcess::new(), temporary());
            let (unpacked, packed) = (folder.path().join("unpacked"), folder.path().join("packed.bin"));
            let _ = json_of(&bench, &["firmware", "unpack", text(&sample.path), "-o", text(&unpacked)]).expect_exit(0);
            let pack = ["firmware", "pack", text(&unpacked), "-o", text(&packed), "--compress", how];
            let _ = json_of(&bench, &pack).expect_exit(0);
            let event = json_of(&bench, &["firmware", "verify", text(&packed)]).expect_exit(0).only("firmware");
            assert_eq!((&event["type"], &event["product"]), (&json!(type_byte), &json!("BV7R11HS")));
            let essence = |partitions: Vec<Value>| -> Vec<_> {
                partitions.into_iter().map(|one| (one["code"].clone(), one["sha256"].clone())).collect()
            };
            assert_eq!(essence(partitions(&event)), essence(described(&sample.description)), "{how}");
            assert!(partitions(&event).iter().all(|partition| partition["compression"] == how), "{how}");
            let hand = bench.plug(bench.port(), "e3372h", Mode::HiLink, StickOptions::default());
            let convert = ["convert", "--yes", "--loader", text(&images().loader.path), "--firmware", text(&packed)];
            let result = json_of(&bench, &convert).expect_exit(0).only("result");
            assert_eq!((&result["mode"], &result["software"]), (&json!("stick"), &json!("21.180.01.00.00")), "{how}");
            assert_flash_holds(&hand, &sample.description);
        }
    }
}

/// What the generator makes raw, or with the one zlib level there is, comes back to the last bit.
#[test]
fn a_container_without_lzma_comes_back_byte_for_byte_from_both_kinds_of_files() {
    let bench = InProcess::new();
    let mut recipe = recipes::e3372h_stick().expect("a recipe").unsigned();
    for unit in &mut recipe.units {
        if unit.compression != Compression::Zlib {
            unit.compression = Compression::None;
        }
    }
    for wrapper in [Wrapper::Bin, Wrapper::sample_exe()] {
        let folder = temporary();
        let [original, packed, unpacked] = ["original", "packed", "unpacked"].map(|name| folder.path().join(name));
        let (bytes, _) = FirmwareRecipe { wrapper: Wrapper::Bin, ..recipe.clone() }.bytes().expect("a sample");
        let wrapped = FirmwareRecipe { wrapper, ..recipe.clone() };
        wrapped.write_file(&original).expect("a written sample");
        for options in [&["--force"][..], &["--force", "--with-headers"]] {
            fs::remove_dir_all(&unpacked).ok();
            let unpack = [&["firmware", "unpack", text(&original), "-o", text(&unpacked)], options].concat();
            let _ = bench.balong(&unpack).expect_exit(0);
            let _ = bench.balong(&["firmware", "pack", text(&unpacked), "-o", text(&packed), "--force"]).expect_exit(0);
            assert!(fs::read(&packed).expect("packed") == bytes, "{options:?}");
        }
    }
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
    let read = |entry: fs::DirEntry| fs::read(entry.path()).expect("a file");
    entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), read(entry))).collect()
}

#[test]
fn unpack_writes_what_a_directory_set_of_the_generator_holds_and_tells_each_file() {
    let (bench, folder) = (InProcess::new(), temporary());
    let out = folder.path().join("out");
    let plan = json_of(&bench, &["firmware", "unpack", text(&images().stick.path), "-o", text(&out), "--dry-run"]);
    let plan = plan.expect_exit(0);
    assert_eq!(plan.only("result")["outcome"], "planned");
    assert!(!out.exists(), "nothing is written by --dry-run");
    let ran = json_of(&bench, &["firmware", "unpack", text(&images().stick.path), "-o", text(&out)]).expect_exit(0);
    let result = ran.only("result");
    assert_eq!((&result["outcome"], &result["files"], &result["port"]), (&json!("unpacked"), &json!(11), &Value::Null));
    let mut found = files(&out);
    assert!(found.remove("firmware.json").is_some());
    let written: Vec<_> = found.into_values().collect();
    let expected: Vec<_> = files(&images().stick_directory.path).into_values().collect();
    assert!(written == expected, "the partitions in their order");
    let told = ran.events_named("file");
    assert_eq!(told.len(), 11);
    for (event, unit) in told.iter().zip(&images().stick.description.units) {
        assert_eq!((&event["sha256"], &event["size"]), (&json!(hex(&unit.sha256)), &json!(unit.size)), "{event}");
        let path = event["path"].as_str().expect("a path");
        assert_eq!(fs::metadata(path).expect("the file").len(), event["length"].as_u64().unwrap_or_default());
    }
    let planned: Vec<_> = plan.events_named("file").iter().map(|event| event["path"].clone()).collect();
    assert_eq!(planned, told.iter().map(|event| event["path"].clone()).collect::<Vec<_>>());
}

#[test]
fn what_is_in_the_way_is_exit_2_and_stays_as_it_is() {
    let (bench, folder) = (InProcess::new(), temporary());
    let (out, packed) = (folder.path().join("out"), folder.path().join("packed.bin"));
    let unpack = ["firmware", "unpack", text(&images().web_ui.path), "-o", text(&out)];
    let pack = ["firmware", "pack", text(&out), "-o", text(&packed)];
    let _ = bench.balong(&unpack).expect_exit(0);
    let _ = bench.balong(&pack).expect_exit(0);
    fs::write(&packed, b"precious").expect("written");
    fs::write(out.join("00-00550000-Oeminfo.bin"), b"precious").expect("written");
    for arguments in [&unpack[..], &pack[..]] {
        let ran = json_of(&bench, arguments).expect_exit(2);
        let error = ran.only("error");
        assert_eq!(error["code"], "file_exists", "{ran}");
        assert!(error["message"].as_str().is_some_and(|message| message.contains("--force")), "{ran}");
    }
    assert_eq!(fs::read(&packed).expect("there"), b"precious");
    assert_eq!(fs::read(out.join("00-00550000-Oeminfo.bin")).expect("there"), b"precious");
    let _ = bench.balong(&[&unpack[..], &["--force"]].concat()).expect_exit(0);
    let _ = bench.balong(&[&pack[..], &["--force"]].concat()).expect_exit(0);
    let _ = bench.balong(&["firmware", "verify", text(&packed)]).expect_exit(0);
    // A folder that cannot be made, an unknown partition, a folder whose name nobody gave, a place in the set itself.
    let missing = folder.path().join("no/such/folder");
    let (inside, elsewhere) = (out.join("x.bin"), folder.path().join("elsewhere.bin"));
    for (arguments, exit) in [
        (vec!["firmware", "unpack", text(&images().web_ui.path), "-o", text(&missing)], 1),
        (vec!["firmware", "unpack", text(&images().web_ui.path), "-o", text(&packed)], 2),
        (vec!["firmware", "unpack", text(&images().web_ui.path), "-o", text(&missing), "--only", "Logo"], 2),
        (vec!["firmware", "unpack", text(&images().stick_directory.path)], 2),
        (vec!["firmware", "unpack", text(&images().stick_directory.path), "-o", text(&missing), "--with-headers"], 2),
        (vec!["firmware", "pack", text(&out), "-o", text(&missing)], 1),
        (vec!["firmware", "pack", text(&out), "-o", text(&inside)], 2),
        (vec!["firmware", "pack", text(&out), "-o", text(&out), "--force"], 2),
        (vec!["firmware", "pack", text(&out), "-o", text(&elsewhere), "--version", &"9".repeat(40)], 2),
    ] {
        let ran = json_of(&bench, &arguments);
        assert_eq!(ran.exit, exit, "{arguments:?}\n{ran}");
    }
    assert_eq!(files(&out).len(), 3);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2);
}

#[test]
fn an_unpacked_folder_is_a_set_that_can_be_flashed_its_description_beside_it() {
    let (bench, folder) = (InProcess::new(), temporary());
    let out = folder.path().join("out");
    let _ = bench.balong(&["firmware", "unpack", text(&images().stick.path), "-o", text(&out)]).expect_exit(0);
    let hand = bench.plug(bench.port(), "e3372h", Mode::Download, StickOptions::default());
    // What the description says of the product is not taken for what the partitions are.
    let refused = json_of(&bench, &["flash", text(&out), "--yes"]).expect_exit(5);
    assert!(refused.only("error").to_string().contains("--force-product"));
    let _ = json_of(&bench, &["flash", text(&out), "--yes", "--force-product"]).expect_exit(0);
    assert_flash_holds(&hand, &images().stick.description);
}

#[test]
fn options_of_pack_are_in_every_header_and_a_plan_builds_nothing() {
    let (bench, folder) = (InProcess::new(), temporary());
    let (out, packed) = (folder.path().join("out"), folder.path().join("packed.bin"));
    let _ = bench.balong(&["firmware", "unpack", text(&images().stick.path), "-o", text(&out)]).expect_exit(0);
    let pack = [
        "firmware",
        "pack",
        text(&out),
        "-o",
        text(&packed),
        "--version",
        "21.200.00.00.00",
        "--date",
        "2020.02.02",
        "--time",
        "01:02:03",
        "--hardware",
        "HWEW99.9",
        "--block-size",
        "512",
        "--product",
        "BV7R11W",
        "--type",
        "1",
        "--compress",
        "none",
        "--compress",
        "System=zlib",
    ];
    let plan = json_of(&bench, &[&pack[..], &["--dry-run"]].concat()).expect_exit(0);
    assert_eq!(plan.only("result")["outcome"], "planned");
    assert!(!packed.exists());
    let ran = json_of(&bench, &pack).expect_exit(0);
    assert_eq!(ran.events_named("file").len(), 10);
    let event = json_of(&bench, &["firmware", "show", text(&packed)]).expect_exit(0).only("firmware");
    for (partition, told) in event["partitions"].as_array().expect("a list").iter().zip(ran.events_named("file")) {
        assert_eq!(partition["version_text"], ":BV7R11W:21.200.00.00.00");
        assert_eq!(partition["date"], "2020.02.02");
        assert_eq!(partition["time"], "01:02:03");
        assert_eq!(partition["hardware"], "HWEW99.9");
        assert_eq!(partition["block_size"], 512);
        assert_eq!(partition["compression"], if partition["code"] == "00590000" { "zlib" } else { "none" });
        for key in ["index", "code", "offset", "stored_size", "size", "sha256", "compression"] {
            assert_eq!(partition[key], told[key], "{key}");
        }
    }
}

#[test]
fn an_interrupt_ends_unpack_and_pack_with_130_and_leaves_no_file() {
    let (bench, folder) = (InProcess::new(), temporary());
    let (out, packed) = (folder.path().join("out"), folder.path().join("packed.bin"));
    let interrupt = Interrupt::new();
    interrupt.request();
    for arguments in [
        ["firmware", "unpack", text(&images().stick.path), "-o", text(&out)],
        ["firmware", "pack", text(&images().stick_directory.path), "-o", text(&packed)],
    ] {
        let ran = bench.balong_interruptible(&arguments, &interrupt);
        assert_eq!(ran.exit, 130, "{ran}");
    }
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
}
