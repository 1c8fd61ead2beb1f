//! Every way out of a job leaves its stick to others, and one process at a time has it: on the simulated stick, under
//! virtual time.
#![cfg(unix)]

use std::ffi::OsString;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use balong::cli::{self, Connection, Input, Streams};
use balong::port_lock::PortLocks;
use balong::protocol::Interrupt;
use balong_mocks::{Bus, Event, Hand, Mode, Model, Pace, Stick, StickOptions};
use hw_tests::Ran;
use hw_tests::images::{images, text};
use hw_tests::scenarios::assert_flash_holds;
use tempfile::TempDir;

/// Where the stick sits.
const PORT: &str = "1-1.4";

/// A stick, and a folder for the locks of everybody who runs the program on its bus.
struct Desk {
    bus: Bus,
    hand: Hand,
    folder: TempDir,
}

/// What happens when the program writes a line to its standard output.
type OnLine<'a> = &'a mut dyn FnMut(&str);

/// Standard output that is watched.
struct Watched<'a> {
    written: Vec<u8>,
    on_line: OnLine<'a>,
}

impl Write for Watched<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written.extend_from_slice(bytes);
        // The program writes whole lines.
        (self.on_line)(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Desk {
    fn with(mode: Mode) -> Self {
        let bus = Bus::new(Pace::Virtual);
        let model = Model::named("e3372h").expect("a model");
        let hand = bus.plug(PORT, Stick::new(model, mode, StickOptions::default()).expect("a mode that it has"));
        Self { bus, hand, folder: TempDir::new().expect("a temporary folder") }
    }

    fn locks(&self) -> PortLocks {
        PortLocks::in_folder(self.folder.path())
    }

    fn lock_file(&self) -> std::path::PathBuf {
        self.folder.path().join(format!("balong-{PORT}.lock"))
    }

    fn balong(&self, arguments: &[&str], interrupt: &Interrupt, on_line: OnLine<'_>) -> Ran {
        let connection = Connection { locks: self.locks(), ..Connection::over(&self.bus, Vec::new()) };
        let given = ["balong", "--format", "json"].iter().chain(arguments).map(OsString::from);
        let (mut out, mut err) = (Watched { written: Vec::new(), on_line }, Vec::new());
        let streams = Streams {
            out: &mut out,
            err: &mut err,
            answers: None,
            input: Input::Nothing,
            terminal: false,
            screen: None,
        };
        let exit = cli::run(given, streams, Some(connection), interrupt);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ran { exit, out: text(&out.written), err: text(&err) }
    }

    fn undisturbed(&self, arguments: &[&str]) -> Ran {
        self.balong(arguments, &Interrupt::new(), &mut |_| {})
    }

    /// Whether nobody has any interface of the stick.
    fn is_free(&self) -> bool {
        let device = self.bus.devices().into_iter().find(|device| device.port == PORT).expect("it is on the bus");
        let numbers = device.descriptors.interfaces.iter().map(|interface| interface.number);
        let claims: Vec<_> = numbers.map(|number| self.bus.claim(PORT, device.address, number)).collect();
        !claims.is_empty() && claims.iter().all(Result::is_ok)
    }
}

fn convert() -> Vec<&'static str> {
    vec!["convert", "--yes", "--loader", text(&images().loader.path), "--firmware", text(&images().stick.path)]
}

#[test]
fn a_second_copy_sends_nothing_to_the_stick_and_names_the_first() {
    let desk = Desk::with(Mode::Download);
    let first = desk.locks().take(&PORT.parse().expect("a path")).expect("free");
    let commands = [
        convert(),
        vec!["flash", text(&images().stick.path), "--yes"],
        vec!["load", text(&images().loader.path), "--yes"],
        vec!["reset"],
        vec!["info"],
    ];
    for command in commands {
        let ran = desk.undisturbed(&command).expect_exit(4);
        let error = ran.only("error");
        assert_eq!((&error["code"], &error["state"]), (&"busy".into(), &"untouched".into()), "{ran}");
        assert_eq!(error["port"], PORT, "{ran}");
        let process = format!("process {}", std::process::id());
        assert!(error["message"].as_str().is_some_and(|text| text.contains(&process)), "{ran}");
        // The number stands in a file that anybody may write, so no command is made of it.
        let next = error["next"].as_str().unwrap_or_default();
        assert!(next.contains("Wait until the other copy is done") && !next.contains("kill"), "{ran}");
    }
    let heard = desk.hand.transcript();
    assert!(matches!(heard.as_slice(), [Event::Attached { .. }]), "nothing may be sent, but this was: {heard:?}");

    let _ = desk.undisturbed(&["list"]).expect_exit(0);
    drop(first);
    let _ = desk.undisturbed(&convert()).expect_exit(0);
    assert_flash_holds(&desk.hand, &images().stick.description);
}

