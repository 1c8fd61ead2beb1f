//! `reset`: restart a stick, in whatever mode it can be told to.

use serde_json::json;

use super::arguments::Global;
use super::connection::Connection;
use super::console::Console;
use super::problem::Problem;
use super::reporter::{Consent, Reporter};
use super::selection;
use crate::convert::{self, Host};
use crate::failure::Failure;
use crate::usb::PortPath;

pub fn reset(
    console: &mut Console<'_>,
    host: &Host<'_>,
    connection: &Connection,
    global: &Global,
) -> Result<u8, Problem> {
    let mut worst = 0;
    for path in selection::ports(host, global)? {
        let consent = Consent { dry_run: global.dry_run, given: true };
        let mut reporter = Reporter::new(console, connection, consent, "Restart");
        let ended = convert::restart(host, &path, &mut reporter);
        drop(reporter);
        worst = worst.max(show(console, &path, ended));
    }
    Ok(worst)
}

fn show(console: &mut Console<'_>, path: &PortPath, ended: Result<convert::Outcome, Failure>) -> u8 {
    match ended {
        Ok(outcome) => {
            let word = if outcome.done { "reset" } else { "planned" };
            console.event(
                "result",
                json!({
                    "port": path.to_string(),
                    "outcome": word,
                    "from_mode": outcome.from_mode.word(),
                    "mode": outcome.mode.word(),
                    "from_software": outcome.from_software,
                    "software": outcome.software,
                    "state": outcome.state.word(),
                }),
            );
            console.line(&format!("{path}: {word}. It was in {}; it is in {}.", outcome.from_mode, outcome.mode));
            0
        }
        Err(failure) => console.problem(&Problem { failure }),
    }
}
