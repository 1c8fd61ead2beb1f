//! Carrying bytes between the programs and one incarnation of the stick: one thread a direction and port.
//!
//! Nothing is buffered here beyond the one chunk on its way. Towards the program, a thread receives only after the program
//! took what came before, so a program that does not read makes the stick wait; towards the stick, a thread reads the
//! program only after the stick took what came before. All of them sleep until the system wakes them, but for a look once
//! a second on a stick that says nothing.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::program::{Act, Program};
use crate::failure::Cause;
use crate::serial::{Lines, SerialReceiver, SerialSender};
use crate::usb::UsbError;

/// How long the stick may say nothing before it is looked whether the bridge goes on.
const IDLE: Duration = Duration::from_secs(1);

/// How the relaying ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// A stop was asked for.
    Stopped,
    /// The stick left the bus.
    Left,
    /// It cannot go on.
    Failed(Cause),
}

/// What all threads of one stick share.
pub(super) struct Run {
    programs: Vec<Arc<dyn Program>>,
    is_over: AtomicBool,
    why: Mutex<Option<Ended>>,
}

impl Run {
    /// A run that is not over, with programs that can be waited for.
    pub(super) fn new(programs: Vec<Arc<dyn Program>>) -> Self {
        for program in &programs {
            program.resume();
        }
        Self { programs, is_over: AtomicBool::new(false), why: Mutex::new(None) }
    }

    /// Ends it, for the first reason that is given.
    pub(super) fn end(&self, why: Ended) {
        self.why.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
        self.is_over.store(true, Ordering::SeqCst);
        for program in &self.programs {
            program.stop();
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    /// Why it ended; none of its threads is left by now.
    pub(super) fn why(&self) -> Ended {
        let why = self.why.lock().unwrap_or_else(PoisonError::into_inner).take();
        why.unwrap_or(Ended::Stopped)
    }

    fn end_by(&self, trouble: Trouble) {
        self.end(match trouble {
            Trouble::Usb(UsbError::Gone) => Ended::Left,
            Trouble::Usb(error) => Ended::Failed(error.into()),
            Trouble::System(source) => {
                Ended::Failed(Cause::System { doing: "speaking to the program at the port".to_owned(), source })
            }
        });
    }

    /// Carries what the stick says, until the run is over.
    pub(super) fn listen(&self, program: &dyn Program, mut receiver: SerialReceiver) {
        let mut carry = || -> Result<(), Trouble> {
            while !self.is_over() {
                if let Some(chunk) = receiver.receive(IDLE)? {
                    program.hear(&chunk)?;
                }
            }
            Ok(())
        };
        if let Err(trouble) = carry() {
            self.end_by(trouble);
        }
    }

    /// Carries what the program says, and its lines, until the run is over. Then the lines are dropped. `moved` is told when
    /// the program is to be met elsewhere.
    pub(super) fn speak(&self, program: &dyn Program, mut sender: SerialSender, moved: impl Fn()) {
        let mut carry = || -> Result<(), Trouble> {
            // A program that was there before the stick came back.
            let mut lines = program.lines();
            if lines != Lines::DOWN {
                sender.set_lines(lines)?;
            }
            loop {
                let wanted = match program.next()? {
                    Act::Stopped => break,
                    Act::Said(bytes) => {
                        sender.send_all(&bytes, || !self.is_over())?;
                        continue;
                    }
                    Act::Moved => {
                        moved();
                        continue;
                    }
                    Act::Opened => Lines::UP,
                    Act::Closed => Lines::DOWN,
                    Act::Drives(lines) => lines,
                };
                tracing::info!(?wanted, "lines");
                sender.set_lines(wanted)?;
                lines = wanted;
            }
            if lines != Lines::DOWN {
                sender.set_lines(Lines::DOWN)?;
            }
            Ok(())
        };
        if let Err(trouble) = carry() {
            self.end_by(trouble);
        }
    }
}

/// What keeps a thread from going on.
enum Trouble {
    Usb(UsbError),
    System(io::Error),
}

impl From<UsbError> for Trouble {
    fn from(error: UsbError) -> Self {
        Self::Usb(error)
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}
