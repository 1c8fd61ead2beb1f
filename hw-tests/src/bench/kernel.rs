//! Virtual sticks on a real Linux kernel, and the program inside, over a real backend.
//!
//! The sticks run in this process and reach the guest's xHCI controller over QEMU's `usb-redir`. What runs inside is the
//! program `on_kernel` of this package: the same entry point as everywhere, on nusb or libusb, with its clock hurried as
//! much as the sticks are. One guest serves any number of scenarios, one after the other.

use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::time::Duration;

use balong::protocol::Interrupt;
use balong_mocks::usbredir::Server;
use balong_mocks::{Bus, Hand, Mode, Model, Pace, Stick, StickOptions};
use tempfile::TempDir;

use super::{Bench, Need, Operator};
use crate::Ran;
use crate::guest::{Guest, GuestError, Packages, Program};

/// How much faster than life sticks and program act here.
pub const SPEED: u32 = 20;

/// Exit status of `on_kernel`: the kernel did not bind its drivers, or a network card got no address, so that nothing was
/// tried.
pub const DRIVERS_MISSING_BEFORE: u8 = 98;
/// Exit status of `on_kernel`: the program ended, and a driver was not back.
pub const DRIVERS_MISSING_AFTER: u8 = 99;

/// One run of the program: the longest scenario waits for ten hurried minutes.
const WITHIN: Duration = Duration::from_secs(240);
/// How long the kernel may take to enumerate a stick, on a busy machine.
const ENUMERATED_WITHIN: Duration = Duration::from_secs(30);
/// How often the operator looks at the screen.
const LOOK: Duration = Duration::from_millis(50);
/// What the program says when the operator is needed.
const PROMPT: &str = "The boot pad is needed now";

const PORTS: [&str; 3] = ["1-1", "1-2", "1-3"];
/// Which of them a scenario uses.
const PORT: usize = 1;

/// A guest with three ports, and the program in it over one backend.
pub struct KernelBench {
    program: PathBuf,
    backend: &'static str,
    guest: RefCell<Guest>,
    bus: Bus,
    ports: Vec<(Hand, Server)>,
    operator: Cell<Operator>,
    _folder: TempDir,
}

impl KernelBench {
    /// Boots a guest whose ports are empty. `program` is the path of `on_kernel`.
    ///
    /// # Errors
    ///
    /// The guest does not come up.
    pub fn boot(packages: &Packages, program: impl Into<PathBuf>) -> Result<Self, GuestError> {
        let folder = TempDir::new().map_err(GuestError::host("make a temporary folder"))?;
        let bus = Bus::new(Pace::Scaled { speed: SPEED });
        let mut ports = Vec::new();
        for port in PORTS {
            let hand = bus.plug(port, stick("e3372h", Mode::BootRom, StickOptions::default()));
            hand.unplug();
            let server = Server::start(&folder.path().join(port), &hand);
            ports.push((hand, server.map_err(GuestError::host("serve a stick"))?));
        }
        let builder =
            ports.iter().fold(Guest::builder(packages), |builder, (_, server)| builder.usb_redir(server.path()));
        let guest = RefCell::new(builder.start()?);
        let (program, operator) = (program.into(), Cell::default());
        Ok(Self { program, backend: "nusb", guest, bus, ports, operator, _folder: folder })
    }

    /// Everything anew for the next scenario: empty ports, an operator who obeys, this backend.
    pub fn prepare(&mut self, backend: &'static str) {
        self.backend = backend;
        self.operator.set(Operator::default());
        for (hand, _) in &self.ports {
            hand.unplug();
        }
    }

