//! The shortest route from where a stick is to where it is wanted.

use super::place::{Firmware, Place};
use super::way::{Target, Way};
use crate::stick::{Leaving, Mode};
use crate::usb::{Attached, PortPath};

/// No route is longer: out of the firmware, over its virtual CD, into the composition wanted.
const LONGEST: usize = 3;

/// A route, before anything is sent.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The stick's port.
    pub port: PortPath,
    /// What sits there.
    pub here: Attached,
    /// Where it is on the map.
    pub place: Place,
    /// Where it is wanted; nothing where it is only to restart.
    pub target: Option<Target>,
    /// What will be done, in order; nothing where the stick is there already. Each next way is looked for anew from where
    /// the stick landed.
    pub ways: Vec<Way>,
}

/// Why there is no route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoRoute {
    /// The firmware behind this composition has no such mode.
    OtherFirmware(Firmware),
    /// The table says that this device must be left as it is.
    LeaveAlone(&'static str),
    /// No way leads there, or all that do are closed.
    NoWay,
}

impl Plan {
    /// The cheapest route that uses no closed way.
    pub(super) fn new(here: &Attached, target: Target, closed: &[(Way, String)]) -> Result<Self, NoRoute> {
        Self::knowing(None, here, target, closed)
    }

    /// The same for a stick whose firmware is known, though this composition may not show it.
    pub(super) fn knowing(
        firmware: Option<Firmware>,
        here: &Attached,
        target: Target,
        closed: &[(Way, String)],
    ) -> Result<Self, NoRoute> {
        let place = Place::of(here).with(firmware);
        if let Some(Leaving::LeaveAlone { why }) = place.known.map(|known| &known.leave) {
            return Err(NoRoute::LeaveAlone(why));
        }
        let route = route(&place, target, closed, LONGEST);
        let Some((_, ways)) = route else { return Err(why_not(&place, target)) };
        Ok(Self { port: here.path.clone(), here: here.clone(), place, target: Some(target), ways })
    }

    /// What is not certain about this plan, and what it may cost; a sentence each.
    #[must_use]
    pub fn doubts(&self) -> Vec<String> {
        let Some(target) = self.target.filter(|_| !self.ways.is_empty()) else { return Vec::new() };
        let is_told = matches!(self.ways.first(), Some(Way::Tell(_)));
        let mut doubts = Vec::new();
        if is_told && self.place.known.is_none() {
            doubts.push(format!(
                "{} is not in the table of known devices; its interfaces look like a virtual CD, so it is treated as one",
                self.here.id()
            ));
        }
        let leaves = matches!(self.place.mode, Mode::Download | Mode::Fastboot);
        let firmware = self.place.firmware;
        if leaves && matches!(target, Target::HiLink | Target::Stick) && firmware.is_none() {
            doubts.push(format!("the stick does not say here which firmware it holds; it may be one without {target}"));
        }
        match self.place.mode {
            // The working mode of its own firmware is where it comes up; nothing is tried in vain for that.
            _ if firmware.is_some_and(|firmware| firmware.works_in() == target) => {}
            Mode::Download => doubts.push(
                "this leaves download mode, and firmware may let no software lead back: then the way back needs the boot pad \
                 and a loader (`balong load LOADER`)"
                    .to_owned(),
            ),
            Mode::Fastboot => doubts.push(
                "this leaves fastboot, and no software leads back: the way back needs the boot pad and a loader (`balong load \
                 LOADER --fastboot`)"
                    .to_owned(),
            ),
            _ => {}
        }
        doubts
    }
}

/// The cheapest route of at most `longest` ways, and its cost.
fn route(place: &Place, target: Target, closed: &[(Way, String)], longest: usize) -> Option<(u32, Vec<Way>)> {
    if target.admits(place.mode) {
        return Some((0, Vec::new()));
    }
    if longest == 0 {
        return None;
    }
    let open = Way::from(place).into_iter().filter(|(way, _)| !closed.iter().any(|(shut, _)| shut == way));
    let over = open.filter_map(|(way, places)| {
        // The likeliest landing counts, not the best one.
        let (cost, mut ways) = places.iter().find_map(|next| route(next, target, closed, longest - 1))?;
        ways.insert(0, way);
        Some((cost + way.cost(), ways))
    });
    over.min_by_key(|(cost, _)| *cost)
}

fn why_not(place: &Place, target: Target) -> NoRoute {
    match (place.firmware, target) {
        (Some(firmware), Target::HiLink | Target::Stick) if firmware.works_in() != target => {
            NoRoute::OtherFirmware(firmware)
        }
        _ => NoRoute::NoWay,
    }
}
