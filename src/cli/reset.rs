//! `reset`: restart a stick, in the modes that have a word for it.

use super::arguments::Global;
use super::connection::Connection;
use super::console::Console;
use super::outcome;
use super::problem::Problem;
use super::reporter::{Consent, Reporter};
use super::selection;
use crate::stick::Host;
use crate::switch;

pub fn reset(
    console: &mut Console<'_>,
    host: &Host<'_>,
    connection: &Connection,
    global: &Global,
) -> Result<u8, Problem> {
    let mut worst = 0;
    for path in selection::ports(host, global)? {
        // A restart writes nothing, so it needs no confirmation.
        let consent = Consent { dry_run: global.dry_run, given: true };
        let mut reporter = Reporter::new(console, connection, consent, "Restart", &host.interrupt);
        let ended = connection.hold(&path).and_then(|_lock| switch::restart(host, &path, &mut reporter));
        drop(reporter);
        worst = worst.max(outcome::show(console, &path, "reset", ended));
    }
    Ok(worst)
}
