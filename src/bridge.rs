//! Serial ports for other programs: a pseudo terminal, or a place on the network, for each serial port of a stick.
//!
//! [`Bridge::new`] decides which ports, and makes the places where programs meet them; [`Bridge::run`] carries bytes both
//! ways until a stop is asked for. The stick may leave and come back meanwhile: it is followed by its port path, and the
//! places stay.
//!
//! | at the program's end | at the stick |
//! |---|---|
//! | it opens the pty, or connects | DTR and RTS are raised |
//! | it closes the pty, ends, or disconnects | they are dropped, and a modem hangs up |
//! | it does not read | the stick is not read: it answers to nobody, or waits |
//! | it writes faster than the stick takes | it waits |
//! | a hang-up on the modem's pty, a pause on every other port, carrier lost on the network | the stick leaves the bus |
//! | what it wrote meanwhile goes out | the stick is back |
//! | a hang-up on a pty, unless the program has `CLOCAL` set; carrier lost on the network | the carrier is lost, as far as the stick announces it |
//!
//! The order of bytes is kept and none is lost, save for those that a stick takes with it when it leaves: the transfer on
//! its way then is not repeated, for the stick may have taken it.
//!
//! Carrier (DCD) is what the stick announces, and never inferred from what passes by: see [`crate::serial`].

mod come_back;
mod link;
mod meeting;
mod network;
mod program;
mod pty;
mod relay;
mod telnet;
#[cfg(all(test, feature = "simulate"))]
mod tests;
mod wake;

use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;
use std::thread;

use crate::failure::Cause;
use crate::follow::{FollowError, Follower};
use crate::image::output::OutputError;
use crate::serial::{Lines, NotThere, SerialFunction, SerialPort, choose};
use crate::stick::{BROVI_REASON, Host, Mode, PortError, Role};
use crate::usb::{Attached, UsbError};
use come_back::ComeBack;
use link::Taken;
use network::Network;
use program::{Act, Program};
use pty::{Departure, Pty};
use relay::{Ended, Run};

pub use link::{make_usual_folder, usual_folder};
pub use meeting::{Event, Meeting, Place, Planned};

/// The serial ports of one stick, ready to be carried to programs.
pub struct Bridge {
    device: Attached,
    /// In the order of the programs.
    functions: Vec<SerialFunction>,
    programs: Vec<Arc<dyn Program>>,
}

impl Bridge {
    /// Makes the places for the ports that are wanted: by name or role, see [`choose`].
    ///
    /// # Errors
    ///
    /// Those of [`ports`] and [`Meeting::planned`], [`Cause::NameTaken`] where something stands at the place of a link, and
    /// [`Cause::System`] where a place could not be made.
    pub fn new(device: Attached, wanted: &[String], meeting: &Meeting) -> Result<Self, Cause> {
        let functions = ports(&device, wanted)?;
        if let Meeting::Ptys { links, simulated } = meeting {
            let swept = link::sweep(links, &meeting::link_name(&device.path, "", *simulated));
            swept
                .map_err(system(format!("removing the links of a bridge that was killed from {}", links.display())))?;
        }
        let mut programs: Vec<Arc<dyn Program>> = Vec::new();
        for (function, number) in functions.iter().zip(0u16..) {
            programs.push(match meeting.planned(&device.path, function, number)? {
                Planned::Link(link) => {
                    let departure = departure(function.role);
                    let made = Pty::new(Some(link.clone()), departure);
                    Arc::new(made.map_err(system(format!("making the pty for {}", link.display())))?)
                }
                Planned::Address(address) => {
                    let made = Network::new(address);
                    Arc::new(made.map_err(system(format!("listening on {address} for {}", function.name)))?)
                }
            });
        }
        Ok(Self { device, functions, programs })
    }

    /// Which ports they are.
    #[must_use]
    pub fn functions(&self) -> &[SerialFunction] {
        &self.functions
    }

    /// Carries bytes until a stop is asked for. That is its ordinary end.
    ///
    /// # Errors
    ///
    /// A port that cannot be opened at first, or cannot be used, though the stick is there. A departure is no failure, and
    /// neither are ports that cannot be opened at once when it is back.
    pub fn run(mut self, host: &Host<'_>, tell: &(dyn Fn(Event) + Sync)) -> Result<(), Cause> {
        let follower = Follower::new(host.bus, self.device.path.clone(), host.interrupt.clone());
        let (mut is_new, mut has_returned, mut refusal) = (true, false, None);
        loop {
            let ended = match self.open(host) {
                Ok(opened) => {
                    if is_new {
                        self.functions.iter().zip(&self.programs).for_each(|pair| self.ready(pair, tell));
                    } else {
                        tell(Event::Back(self.device.clone()));
                    }
                    (is_new, refusal) = (false, None);
                    self.relay(host, opened, tell)
                }
                // It may have left since it was looked at, or since it came back.
                Err(UsbError::Gone) => Ended::Left,
                Err(error) if has_returned => {
                    let is_told = refusal.replace(error.to_string()).is_some_and(|before| before == error.to_string());
                    let come_back = ComeBack { host, follower: &follower, functions: &self.functions, tell };
                    match self.minding(|| come_back.stays(&self.device, &error, is_told))? {
                        Ok(true) => continue,
                        Ok(false) => Ended::Left,
                        Err(FollowError::Interrupted { .. }) => Ended::Stopped,
                        Err(error) => return Err(error.into()),
                    }
                }
                Err(error) => return Err(error.into()),
            };
            match ended {
                Ended::Stopped => return Ok(()),
                Ended::Failed(cause) => return Err(cause),
                Ended::Left => {
                    tell(Event::Gone(self.device.clone()));
                    for pair in self.functions.iter().zip(&self.programs) {
                        if pair.1.departed().map_err(system("hanging up a pty"))? {
                            self.ready(pair, tell);
                        }
                    }
                    let come_back = ComeBack { host, follower: &follower, functions: &self.functions, tell };
                    match self.minding(|| come_back.wait(&self.device))? {
                        Ok(found) => (self.device, self.functions) = found,
                        Err(FollowError::Interrupted { .. }) => return Ok(()),
                        Err(error) => return Err(error.into()),
                    }
                    has_returned = true;
                }
            }
        }
    }

