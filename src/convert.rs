//! THE JOB: a stick that runs one firmware ends up running another, followed by its port path alone.
//!
//! | stage | the stick is in | we say | then, in the SAME port with a NEW address |
//! |---|---|---|---|
//! | leave | HiLink, stick, serial, CD stage | the software way, else the needle | download mode, or boot ROM |
//! | load | boot ROM | the loader, block by block | download mode |
//! | flash | download mode | every partition | still here |
//! | return | download mode | reset | HiLink or stick mode; the version read back is the proof |
//!
//! A job looks at the mode that the stick is in NOW and enters the table at that row. So running the same command again
//! after any failure is the way to resume. `load` and `flash` are the same table with fewer rows. Several containers are
//! several passes of the table.

mod cd_stage;
mod check;
mod come_back;
mod flash;
mod leave;
mod load;
mod observer;
mod plan;

use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

use crate::failure::{Cause, Failure, FlashState, Stage};
use crate::follow::{Follower, Waiting};
use crate::image::firmware::Firmware;
use crate::image::guard::{self, Overrides};
use crate::image::loader::PreparedLoader;
use crate::image::platform::Model;
use crate::stick::{Host, Identified, Mode};
use crate::usb::{Attached, PortPath};

pub use crate::outcome::Outcome;
pub use observer::{Confirmation, Observer, Progress};
pub use plan::{Needles, Plan, in_flashing_order};

/// How long the person in front of the stick has for the boot pad.
const NEEDLE_WITHIN: Duration = Duration::from_secs(600);

/// Which way out of the running firmware is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Entry {
    /// The software way where there is one, else the needle.
    #[default]
    Auto,
    /// The software way or none.
    Software,
    /// The needle at once.
    Needle,
}

/// One job on one stick. Every file in it was read and checked already.
#[derive(Debug)]
pub struct Job<'a> {
    /// The port of the stick.
    pub path: PortPath,
    /// Which rows of the table may be used: `convert` uses all, `load` and `flash` fewer.
    pub rows: RangeInclusive<Stage>,
    /// The loader, for sticks that are or will be in the boot ROM.
    pub loader: Option<PreparedLoader>,
    /// The file that the loader was read from, for the plan.
    pub loader_path: Option<&'a Path>,
    /// The containers, in flashing order; see [`in_flashing_order`].
    pub firmware: &'a [Firmware],
    /// The way out of the running firmware.
    pub entry: Entry,
    /// What the operator says the stick is.
    pub model: Option<&'static Model>,
    /// What the operator lifts.
    pub overrides: Overrides,
}

/// Runs a job to its end.
///
/// # Errors
///
/// A [`Failure`] that says the stage, what the flash holds, and what went wrong. Nothing is sent when an image does not
/// fit the stick, as far as the stick says who it is in its present mode.
pub fn run(host: &Host<'_>, job: Job<'_>, observer: &mut dyn Observer) -> Result<Outcome, Failure> {
    let mut run = Run::new(host, &job.path, job.rows, observer);
    run.entry = job.entry;
    run.overrides = job.overrides;
    run.loader = job.loader;
    run.whole(job.firmware, job.model, job.loader_path).map_err(|cause| run.failed(cause))
}

/// One container of a job, on its way through the table.
#[derive(Clone, Copy)]
struct Pass<'f> {
    firmware: &'f Firmware,
    /// Whether it is the job's last container: only then is everything written.
    is_last: bool,
}

/// One job under way.
struct Run<'a, 'o> {
    host: &'a Host<'a>,
    observer: &'o mut dyn Observer,
    follower: Follower<'a>,
    rows: RangeInclusive<Stage>,
    entry: Entry,
    overrides: Overrides,
    /// What the stick said of itself before anything was written.
    identity: Option<Identified>,
    /// The software that it ran at first.
    from_software: Option<String>,
    /// The software that it runs now; nothing from the first write on, until it was read back.
    software: Option<String>,
    loader: Option<PreparedLoader>,
    stage: Option<Stage>,
    state: FlashState,
    place: Option<String>,
}

