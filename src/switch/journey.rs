//! Way after way, until the stick is where it is wanted or no way is left.

use super::plan::NoRoute;
use super::prove::Proof;
use super::take::Taken;
use super::{Firmware, Place, Plan, Switcher, Target, Way};
use crate::failure::Cause;
use crate::stick::{KnownDevice, Mode};
use crate::usb::Attached;

/// How many ways a job takes before it gives up: the longest route has three, and each may be overtaken.
const MOST_WAYS: u32 = 12;

/// How often a way is taken that led elsewhere: another program was faster, or the firmware answers otherwise.
const MOST_TIMES: usize = 3;

/// How far a stick was led.
pub(super) enum Journey {
    /// It is where it is wanted.
    There(Attached),
    /// No way is left.
    Stranded {
        /// Where it is.
        here: Attached,
        /// Why no way leads on from there.
        why: NoRoute,
    },
}

impl Switcher<'_, '_> {
    /// Leads the stick on until it is where it is wanted, and stays there.
    pub(super) fn lead_and_prove(&mut self, mut here: Attached) -> Result<Journey, Cause> {
        for _ in 0..MOST_TIMES {
            match self.lead(here)? {
                Journey::There(arrived) => match self.prove(&arrived)? {
                    Proof::Proven => return Ok(Journey::There(arrived)),
                    Proof::Left => match self.arrival(&arrived, "after it left again")? {
                        Taken::Arrived(next) => here = next,
                        Taken::Refused(_) => here = arrived,
                    },
                },
                stranded @ Journey::Stranded { .. } => return Ok(stranded),
            }
        }
        Err(Cause::NotProven(format!("the stick comes and goes, and does not stay in {}", self.target)))
    }

    /// Takes way after way until the stick is where it is wanted, or no way is left.
    pub(super) fn lead(&mut self, mut here: Attached) -> Result<Journey, Cause> {
        for _ in 0..MOST_WAYS {
            self.stop_if_asked()?;
            self.mind_who(&here)?;
            let place = Place::of(&here);
            if self.is_there(&here) {
                return Ok(Journey::There(here));
            }
            let ways = match Plan::knowing(self.firmware, &here, self.target, &self.closed) {
                Ok(plan) => plan.ways,
                Err(why) => return Ok(Journey::Stranded { here, why }),
            };
            let Some(&way) = ways.first() else { return Ok(Journey::There(here)) };
            let is_raced = ways.get(1).is_some_and(Way::is_raced);
            self.observer.way(self.follower.path(), &way, place.mode);
            self.taken.push((way, place.mode));
            let arrived = match self.take(way, &here)? {
                Taken::Arrived(arrived) => arrived,
                // It may have left so late that this was not noticed: then it was no refusal.
                Taken::Refused(_) if !self.follower.is_still(&here)? => match self.arrival(&here, "again")? {
                    Taken::Arrived(arrived) => arrived,
                    Taken::Refused(why) => {
                        self.close(way, why);
                        continue;
                    }
                },
                Taken::Refused(why) => {
                    self.close(way, why);
                    continue;
                }
            };
            if !self.is_there(&arrived) {
                self.mind_where(way, &place, &Place::of(&arrived), is_raced);
            }
            here = arrived;
        }
        Ok(Journey::Stranded { here, why: NoRoute::NoWay })
    }

    fn close(&mut self, way: Way, why: String) {
        self.observer.remark(&format!("{way}: {why}"));
        self.closed.push((way, why));
    }

    /// A switch writes nothing, so a stick that shows other firmware than before is another stick.
    fn mind_who(&mut self, arrived: &Attached) -> Result<(), Cause> {
        let proven = Place::of(arrived).proves();
        match (self.firmware, proven) {
            (Some(before), Some(now)) if before != now => {
                Err(Cause::AnotherStick { found: now.to_string(), expected: before.to_string() })
            }
            (None, Some(now)) => {
                self.firmware = Some(now);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Notes where a way led, when that is not where it should have, and closes one that leads nowhere again and again.
    fn mind_where(&mut self, way: Way, from: &Place, now: &Place, is_raced: bool) {
        if !way.leads_to(from, now) {
            let raced = is_raced || way.is_raced();
            let maybe = if raced { "; another program may have switched it first" } else { "" };
            self.observer.remark(&format!("it came up in {}{maybe}", now.mode));
        }
        if self.taken.iter().filter(|taken| **taken == (way, from.mode)).count() >= MOST_TIMES {
            self.closed.push((way, format!("it leads to {} and no further", now.mode)));
        }
    }

    /// Whether the stick shows itself as wanted.
    fn is_there(&self, here: &Attached) -> bool {
        self.is_there_by_table(here) || self.target.admits(Place::of(here).mode)
    }

    /// Whether it came back as the table of known devices says that it works, by whatever name: an E173s works under the
    /// id of a download daemon, many an older modem with serial ports alone, a WiMAX stick as a network card.
    pub(super) fn is_there_by_table(&self, here: &Attached) -> bool {
        let may_be = |known: &KnownDevice| Place::of_known(known) != Some(Firmware::HiLink);
        self.target == Target::Stick
            && !matches!(Place::of(here).mode, Mode::Cd | Mode::BootRom)
            && self.known.is_some_and(|known| may_be(known) && known.lands.admits(here))
    }

    /// The mode that it arrived in.
    pub(super) fn mode_of(&self, arrived: &Attached) -> Mode {
        match Place::of(arrived).mode {
            // That daemon was neither asked for nor found: the id is all that they share.
            Mode::Download if self.is_there_by_table(arrived) => Mode::Stick,
            mode => mode,
        }
    }

    /// Takes the stick back to where it was, as far as ways lead there.
    pub(super) fn lead_back(&mut self, here: Attached, from: &Place) -> Result<Attached, Cause> {
        if Place::of(&here).mode == from.mode {
            return Ok(here);
        }
        self.closed.clear();
        let before = Target::of(from.mode);
        if before.is_some_and(|before| Plan::knowing(self.firmware, &here, before, &[]).is_err()) {
            return Ok(here);
        }
        self.observer.remark(&format!("the stick is led back into {}", from.mode.place()));
        let back = match before {
            Some(before) => {
                self.target = before;
                self.lead(here)?
            }
            // A virtual CD is what every restart leads to.
            None => match self.take(Way::Restart, &here)? {
                Taken::Arrived(here) => Journey::Stranded { here, why: NoRoute::NoWay },
                Taken::Refused(_) => Journey::Stranded { here, why: NoRoute::NoWay },
            },
        };
        let here = match back {
            Journey::There(here) | Journey::Stranded { here, .. } => here,
        };
        if Place::of(&here).mode != from.mode {
            self.observer.remark(&format!("that did not lead back into {}", from.mode.place()));
        }
        Ok(here)
    }
}
