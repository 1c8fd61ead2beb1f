//! Shows a job as it runs: bars on a terminal, plain lines without one, events in JSON.

use std::path::Path;
use std::time::Duration;

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::connection::{Connection, Handling};
use super::console::Console;
use crate::convert::{Confirmation, Observer, Plan, Progress};
use crate::failure::Stage;
use crate::protocol::Interrupt;
use crate::stick::Mode;
use crate::switch::{self, Way};
use crate::usb::PortPath;

/// How often a wait is mentioned where no spinner can be drawn.
const MENTION_EVERY: Duration = Duration::from_secs(10);

/// What is decided before a job is run.
#[derive(Clone, Copy, Debug)]
pub struct Consent {
    /// `--dry-run`.
    pub dry_run: bool,
    /// `--yes`, or a simulated stick.
    pub given: bool,
}

/// The observer of the command line.
pub struct Reporter<'c, 's> {
    console: &'c mut Console<'s>,
    connection: &'c Connection,
    consent: Consent,
    verb: &'static str,
    interrupt: Interrupt,
    /// The part that the bar is for, and the last whole percent that was told.
    part: Option<(String, u64)>,
    mentioned: Option<(String, Duration)>,
}

impl<'c, 's> Reporter<'c, 's> {
    pub fn new(
        console: &'c mut Console<'s>,
        connection: &'c Connection,
        consent: Consent,
        verb: &'static str,
        interrupt: &Interrupt,
    ) -> Self {
        let interrupt = interrupt.clone();
        Self { console, connection, consent, verb, interrupt, part: None, mentioned: None }
    }

    fn begin_part(&mut self, progress: &Progress<'_>) {
        let bar = ProgressBar::new(progress.total).with_message(progress.part.to_owned());
        let template = "{spinner} {msg:32} {bar:20} {bytes:>10}/{total_bytes:10} {bytes_per_sec:>12}  {eta:>4} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        // An erase or a verification answers nothing for many seconds; the spinner shows that the program is alive.
        self.console.bar(bar).enable_steady_tick(Duration::from_millis(120));
        self.part = Some((progress.part.to_owned(), 0));
    }

    fn end_part(&mut self, progress: &Progress<'_>) {
        self.console.clear_bar();
        self.console.line(&format!("  {:<32} {:>10}  done", progress.part, HumanBytes(progress.total).to_string()));
        self.part = None;
    }
}

impl Observer for Reporter<'_, '_> {
    fn confirm(&mut self, plan: &Plan<'_>) -> Confirmation {
        self.console.event("plan", plan_event(plan));
        for line in super::plan_text::plan_lines(plan, self.console.screen()) {
            self.console.line(&line);
        }
        if self.consent.dry_run {
            return Confirmation::PlanOnly;
        }
        if self.consent.given {
            return Confirmation::Yes;
        }
        if !self.console.can_ask() {
            return Confirmation::NobodyToAsk;
        }
        let question = format!("{} the stick at {}?", self.verb, plan.port);
        self.console.ask(&question, &self.interrupt)
    }

    fn stage(&mut self, port: &PortPath, stage: Stage, mode: Mode) {
        self.console.clear_bar();
        self.mentioned = None;
        self.console.event("stage", json!({ "port": port.to_string(), "stage": stage.word(), "mode": mode.word() }));
        self.console.line(&format!("{port}: {}, the stick is in {}", stage_title(stage), mode.place()));
    }

    fn progress(&mut self, port: &PortPath, progress: &Progress<'_>) {
        if self.part.as_ref().is_none_or(|(part, _)| part != progress.part) {
            self.begin_part(progress);
        }
        let percent = (progress.sent * 100).checked_div(progress.total).unwrap_or(100);
        if let Some((_, told)) = &mut self.part {
            if percent == *told && progress.sent != progress.total {
                return;
            }
            *told = percent;
        }
        self.console.event(
            "progress",
            json!({
                "port": port.to_string(),
                "stage": progress.stage.word(),
                "partition": progress.part,
                "sent": progress.sent,
                "total": progress.total,
            }),
        );
        self.console.set_position(progress.sent);
        if progress.sent == progress.total && progress.stage == Stage::Flash {
            self.console.set_message(&format!("{}, verifying", progress.part));
        }
    }

    fn part_done(&mut self, _port: &PortPath, progress: &Progress<'_>) {
        self.end_part(progress);
    }

