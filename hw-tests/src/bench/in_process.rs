//! The simulated stick in this process, under virtual time.

use std::ffi::OsString;
use std::io::Cursor;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use balong::cli::{self, Answers, Connection, Handling, Input, Streams};
use balong::protocol::Interrupt;
use balong_mocks::{Bus, Hand, Mode, Model, Pace, Stick, StickOptions};

use super::{Bench, Need, Operator};
use crate::Ran;

/// The simulated stick in this process, under virtual time.
pub struct InProcess {
    bus: Bus,
    operator: Arc<Mutex<Operator>>,
}

impl Default for InProcess {
    fn default() -> Self {
        Self::new()
    }
}

impl InProcess {
    /// An empty bus.
    #[must_use]
    pub fn new() -> Self {
        Self { bus: Bus::new(Pace::Virtual), operator: Arc::default() }
    }

    fn run(&self, arguments: &[&str], answer: Option<&str>, input: Input, interrupt: &Interrupt) -> Ran {
        let mut connection = Connection::over(&self.bus, Vec::new());
        let (bus, operator) = (self.bus.clone(), Arc::clone(&self.operator));
        connection.hand = Some(Box::new(move |path, handling| {
            match (bus.hand(&path.to_string()), handling) {
                (Some(hand), Handling::ShortPad) => operator.lock().unwrap_or_else(PoisonError::into_inner).act(&hand),
                // A scenario about that plugs its stick in itself, as it does on every bench.
                (_, Handling::Replug) | (None, _) => {}
            }
        }));
        let given = std::iter::once("balong").chain(arguments.iter().copied()).map(OsString::from);
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let answers = answer.map(|answer| Box::new(Cursor::new(answer.as_bytes().to_vec())) as Answers);
        let exit = cli::run(
            given,
            Streams { out: &mut out, err: &mut err, answers, input, terminal: answer.is_some(), screen: None },
            Some(connection),
            interrupt,
        );
        Ran { exit, out: String::from_utf8_lossy(&out).into_owned(), err: String::from_utf8_lossy(&err).into_owned() }
    }
}

impl Bench for InProcess {
    fn port(&self) -> &'static str {
        "1-1.4"
    }

    fn neighbour(&self) -> &'static str {
        "1-1.3"
    }

    fn vacant(&self) -> &'static str {
        "1-1.2"
    }

    fn lacks(&self, _: Need) -> Option<&'static str> {
        None
    }

    fn operator(&self, operator: Operator) {
        *self.operator.lock().unwrap_or_else(PoisonError::into_inner) = operator;
    }

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
        self.run(arguments, None, Input::Nothing, &Interrupt::new())
    }

    fn balong_answering(&self, arguments: &[&str], answer: &str) -> Ran {
        self.run(arguments, Some(answer), Input::Nothing, &Interrupt::new())
    }

    fn balong_fed(&self, arguments: &[&str], input: &str) -> Ran {
        let input = Input::Piped(Box::new(Cursor::new(input.as_bytes().to_vec())));
        self.run(arguments, None, input, &Interrupt::new())
    }

    fn balong_interruptible(&self, arguments: &[&str], interrupt: &Interrupt) -> Ran {
        self.run(arguments, None, Input::Nothing, interrupt)
    }
}
