//! `terminal` on a pseudo terminal: what is typed, what is shown, and the terminal's settings on every way out.
#![cfg(unix)]

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use balong::cli::{self, Input, Streams};
use balong::protocol::Interrupt;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Termios, Winsize, tcgetattr, tcsetwinsize};

use crate::{balong, temporary};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
const CTRL_CLOSING_BRACKET: &[u8] = b"\x1d";

/// A pseudo terminal, and the program on it.
struct Screen {
    keyboard: File,
    line: File,
    shown: Arc<Mutex<Vec<u8>>>,
    child: Child,
    before: Termios,
    seen: usize,
}

impl Screen {
    fn of(command: &mut Command) -> Self {
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudo terminal");
        grantpt(&controller).expect("granted");
        unlockpt(&controller).expect("unlocked");
        let name = ptsname(&controller, Vec::new()).expect("a name");
        let path = name.to_str().expect("plain text");
        let line = OpenOptions::new().read(true).write(true).open(path).expect("its other end");
        tcsetwinsize(&line, Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 }).expect("a size");
        let before = tcgetattr(&line).expect("settings");
        let end = || line.try_clone().expect("another handle");
        let child = command.stdin(end()).stdout(end()).stderr(end()).spawn().expect("it runs");
        let keyboard = File::from(controller);
        let mut reader = keyboard.try_clone().expect("another handle");
        let shown = Arc::new(Mutex::new(Vec::new()));
        let screen = Arc::clone(&shown);
        std::thread::spawn(move || {
            let mut buffer = [0; 1024];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                screen.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&buffer[..count]);
            }
        });
        Self { keyboard, line, shown, child, before, seen: 0 }
    }

    /// The program on a simulated stick with three ports that look alike.
    fn terminal(arguments: &[&str]) -> Self {
        let command = ["terminal", "--simulate", "e3372h@serial"];
        let mut program = balong(&temporary());
        Self::of(program.args(command).args(arguments))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.shown.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }

    /// Waits until the text is shown behind what was waited for before.
    fn shows(&mut self, text: &str) {
        let give_up = Instant::now() + PATIENCE;
        loop {
            let shown = self.text();
            if let Some(at) = shown.get(self.seen..).and_then(|new| new.find(text)) {
                self.seen += at + text.len();
                return;
            }
            assert!(Instant::now() < give_up, "{text:?} was not shown behind {} bytes of {shown:?}", self.seen);
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn type_in(&mut self, bytes: &[u8]) {
        self.keyboard.write_all(bytes).expect("typed");
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(sent.expect("kill runs").success());
    }

    fn is_raw(&self) -> bool {
        !tcgetattr(&self.line).expect("settings").local_modes.intersects(LocalModes::ICANON | LocalModes::ECHO)
    }

    /// Waits for the end, and looks at the terminal then.
    fn ends(&mut self) -> ExitStatus {
        let give_up = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                break status;
            }
            assert!(Instant::now() < give_up, "it did not end: {:?}", self.text());
            std::thread::sleep(Duration::from_millis(5));
        };
        let after = tcgetattr(&self.line).expect("settings");
        let modes = |settings: &Termios| (settings.local_modes, settings.input_modes, settings.output_modes);
        assert_eq!(modes(&after), modes(&self.before), "the settings of the terminal were not given back");
        status
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // A test that failed leaves nothing running.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn a_line_is_edited_sent_and_answered_and_the_key_to_leave_leaves() {
    let mut screen = Screen::terminal(&[]);
    screen.shows("Ctrl-] leaves.");
    screen.shows("at> ");
    assert!(screen.is_raw());
    screen.type_in(b"AT^HVER\x1b[D\x1b[D\x1b[DW\r");
    screen.shows("at> AT^HWVER\r\n");
    screen.shows("^HWVER:\"CL2E3372HM\"\r\n");
    screen.shows("OK\r\n");
    screen.type_in(b"\x1b[A");
    screen.shows("at> AT^HWVER");
    screen.type_in(b"\r");
    screen.shows("^HWVER:\"CL2E3372HM\"");
    screen.type_in(CTRL_CLOSING_BRACKET);
    assert_eq!(screen.ends().code(), Some(0), "{:?}", screen.text());
}

#[test]
fn a_report_in_the_middle_of_a_line_does_not_destroy_it() {
    let mut screen = Screen::terminal(&[]);
    screen.shows("at> ");
    screen.type_in(b"AT^HW");
    // The simulated firmware reports the signal now and then.
    screen.shows("\r\x1b[K^RSSI: 17\r\n\r\x1b[Kat> AT^HW");
    screen.type_in(b"VER\r");
    screen.shows("^HWVER:\"CL2E3372HM\"");
    screen.type_in(b"\x04");
    assert_eq!(screen.ends().code(), Some(0), "{:?}", screen.text());
}

