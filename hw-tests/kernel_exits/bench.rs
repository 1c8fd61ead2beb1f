//! A guest with a stick in each of its first ports, and programs in it that are watched while they run.

use std::time::{Duration, Instant};

use balong_mocks::usbredir::Server;
use balong_mocks::{Bus, Event, Hand, Mode, Model, Pace, Stick, StickOptions};
use hw_tests::Ran;
use hw_tests::guest::{Ended, Guest, GuestRun, Identity, Packages, Program, Running, UsbModules};
use hw_tests::images::{images, text};
use tempfile::TempDir;

/// How much faster than a real stick the virtual ones act: the program's own deadlines pass in real time.
pub const SPEED: u32 = 8;

/// One program in the guest: generous, under emulation.
const WITHIN: Duration = Duration::from_secs(180);

/// How often a program that runs is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Somebody who is not root.
pub const USER: u32 = 1000;

pub struct Bench {
    pub guest: Guest,
    pub backend: &'static str,
    sticks: Vec<(Hand, Server)>,
}

impl Bench {
    /// A guest with E3372h sticks in these modes.
    pub fn with(backend: &'static str, modes: &[Mode]) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let bus = Bus::new(Pace::Scaled { speed: SPEED });
        let model = Model::named("e3372h").expect("a model");
        let serve = |(number, mode): (usize, &Mode)| {
            let stick = Stick::new(model, *mode, StickOptions::default()).expect("a mode that the model has");
            let hand = bus.plug(&format!("1-{}", number + 1), stick);
            let server = Server::start(&folder.path().join(format!("stick-{number}")), &hand).expect("a socket");
            (hand, server)
        };
        let sticks: Vec<_> = modes.iter().enumerate().map(serve).collect();
        let builder = Guest::builder(&packages());
        let builder = sticks.iter().fold(builder, |builder, (_, server)| builder.usb_redir(server.path()));
        let guest = builder.start().expect("a guest");
        let mut bench = Self { guest, backend, sticks };
        for (port, mode) in (1..).zip(modes) {
            bench.until_listed(port, &mode.to_string());
        }
        bench
    }

    pub fn hand(&self, port: usize) -> &Hand {
        &self.sticks[port - 1].0
    }

    /// The program, on the stick in one port, counted from 1.
    pub fn balong(&self, port: usize, arguments: &[&str]) -> Program {
        Program::new(env!("CARGO_BIN_EXE_balong"))
            .arguments(["--backend", self.backend, "--format", "json", "--port", &format!("1-{port}")])
            .arguments(arguments)
    }

    /// Runs it to its end, as root.
    pub fn run(&mut self, port: usize, arguments: &[&str]) -> Ran {
        let program = self.balong(port, arguments);
        self.run_program(&program)
    }

    /// Runs it to its end, as somebody who is not root.
    pub fn run_as_user(&mut self, port: usize, arguments: &[&str]) -> Ran {
        let program = self.balong(port, arguments).run_as(Identity::number(USER));
        self.run_program(&program)
    }

    pub fn run_program(&mut self, program: &Program) -> Ran {
        ran(self.guest.run(program, WITHIN).expect("the guest is up"))
    }

    pub fn spawn(&mut self, program: &Program) -> Running {
        self.guest.spawn(program).expect("the guest is up")
    }

    /// Lets a program run until it has written something that is waited for.
    pub fn until(&self, running: &Running, what: &str, is_so: impl Fn(&Written) -> bool) {
        let begun = Instant::now();
        loop {
            let written = Written { out: self.guest.output(running), err: self.guest.errors(running) };
            if is_so(&written) {
                return;
            }
            let Written { out, err } = written;
            assert!(begun.elapsed() < WITHIN, "waited until {what}\n--- standard output\n{out}\n--- error\n{err}");
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// Waits until the kernel shows the stick in one port in this mode.
    pub fn until_listed(&mut self, port: usize, mode: &str) {
        let begun = Instant::now();
        loop {
            let listed = self.run(port, &["list"]).expect_exit(0);
            let path = format!("1-{port}");
            let is_it = |stick: &serde_json::Value| stick["port"] == path.as_str() && stick["mode"] == mode;
            if listed.events_named("stick").iter().any(is_it) {
                return;
            }
            assert!(begun.elapsed() < WITHIN, "{path} is not in the mode {mode}\n{listed}");
        }
    }

    pub fn signal(&mut self, running: &Running, name: &str) {
        self.guest.signal(running, name).expect("the guest is up");
    }

    pub fn wait(&mut self, running: &Running) -> Ran {
        ran(self.guest.wait(running, WITHIN).expect("the guest is up"))
    }

    /// The drivers that the kernel has bound to the interfaces of the stick in one port.
    pub fn drivers(&mut self, port: usize) -> Vec<String> {
        let listed = self.run(port, &["list"]).expect_exit(0);
        let path = format!("1-{port}");
        let stick = listed.events_named("stick").into_iter().find(|stick| stick["port"] == path.as_str());
        let stick = stick.unwrap_or_else(|| panic!("{path} is not listed\n{listed}"));
        let interfaces = stick["interfaces"].as_array().cloned().unwrap_or_default();
        interfaces.iter().map(|interface| interface["driver"].as_str().unwrap_or("none").to_owned()).collect()
    }
}

/// What a program has written so far.
pub struct Written {
    pub out: String,
    pub err: String,
}

impl Written {
    /// How many events of this kind there are.
    pub fn count(&self, event: &str) -> usize {
        self.out.matches(&format!("\"event\":\"{event}\"")).count()
    }
}

pub fn packages() -> Packages {
    Packages::ready().unwrap_or_else(|missing| panic!("no guest on this machine: {missing}"))
}

/// A guest whose kernel was never told of USB.
pub fn guest_without_usb() -> Guest {
    Guest::builder(&packages()).modules(UsbModules::only([])).start().expect("a guest")
}

fn ran(run: GuestRun) -> Ran {
    let Ended::Exited(exit) = run.ended else { panic!("it did not end by itself\n{run}") };
    Ran { exit, out: run.output, err: run.errors }
}

pub fn convert() -> Vec<&'static str> {
    vec!["convert", "--yes", "--loader", text(&images().loader.path), "--firmware", text(&images().stick.path)]
}

/// Every partition, and no restart after them.
pub fn flash() -> Vec<&'static str> {
    vec!["flash", "--keep", "--yes", text(&images().stick.path)]
}

/// How many partitions were begun in this incarnation of a stick, which is how a fault counts them.
pub fn partitions_begun(hand: &Hand) -> usize {
    let heard = hand.transcript();
    let since = heard.iter().rev().take_while(|event| !matches!(event, Event::Attached { .. }));
    since.filter(|event| matches!(event, Event::PartitionStart { .. })).count()
}

pub fn assert_converted(ran: &Ran) {
    let result = ran.only("result");
    assert_eq!((&result["mode"], &result["software"]), (&"stick".into(), &"21.180.01.00.00".into()), "{ran}");
}
