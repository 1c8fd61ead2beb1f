//! Power, restarts, and time.

use std::time::Duration;

use bytes::Bytes;

use super::arrival::Arrival;
use super::{Running, Stick};
use crate::composition::Shape;
use crate::firmware;
use crate::loader::Loaded;
use crate::model::Mode;
use crate::network::Network;
use crate::pipes::{Ending, Pipes};
use crate::reaction::Next;
use crate::transcript::Event;

/// How long it takes from a mode that a stick only passed through to the next.
const DETOUR: Duration = Duration::from_secs(2);
#[derive(Debug)]
pub(super) enum Departure {
    Next(Next),
    Detour(Arrival),
}

/// What somebody's hand does to the stick.
#[derive(Debug)]
pub(crate) enum Deed {
    Unplug,
    Plug,
    ShortPad(bool),
    Say { interface: u8, bytes: Bytes, ending: Ending },
}

#[derive(Debug)]
pub(super) struct Power {
    on: bool,
    pad_shorted: bool,
    /// The composition that it comes up with when it is powered for the first time.
    first: Option<Shape>,
    pub(super) incarnation: u32,
    pub(super) moved_to: Option<String>,
    pub(super) leaving: Option<(Duration, Departure)>,
    pub(super) coming: Option<(Duration, Arrival)>,
    pub(super) detour: Option<Arrival>,
    pub(super) product_id: Option<u16>,
    plans: Vec<(Duration, Deed)>,
}

impl Power {
    pub(super) fn off(first: Shape) -> Self {
        Self {
            on: false,
            pad_shorted: false,
            first: Some(first),
            incarnation: 0,
            moved_to: None,
            leaving: None,
            coming: None,
            detour: None,
            product_id: None,
            plans: Vec::new(),
        }
    }
}

impl Stick {
    /// Tells it the time. Everything that was due happens, in order.
    pub fn advance(&mut self, now: Duration) {
        while let Some(due) = self.next_deed().filter(|due| *due <= now) {
            self.now = self.now.max(due);
            self.happen();
        }
        self.now = self.now.max(now);
    }

    /// When something changes by itself; later than the time it was last told.
    #[must_use]
    pub fn next_change(&self) -> Option<Duration> {
        let busy = Some(self.busy_until).filter(|until| *until > self.now);
        [self.next_deed(), busy, self.pipes.next_change(self.now)].into_iter().flatten().min()
    }

    fn next_deed(&self) -> Option<Duration> {
        let plan = self.power.plans.iter().map(|(at, _)| *at).min();
        let leaving = self.power.leaving.as_ref().map(|(at, _)| *at);
        let coming = self.power.coming.as_ref().map(|(at, _)| *at);
        let network = self.network.as_ref().and_then(Network::next);
        [plan, leaving, coming, self.chatter, network, self.next_of_ports()].into_iter().flatten().min()
    }

    fn happen(&mut self) {
        let due = |at: Duration| at <= self.now;
        let plan = self.power.plans.iter().enumerate().filter(|(_, (at, _))| due(*at)).min_by_key(|(_, (at, _))| *at);
        if let Some((index, _)) = plan {
            let (_, deed) = self.power.plans.remove(index);
            self.obey(deed);
        } else if let Some((_, departure)) = self.power.leaving.take_if(|(at, _)| due(*at)) {
            self.depart(departure);
        } else if let Some((_, arrival)) = self.power.coming.take_if(|(at, _)| due(*at)) {
            self.arrive(arrival);
        } else if self.chatter.take_if(|at| due(*at)).is_some() {
            self.say_unasked();
        } else if self.network.as_ref().and_then(Network::next).is_some_and(due) {
            self.run_network();
        } else {
            self.run_ports();
        }
    }

    fn obey(&mut self, deed: Deed) {
        match deed {
            Deed::Unplug => self.unplug(),
            Deed::Plug => self.plug(),
            Deed::ShortPad(shorted) => self.power.pad_shorted = shorted,
            Deed::Say { interface, bytes, ending } => {
                if let Some((_, inward)) = self.pair(interface) {
                    self.pipes.say(inward, self.now, &bytes, ending);
                }
            }
        }
    }

