//! Closed pipes and signals.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use crate::{balong, temporary};

#[test]
fn a_closed_standard_output_does_not_harm_the_job() {
    let temporary = temporary();
    let mut child = balong(&temporary)
        .args(["convert", "--simulate", "e3372h", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn a_closed_standard_error_does_not_harm_the_job_however_much_is_logged() {
    let temporary = temporary();
    let mut child = balong(&temporary)
        .args(["convert", "--simulate", "e3372h@download", "--format", "json", "-vvv"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut errors = BufReader::new(child.stderr.take().expect("piped"));
    let mut line = String::new();
    errors.read_line(&mut line).expect("readable");
    drop(errors);
    let output = child.wait_with_output().expect("it ends");
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.lines().last().is_some_and(|line| line.contains("\"result\"")), "{text}");
}

#[test]
fn a_full_disk_under_standard_output_is_a_failure_where_output_is_all_there_is() {
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else { return };
    let temporary = temporary();
    let status = balong(&temporary).args(["list", "--simulate", "e3372h"]).stdout(full).stderr(Stdio::null()).status();
    assert_eq!(status.expect("it runs").code(), Some(1));
}

#[cfg(unix)]
#[test]
fn a_file_name_that_is_not_utf8_is_no_panic() {
    use std::os::unix::ffi::OsStrExt;
    let temporary = temporary();
    let images = hw_tests::images::images();
    let name = temporary.path().join(std::ffi::OsStr::from_bytes(b"firm\xffware.bin"));
    std::fs::copy(&images.stick.path, &name).expect("a copy");
    let output = balong(&temporary)
        .args(["flash", "--simulate", "e3372h@download", "--dry-run", "--format", "json"])
        .arg(&name)
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[cfg(unix)]
#[test]
fn an_interrupt_while_partitions_are_written_is_130_and_says_what_the_flash_holds() {
    let temporary = temporary();
    let mut child = balong(&temporary)
        .args(["convert", "--simulate", "e3372h@download", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it runs");
    let pid = child.id().to_string();
    let mut lines = BufReader::new(child.stdout.take().expect("piped"));
    let mut text = String::new();
    while lines.read_line(&mut text).expect("readable") > 0 {
        if text.ends_with('\n') && text.lines().last().is_some_and(|line| line.contains("\"progress\"")) {
            break;
        }
    }
    let killed = std::process::Command::new("kill").args(["-INT", &pid]).status().expect("kill runs");
    assert!(killed.success());
    lines.read_to_string(&mut text).expect("readable");
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(130), "{text}");
    let last: serde_json::Value =
        serde_json::from_str(text.lines().last().unwrap_or_default()).expect("JSON to the end");
    assert_eq!(
        (&last["event"], &last["code"], &last["state"]),
        (&"error".into(), &"interrupted".into(), &"partly_written".into())
    );
}
