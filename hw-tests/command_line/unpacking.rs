//! `firmware unpack` and `pack`, as far as the present folder, signals and full disks are concerned.

use hw_tests::images::{images, text};

use crate::{balong, temporary};

#[test]
fn without_a_folder_named_it_is_one_in_the_present_folder_named_as_the_file() {
    let temporary = temporary();
    let file = temporary.path().join("E3372h_21.180.01.00.00.bin");
    std::fs::copy(&images().stick.path, &file).expect("copied");
    let present = temporary.path().join("present");
    std::fs::create_dir(&present).expect("made");
    let output =
        balong(&temporary).current_dir(&present).args(["firmware", "unpack"]).arg(&file).output().expect("it runs");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(present.join("E3372h_21.180.01.00.00/00-00110000-Fastboot.bin").is_file());
    // Names that lead elsewhere, or to the file itself, are no names for a folder.
    for name in ["..bin", "without-an-ending"] {
        std::fs::copy(&images().stick.path, present.join(name)).expect("copied");
        let ran =
            balong(&temporary).current_dir(&present).args(["firmware", "unpack", name]).output().expect("it runs");
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(ran.status.code() == Some(2) && said.contains("-o DIR"), "{name}: {said}");
    }
    assert_eq!(std::fs::read_dir(&present).expect("a folder").count(), 3);
}

/// A limit on the size of a file stands in for a full disk.
#[cfg(unix)]
#[test]
fn a_disk_that_is_full_ends_it_with_1_and_leaves_no_file() {
    let temporary = temporary();
    let unpacked = temporary.path().join("unpacked");
    let balong_binary = env!("CARGO_BIN_EXE_balong");
    let limited = |command: &str| {
        let script = format!("ulimit -f 400; exec {balong_binary} firmware {command}");
        std::process::Command::new("sh").arg("-c").arg(script).output().expect("it runs")
    };
    let firmware = text(&images().stick.path);
    let (folder, set) = (unpacked.display(), text(&images().stick_directory.path));
    for command in [
        format!("unpack {firmware} -o {folder}"),
        format!("unpack {firmware} -o {folder} --with-headers"),
        format!("pack {set} -o {folder}.bin"),
        format!("pack {set} -o {folder}.bin --compress lzma"),
    ] {
        let ran = limited(&command);
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert_eq!(ran.status.code(), Some(1), "{command}: {said}");
        assert!(said.contains("cannot write") && said.contains("No file was made"), "{command}: {said}");
        let left = std::fs::read_dir(temporary.path()).expect("a folder").count();
        assert_eq!(left, 0, "{command} left something");
    }
}

/// An interrupt in the middle of the writing: temporary names go as well.
#[cfg(unix)]
#[test]
fn a_signal_ends_it_with_130_and_leaves_no_file() {
    use std::time::{Duration, Instant};

    use balong_mocks::samples::firmware::Content;
    use balong_mocks::samples::ready::{Variant, recipes, write_firmware};

    let temporary = temporary();
    let mut recipe = recipes::e3372h_stick().expect("the recipe is sound");
    let system = recipe.unit_mut(0x0059_0000).expect("the set has a System partition");
    system.content = Content::Filler { banner: "BALONG SAMPLE SYSTEM\n".to_owned(), size: 64 << 20, seed: 7 };
    let folder = temporary.path().join("samples");
    let form = balong_mocks::samples::ready::Form::Directory;
    let sample = write_firmware(&folder, "large", recipe, Variant { form, ..Variant::default() }).expect("a sample");
    let place = temporary.path().join("place");
    std::fs::create_dir(&place).expect("made");
    let mut child = balong(&temporary)
        .args(["firmware", "pack", "--compress", "lzma"])
        .arg(&sample.path)
        .arg("-o")
        .arg(place.join("packed.bin"))
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("it runs");
    // The temporary file shows that it has begun to write.
    let give_up = Instant::now() + Duration::from_secs(120);
    while std::fs::read_dir(&place).expect("a folder").next().is_none() {
        assert!(Instant::now() < give_up && child.try_wait().expect("a child").is_none(), "it never began to write");
        std::thread::sleep(Duration::from_millis(5));
    }
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(killed.success());
    assert_eq!(child.wait().expect("a child").code(), Some(130));
    assert_eq!(std::fs::read_dir(&place).expect("a folder").count(), 0);
}