impl<'a, 'o> Run<'a, 'o> {
    /// A job on the stick in one port, of which nothing is known or done yet.
    fn new(host: &'a Host<'a>, path: &PortPath, rows: RangeInclusive<Stage>, observer: &'o mut dyn Observer) -> Self {
        Self {
            host,
            observer,
            follower: Follower::new(host.bus, path.clone(), host.interrupt.clone()),
            rows,
            entry: Entry::default(),
            overrides: Overrides::default(),
            identity: None,
            from_software: None,
            software: None,
            loader: None,
            stage: None,
            state: FlashState::Untouched,
            place: None,
        }
    }

    /// The failure of this job as it stands. Once somebody insists on a stop, a call that fails was broken off.
    fn failed(&self, cause: Cause) -> Failure {
        let was_broken_off = self.host.interrupt.insisted() && cause.usb().is_some();
        let cause = if was_broken_off { Cause::Interrupted } else { cause };
        Failure {
            cause: Box::new(cause),
            port: Some(self.follower.path().clone()),
            stage: self.stage,
            state: self.state,
            place: self.place.clone(),
        }
    }

    fn whole(
        &mut self,
        firmware: &[Firmware],
        model: Option<&'static Model>,
        loader_path: Option<&Path>,
    ) -> Result<Outcome, Cause> {
        self.stop_if_asked()?;
        let mut here = self.present()?;
        let from_mode = mode_of(&here);
        self.check_row(&here)?;
        self.check_images(firmware, model)?;
        self.identify(&here)?;
        self.check_stick(firmware)?;
        self.software = self.identity.as_ref().and_then(|identified| identified.identity.software.clone());
        self.from_software.clone_from(&self.software);

        let mut plan = Plan::new(
            self.follower.path(),
            &here,
            &self.rows,
            self.entry,
            self.identity.as_ref(),
            self.loader.as_ref(),
            firmware,
        );
        plan.loader_path = loader_path;
        self.check_loader_given(&plan)?;
        match self.observer.confirm(&plan) {
            Confirmation::Yes => {}
            Confirmation::No => return Err(Cause::Declined),
            Confirmation::Interrupted => return Err(Cause::Interrupted),
            Confirmation::NobodyToAsk => {
                return Err(Cause::Usage(
                    "this must be confirmed, and there is no terminal to ask on; --yes answers beforehand".to_owned(),
                ));
            }
            Confirmation::PlanOnly => return Ok(self.outcome(false, from_mode, from_mode)),
        }

        if firmware.is_empty() {
            here = self.pass(here, None)?;
        }
        for (index, container) in firmware.iter().enumerate() {
            let pass = Pass { firmware: container, is_last: index + 1 == firmware.len() };
            here = self.pass(here, Some(pass))?;
        }
        Ok(self.outcome(true, from_mode, mode_of(&here)))
    }

    /// One pass of the table, from the row that the stick's present mode names.
    fn pass(&mut self, mut here: Attached, pass: Option<Pass<'_>>) -> Result<Attached, Cause> {
        let mut done = None;
        loop {
            let mode = mode_of(&here);
            let stage = match done {
                Some(Stage::Flash) => Stage::Return,
                _ => row_of(mode),
            };
            if !self.rows.contains(&stage) {
                return Ok(here);
            }
            self.stage = Some(stage);
            self.place = None;
            self.observer.stage(self.follower.path(), stage, mode);
            match (stage, pass) {
                (Stage::Leave, _) => here = self.leave(here)?,
                (Stage::Load, _) => here = self.load(&here, pass.is_none_or(|pass| pass.is_last))?,
                (Stage::Flash, Some(pass)) => here = self.flash(here, pass)?,
                (Stage::Return, Some(pass)) => return self.come_back(&here, pass),
                (Stage::Flash | Stage::Return, None) => return Ok(here),
            }
            done = Some(stage);
        }
    }

    fn outcome(&self, done: bool, from_mode: Mode, mode: Mode) -> Outcome {
        Outcome {
            done,
            changed: done,
            from_mode,
            mode,
            from_software: self.from_software.clone(),
            software: self.software.clone(),
            state: self.state,
        }
    }
}

/// The row of the table that a mode names.
fn row_of(mode: Mode) -> Stage {
    match mode {
        Mode::BootRom => Stage::Load,
        Mode::Download => Stage::Flash,
        _ => Stage::Leave,
    }
}

fn mode_of(device: &Attached) -> Mode {
    Mode::of(device).unwrap_or(Mode::Unknown)
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
