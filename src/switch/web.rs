//! Asking the web server of HiLink firmware.

use std::time::Duration;

use super::Switcher;
use super::take::{LEAVES_WITHIN, Taken};
use crate::failure::Cause;
use crate::usb::Attached;
use crate::web::{Refusal, SwitchWay, WebApi, WebError, WebMode, WebOutcome};

/// How long the network card of a stick may take until it has an address.
const REACHED_WITHIN: Duration = Duration::from_secs(15);

/// Between two looks.
const AGAIN: Duration = Duration::from_millis(500);

impl Switcher<'_, '_> {
    /// Asks for another composition, in every way that such firmware is known to have.
    pub(super) fn ask_web(&mut self, mode: WebMode, here: &Attached) -> Result<Taken, Cause> {
        let mut refusals = Refusals::default();
        for way in ways(mode) {
            let mut api = match self.web(here)? {
                Ok(api) => api,
                Err(why) => return Ok(self.not_reached(why)),
            };
            match api.switch(mode, way) {
                // It drops off the bus while it answers, so no answer may be a yes.
                Ok(outcome) => {
                    if self.leaves_within(here, LEAVES_WITHIN)? {
                        return self.arrival(here, "in its new composition");
                    }
                    refusals.add(match outcome {
                        WebOutcome::Accepted => "it says yes and stays as it is".to_owned(),
                        WebOutcome::Unclear(why) => format!("{why}, and it stays as it is"),
                    });
                }
                Err(why) => refusals.add_error(&why),
            }
            // One that leaves late must not be asked for something else.
            if !self.follower.is_still(here)? {
                return self.arrival(here, "in its new composition");
            }
        }
        Ok(Taken::Refused(refusals.in_words()))
    }

    /// What keeps this host from the web server is no refusal of the firmware's; it is kept for the end.
    fn not_reached(&mut self, why: WebError) -> Taken {
        let words = why.to_string();
        self.unreached = Some(why);
        Taken::Refused(words)
    }

    /// Asks for a restart. The stick may leave before it has answered; the bus decides.
    pub(super) fn restart_by_web(&mut self, here: &Attached) -> Result<Option<Cause>, Cause> {
        let asked = match self.web(here)? {
            Ok(mut api) => api.restart(),
            Err(why) => Err(why),
        };
        match asked {
            Ok(WebOutcome::Accepted) => Ok(None),
            Ok(WebOutcome::Unclear(why)) => {
                self.observer.remark(&format!("the web server does not say whether it restarts the stick ({why})"));
                Ok(None)
            }
            Err(why) => Ok(Some(why.into())),
        }
    }

    /// A session with the web server of this very stick, once its network card has an address.
    fn web(&mut self, here: &Attached) -> Result<Result<WebApi, WebError>, Cause> {
        let start = self.host.bus.now();
        loop {
            let why = match self.host.web.reach(here).and_then(|address| WebApi::connect(&address)) {
                Ok(api) => return Ok(Ok(api)),
                Err(why) => why,
            };
            let passed = self.host.bus.now().saturating_sub(start);
            let may_come =
                matches!(why, WebError::NoInterface { .. } | WebError::NoAddress { .. } | WebError::Unreachable { .. });
            if !may_come || passed >= REACHED_WITHIN || self.leaves_within(here, AGAIN)? {
                return Ok(Err(why));
            }
            self.observer.waiting("to be reached over its network card", passed, REACHED_WITHIN);
        }
    }
}

/// The requests that lead there, in the order of the firmware that is known to have them.
fn ways(mode: WebMode) -> impl Iterator<Item = SwitchWay> {
    let knows = move |way: &SwitchWay| mode == WebMode::Debug || *way != SwitchWay::ModeApi;
    [SwitchWay::Cgi, SwitchWay::Page, SwitchWay::ModeApi].into_iter().filter(knows)
}

/// Why request after request was refused, each reason once.
#[derive(Default)]
struct Refusals(Vec<String>);

impl Refusals {
    fn add_error(&mut self, why: &WebError) {
        tracing::info!(%why, "the web server refuses");
        self.add(in_short(why));
    }

    fn add(&mut self, why: String) {
        if !self.0.contains(&why) {
            self.0.push(why);
        }
    }

    fn in_words(&self) -> String {
        self.0.join(", ")
    }
}

/// A refusal of the web server in few words: which of its paths is missing is of no use to anybody.
pub(super) fn in_short(why: &WebError) -> String {
    match why {
        WebError::MissingPage { .. } | WebError::Refused { refusal: Refusal::NotSupported, .. } => {
            "its web server knows no such request".to_owned()
        }
        other => other.to_string(),
    }
}
