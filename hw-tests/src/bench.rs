//! What scenarios run on.

mod hurried;
mod in_process;
#[cfg(target_os = "linux")]
mod kernel;

use balong::protocol::Interrupt;
use balong_mocks::{Hand, Mode, StickOptions};

use crate::Ran;

pub use hurried::Hurried;
pub use in_process::InProcess;
#[cfg(target_os = "linux")]
pub use kernel::{DRIVERS_MISSING_AFTER, DRIVERS_MISSING_BEFORE, KernelBench, SPEED};

/// Sticks in ports, and the program on their bus.
pub trait Bench {
    /// The port that a scenario uses.
    fn port(&self) -> &'static str;
    /// A port that is listed just before it.
    fn neighbour(&self) -> &'static str;
    /// A port that nothing sits in.
    fn vacant(&self) -> &'static str;
    /// Why this bench cannot show what needs that; nothing where it can.
    fn lacks(&self, need: Need) -> Option<&'static str>;
    /// Who is in front of the stick from now on; without this, one who does as asked.
    fn operator(&self, operator: Operator);
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
    /// Runs it with this on its standard input, which is no terminal.
    fn balong_fed(&self, arguments: &[&str], input: &str) -> Ran;
    /// Runs it with an interrupt that may be requested already.
    fn balong_interruptible(&self, arguments: &[&str], interrupt: &Interrupt) -> Ran;
}

/// What some scenarios need beyond a stick in a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// A HiLink stick that can be asked over the network.
    WebServer,
    /// A stick that comes back in another port than the one it left.
    AnotherPort,
    /// Another program that holds one interface of a stick.
    HeldPort,
    /// Permission that comes later than the stick.
    LatePermission,
}

/// Who is in front of the stick when the boot pad is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Operator {
    /// Shorts the pad when asked.
    #[default]
    Obeys,
    /// Misses the pad the first time, and finds it the second time.
    MissesOnce,
    /// Is not there.
    Left,
}

impl Operator {
    /// Does what is asked for, after the time that a person needs.
    fn act(self, hand: &Hand) {
        let seconds = std::time::Duration::from_secs;
        match self {
            Self::Obeys => hand.needle(seconds(8)),
            Self::MissesOnce => {
                hand.clumsy_needle(seconds(3));
                hand.needle(seconds(90));
            }
            Self::Left => {}
        }
    }
}
