//! `bridge` as a process: events, a program at each kind of port, SIGTERM.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::{balong, temporary};

/// A bridge that runs, and is ended with the test.
struct Bridge {
    process: Child,
    events: BufReader<ChildStdout>,
}

impl Bridge {
    fn start(temporary: &tempfile::TempDir, words: &[&str]) -> Self {
        let mut command = balong(temporary);
        command.args(["--simulate", "e3372h@stick", "--format", "json", "bridge", "--role", "pcui"]).args(words);
        let mut process = command.stdout(Stdio::piped()).spawn().expect("it starts");
        let events = BufReader::new(process.stdout.take().expect("a pipe"));
        Self { process, events }
    }

    fn event(&mut self) -> Value {
        let mut line = String::new();
        self.events.read_line(&mut line).expect("standard output");
        serde_json::from_str(&line).expect("an event")
    }

    /// SIGTERM, and its exit status.
    fn terminate(&mut self) -> Option<i32> {
        kill_process(Pid::from_child(&self.process), Signal::TERM).expect("it runs");
        self.process.wait().expect("it ends").code()
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        if matches!(self.process.try_wait(), Ok(None)) {
            self.process.kill().expect("it runs");
        }
    }
}

/// Asks `ATI`, and reads to the end of the answer.
fn ask(mut port: impl Read + Write) {
    port.write_all(b"ATI\r").expect("written");
    let (mut heard, mut byte) = (Vec::new(), [0]);
    while !heard.ends_with(b"OK\r\n") {
        port.read_exact(&mut byte).expect("the answer goes on");
        heard.push(byte[0]);
    }
    assert!(String::from_utf8_lossy(&heard).contains("Manufacturer: huawei"));
}

#[test]
fn a_program_on_the_pty_is_answered_and_sigterm_leaves_no_link_behind() {
    let temporary = temporary();
    let links = temporary.path().join("links");
    let mut bridge = Bridge::start(&temporary, &["--link", &links.to_string_lossy()]);
    let event = bridge.event();
    assert_eq!((&event["event"], &event["port"], &event["role"]), (&"bridge".into(), &"1-1.4".into(), &"pcui".into()));
    let link = Path::new(event["link"].as_str().expect("a link"));
    assert_eq!(link, links.join("balong-simulated-1-1.4-pcui"));
    assert_eq!(std::fs::read_link(link).expect("a link").to_str(), event["path"].as_str());
    for _ in 0..2 {
        ask(OpenOptions::new().read(true).write(true).open(link).expect("the pty opens"));
    }
    assert_eq!(bridge.terminate(), Some(130));
    assert_eq!(std::fs::read_dir(&links).expect("the folder").count(), 0);
}

#[test]
fn a_client_on_the_network_is_answered_and_sigterm_ends_it_while_it_is_connected() {
    let temporary = temporary();
    let mut bridge = Bridge::start(&temporary, &["--tcp", "127.0.0.1:0"]);
    let event = bridge.event();
    let client = TcpStream::connect(event["address"].as_str().expect("an address")).expect("it listens");
    ask(&client);
    assert_eq!(bridge.terminate(), Some(130));
}
