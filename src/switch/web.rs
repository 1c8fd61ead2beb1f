//! Asking the web server of HiLink firmware.

use std::time::Duration;

use super::Switcher;
use super::take::{LEAVES_WITHIN, Taken};
use crate::failure::Cause;
use crate::usb::Attached;
use crate::web::{SwitchWay, WebApi, WebError, WebMode, WebOutcome};

/// How long the network card of a stick may take until it has an address.
const REACHED_WITHIN: Duration = Duration::from_secs(15);

/// Between two looks.
const AGAIN: Duration = Duration::from_millis(500);

impl Switcher<'_, '_> {
    /// Asks for another composition, in every way that such firmware is known to have.
    pub(super) fn ask_web(&mut self, mode: WebMode, here: &Attached) -> Result<Taken, Cause> {
        let mut refusals = Vec::new();
        for (way, name) in ways(mode) {
            let mut api = match self.web(here)? {
                Ok(api) => api,
                Err(why) => return Ok(Taken::Refused(why.to_string())),
            };
            match api.switch(mode, way) {
                // It drops off the bus while it answers, so no answer may be a yes.
                Ok(changed) => {
                    if self.leaves_within(here, LEAVES_WITHIN)? {
                        return self.arrival(here, "in its new composition", false);
                    }
                    refusals.push(match changed {
                        WebOutcome::Accepted => format!("{name}: it says yes and stays as it is"),
                        WebOutcome::Unclear(why) => format!("{name}: it stays as it is, and {why}"),
                    });
                }
                Err(error) => refusals.push(format!("{name}: {error}")),
            }
        }
        Ok(Taken::Refused(refusals.join(", ")))
    }

    /// Asks for a restart. The reason, where it is refused.
    pub(super) fn restart_by_web(&mut self, here: &Attached) -> Result<Option<String>, Cause> {
        let mut api = match self.web(here)? {
            Ok(api) => api,
            Err(why) => return Ok(Some(why.to_string())),
        };
        Ok(api.restart().err().map(|error| error.to_string()))
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
            let may_come = matches!(
                why,
                WebError::NoInterface { .. } | WebError::NoAddress { .. } | WebError::Unreachable { .. }
            );
            if !may_come || passed >= REACHED_WITHIN || self.leaves_within(here, AGAIN)? {
                return Ok(Err(why));
            }
            self.observer.waiting("to be reached over its network card", passed, REACHED_WITHIN);
        }
    }
}

/// The requests that lead there, in the order of the firmware that is known to have them.
fn ways(mode: WebMode) -> Vec<(SwitchWay, &'static str)> {
    let all = [(SwitchWay::Cgi, "by CGI"), (SwitchWay::Page, "by its page"), (SwitchWay::ModeApi, "by its mode API")];
    let knows = |way: &(SwitchWay, _)| mode == WebMode::Debug || way.0 != SwitchWay::ModeApi;
    all.into_iter().filter(knows).collect()
}
