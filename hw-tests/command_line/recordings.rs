//! `--capture`, as far as files, their limits and signals are concerned.

use std::process::{Command, Output};

use hw_tests::images::{images, text};

use crate::{balong, temporary};

fn text_of(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    format!("{:?}\n{out}\n{err}", output.status)
}

#[test]
fn a_file_that_exists_is_refused_before_anything_is_sent_and_left_alone() {
    let temporary = temporary();
    let capture = temporary.path().join("mine.pcapng");
    std::fs::write(&capture, "precious").expect("written");
    let output = balong(&temporary)
        .args(["convert", "--simulate", "e3372h@download", "--format", "json", "--capture"])
        .arg(&capture)
        .output()
        .expect("it runs");
    let said = text_of(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("exists already") && said.contains("mine-2.pcapng"), "{said}");
    assert!(!said.contains("\"stage\":\"flash\""), "nothing was begun\n{said}");
    assert_eq!(std::fs::read(&capture).expect("still there"), b"precious");
}

#[test]
fn a_file_that_cannot_be_made_is_refused_before_anything_is_sent() {
    let temporary = temporary();
    for path in ["no-such-folder/x.pcapng", "."] {
        let output = balong(&temporary)
            .current_dir(temporary.path())
            .args(["list", "--simulate", "e3372h", "--capture", path])
            .output()
            .expect("it runs");
        let said = text_of(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(output.stdout.is_empty(), "{said}");
    }
}

#[test]
fn a_command_that_looks_at_files_alone_has_nothing_to_record() {
    let temporary = temporary();
    let output = balong(&temporary)
        .current_dir(temporary.path())
        .args(["firmware", "show", text(&images().stick.path), "--capture", "x.pcapng"])
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(2), "{}", text_of(&output));
    assert!(!temporary.path().join("x.pcapng").exists());
}

#[cfg(unix)]
#[test]
fn a_recording_that_meets_the_limit_of_a_files_size_does_not_harm_the_flash() {
    let temporary = temporary();
    let capture = temporary.path().join("full.pcapng");
    // In blocks of 512 bytes; the recording of this flash takes some megabytes.
    let limited = "ulimit -f 200; exec \"$@\"";
    let output = Command::new("sh")
        .args(["-c", limited, "sh", env!("CARGO_BIN_EXE_balong"), "flash", "--simulate", "e3372h@download"])
        .args(["--format", "json", "--capture", text(&capture), text(&images().stick.path)])
        .output()
        .expect("a shell");
    let said = text_of(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("\"outcome\":\"flashed\""), "{said}");
    assert_eq!(said.matches("the recording cannot be written any more").count(), 1, "once\n{said}");
    assert!(said.contains("is incomplete"), "{said}");
    let length = std::fs::metadata(&capture).expect("what was recorded stays").len();
    assert!((90_000..=200 * 512).contains(&length), "{length}");
}

#[cfg(unix)]
#[test]
fn a_process_that_is_killed_leaves_a_recording_of_whole_packets() {
    use std::io::{BufRead, BufReader};
    let temporary = temporary();
    let capture = temporary.path().join("killed.pcapng");
    let mut child = balong(&temporary)
        .args(["flash", "--simulate", "e3372h@download", "--format", "json", "--capture"])
        .arg(&capture)
        .arg(&images().stick.path)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("it runs");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let progressed = lines.any(|line| line.is_ok_and(|line| line.contains("\"progress\"")));
    child.kill().expect("it is killed");
    child.wait().expect("it ended");
    assert!(progressed, "it had begun to write");
    let file = std::fs::read(&capture).expect("what was recorded stays");
    let (mut at, mut packets) = (0, 0);
    while at < file.len() {
        let length = u32::from_le_bytes(file[at + 4..at + 8].try_into().expect("a length")) as usize;
        assert_eq!(file[at + length - 4..at + length], file[at + 4..at + 8], "a whole block at {at}");
        (at, packets) = (at + length, packets + 1);
    }
    assert!(packets > 10, "{packets}");
}