#[test]
fn a_lock_that_a_killed_process_left_is_no_obstacle() {
    let desk = Desk::with(Mode::Download);
    std::fs::write(desk.lock_file(), "4000000\n").expect("written");
    let _ = desk.undisturbed(&convert()).expect_exit(0);
    assert_eq!(std::fs::read(desk.lock_file()).expect("it stays"), b"", "a job that ends in order leaves no name");
}

#[test]
fn something_else_in_the_place_of_the_lock_is_named_with_its_remedy() {
    let desk = Desk::with(Mode::Download);
    std::os::unix::fs::symlink("/etc/passwd", desk.lock_file()).expect("a link");
    let ran = desk.undisturbed(&convert()).expect_exit(4);
    let error = ran.only("error");
    assert_eq!(error["code"], "no_lock", "{ran}");
    let place = desk.lock_file().display().to_string();
    assert!(error["next"].as_str().is_some_and(|next| next.contains(&place)), "{ran}");
}

/// Asks for a stop when the n-th line is written, in both strengths, from the plan to the last partition.
#[test]
fn a_stop_at_any_point_is_130_leaves_the_stick_free_and_the_same_command_finishes() {
    let lines = Desk::with(Mode::BootRom).undisturbed(&convert()).expect_exit(0).out.lines().count();
    for wish in [Interrupt::request, Interrupt::insist] {
        for moment in (0..lines - 2).step_by(lines / 6) {
            let desk = Desk::with(Mode::BootRom);
            let interrupt = Interrupt::new();
            let mut count = 0;
            let ran = desk.balong(&convert(), &interrupt, &mut |_| {
                if count == moment {
                    wish(&interrupt);
                }
                count += 1;
            });
            assert_eq!(ran.exit, 130, "at line {moment} of {lines}\n{ran}");
            let error = ran.only("error");
            assert_eq!(error["code"], "interrupted", "at line {moment} of {lines}\n{ran}");
            assert_honest(&desk.hand, &error["state"], &ran);
            assert!(desk.is_free(), "at line {moment} of {lines}\n{ran}");
            let again = desk.undisturbed(&convert());
            assert_eq!(again.exit, 0, "after a stop at line {moment} of {lines}\n{again}");
            assert_flash_holds(&desk.hand, &images().stick.description);
        }
    }
}

/// The state may not claim less than what happened to the stick.
fn assert_honest(hand: &Hand, state: &serde_json::Value, ran: &Ran) {
    let heard = hand.transcript();
    let begun = heard.iter().any(|event| matches!(event, Event::PartitionStart { .. }));
    let started = heard.iter().any(|event| matches!(event, Event::LoaderStarted { .. }));
    let expected: &[&str] = match (begun, started) {
        (true, _) => &["partly_written", "unknown", "written"],
        (false, true) => &["running_from_ram"],
        // All of it was sent, so it may have started.
        (false, false) => &["untouched", "running_from_ram"],
    };
    assert!(state.as_str().is_some_and(|state| expected.contains(&state)), "{expected:?}\n{ran}");
}

#[test]
fn a_panic_in_the_middle_of_a_partition_leaves_the_stick_and_its_lock_free() {
    let desk = Desk::with(Mode::Download);
    let mut written = 0;
    let ended = catch_unwind(AssertUnwindSafe(|| {
        desk.balong(&convert(), &Interrupt::new(), &mut |line| {
            written += u32::from(line.contains("\"progress\""));
            assert!(written < 20, "on purpose");
        })
    }));
    assert!(ended.is_err(), "it panicked");
    assert!(desk.is_free());
    let _ = desk.undisturbed(&convert()).expect_exit(0);
    assert_flash_holds(&desk.hand, &images().stick.description);
}