#[test]
fn characters_are_sent_as_they_are_typed_and_another_key_leaves() {
    let folder = temporary();
    let log = folder.path().join("talk.log");
    let log = log.to_str().expect("plain text");
    let mut screen = Screen::terminal(&["--mode", "character", "--leave", "ctrl-x", "--log", log]);
    screen.shows("Ctrl-X leaves.");
    screen.type_in(b"ATE0\r");
    screen.shows("ATE0\r");
    // Ctrl-] leaves nothing here: it goes to the stick, which takes no notice of what stands before AT.
    screen.type_in(b"\x1dAT^HWVER\r");
    screen.shows("^HWVER:\"CL2E3372HM\"");
    screen.type_in(b"\x18");
    assert_eq!(screen.ends().code(), Some(0), "{:?}", screen.text());
    let text = std::fs::read_to_string(log).expect("a log");
    assert!(text.lines().any(|line| line.contains("Z > ") && line.contains("AT^HWVER\\r")), "{text}");
    assert!(text.lines().any(|line| line.contains("Z < ") && line.contains("CL2E3372HM")), "{text}");
}

#[test]
fn a_signal_ends_it_with_130() {
    for name in ["INT", "TERM", "HUP", "QUIT"] {
        let mut screen = Screen::terminal(&[]);
        screen.shows("at> ");
        assert!(screen.is_raw());
        screen.signal(name);
        assert_eq!(screen.ends().code(), Some(130), "{name}: {:?}", screen.text());
    }
}

#[test]
fn a_stick_that_cannot_be_talked_to_leaves_the_terminal_alone() {
    let mut program = balong(&temporary());
    let mut screen = Screen::of(program.args(["terminal", "--simulate", "e3372h@bootrom"]));
    screen.shows("the stick is in its boot ROM");
    assert_eq!(screen.ends().code(), Some(6), "{:?}", screen.text());
}

#[test]
fn a_log_that_exists_is_refused_before_anything_is_opened() {
    let folder = temporary();
    let log = folder.path().join("talk.log");
    std::fs::write(&log, "precious").expect("written");
    let mut screen = Screen::terminal(&["--log", log.to_str().expect("plain text")]);
    screen.shows("exists already");
    assert_eq!(screen.ends().code(), Some(2), "{:?}", screen.text());
    assert_eq!(std::fs::read(&log).expect("it stays"), b"precious");
}

/// Standard output that breaks at the first answer.
struct Panics;

impl Write for Panics {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        assert!(!bytes.windows(2).any(|pair| pair == b"OK"), "on purpose");
        io::stdout().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().flush()
    }
}

/// No test of its own: the process that [`a_panic_gives_the_settings_back`] starts on its terminal.
#[test]
#[ignore = "the child of another test"]
fn child_that_panics() {
    let arguments = ["balong", "terminal", "--simulate", "e3372h@serial"].map(Into::into);
    let ended = catch_unwind(AssertUnwindSafe(|| {
        let streams = Streams {
            out: &mut Panics,
            err: &mut io::stderr(),
            answers: None,
            input: Input::Terminal,
            terminal: true,
            screen: None,
        };
        cli::run(arguments, streams, None, &Interrupt::new())
    }));
    // The thread that reads the keyboard is still waiting.
    std::process::exit(if ended.is_err() { 101 } else { 0 });
}

#[test]
fn a_panic_gives_the_settings_back() {
    let program = std::env::current_exe().expect("this test");
    let child = ["--exact", "terminal::child_that_panics", "--ignored", "--nocapture"];
    let mut screen = Screen::of(Command::new(program).args(child));
    screen.shows("at> ");
    assert!(screen.is_raw());
    screen.type_in(b"AT\r");
    assert_eq!(screen.ends().code(), Some(101), "{:?}", screen.text());
}

#[test]
fn a_pipe_is_read_to_its_end_and_the_terminal_ends_after_a_silence() {
    let temporary = temporary();
    let mut child = balong(&temporary)
        .args(["terminal", "--simulate", "e3372h@serial"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("it runs");
    child.stdin.take().expect("piped").write_all(b"AT^HWVER\nATI\n").expect("written");
    let output = child.wait_with_output().expect("it ends");
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.starts_with("^HWVER:\"CL2E3372HM\"\nOK\nManufacturer: huawei\n"), "{text}");
    assert_eq!(text.matches("OK\n").count(), 2, "{text}");
}
