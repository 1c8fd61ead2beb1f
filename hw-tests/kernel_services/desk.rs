//! A guest with the services of a desktop, and a stick in each of its first ports.

use std::path::Path;
use std::time::Duration;

use balong_mocks::usbredir::Server;
use balong_mocks::{Bus, Event, Hand, Mode, Model, Pace, Stick, StickOptions};
use hw_tests::Ran;
use hw_tests::guest::{Guest, GuestRun, Identity, Packages, Program};
use tempfile::TempDir;

/// How much faster than a real stick the virtual ones act: the program's own deadlines pass in real time.
const SPEED: u32 = 8;
/// One program in the guest: generous, under emulation.
const WITHIN: Duration = Duration::from_secs(180);
/// What a service does by itself.
const SERVICE_WITHIN: Duration = Duration::from_secs(90);

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

pub struct Desk {
    guest: Guest,
    bus: Bus,
    sticks: Vec<(Hand, Server)>,
}

impl Desk {
    /// Boots, waits until the kernel knows every stick, and starts the services whose packages are named.
    pub fn with(packages: &[&[&str]], rules: Rules, sticks: &[(&str, Mode)]) -> Self {
        let packages = Packages::ready_with(&packages.concat());
        let packages = packages.unwrap_or_else(|missing| panic!("no guest on this machine: {missing}"));
        let folder = TempDir::new().expect("a temporary folder");
        let bus = Bus::new(Pace::Scaled { speed: SPEED });
        let serve = |(number, (model, mode)): (usize, &(&str, Mode))| {
            let model = Model::named(model).expect("a model");
            let stick = Stick::new(model, *mode, StickOptions::default()).expect("a mode that the model has");
            let hand = bus.plug(&format!("1-{}", number + 1), stick);
            let server = Server::start(&folder.path().join(format!("stick-{number}")), &hand).expect("a socket");
            (hand, server)
        };
        let sticks: Vec<_> = sticks.iter().enumerate().map(serve).collect();
        let builder =
            sticks.iter().fold(Guest::builder(&packages), |builder, (_, server)| builder.usb_redir(server.path()));
        let guest = builder.start().expect("a guest");
        for (hand, _) in &sticks {
            let known = hand.wait_until_configured(SERVICE_WITHIN * SPEED);
            assert!(known, "the kernel has not enumerated {}\n{}", hand.port(), guest.console());
        }
        let mut desk = Self { guest, bus, sticks };
        let rules = if rules == Rules::Installed { RULES } else { "-" };
        assert!(rules == "-" || Path::new(rules).is_file(), "{rules} is missing");
        let started = desk.shell(&format!("set -- {rules}\n{SERVICES}"));
        assert_eq!(started.status(), Some(0), "the services do not start\n{started}");
        desk
    }

    pub fn hand(&self, port: usize) -> &Hand {
        &self.sticks[port - 1].0
    }

    /// Runs a script in the guest, as root.
    pub fn shell(&mut self, script: &str) -> GuestRun {
        let program = Program::new("sh").arguments(["-c", script]);
        self.guest.run(&program, WITHIN).expect("the guest is up")
    }

    /// The program, on the stick in one port, counted from 1.
    pub fn balong(&mut self, backend: &str, port: usize, who: Option<Identity>, arguments: &[&str]) -> Ran {
        let port = format!("1-{port}");
        let program = Program::new(env!("CARGO_BIN_EXE_balong"))
            .arguments(["--backend", backend, "--format", "json", "--port", &port])
            .arguments(arguments);
        let program = who.map_or(program.clone(), |who| program.run_as(who));
        let ran = self.guest.run(&program, WITHIN).expect("the guest is up");
        let exit = ran.status().unwrap_or_else(|| panic!("it did not end by itself\n{ran}"));
        Ran { exit, out: ran.output, err: ran.errors }
    }

    /// Lets time pass until something is so.
    pub fn until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let give_up = self.bus.now() + SERVICE_WITHIN * SPEED;
        while !is_so(self) {
            assert!(self.bus.now() < give_up, "waited until {what}\n{}", self.guest.console());
            self.bus.sleep(Duration::from_secs(1));
        }
    }

    /// What was said to a stick on its serial ports.
    pub fn said_to(&self, port: usize) -> Vec<Event> {
        let storage = |event: &Event| matches!(event, Event::CommandBlock { .. });
        let transcript = self.hand(port).transcript().into_iter();
        transcript.filter(|event| event.is_message() && !storage(event)).collect()
    }
}
