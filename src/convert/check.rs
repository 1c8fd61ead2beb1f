//! Everything that is checked before anything is sent.

use super::{Awaited, Entry, Plan, Run, mode_of, row_of};
use crate::failure::{Cause, Stage};
use crate::image::firmware::Firmware;
use crate::image::guard::{self, LoaderFacts, Subject};
use crate::image::platform::Model;
use crate::stick::{self, Mode};
use crate::switch::{self, Target};
use crate::usb::Attached;

impl Run<'_, '_> {
    pub(super) fn present(&mut self) -> Result<Attached, Cause> {
        let mut waiting = Awaited { observer: &mut *self.observer, awaited: switch::AWAITED_AT_FIRST };
        switch::present(&self.follower, &mut waiting)
    }

    pub(super) fn check_row(&self, here: &Attached) -> Result<(), Cause> {
        let mode = mode_of(here);
        let row = row_of(mode);
        if row == Stage::Leave && self.entry == Entry::Software && !switch::may_lead(here, Target::Download) {
            return Err(Cause::NotAllowed(format!(
                "no software way leads from the {mode} into download mode; --entry auto or --entry needle takes the boot pad"
            )));
        }
        if self.rows.contains(&row) {
            return Ok(());
        }
        let needed = match self.rows.start() {
            Stage::Load => {
                "a loader is sent to the boot ROM: short the boot pad while plugging the stick in, or let `balong convert` say when"
            }
            _ => {
                "flashing needs download mode: `balong load` brings the boot ROM there, and `balong convert` does the whole way"
            }
        };
        Err(Cause::WrongMode { mode, needed: needed.to_owned() })
    }

    /// Whether the images agree with each other and with `--model`: all that can be told without the stick.
    pub(super) fn check_images(&mut self, firmware: &[Firmware], model: Option<&'static Model>) -> Result<(), Cause> {
        let loader = self.loader.as_ref().map(LoaderFacts::from);
        if firmware.is_empty() {
            guard::admit(&Subject { loader, model, ..Subject::default() }, &self.overrides)?;
        }
        for container in firmware {
            let subject = Subject { firmware: Some(container), loader, model, stick: None };
            guard::admit(&subject, &self.overrides)?;
        }
        Ok(())
    }

    /// Asks the stick who it is, in a mode that can say so.
    ///
    /// A HiLink stick whose web server cannot be reached says nothing; then the checks of the boot ROM apply, where
    /// silence is the rule: the download daemon is asked after the load, before anything is written. The same is true of
    /// fastboot, which tells neither chip nor product.
    pub(super) fn identify(&mut self, here: &Attached) -> Result<(), Cause> {
        if Mode::of(here) == Some(Mode::Fastboot) {
            return Ok(());
        }
        match stick::identify(self.host, here) {
            Ok(Some(identified)) => self.identity = Some(identified),
            Ok(None) => {}
            Err(error) if error.is_final() => return Err(error.into()),
            Err(error) => self.observer.remark(&format!(
                "the stick does not say who it is in its present mode ({error}); it is asked again before anything is written"
            )),
        }
        Ok(())
    }

    /// Whether what the stick said of itself fits every image.
    pub(super) fn check_stick(&mut self, firmware: &[Firmware]) -> Result<(), Cause> {
        let Some(identified) = &self.identity else { return Ok(()) };
        let stick = Some(&identified.identity);
        for container in firmware {
            let subject = Subject { firmware: Some(container), stick, ..Subject::default() };
            for note in guard::admit(&subject, &self.overrides)?.notes {
                self.observer.remark(&note);
            }
        }
        let loader = self.loader.as_ref().map(LoaderFacts::from);
        guard::admit(&Subject { loader, stick, ..Subject::default() }, &self.overrides)?;
        Ok(())
    }

    pub(super) fn check_loader_given(&self, plan: &Plan<'_>) -> Result<(), Cause> {
        // A job of several containers that cannot be finished must not be begun.
        let may_be_stranded = plan.firmware.len() > 1 && plan.needles.most > 0;
        if self.loader.is_none() && (plan.needs_loader() || may_be_stranded) {
            return Err(Cause::Usage(
                "the way goes through the boot ROM, so a loader is needed: --loader FILE".to_owned(),
            ));
        }
        Ok(())
    }
}