    fn ready(&self, (function, program): (&SerialFunction, &Arc<dyn Program>), tell: &(dyn Fn(Event) + Sync)) {
        tell(Event::Ready { port: self.device.path.clone(), function: function.clone(), place: program.place() });
    }

    /// Tells what a program did, where somebody should know.
    fn did(&self, pair: (&SerialFunction, &Arc<dyn Program>), act: &Act, tell: &(dyn Fn(Event) + Sync)) {
        match act {
            Act::Moved => self.ready(pair, tell),
            Act::LostCarrier => tell(Event::Remark {
                port: self.device.path.clone(),
                text: format!("the carrier at {} is lost, so the program there was hung up on", pair.0.name),
            }),
            Act::Opened | Act::Closed | Act::Said(_) | Act::Drives(_) | Act::Stopped => {}
        }
    }

    /// Opens every port, with the lines down: no program is known to be there yet.
    fn open(&self, host: &Host<'_>) -> Result<Vec<SerialPort>, UsbError> {
        let open = |function| SerialPort::open(host.bus, &self.device, function, Lines::DOWN);
        self.functions.iter().map(open).collect()
    }

    /// Waits, while somebody looks after the programs.
    fn minding<T>(&self, wait: impl FnOnce() -> T) -> Result<T, Cause> {
        let name = || thread::Builder::new().name("while away".to_owned());
        thread::scope(|scope| {
            let mut minders = Vec::new();
            for program in &self.programs {
                program.resume();
                minders.push(name().spawn_scoped(scope, || program.mind()));
            }
            let waited = wait();
            self.programs.iter().for_each(|program| program.stop());
            for minder in minders {
                let minder = minder.map_err(system("starting the threads of a port"))?;
                let minded = minder.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                minded.map_err(system("looking after the program at a port"))?;
            }
            Ok(waited)
        })
    }

    fn relay(&self, host: &Host<'_>, ports: Vec<SerialPort>, tell: &(dyn Fn(Event) + Sync)) -> Ended {
        let run = Arc::new(Run::new(self.programs.clone()));
        let to_end = Arc::clone(&run);
        let _wakes = host.interrupt.when_requested(move || to_end.end(Ended::Stopped));
        if host.interrupt.requested() {
            return Ended::Stopped;
        }
        if let Err(error) = self.programs.iter().try_for_each(|program| program.arrived()) {
            return Ended::Failed(system("telling a program of the stick")(error));
        }
        thread::scope(|scope| {
            for (port, pair) in ports.into_iter().zip(self.functions.iter().zip(&self.programs)) {
                let (receiver, sender) = port.split();
                let (run, program) = (&run, pair.1);
                let told = move |act: &Act| self.did(pair, act, tell);
                for spawned in [
                    thread::Builder::new()
                        .name("from stick".to_owned())
                        .spawn_scoped(scope, move || run.listen(&**program, receiver)),
                    thread::Builder::new()
                        .name("to stick".to_owned())
                        .spawn_scoped(scope, move || run.speak(&**program, sender, told)),
                ] {
                    if let Err(error) = spawned {
                        run.end(Ended::Failed(system("starting the threads of a port")(error)));
                    }
                }
            }
        });
        run.why()
    }
}

/// The ports that are wanted, of a stick that shows them all.
///
/// # Errors
///
/// [`Cause::WrongMode`], and [`PortError::LeftAlone`] for a stick that only looks like one of these.
pub fn ports(device: &Attached, wanted: &[String]) -> Result<Vec<SerialFunction>, Cause> {
    let mode = Mode::of(device).unwrap_or(Mode::Unknown);
    if mode == Mode::Unsupported {
        return Err(PortError::LeftAlone { why: BROVI_REASON }.into());
    }
    choose(device, wanted).map_err(|missing| {
        let needed = match &missing {
            NotThere::Wanted { .. } => missing.to_string(),
            NotThere::Any => {
                format!("{missing}; `balong switch --to serial` leads to some where the firmware allows it")
            }
            NotThere::OnlyCheckedFiles { ways } => format!("{missing}, so there is no bridge. {ways}"),
        };
        Cause::WrongMode { mode, needed }
    })
}

/// A call is on the modem's port, and it ends with the stick. On the others a question may simply go unanswered.
fn departure(role: Role) -> Departure {
    if role == Role::Modem { Departure::HangUp } else { Departure::Pause }
}

fn system(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Cause {
    let doing = doing.into();
    move |source| match source.downcast::<Taken>() {
        Ok(Taken { link, by }) => Cause::NameTaken { link, by },
        Err(source) => Cause::System { doing, source },
    }
}

/// Makes a folder that was named for links, with those above it.
///
/// # Errors
///
/// [`Cause::Output`] where something else stands in its place, else [`Cause::System`].
pub fn make_folder(folder: &Path) -> Result<(), Cause> {
    std::fs::create_dir_all(folder).map_err(|source| match source.kind() {
        ErrorKind::AlreadyExists | ErrorKind::NotADirectory => {
            OutputError::NotAFolder { path: folder.to_owned() }.into()
        }
        _ => system(format!("making the folder {}", folder.display()))(source),
    })
}