    /// Plans something for so much later.
    pub(crate) fn plan(&mut self, after: Duration, deed: Deed) {
        self.power.plans.push((self.now + after, deed));
    }

    /// Shorts the boot pad, or lets go of it. It matters at power-on only.
    pub fn short_pad(&mut self, shorted: bool) {
        self.power.pad_shorted = shorted;
    }

    /// Gives it power. It comes up by what its flash holds; the first time, as what it was made to be.
    pub fn plug(&mut self) {
        if self.power.on {
            return;
        }
        self.power.on = true;
        let first = self.power.first;
        // The test device has no flash to come up by.
        self.power.first.take_if(|shape| *shape != Shape::Conformance);
        match first {
            // A stick that is there from the start was never seen coming.
            Some(shape) => self.arrive(Arrival { forced: true, ..Arrival::plain(shape) }),
            None => self.boot(),
        }
    }

    /// Makes it the next in a port that had another stick: whoever counts incarnations there goes on counting.
    pub(crate) fn succeed(&mut self, other: &Self) {
        self.power.incarnation = other.power.incarnation;
    }

    /// Takes its power away.
    pub fn unplug(&mut self) {
        self.vanish();
        self.power.on = false;
        self.power.leaving = None;
        self.power.coming = None;
        self.power.detour = None;
    }

    /// Where somebody moved it, if that happened since the last question.
    pub(crate) fn moved(&mut self) -> Option<String> {
        self.power.moved_to.take()
    }

    pub(super) fn leave(&mut self, at: Duration, next: Next) {
        self.power.leaving = Some((at, Departure::Next(next)));
    }

    fn vanish(&mut self) {
        if self.composition.take().is_some() {
            self.note(Event::Left);
        }
        self.other_configuration = None;
        self.running = Running::Nothing;
        self.pipes = Pipes::new(512);
        self.deaf = false;
        self.leaves_when_read = false;
        self.busy_until = Duration::ZERO;
        self.armed = false;
        self.chatter = None;
        self.network = None;
        self.announcements.clear();
    }

    fn depart(&mut self, departure: Departure) {
        self.vanish();
        match departure {
            Departure::Detour(arrival) => self.power.coming = Some((self.now + DETOUR, arrival)),
            Departure::Next(Next::Boot) => self.boot(),
            Departure::Next(Next::Shape(shape)) => self.arrange(firmware::SWITCH, Arrival::plain(shape)),
            Departure::Next(Next::Fastboot) => {
                self.arrange(firmware::time_to(Mode::Fastboot), Arrival::plain(Shape::Fastboot));
            }
            Departure::Next(Next::ForcedDownload) => {
                let arrival = Arrival { forced: true, ..Arrival::plain(Shape::DownloadProject) };
                self.arrange(firmware::GODLOAD_TO_DOWNLOAD, arrival);
            }
            Departure::Next(Next::Loaded(loaded)) => self.start(loaded),
            Departure::Next(Next::Again(away)) => self.arrange(away, Arrival::plain(Shape::Conformance)),
        }
    }

    fn boot(&mut self) {
        let shape = firmware::boot(&self.model, &self.flash, self.power.pad_shorted);
        self.arrange(firmware::time_to(shape.mode()), Arrival::plain(shape));
    }

    fn start(&mut self, loaded: Loaded) {
        // What crashed shows on the bus only after it was powered anew.
        let Loaded::Runs { erases, fastboot, table } = loaded else {
            return;
        };
        if erases {
            self.flash.erase_all();
        }
        self.note(Event::LoaderStarted { erased: erases });
        if fastboot {
            self.arrange(firmware::time_to(Mode::Fastboot), Arrival::plain(Shape::Fastboot));
        } else {
            let arrival = Arrival { shape: Shape::DownloadFactory, forced: true, table };
            self.arrange(firmware::LOADER_TO_DOWNLOAD, arrival);
        }
    }
}