    fn run(&self, arguments: &[&str], input: Option<(&str, &str)>, interrupted: bool) -> Ran {
        self.wait_for_the_kernel();
        let speed = SPEED.to_string();
        let sticks = self.ports.iter().filter(|(hand, _)| hand.mode().is_some()).count().to_string();
        let options = ["--backend", self.backend, "--sticks", &sticks, "--speed", &speed];
        let mut program = Program::new(&self.program).arguments(options);
        if interrupted {
            program = program.argument("--interrupted");
        }
        if let Some((option, text)) = input {
            program = program.argument(option).input(text.as_bytes());
        }
        let program = program.argument("--").arguments(arguments);
        let mut guest = self.guest.borrow_mut();
        let running = guest.spawn(&program).expect("the guest is up");
        let give_up = std::time::Instant::now() + WITHIN;
        let mut answered = 0;
        while !guest.has_ended(&running, LOOK).expect("the guest is up") && std::time::Instant::now() < give_up {
            // The screen shows both.
            let screen = guest.output(&running) + &guest.errors(&running);
            let asked = screen.matches(PROMPT).count();
            if asked > answered {
                answered = asked;
                self.operator.get().act(&self.ports[PORT].0);
            }
        }
        let ran = guest.wait(&running, Duration::ZERO).expect("the guest is up");
        let exit = ran.status().unwrap_or_else(|| panic!("it did not end by itself\n{ran}"));
        assert!(exit != DRIVERS_MISSING_BEFORE, "drivers or addresses are missing beforehand\n{ran}");
        assert!(exit != DRIVERS_MISSING_AFTER, "a driver was not given back\n{ran}");
        Ran { exit, out: ran.output, err: ran.errors }
    }

    /// A stick that is on the bus must be known to the kernel before the program looks.
    fn wait_for_the_kernel(&self) {
        for (hand, _) in &self.ports {
            let known = hand.mode().is_none() || hand.wait_until_configured(ENUMERATED_WITHIN * SPEED);
            assert!(
                known,
                "the kernel has not enumerated the stick in {}\n{}",
                hand.port(),
                self.guest.borrow().console()
            );
        }
    }
}

impl Bench for KernelBench {
    fn port(&self) -> &'static str {
        PORTS[PORT]
    }

    fn neighbour(&self) -> &'static str {
        PORTS[0]
    }

    fn vacant(&self) -> &'static str {
        PORTS[2]
    }

    fn lacks(&self, need: Need) -> Option<&'static str> {
        Self::lack(need)
    }

    fn operator(&self, operator: Operator) {
        self.operator.set(operator);
    }

    fn plug(&self, port: &str, model: &str, mode: Mode, options: StickOptions) -> Hand {
        let (hand, _) = self.ports.iter().find(|(hand, _)| hand.port() == port).expect("a port of the guest");
        hand.exchange(stick(model, mode, options));
        hand.clone()
    }

    fn until(&self, what: &str, is_so: &dyn Fn() -> bool) {
        let give_up = self.bus.now() + Duration::from_secs(120) * SPEED;
        while !is_so() {
            assert!(self.bus.now() < give_up, "waited two minutes until {what}");
            self.bus.sleep(Duration::from_millis(100));
        }
    }

    fn balong(&self, arguments: &[&str]) -> Ran {
        self.run(arguments, None, false)
    }

    fn balong_answering(&self, arguments: &[&str], answer: &str) -> Ran {
        self.run(arguments, Some(("--asks", answer)), false)
    }

    fn balong_fed(&self, arguments: &[&str], input: &str) -> Ran {
        self.run(arguments, Some(("--fed", input)), false)
    }

    fn balong_interruptible(&self, arguments: &[&str], interrupt: &Interrupt) -> Ran {
        self.run(arguments, None, interrupt.requested())
    }
}

impl KernelBench {
    /// What no bench of this kind can show.
    #[must_use]
    pub fn lack(need: Need) -> Option<&'static str> {
        match need {
            Need::WebServer => None,
            Need::AnotherPort => Some("a virtual stick cannot change its port in QEMU"),
            Need::HeldPort => Some("shown with a real second process by the test `kernel_exits`"),
            Need::LatePermission => Some("shown with real permissions by the test `kernel_exits`"),
        }
    }
}

fn stick(model: &str, mode: Mode, options: StickOptions) -> Stick {
    let model = Model::named(model).expect("a model of the simulated stick");
    Stick::new(model, mode, options).expect("a mode that the model has")
}
