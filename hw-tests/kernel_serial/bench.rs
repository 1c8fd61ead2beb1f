//! A guest without a tty driver, and bridges in it.

use balong_mocks::{Mode, Model, Stick, StickOptions};
use hw_tests::Ran;
use hw_tests::guest::{Program, Running, UsbModules};
use hw_tests::sticks_in_guest::SticksInGuest;
use serde_json::Value;

/// Where the links are made in the guest.
pub const LINKS: &str = "/run/balong";

/// Debian's Python, where it is not on the host.
pub const PYTHON: &[&str] =
    &["libexpat1", "python3-minimal", "python3.11-minimal", "libpython3.11-minimal", "libpython3.11-stdlib"];

/// The drivers that make ttys of a stick.
const TTY_DRIVERS: [&str; 3] = ["option", "usb_wwan", "usbserial"];

/// A guest whose kernel has no tty driver loaded.
pub struct Bench(pub SticksInGuest);

/// A bridge that runs in the guest.
pub struct Bridge {
    pub running: Running,
}

impl Bench {
    /// Boots. The sticks' own time runs `speed` times faster than life.
    pub fn with(packages: &[&str], speed: u32, sticks: Vec<Stick>) -> Self {
        let modules = UsbModules::all().without("usbserial");
        let mut bench = Self(SticksInGuest::boot_with(packages, modules, speed, sticks));
        bench.assert_no_tty_driver();
        bench
    }

    /// The kernel has them, and has not loaded them.
    pub fn assert_no_tty_driver(&mut self) {
        let modules = self.0.shell("modprobe -n option && cat /proc/modules");
        assert_eq!(modules.status(), Some(0), "this kernel has no option at all\n{modules}");
        let loaded: Vec<_> = modules.output.lines().filter_map(|line| line.split(' ').next()).collect();
        assert!(loaded.contains(&"usbcore"), "no list of modules\n{modules}");
        let drivers: Vec<_> = TTY_DRIVERS.iter().filter(|driver| loaded.contains(driver)).collect();
        assert!(drivers.is_empty(), "{drivers:?} may not be loaded");
        println!("loaded: {} modules, and none of {}", loaded.len(), TTY_DRIVERS.join(", "));
    }

    /// Starts a bridge for a stick, and waits until so many of its ports are ready.
    pub fn bridge(&mut self, backend: &str, port: usize, arguments: &[&str], ports: usize) -> Bridge {
        let port = format!("1-{port}");
        let program = Program::new(env!("CARGO_BIN_EXE_balong"))
            .arguments(["--backend", backend, "--format", "json", "--port", &port, "bridge"])
            .arguments(arguments);
        let running = self.0.start(&program);
        let bridge = Bridge { running };
        self.until_told(&bridge, "bridge", ports);
        bridge
    }

    /// Waits until a bridge has told so many events of this name.
    pub fn until_told(&mut self, bridge: &Bridge, name: &str, times: usize) {
        self.0.until(&format!("the bridge has told {times} times: {name}"), |sticks| {
            let ended = sticks.has_ended(&bridge.running);
            assert!(!ended, "the bridge ended\n{}", sticks.said(&bridge.running));
            events(&sticks.said(&bridge.running), name).len() >= times
        });
    }

    /// Ends a bridge as a service manager does.
    pub fn stop(&mut self, bridge: &Bridge) -> Ran {
        self.0.signal(&bridge.running, "TERM");
        self.0.wait(&bridge.running).expect_exit(130)
    }

    /// Where a link leads now.
    pub fn target(&mut self, link: &str) -> String {
        self.0.shell(&format!("readlink {link}")).output.trim().to_owned()
    }

    /// Lets time pass until a program has said something.
    pub fn until_said(&mut self, running: &Running, what: &str) -> String {
        self.until_said_times(running, what, 1)
    }

    /// Lets time pass until a program has said something so many times.
    pub fn until_said_times(&mut self, running: &Running, what: &str, times: usize) -> String {
        let mut said = String::new();
        self.0.until(&format!("a program has said {times} times: {what}"), |sticks| {
            // Looked at first: what it says last is then in what it said.
            let ended = sticks.has_ended(running);
            said = sticks.said(running);
            let is_said = said.matches(what).count() >= times;
            assert!(is_said || !ended, "it ended, and did not say {what}\n{said}");
            is_said
        });
        said
    }
}

/// The events of one name, of the lines that are complete.
pub fn events(said: &str, name: &str) -> Vec<Value> {
    let complete = said.split_inclusive('\n').filter(|line| line.ends_with('\n') && line.starts_with('{'));
    let events = complete.map(|line| serde_json::from_str::<Value>(line).expect("an event is JSON"));
    events.filter(|event| event["event"] == name).collect()
}

/// A stick like any other, but for what the options say.
pub fn stick(mode: Mode, options: StickOptions) -> Stick {
    let model = Model::named("e3372h").expect("a model");
    Stick::new(model, mode, options).expect("a mode that the model has")
}
