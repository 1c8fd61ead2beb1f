//! A guest with a stick in each of four modes, and users of its own.

use std::time::Duration;

use balong_mocks::usbredir::Server;
use balong_mocks::{Bus, Mode, Model, Pace, Stick, StickOptions};
use hw_tests::Ran;
use hw_tests::guest::{Guest, GuestRun, Identity, Packages, Program, Running, UDEV};
use tempfile::TempDir;

/// How much faster than a real stick the virtual ones act.
const SPEED: u32 = 8;

/// One program in the guest: generous, under emulation.
const WITHIN: Duration = Duration::from_secs(120);

/// Of two packages the rules alone are wanted; their programs lack what they need, and run nowhere here.
const RULES_ONLY: [&str; 2] = ["modemmanager", "usb-modeswitch-data"];

/// The backends of this build.
pub const BACKENDS: &[&str] = &[
    #[cfg(feature = "nusb")]
    "nusb",
    #[cfg(feature = "libusb")]
    "libusb",
];

/// Who runs a program.
#[derive(Clone, Copy, Debug)]
pub enum User {
    Root,
    /// In the group that the rules let in.
    Member,
    /// In no group but its own.
    Outsider,
}

pub struct Bench {
    guest: Guest,
    /// The sticks live as long as their servers.
    _servers: Vec<Server>,
    _folder: TempDir,
}

impl Bench {
    /// Boots a guest without udevd, whose administrator has switched off the rules of `usb_modeswitch`.
    pub fn boot() -> Self {
        let packages: Vec<_> = UDEV.iter().chain(&RULES_ONLY).copied().collect();
        let packages =
            Packages::ready_with(&packages).unwrap_or_else(|missing| panic!("no guest on this machine: {missing}"));
        let folder = TempDir::new().expect("a temporary folder");
        let bus = Bus::new(Pace::Scaled { speed: SPEED });
        let modes = [Mode::BootRom, Mode::Stick, Mode::Download, Mode::Cd];
        let servers: Vec<_> = modes
            .into_iter()
            .enumerate()
            .map(|(number, mode)| {
                let model = Model::named("e3372h").expect("a model");
                let stick = Stick::new(model, mode, StickOptions::default()).expect("a mode that the model has");
                let hand = bus.plug(&format!("1-{}", number + 1), stick);
                Server::start(&folder.path().join(format!("stick-{number}")), &hand).expect("a socket")
            })
            .collect();
        let builder =
            servers.iter().fold(Guest::builder(&packages), |builder, server| builder.usb_redir(server.path()));
        let guest = builder.start().expect("a guest");
        let mut bench = Self { guest, _servers: servers, _folder: folder };
        bench.shell(
            "grep -q ^plugdev: /etc/group || echo plugdev:x:46: >>/etc/group; mkdir -p /etc/udev/rules.d; \
             rm -f /etc/udev/rules.d/70-balong.rules; ln -sf /dev/null /etc/udev/rules.d/40-usb_modeswitch.rules",
        );
        bench.shell("until [ $(ls /dev/bus/usb/001 | wc -l) -ge 5 ] && [ -e /dev/ttyUSB5 ]; do sleep 0.1; done");
        bench
    }

    /// Runs a script as root and returns its output.
    ///
    /// # Panics
    ///
    /// When it fails: that is a failed test.
    pub fn shell(&mut self, script: &str) -> String {
        let ran = self.run(&Program::new("sh").arguments(["-c", script]));
        assert_eq!(ran.status(), Some(0), "{script}\n{ran}");
        ran.output
    }

    /// Runs the program, with JSON for its output.
    pub fn balong(&mut self, user: User, backend: &str, arguments: &[&str]) -> Ran {
        let ran = self.run(&balong(user, backend, arguments));
        ended(ran)
    }

    pub fn start_udevd(&mut self) {
        self.shell("/usr/lib/systemd/systemd-udevd --daemon && udevadm trigger --action=add");
        self.settle();
    }

    pub fn settle(&mut self) {
        self.shell("udevadm settle");
    }

    pub fn reload(&mut self) {
        self.shell("udevadm control --reload && udevadm trigger --action=change");
        self.settle();
    }

    /// Puts the rules file of this repository in force.
    pub fn install_rules(&mut self) {
        let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/udev/70-balong.rules");
        self.shell(&format!("install -m 644 '{rules}' /etc/udev/rules.d/"));
        self.reload();
    }

    /// Mode and group of the device node of the stick in one port.
    pub fn node_permissions(&mut self, port: usize) -> String {
        let node = node(port);
        self.shell(&format!("stat -c '%a %G' {node}")).trim().to_owned()
    }

    /// A program of this name that only waits.
    pub fn start_something_named(&mut self, name: &str) {
        self.shell(&format!("cp /bin/sleep /run/{name}"));
        self.guest.spawn(&Program::new(format!("/run/{name}")).argument("1000")).expect("the guest is up");
    }

    /// A program that has the device node of the stick in one port open, and only waits.
    pub fn hold_open(&mut self, port: usize) -> Running {
        let script = format!("exec 3<>{} && touch /run/held && exec sleep 1234", node(port));
        let running = self.guest.spawn(&Program::new("sh").arguments(["-c", &script])).expect("the guest is up");
        self.shell("until [ -e /run/held ]; do sleep 0.1; done");
        running
    }

    pub fn wait(&mut self, running: &Running) -> GuestRun {
        self.guest.wait(running, WITHIN).expect("the guest is up")
    }

    /// `list --watch`, as the user who is let in; it has listed what is there when this returns.
    pub fn watch(&mut self) -> Running {
        let program = balong(User::Member, BACKENDS[0], &["list", "--watch"]);
        let running = self.guest.spawn(&program).expect("the guest is up");
        while self.guest.output(&running).lines().count() < 4 {
            self.shell("sleep 0.1");
        }
        running
    }

    /// Ctrl-C.
    pub fn interrupt(&mut self, running: &Running) -> Ran {
        self.guest.signal(running, "INT").expect("the guest is up");
        ended(self.wait(running))
    }

    fn run(&mut self, program: &Program) -> GuestRun {
        self.guest.run(program, WITHIN).expect("the guest is up")
    }
}

fn balong(user: User, backend: &str, arguments: &[&str]) -> Program {
    let program = Program::new(env!("CARGO_BIN_EXE_balong"))
        .arguments(["--backend", backend, "--format", "json"])
        .arguments(arguments);
    match user {
        User::Root => program,
        User::Member => program.run_as(Identity { groups: vec!["plugdev".to_owned()], ..Identity::number(1000) }),
        User::Outsider => program.run_as(Identity::number(1001)),
    }
}

fn ended(ran: GuestRun) -> Ran {
    let exit = ran.status().unwrap_or_else(|| panic!("it did not end by itself\n{ran}"));
    Ran { exit, out: ran.output, err: ran.errors }
}

/// The device node of the stick in one port, as a word of a script.
fn node(port: usize) -> String {
    format!("/dev/bus/usb/001/$(printf %03d $(cat /sys/bus/usb/devices/1-{port}/devnum))")
}
