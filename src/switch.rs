//! Composition switching: from the mode that a stick is in to another one, without writing anything.
//!
//! A way ([`Way`]) is one thing that can be done to a stick in one mode: a message to its virtual CD, a request to its
//! web server, an AT command, a restart. Ways lead from mode to mode like roads, so the shortest route is looked for
//! ([`Plan`]), its first way is taken, and where the stick landed is looked up on the bus. Then the next route is looked
//! for from there: another program may have been faster, and firmware may answer with another composition than most do.
//! A way that the firmware refuses is closed for the rest of the job, with its reason. A stick is where it is wanted once
//! it shows so on the bus and, where it has a port for that, once that port answers.
//!
//! What cannot be reached without writing is said: stick firmware has no HiLink mode, and the other way round.

mod catch;
mod place;
mod plan;
mod prove;
mod refusal;
mod restart;
mod take;
mod tell;
#[cfg(test)]
mod tests;
mod way;
mod web;

use std::time::Duration;

use crate::failure::{Cause, Failure, FlashState};
use crate::follow::{Follower, Waiting};
use crate::outcome::Outcome;
use crate::stick::{Host, KnownDevice, Mode};
use crate::usb::{Attached, PortPath};

pub use catch::catch;
pub(crate) use place::present;
pub use place::{Firmware, Place};
pub use plan::Plan;
pub use restart::restart;
pub use way::{Target, Way};

use take::Taken;

/// How many ways a job takes before it gives up: the longest route has three, and each may be overtaken.
const MOST_WAYS: u32 = 12;

/// How often a way is taken that led elsewhere: another program was faster, or the firmware answers otherwise.
const MOST_TIMES: usize = 3;

/// What is waited for while the port is empty at first.
pub(crate) const AWAITED_AT_FIRST: &str = "to be there";

/// A listener to one job. Every method has an empty default, but for the question.
pub trait Observer {
    /// Whether to go on with this plan. Nothing was sent before this is asked.
    fn agrees(&mut self, plan: &Plan) -> bool;
    /// A way is taken.
    fn way(&mut self, _port: &PortPath, _way: &Way, _from: Mode) {}
    /// The job waits for the stick.
    fn waiting(&mut self, _awaited: &str, _passed: Duration, _within: Duration) {}
    /// Something happened that the person in front of the stick should know.
    fn remark(&mut self, _text: &str) {}
}

/// Brings the stick in one port into another mode.
///
/// # Errors
///
/// A [`Failure`] whose state is always `untouched`. Where the firmware allows none of the ways, [`Cause::NotAllowed`]
/// names each refusal and what remains; the stick is then in the mode that it was in before, as far as ways lead back.
pub fn run(host: &Host<'_>, path: &PortPath, target: Target, observer: &mut dyn Observer) -> Result<Outcome, Failure> {
    let mut switcher = Switcher::new(host, path, target, observer);
    let ended = switcher.whole();
    ended.map_err(|cause| switcher.failed(cause))
}

/// Whether a way is known from where a device is to another mode. Whether its firmware allows it, only trying tells.
#[must_use]
pub fn may_lead(here: &Attached, target: Target) -> bool {
    Plan::new(here, target, &[]).is_ok()
}

/// What came of the software ways into download mode.
pub(crate) enum Led {
    /// The stick is in download mode.
    There(Attached),
    /// The firmware allows none of them.
    Refused {
        /// Where the stick is now.
        here: Attached,
        /// Every refusal, and what remains.
        cause: Cause,
    },
}

/// How much is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effort {
    /// The ways that need no restart. Where they are refused, the stick stays wherever it is by then.
    Short,
    /// Every way. Where all are refused, the stick is led back to where it was.
    Full,
}

/// Brings a stick into download mode, if the firmware that runs on it lets software do that.
///
/// # Errors
///
/// Those that have nothing to do with what the firmware allows.
pub(crate) fn into_download(
    host: &Host<'_>,
    here: Attached,
    effort: Effort,
    observer: &mut dyn Observer,
) -> Result<Led, Cause> {
    let path = here.path.clone();
    let from = Place::of(&here);
    let mut switcher = Switcher::new(host, &path, Target::Download, observer);
    if effort == Effort::Short {
        switcher.closed.push((Way::Restart, "it takes longer than the boot pad".to_owned()));
    }
    match switcher.lead(here)? {
        Ok(arrived) => Ok(Led::There(arrived)),
        Err(here) => {
            let cause = switcher.refused(&from);
            let here = if effort == Effort::Full { switcher.lead_back(here, &from)? } else { here };
            Ok(Led::Refused { here, cause })
        }
    }
}

/// One job under way.
struct Switcher<'a, 'o> {
    host: &'a Host<'a>,
    observer: &'o mut dyn Observer,
    follower: Follower<'a>,
    target: Target,
    /// The ways that are closed, each with the reason.
    closed: Vec<(Way, String)>,
    /// The ways that were taken and led elsewhere.
    led_astray: Vec<Way>,
    /// What the table says of the device that was told to switch last.
    known: Option<&'static KnownDevice>,
}

impl<'a, 'o> Switcher<'a, 'o> {
    fn new(host: &'a Host<'a>, path: &PortPath, target: Target, observer: &'o mut dyn Observer) -> Self {
        Self {
            host,
            observer,
            follower: Follower::new(host.bus, path.clone(), host.interrupt.clone()),
            target,
            closed: Vec::new(),
            led_astray: Vec::new(),
            known: None,
        }
    }

