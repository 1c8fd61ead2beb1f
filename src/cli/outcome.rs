//! What a job came to, for people and for programs.

use serde_json::json;

use super::console::Console;
use super::problem::Problem;
use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::usb::PortPath;

/// Shows how a job on one stick ended, and returns its exit status. `word` is what its success is called in JSON.
pub fn show(console: &mut Console<'_>, port: &PortPath, word: &str, ended: Result<Outcome, Failure>) -> u8 {
    let outcome = match ended {
        Ok(outcome) => outcome,
        Err(failure) => return console.problem(&Problem { failure }),
    };
    let word = if outcome.done { word } else { "planned" };
    console.event(
        "result",
        json!({
            "port": port.to_string(),
            "outcome": word,
            "changed": outcome.changed,
            "from_mode": outcome.from_mode.word(),
            "mode": outcome.mode.word(),
            "from_software": outcome.from_software,
            "software": outcome.software,
            "state": outcome.state.word(),
        }),
    );
    if !outcome.done {
        console.line("Nothing was changed: this was the plan (--dry-run).");
        return 0;
    }
    if !outcome.changed {
        console.line(&format!("{port}: it is in {} already; nothing was done to it.", outcome.mode.place()));
        return 0;
    }
    let software =
        |version: &Option<String>| version.as_ref().map(|version| format!(", version {version}")).unwrap_or_default();
    console.line(&format!(
        "{port}: {word}. It was in {}{}; it is in {}{}.",
        outcome.from_mode.place(),
        software(&outcome.from_software),
        outcome.mode.place(),
        software(&outcome.software)
    ));
    0
}
