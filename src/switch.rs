//! Composition switching: from the mode that a stick is in to another one, without writing anything.
//!
//! A way ([`Way`]) is one thing that can be done to a stick in one mode: a message to its virtual CD, a request to its
//! web server, an AT command, a restart. Ways lead from mode to mode like roads, so the shortest route is looked for
//! ([`Plan`]), its first way is taken, and where the stick landed is looked up on the bus. Then the next route is looked
//! for from there: another program may have been faster, and firmware may answer with another composition than most do.
//! A way that the firmware refuses is closed for the rest of the job, with its reason. A stick is where it is wanted once
//! it shows so on the bus and, where it has a port for that, once that port answers; of a network card, once the system uses
//! it or it has stayed for a moment.
//!
//! What cannot be reached without writing is said: stick firmware has no HiLink mode, and the other way round.

mod catch;
mod journey;
mod place;
mod plan;
mod prove;
mod refusal;
mod restart;
mod take;
mod tell;
#[cfg(test)]
mod tests;
mod told;
mod way;
mod web;

use std::time::Duration;

use crate::failure::{Cause, Failure, FlashState};
use crate::follow::{Change, Follower, Waiting};
use crate::outcome::Outcome;
use crate::protocol::mode_switch::SwitchMethod;
use crate::stick::{Host, KnownDevice, Mode};
use crate::usb::{Attached, PortPath};
use crate::web::WebError;

pub use catch::catch;
pub(crate) use place::present;
pub use place::{Firmware, Place};
pub use plan::Plan;
pub use restart::restart;
pub use way::{Target, Way};

use journey::Journey;
use plan::NoRoute;

/// What is waited for while the port is empty at first.
pub(crate) const AWAITED_AT_FIRST: &str = "to be there";

/// A listener to one job. Every method has an empty default, but for the question.
pub trait Observer {
    /// Whether to go on with this plan. Nothing was done before this is asked; a stick in download mode was asked which
    /// firmware it holds, where that matters.
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
/// names each refusal, what remains, and the mode that the stick is in then: the one that it was in before, as far as
/// ways lead back. Out of fastboot none does, and into download mode only with firmware that allows it; there the boot pad
/// and a loader remain, which [`Plan::doubts`] says beforehand. A stick in download mode that says that its firmware has no
/// such mode is left there.
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
    if let Ok(plan) = Plan::new(&here, switcher.target, &switcher.closed) {
        plan.doubts().iter().for_each(|doubt| switcher.observer.remark(doubt));
    }
    match switcher.lead(here)? {
        Journey::There(arrived) => Ok(Led::There(arrived)),
        Journey::Stranded { here, why } => {
            let (here, cause) = switcher.give_up(here, &from, why, effort)?;
            Ok(Led::Refused { here, cause })
        }
    }
}

/// Tells a stick in its virtual CD to take its working composition, and waits until it leaves the bus for that. `false`: it
/// does not.
pub(crate) fn out_of_cd(host: &Host<'_>, here: &Attached, observer: &mut dyn Observer) -> Result<bool, Cause> {
    let mut switcher = Switcher::new(host, &here.path, Target::Stick, observer);
    match usual_method(here) {
        Some(method) => Ok(switcher.tell_until_it_obeys(method, here)? == Change::Left),
        None => Ok(false),
    }
}

/// How a device in its virtual CD is told to take its working composition; nothing for one that is left alone.
pub(crate) fn usual_method(here: &Attached) -> Option<SwitchMethod> {
    match way::from_cd(&Place::of(here)).first() {
        Some((Way::Tell(method), _)) => Some(*method),
        _ => None,
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
    /// The ways that were taken, each with the mode that it was taken from.
    taken: Vec<(Way, Mode)>,
    /// What the table says of the device that was told to switch last.
    known: Option<&'static KnownDevice>,
    /// The firmware that the stick showed itself to run: no switch changes that.
    firmware: Option<Firmware>,
    /// Why the stick's web server could not even be asked.
    unreached: Option<WebError>,
}

impl<'a, 'o> Switcher<'a, 'o> {
    fn new(host: &'a Host<'a>, path: &PortPath, target: Target, observer: &'o mut dyn Observer) -> Self {
        Self {
            host,
            observer,
            follower: Follower::new(host.bus, path.clone(), host.interrupt.clone()),
            target,
            closed: Vec::new(),
            taken: Vec::new(),
            known: None,
            firmware: None,
            unreached: None,
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
        let plan = self.plan(&here)?;
        let agrees = self.observer.agrees(&plan);
        for doubt in plan.doubts() {
            self.observer.remark(&doubt);
        }
        if !agrees {
            return Ok(Outcome::of_modes(false, from.mode, from.mode));
        }
        match self.lead_and_prove(here)? {
            Journey::There(arrived) => {
                let mode = self.mode_of(&arrived);
                let was_there = self.taken.is_empty() && mode == from.mode;
                Ok(if was_there { Outcome::unchanged(mode) } else { Outcome::of_modes(true, from.mode, mode) })
            }
            Journey::Stranded { here, why } => Err(self.give_up(here, &from, why, Effort::Full)?.1),
        }
    }

    /// The plan, as far as it can be known beforehand that there is one.
    fn plan(&mut self, here: &Attached) -> Result<Plan, Cause> {
        let refuse = |why| refusal::no_way(&Place::of(here), self.target, &why);
        let plan = Plan::new(here, self.target, &self.closed).map_err(refuse)?;
        let Some(told) = self.ask_firmware(&plan)? else { return Ok(plan) };
        Plan::knowing(Some(told.firmware), here, self.target, &self.closed)
            .map_err(|_| refusal::ruled_out(&told, self.target))
    }

    /// Leads the stick back, where that is wanted. Where it is then, and why it could not be led on.
    fn give_up(
        &mut self,
        here: Attached,
        from: &Place,
        why: NoRoute,
        effort: Effort,
    ) -> Result<(Attached, Cause), Cause> {
        let (target, closed, unreached) = (self.target, self.closed.clone(), self.unreached.take());
        let back = if effort == Effort::Full { self.lead_back(here.clone(), from) } else { Ok(here.clone()) };
        let now = match back {
            Ok(back) => Some(back),
            Err(cause) if cause.is_interruption() => return Err(cause),
            // What goes wrong on the way back must not hide why there was one.
            Err(cause) => {
                self.observer.remark(&format!("it could not be led back: {cause}"));
                self.follower.present().unwrap_or_else(|error| {
                    self.observer.remark(&format!("the bus does not tell where it is: {error}"));
                    None
                })
            }
        };
        // What the way back ran into says nothing about the way there.
        (self.target, self.closed, self.unreached) = (target, closed, unreached);
        let cause = self.refused(from, now.as_ref(), why);
        Ok((now.unwrap_or(here), cause))
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
