//! A guest with a virtual stick in each of its first ports, and programs of this host run on them.

use std::time::{Duration, Instant};

use balong_mocks::usbredir::Server;
use balong_mocks::{Bus, Hand, Mode, Model, Pace, Stick, StickOptions};
use tempfile::TempDir;

use crate::Ran;
use crate::guest::{Guest, GuestRun, Packages, Program, Running, UsbModules};

/// One program in the guest: generous, under emulation.
const WITHIN: Duration = Duration::from_secs(240);
/// What a kernel or a service does by itself, on a busy machine.
const BY_ITSELF_WITHIN: Duration = Duration::from_secs(90);
/// How often a program that runs is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// A guest that is up, and its sticks.
pub struct SticksInGuest {
    guest: Guest,
    bus: Bus,
    sticks: Vec<(Hand, Server)>,
    speed: u32,
}

impl SticksInGuest {
    /// Boots with these sticks, in ports 1-1, 1-2 and so on, and waits until the kernel knows each of them. Their own time
    /// runs `speed` times faster than life.
    ///
    /// # Panics
    ///
    /// When there can be no guest on this machine, or it does not come up: that is a failed test.
    #[must_use]
    pub fn boot(packages: &[&str], speed: u32, sticks: &[(&str, Mode)]) -> Self {
        let make = |(model, mode): &(&str, Mode)| {
            let model = Model::named(model).expect("a model");
            Stick::new(model, *mode, StickOptions::default()).expect("a mode that the model has")
        };
        Self::boot_with(packages, UsbModules::all(), speed, sticks.iter().map(make).collect())
    }

    /// The same, with these kernel modules loaded, and with sticks of one's own making.
    ///
    /// # Panics
    ///
    /// As [`Self::boot`].
    #[must_use]
    pub fn boot_with(packages: &[&str], modules: UsbModules, speed: u32, sticks: Vec<Stick>) -> Self {
        let packages = Packages::ready_with(packages);
        let packages = packages.unwrap_or_else(|missing| panic!("no guest on this machine: {missing}"));
        let folder = TempDir::new().expect("a temporary folder");
        let bus = Bus::new(Pace::Scaled { speed });
        let serve = |(number, stick)| {
            let hand = bus.plug(&format!("1-{}", number + 1), stick);
            let server = Server::start(&folder.path().join(format!("stick-{number}")), &hand).expect("a socket");
            (hand, server)
        };
        let sticks: Vec<_> = sticks.into_iter().enumerate().map(serve).collect();
        let builder = Guest::builder(&packages).modules(modules);
        let builder = sticks.iter().fold(builder, |builder, (_, server)| builder.usb_redir(server.path()));
        let guest = builder.start().expect("a guest");
        for (hand, _) in &sticks {
            let known = hand.wait_until_configured(BY_ITSELF_WITHIN * speed);
            assert!(known, "the kernel has not enumerated {}\n{}", hand.port(), guest.console());
        }
        Self { guest, bus, sticks, speed }
    }

    /// The hand of the stick in one port, counted from 1.
    #[must_use]
    pub fn hand(&self, port: usize) -> &Hand {
        &self.sticks[port - 1].0
    }

    /// Runs a script as root.
    ///
    /// # Panics
    ///
    /// When the guest is gone.
    pub fn shell(&mut self, script: &str) -> GuestRun {
        let program = Program::new("sh").arguments(["-c", script]);
        self.guest.run(&program, WITHIN).expect("the guest is up")
    }

    /// Runs a program to its end.
    ///
    /// # Panics
    ///
    /// When it does not end by itself, or the guest is gone.
    pub fn run(&mut self, program: &Program) -> Ran {
        let running = self.start(program);
        self.end_of(&running, WITHIN)
    }

    /// Starts a program, and lets somebody watch it to its end: what it said so far, on standard output
    /// and behind that on standard error, is shown again and again.
    ///
    /// # Panics
    ///
    /// When it does not end by itself, or the guest is gone.
    pub fn run_watched(&mut self, program: &Program, mut watch: impl FnMut(&str)) -> Ran {
        let running = self.start(program);
        let give_up = Instant::now() + WITHIN;
        while !self.guest.has_ended(&running, LOOK).expect("the guest is up") && Instant::now() < give_up {
            watch(&self.said(&running));
        }
        self.end_of(&running, Duration::ZERO)
    }

    /// Starts a program and lets it run beside others.
    ///
    /// # Panics
    ///
    /// When the guest is gone.
    pub fn start(&mut self, program: &Program) -> Running {
        self.guest.spawn(program).expect("the guest is up")
    }

    /// What a program said so far, on standard output and behind that on standard error.
    #[must_use]
    pub fn said(&self, running: &Running) -> String {
        self.guest.output(running) + &self.guest.errors(running)
    }

    /// Whether a program has ended by now.
    ///
    /// # Panics
    ///
    /// When the guest is gone.
    pub fn has_ended(&mut self, running: &Running) -> bool {
        self.guest.has_ended(running, Duration::ZERO).expect("the guest is up")
    }

    /// Sends a signal to a program, by its name without `SIG`.
    ///
    /// # Panics
    ///
    /// When the guest is gone.
    pub fn signal(&mut self, running: &Running, name: &str) {
        self.guest.signal(running, name).expect("the guest is up");
    }

    /// Waits for the end of a program.
    ///
    /// # Panics
    ///
    /// When it does not end by itself, or the guest is gone.
    pub fn wait(&mut self, running: &Running) -> Ran {
        self.end_of(running, WITHIN)
    }

    fn end_of(&mut self, running: &Running, within: Duration) -> Ran {
        let ran = self.guest.wait(running, within).expect("the guest is up");
        let exit = ran.status().unwrap_or_else(|| panic!("it did not end by itself\n{ran}"));
        Ran { exit, out: ran.output, err: ran.errors }
    }

    /// Waits until the kernel is done with what is on the bus: as long as it enumerates a device or probes its drivers, it
    /// does not let that attribute be read. A stick that is pulled in the middle of that costs it five seconds.
    ///
    /// # Panics
    ///
    /// When the guest is gone.
    pub fn settle(&mut self) {
        self.shell("cat /sys/bus/usb/devices/1-*/bConfigurationValue");
    }

    /// Lets time pass until something is so.
    ///
    /// # Panics
    ///
    /// When it is not so within a minute and a half.
    pub fn until(&mut self, what: &str, mut is_so: impl FnMut(&mut Self) -> bool) {
        let give_up = self.bus.now() + BY_ITSELF_WITHIN * self.speed;
        while !is_so(self) {
            assert!(self.bus.now() < give_up, "waited until {what}\n{}", self.guest.console());
            self.bus.sleep(Duration::from_millis(100) * self.speed);
        }
    }
}
