//! A guest with the services of a desktop.

use std::path::Path;

use balong_mocks::{Event, Hand, Mode};
use hw_tests::Ran;
use hw_tests::guest::{GuestRun, Identity, Program};
use hw_tests::sticks_in_guest::SticksInGuest;

/// How much faster than a real stick the virtual ones act: the program's own deadlines pass in real time.
pub const SPEED: u32 = 8;

const RULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/udev/70-balong.rules");
const SERVICES: &str = include_str!("services.sh");

/// Somebody who is not root, in the group that the rules let in.
pub fn member_of_plugdev() -> Identity {
    Identity { user: 1000, group: 1000, groups: vec!["plugdev".to_owned()] }
}

/// Whether the rules of `udev/` are installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    Installed,
    Missing,
}

pub struct Desk(pub SticksInGuest);

impl Desk {
    /// Boots, and starts the services whose packages are named.
    pub fn with(packages: &[&[&str]], rules: Rules, sticks: &[(&str, Mode)]) -> Self {
        Self::at_speed(SPEED, packages, rules, sticks)
    }

    /// The same with sticks that are so much faster than life.
    pub fn at_speed(speed: u32, packages: &[&[&str]], rules: Rules, sticks: &[(&str, Mode)]) -> Self {
        let mut desk = Self(SticksInGuest::boot(&packages.concat(), speed, sticks));
        let rules = if rules == Rules::Installed { RULES } else { "-" };
        assert!(rules == "-" || Path::new(rules).is_file(), "{rules} is missing");
        let started = desk.shell(&format!("set -- '{rules}'\n{SERVICES}"));
        assert_eq!(started.status(), Some(0), "the services do not start\n{started}");
        desk
    }

    pub fn hand(&self, port: usize) -> &Hand {
        self.0.hand(port)
    }

    /// Runs a script in the guest, as root.
    pub fn shell(&mut self, script: &str) -> GuestRun {
        self.0.shell(script)
    }

    /// The program, on the stick in one port, counted from 1.
    pub fn balong(&mut self, backend: &str, port: usize, who: Option<Identity>, arguments: &[&str]) -> Ran {
        let port = format!("1-{port}");
        let program = Program::new(env!("CARGO_BIN_EXE_balong"))
            .arguments(["--backend", backend, "--format", "json", "--port", &port])
            .arguments(arguments);
        self.0.run(&who.map_or(program.clone(), |who| program.run_as(who)))
    }
}

/// What was said to a stick on its serial ports.
pub fn said_to(sticks: &SticksInGuest, port: usize) -> Vec<Event> {
    let storage = |event: &Event| matches!(event, Event::CommandBlock { .. });
    let transcript = sticks.hand(port).transcript().into_iter();
    transcript.filter(|event| event.is_message() && !storage(event)).collect()
}
