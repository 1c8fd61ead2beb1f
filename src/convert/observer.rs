//! What a job tells while it runs, and the one question that it asks.

use std::time::Duration;

use super::Plan;
use crate::failure::Stage;
use crate::stick::Mode;
use crate::usb::PortPath;

/// How far a transfer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The stage.
    pub stage: Stage,
    /// The partition, or the loader's block.
    pub part: &'a str,
    /// Bytes that the stick has acknowledged.
    pub sent: u64,
    /// Bytes in all.
    pub total: u64,
}

/// A listener to one job. Every method has an empty default, but for the question.
pub trait Observer {
    /// Whether to go on with this plan. Nothing that changes the stick was sent before this is asked.
    fn confirm(&mut self, plan: &Plan<'_>) -> Confirmation;
    /// A stage begins.
    fn stage(&mut self, _port: &PortPath, _stage: Stage, _mode: Mode) {}
    /// A transfer begins (with nothing sent) or goes on. All sent is not done: the stick may still refuse it.
    fn progress(&mut self, _port: &PortPath, _progress: &Progress<'_>) {}
    /// The stick confirmed a part as a whole.
    fn part_done(&mut self, _port: &PortPath, _progress: &Progress<'_>) {}
    /// The boot pad must be shorted now; `within` is how long the job will wait.
    fn needle(&mut self, _port: &PortPath, _within: Duration) {}
    /// The job waits for the stick.
    fn waiting(&mut self, _awaited: &str, _passed: Duration, _within: Duration) {}
    /// Something happened that the person in front of the stick should know.
    fn remark(&mut self, _text: &str) {}
}

/// The answer to the one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// Go on.
    Yes,
    /// Do not.
    No,
    /// A stop was asked for instead of an answer.
    Interrupted,
    /// Nobody could be asked, and nobody answered beforehand.
    NobodyToAsk,
    /// The plan was all that was wanted.
    PlanOnly,
}
