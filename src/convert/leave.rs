//! Out of the running firmware: by software where it allows that, else by the operator's hand on the boot pad.

use std::time::Duration;

use super::{Awaited, Entry, NEEDLE_WITHIN, Observer, Run};
use crate::failure::Cause;
use crate::follow::Verdict;
use crate::stick::Mode;
use crate::switch::{self, Effort, Led, Target, Way};
use crate::usb::{Attached, PortPath};

impl Run<'_, '_> {
    /// Brings the stick into download mode or into the boot ROM.
    pub(super) fn leave(&mut self, here: Attached) -> Result<Attached, Cause> {
        let here = match self.entry {
            Entry::Needle => here,
            Entry::Auto | Entry::Software if switch::may_lead(&here, Target::Download) => {
                // A restart or two more may take longer than the pad, so they are for whoever cannot use that.
                let is_last = self.entry == Entry::Software || self.loader.is_none();
                let effort = if is_last { Effort::Full } else { Effort::Short };
                let observer = &mut Ways { observer: &mut *self.observer };
                match switch::into_download(self.host, here, effort, observer)? {
                    Led::There(arrived) => return Ok(arrived),
                    Led::Refused { cause, .. } if self.loader.is_none() => {
                        return Err(Cause::NotAllowed(format!("{cause}. The boot pad needs a loader: --loader FILE")));
                    }
                    Led::Refused { cause, .. } if effort == Effort::Full => return Err(cause),
                    Led::Refused { here, .. } => here,
                }
            }
            Entry::Auto | Entry::Software => here,
        };
        if self.loader.is_none() {
            return Err(Cause::Usage("the boot pad needs a loader: --loader FILE".to_owned()));
        }
        self.needle(&here)
    }

    /// Asks for the boot pad, and waits until the boot ROM is in the same port.
    fn needle(&mut self, here: &Attached) -> Result<Attached, Cause> {
        let path = self.follower.path().clone();
        self.observer.needle(&path, NEEDLE_WITHIN);
        self.wait_for(here, "in its boot ROM", NEEDLE_WITHIN, &|mode| match mode {
            Mode::BootRom | Mode::Download => Verdict::Arrived,
            mode => Verdict::KeepWaiting(format!(
                "it came back in {mode}: the pad did not touch ground while the stick was plugged in. Pull it out and try again"
            )),
        })
    }

    /// Waits for the next incarnation in a mode that `judge` takes, and shows that the program is alive meanwhile.
    pub(super) fn wait_for(
        &mut self,
        was: &Attached,
        awaited: &str,
        within: Duration,
        judge: &dyn Fn(Mode) -> Verdict,
    ) -> Result<Attached, Cause> {
        let mut waiting = Awaited { observer: &mut *self.observer, awaited };
        let mut judge = |found: &Attached| match Mode::of(found) {
            Some(mode) => judge(mode),
            None => Verdict::Refuse("it is no Huawei device".to_owned()),
        };
        Ok(self.follower.next_incarnation(was, awaited, within, &mut waiting, &mut judge)?)
    }
}

/// Passes on what is told on the way into download mode.
pub(super) struct Ways<'o> {
    pub(super) observer: &'o mut dyn Observer,
}

impl switch::Observer for Ways<'_> {
    fn agrees(&mut self, _: &switch::Plan) -> bool {
        true
    }

    fn way(&mut self, _: &PortPath, way: &Way, from: Mode) {
        self.observer.remark(&format!("the software way is tried, from {}: {way}", from.place()));
    }

    fn waiting(&mut self, awaited: &str, passed: Duration, within: Duration) {
        self.observer.waiting(awaited, passed, within);
    }

    fn remark(&mut self, text: &str) {
        self.observer.remark(text);
    }
}
