//! picocom on a pty, and pyserial over the network.

use hw_tests::guest::{Program, Running};

use crate::bench::Bench;

/// Debian's picocom and pyserial, beside the interpreter for the latter.
pub const PACKAGES: &[&str] = &["picocom", "python3-serial"];

const CLIENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/hw-tests/kernel_serial/rfc2217.py");

/// Where the keys for picocom are put.
const KEYS: &str = "/run/keys";

/// A picocom that somebody sits at.
pub struct Picocom {
    running: Running,
    asked: usize,
}

impl Picocom {
    pub fn at(bench: &mut Bench, link: &str) -> Self {
        // `script` gives it a terminal; it lives until it is left.
        let terminal =
            format!("rm -f {KEYS}; mkfifo {KEYS}; exec script -qec 'picocom -b 115200 {link}' /dev/null <>{KEYS}");
        let running = bench.0.start(&Program::new("sh").arguments(["-c", &terminal]));
        bench.until_said(&running, "Terminal ready");
        Self { running, asked: 0 }
    }

    /// Types a command, and waits for the answer to show.
    pub fn ask(&mut self, bench: &mut Bench) {
        self.asked += 1;
        self.press(bench, "ATI\\r");
        let said = bench.until_said_times(&self.running, "Manufacturer: huawei", self.asked);
        let shown = said.lines().rfind(|line| line.starts_with("Model:")).unwrap_or_default();
        println!("    picocom shows the answer to ATI: {shown}");
    }

    /// Types what ends the call on the modem port, from outside of it.
    pub fn end_the_call(&self, bench: &mut Bench) {
        self.press(bench, "AT+CGACT=0,1\\r");
    }

    pub fn leave(self, bench: &mut Bench) {
        self.press(bench, "\\001\\030");
        let _ = bench.0.wait(&self.running).expect_exit(0);
    }

    fn press(&self, bench: &mut Bench, keys: &str) {
        let pressed = bench.0.shell(&format!("printf '{keys}' >{KEYS}"));
        assert_eq!(pressed.status(), Some(0), "{pressed}");
    }
}

/// pyserial at a place on the network.
pub fn pyserial(bench: &mut Bench, url: &str) {
    let ran = bench.0.run(&Program::new("/usr/bin/python3").arguments([CLIENT, url])).expect_exit(0);
    assert!(ran.out.contains("Manufacturer: huawei") && ran.out.contains("carrier True"), "{ran}");
    assert_eq!(ran.out.matches("OK").count(), 2, "{ran}");
    let shown = ran.out.lines().find(|line| line.starts_with("Model:")).unwrap_or_default();
    println!("    pyserial at {url} gets the answer to ATI: {shown}");
}
