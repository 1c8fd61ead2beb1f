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