    fn needle(&mut self, port: &PortPath, within: Duration) {
        self.console.tell(&format!(
            "The boot pad is needed now, on the stick in port {port}:\n  \
             1. Unplug the stick and open its case.\n  \
             2. Touch the boot pad to ground (the metal shield) with a needle or tweezers, and hold it.\n  \
             3. Plug the stick into the SAME port ({port}) while you hold it, and let go after two seconds.\n\
             The program sees the boot ROM by itself and goes on; it waits {} minutes. The stick's LED stays dark, which is right.",
            within.as_secs() / 60
        ));
        if let Some(hand) = &self.connection.hand {
            self.console.tell("(Simulated: a hand shorts the pad for you.)");
            hand(port, Handling::ShortPad);
        }
    }

    fn waiting(&mut self, awaited: &str, passed: Duration, within: Duration) {
        let text = format!("waiting for the stick {awaited}: {} s of at most {} s", passed.as_secs(), within.as_secs());
        if self.console.terminal() {
            self.console.spin(&text);
        }
        let mentioned = match &self.mentioned {
            Some((what, when)) if what == awaited && passed >= *when => *when,
            _ => Duration::ZERO,
        };
        if self.mentioned.as_ref().is_none_or(|(what, _)| what != awaited) || passed >= mentioned + MENTION_EVERY {
            self.mentioned = Some((awaited.to_owned(), passed));
            if !self.console.terminal() && passed >= MENTION_EVERY {
                self.console.tell(&format!("  {text}"));
            }
        }
    }

    fn remark(&mut self, text: &str) {
        self.console.tell(&format!("note: {text}"));
    }
}

/// A switch or a restart: ways in place of stages, and nothing that is written.
impl switch::Observer for Reporter<'_, '_> {
    fn agrees(&mut self, plan: &switch::Plan) -> bool {
        let ways: Vec<_> = plan.ways.iter().map(Way::word).collect();
        self.console.event(
            "plan",
            json!({
                "port": plan.port.to_string(),
                "mode": plan.place.mode.word(),
                "to": plan.target.map(|target| target.mode().word()),
                "stages": ways,
                "warnings": plan.doubts(),
            }),
        );
        for line in super::plan_text::switch_lines(plan) {
            self.console.line(&line);
        }
        !self.consent.dry_run
    }

    fn way(&mut self, port: &PortPath, way: &Way, from: Mode) {
        self.console.clear_bar();
        self.mentioned = None;
        self.console.event("stage", json!({ "port": port.to_string(), "stage": way.word(), "mode": from.word() }));
        self.console.line(&format!("{port}: {way}, the stick is in {}", from.place()));
    }

    fn waiting(&mut self, awaited: &str, passed: Duration, within: Duration) {
        Observer::waiting(self, awaited, passed, within);
    }

    fn remark(&mut self, text: &str) {
        Observer::remark(self, text);
    }
}

impl Drop for Reporter<'_, '_> {
    fn drop(&mut self) {
        self.console.clear_bar();
    }
}

fn stage_title(stage: Stage) -> &'static str {
    match stage {
        Stage::Leave => "leaving the running firmware",
        Stage::Load => "sending the loader",
        Stage::Flash => "writing partitions",
        Stage::Return => "restarting",
    }
}

fn plan_event(plan: &Plan<'_>) -> Value {
    let firmware: Vec<_> = plan
        .firmware
        .iter()
        .map(|container| {
            json!({
                "path": container.path().to_string_lossy(),
                "type": container.image_type().byte(),
                "platform": container.platform().map(|platform| platform.name()),
                "product": container.product(),
                "version": container.version(),
            })
        })
        .collect();
    let partitions: Vec<_> = plan
        .firmware
        .iter()
        .enumerate()
        .flat_map(|(pass, container)| {
            container.partitions().iter().map(move |partition| {
                json!({
                    "pass": pass,
                    "index": partition.index,
                    "code": format!("{:08x}", partition.code.0),
                    "name": partition.code.name(),
                    "size": partition.size,
                })
            })
        })
        .collect();
    let loader = plan.loader.map(|loader| {
        json!({
            "path": plan.loader_path.map(Path::to_string_lossy),
            "platform": loader.platform().map(|platform| platform.name()),
            "safety": loader.safety().name(),
        })
    });
    json!({
        "port": plan.port.to_string(),
        "mode": plan.mode.word(),
        "stages": plan.stages.iter().map(|stage| stage.word()).collect::<Vec<_>>(),
        "needles": { "least": plan.needles.least, "most": plan.needles.most },
        "loader": loader,
        "firmware": firmware,
        "partitions": partitions,
    })
}
