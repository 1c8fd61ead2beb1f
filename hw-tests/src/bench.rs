//! What scenarios run on.

use std::ffi::OsString;
use std::io::Cursor;
use std::time::Duration;

use balong::cli::{self, Answers, Connection, Streams};
use balong::protocol::Interrupt;
use balong_mocks::{Bus, Hand, Mode, Model, Pace, Stick, StickOptions};

use crate::Ran;

/// Sticks in ports, and the program on their bus.
pub trait Bench {
    /// Puts a stick into a port, in a mode.
    fn plug(&self, port: &str, model: &str, mode: Mode, options: StickOptions) -> Hand;
    /// Lets time pass until something is so.
    ///
    /// # Panics
    ///
    /// When it is not so within two minutes: that is a failed test.
    fn until(&self, what: &str, is_so: &dyn Fn() -> bool);
    /// Runs the program with these arguments, without a terminal.
    fn balong(&self, arguments: &[&str]) -> Ran;
    /// Runs it in front of a person who gives this answer.
    fn balong_answering(&self, arguments: &[&str], answer: &str) -> Ran;
    /// Runs it with an interrupt that may be requested already, or while it runs.
    fn balong_interruptible(&self, arguments: &[&str], interrupt: &Interrupt) -> Ran;
}

/// The simulated stick in this process, under virtual time.
pub struct InProcess {
    bus: Bus,
    hand_obeys: bool,
}

impl Default for InProcess {
    fn default() -> Self {
        Self::new()
    }
}

impl InProcess {
    /// An empty bus, and an operator who shorts the pad when asked.
    #[must_use]
    pub fn new() -> Self {
        Self { bus: Bus::new(Pace::Virtual), hand_obeys: true }
    }

    /// The same with an operator who has left.
    #[must_use]
    pub fn without_operator() -> Self {
        Self { hand_obeys: false, ..Self::new() }
    }

    fn run(&self, arguments: &[&str], answer: Option<&str>, interrupt: &Interrupt) -> Ran {
        let mut connection = Connection::over(&self.bus, Vec::new());
        if !self.hand_obeys {
            connection.hand = None;
        }
        let given = std::iter::once("balong").chain(arguments.iter().copied()).map(OsString::from);
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let answers = answer.map(|answer| Box::new(Cursor::new(answer.as_bytes().to_vec())) as Answers);
        let exit = cli::run(
            given,
            Streams { out: &mut out, err: &mut err, answers, terminal: answer.is_some() },
            Some(connection),
            interrupt,
        );
        Ran { exit, out: String::from_utf8_lossy(&out).into_owned(), err: String::from_utf8_lossy(&err).into_owned() }
    }
}

impl Bench for InProcess {
    fn plug(&self, port: &str, model: &str, mode: Mode, options: StickOptions) -> Hand {
        let model = Model::named(model).expect("a model of the simulated stick");
        self.bus.plug(port, Stick::new(model, mode, options).expect("a mode that the model has"))
    }

    fn until(&self, what: &str, is_so: &dyn Fn() -> bool) {
        let give_up = self.bus.now() + Duration::from_secs(120);
        while !is_so() {
            assert!(self.bus.now() < give_up, "waited two minutes until {what}");
            self.bus.sleep(Duration::from_millis(100));
        }
    }

    fn balong(&self, arguments: &[&str]) -> Ran {
        self.run(arguments, None, &Interrupt::new())
    }

    fn balong_answering(&self, arguments: &[&str], answer: &str) -> Ran {
        self.run(arguments, Some(answer), &Interrupt::new())
    }

    fn balong_interruptible(&self, arguments: &[&str], interrupt: &Interrupt) -> Ran {
        self.run(arguments, None, interrupt)
    }
}
