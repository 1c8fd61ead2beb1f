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

#[test]
fn at_names_the_line_of_a_list_that_is_no_text() {
    let temporary = temporary();
    let file = temporary.path().join("commands.txt");
    std::fs::write(&file, b"ATI\n# caf\xe9\n").expect("written");
    for (place, name) in [("-", "standard input".to_owned()), (&*file.to_string_lossy(), file.display().to_string())] {
        let mut child = balong(&temporary)
            .args(["at", "--simulate", "e3372h@stick", "--format", "json", "--file", place])
            .stdin(std::fs::File::open(&file).expect("it is there"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("it runs");
        let mut said = String::new();
        child.stdout.take().expect("piped").read_to_string(&mut said).expect("text");
        assert_eq!(child.wait().expect("it ends").code(), Some(2), "{said}");
        assert!(said.contains(&format!("line 2 of {name}: ")) && said.contains(r#""code":"usage""#), "{said}");
    }
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

#[cfg(unix)]
#[test]
fn a_watched_list_is_told_at_once_line_by_line_and_ctrl_c_ends_it_with_130() {
    let temporary = temporary();
    let mut child = balong(&temporary)
        .args(["list", "--watch", "--simulate", "e3372h@bootrom", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it runs");
    let mut lines = BufReader::new(child.stdout.take().expect("piped"));
    let mut first = String::new();
    lines.read_line(&mut first).expect("it comes through a pipe before the program ends");
    assert!(first.contains("\"event\":\"stick\"") && first.contains("\"mode\":\"bootrom\""), "{first}");
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(killed.expect("kill runs").success());
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
}

#[test]
fn nothing_of_the_host_stands_in_the_way_of_a_simulated_stick() {
    let temporary = temporary();
    let output = balong(&temporary).args(["doctor", "--simulate", "e3372h"]).output().expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!((output.status.code(), text.lines().count()), (Some(0), 1), "{text}");
    assert!(text.starts_with("Nothing stands in the way"), "{text}");
}

#[test]
fn doctor_in_json_says_findings_alone_on_standard_output() {
    let temporary = temporary();
    let output = balong(&temporary).args(["doctor", "--format", "json"]).output().expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let findings: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("one JSON object a line")).collect();
    for finding in &findings {
        assert_eq!((&finding["event"], &finding["schema"]), (&"finding".into(), &1.into()), "{text}");
        assert!(finding["subject"].is_string() && finding["remedy"].is_string() && finding["message"].is_string());
        assert!(finding["port"].is_null() || finding["port"].is_string(), "{text}");
    }
    assert_eq!(output.status.code(), Some(if findings.is_empty() { 0 } else { 4 }), "{text}");
}