    /// The failure of this job. Once somebody insists on a stop, a call that fails was broken off.
    fn failed(&self, cause: Cause) -> Failure {
        let was_broken_off = self.host.interrupt.insisted() && cause.usb().is_some();
        let cause = if was_broken_off { Cause::Interrupted } else { cause };
        let port = Some(self.follower.path().clone());
        Failure { cause: Box::new(cause), port, stage: None, state: FlashState::Untouched, place: None }
    }

    fn present(&mut self) -> Result<Attached, Cause> {
        let mut waiting = Awaited { observer: &mut *self.observer, awaited: AWAITED_AT_FIRST };
        present(&self.follower, &mut waiting)
    }

    fn whole(&mut self) -> Result<Outcome, Cause> {
        let here = self.present()?;
        let from = Place::of(&here);
        let plan =
            Plan::new(&here, self.target, &self.closed).map_err(|why| refusal::no_way(&from, self.target, why))?;
        if !self.observer.agrees(&plan) {
            return Ok(Outcome::of_modes(false, from.mode, from.mode));
        }
        if let Some(doubt) = plan.doubt() {
            self.observer.remark(&doubt);
        }
        match self.lead(here)? {
            Ok(arrived) => {
                self.prove(&arrived)?;
                Ok(Outcome::of_modes(true, from.mode, self.mode_of(&arrived)))
            }
            Err(stranded) => {
                let refused = self.refused(&from);
                self.lead_back(stranded, &from)?;
                Err(refused)
            }
        }
    }

    /// Takes way after way until the stick is where it is wanted. `Err` inside: no way is left, and this is where it is.
    fn lead(&mut self, mut here: Attached) -> Result<Result<Attached, Attached>, Cause> {
        for _ in 0..MOST_WAYS {
            self.stop_if_asked()?;
            let place = Place::of(&here);
            if self.is_there(&here) {
                return Ok(Ok(here));
            }
            let Ok(plan) = Plan::new(&here, self.target, &self.closed) else { return Ok(Err(here)) };
            let Some(&way) = plan.ways.first() else { return Ok(Err(here)) };
            let is_raced = plan.ways.get(1).is_some_and(Way::is_raced);
            self.observer.way(self.follower.path(), &way, place.mode);
            match self.take(way, &here, is_raced)? {
                Taken::Refused(why) => {
                    self.observer.remark(&format!("{way}: {why}"));
                    self.closed.push((way, why));
                }
                Taken::Arrived(arrived) => {
                    if !self.is_there(&arrived) {
                        self.mind_where(way, &place, &Place::of(&arrived));
                    }
                    here = arrived;
                }
            }
        }
        Ok(Err(here))
    }

    /// Notes where a way led, when that is not where it should have.
    fn mind_where(&mut self, way: Way, from: &Place, now: &Place) {
        if way.leads_to(from, now) {
            return;
        }
        self.led_astray.push(way);
        self.observer.remark(&format!("it came up in {}; another program may have switched it first", now.mode));
        if self.led_astray.iter().filter(|taken| **taken == way).count() >= MOST_TIMES {
            self.closed.push((way, format!("it leads to {}", now.mode)));
        }
    }

    /// Whether the stick shows itself as wanted.
    fn is_there(&self, here: &Attached) -> bool {
        self.is_there_by_table(here) || self.target.admits(Place::of(here).mode)
    }

    /// Whether it came back as the table of known devices says that it works, by whatever name: an E173s works under the
    /// id of a download daemon, many an older modem with serial ports alone, a WiMAX stick as a network card.
    fn is_there_by_table(&self, here: &Attached) -> bool {
        let may_be = |known: &KnownDevice| Place::of_known(known) != Some(Firmware::HiLink);
        self.target == Target::Stick
            && !matches!(Place::of(here).mode, Mode::Cd | Mode::BootRom)
            && self.known.is_some_and(|known| may_be(known) && known.lands.admits(here))
    }

    /// The mode that it arrived in.
    fn mode_of(&self, arrived: &Attached) -> Mode {
        match Place::of(arrived).mode {
            // That daemon was neither asked for nor found: the id is all that they share.
            Mode::Download if self.is_there_by_table(arrived) => Mode::Stick,
            mode => mode,
        }
    }

    /// Takes the stick back to where it was, as far as ways lead there.
    fn lead_back(&mut self, here: Attached, from: &Place) -> Result<Attached, Cause> {
        let Some(before) = Target::of(from.mode).filter(|_| Place::of(&here).mode != from.mode) else {
            return Ok(here);
        };
        self.observer.remark(&format!("the stick is led back into {}", from.mode));
        self.target = before;
        self.lead(here)?.or_else(|stranded| {
            self.observer.remark(&format!("no way leads back into {}: unplug it and plug it in again", from.mode));
            Ok(stranded)
        })
    }

    fn stop_if_asked(&self) -> Result<(), Cause> {
        if self.host.interrupt.requested() { Err(Cause::Interrupted) } else { Ok(()) }
    }
}

/// Passes on what is told while waiting.
struct Awaited<'o> {
    observer: &'o mut dyn Observer,
    awaited: &'o str,
}

impl Waiting for Awaited<'_> {
    fn tick(&mut self, passed: Duration, within: Duration) {
        self.observer.waiting(self.awaited, passed, within);
    }

    fn remark(&mut self, text: &str) {
        self.observer.remark(text);
    }
}
