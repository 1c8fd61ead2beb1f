//! `switch`: another composition, without writing anything.

use serde_json::json;

use super::arguments::{Global, SwitchOptions};
use super::connection::{Connection, Handling};
use super::console::Console;
use super::job::Loading;
use super::problem::Problem;
use super::reporter::{Consent, Reporter};
use super::{outcome, selection};
use crate::failure::Failure;
use crate::stick::{self, Host, Mode};
use crate::switch::{self, Target};
use crate::usb::PortPath;

pub fn switch(
    console: &mut Console<'_>,
    host: &Host<'_>,
    connection: &Connection,
    global: &Global,
    options: &SwitchOptions,
) -> Result<u8, Problem> {
    let target = options.to.into();
    let ports = if options.catch {
        vec![caught(console, host, connection, global)?]
    } else {
        selection::ports_once_back(console, host, global)?
    };
    let mut worst = 0;
    for path in ports {
        // One that fails does not keep the others from theirs.
        let ended = one(console, host, connection, global, options, target, &path);
        worst = worst.max(ended.unwrap_or_else(|problem| console.problem(&problem)));
    }
    Ok(worst)
}

fn one(
    console: &mut Console<'_>,
    host: &Host<'_>,
    connection: &Connection,
    global: &Global,
    options: &SwitchOptions,
    target: Target,
    path: &PortPath,
) -> Result<u8, Problem> {
    let by_loader = options.loader.as_ref().filter(|_| matches!(target, Target::Fastboot | Target::Download));
    if let Some(loader) = by_loader
        && stick::at_path(host.bus, path)?.as_ref().and_then(Mode::of) == Some(Mode::BootRom)
    {
        // The one way that sends a file: it is read, checked and confirmed as `load` does.
        let loading = Loading {
            path: loader,
            options: &options.loading,
            fastboot: target == Target::Fastboot,
            model: options.model.as_deref(),
            outcome: "switched",
        };
        return loading.run(console, host, connection, global, path);
    }
    if options.loader.is_some() {
        console.tell("note: --loader is for the way out of the boot ROM, and the stick is not there; it is not sent");
    }
    // Nothing is written, so nothing needs to be confirmed.
    let consent = Consent { dry_run: global.dry_run, given: true };
    let mut reporter = Reporter::new(console, connection, consent, "Switch", &host.interrupt);
    let ended = connection.hold(path).and_then(|_lock| switch::run(host, path, target, &mut reporter));
    drop(reporter);
    Ok(outcome::show(console, path, "switched", ended))
}

/// Waits until a stick is plugged in, and returns its port.
fn caught(
    console: &mut Console<'_>,
    host: &Host<'_>,
    connection: &Connection,
    global: &Global,
) -> Result<PortPath, Problem> {
    let path = match &global.port[..] {
        [] if !global.all => None,
        [path] => Some(path),
        _ => {
            return Err(Problem::usage(
                "--catch waits for one stick: name one port, or none for whichever comes first",
            ));
        }
    };
    let port = path.map(|path| format!(" into {path}")).unwrap_or_default();
    console.event("waiting", json!({ "port": path.map(ToString::to_string), "for": "plug" }));
    console
        .tell(&format!("Plug the stick in{port} now; if it is in already, pull it out first. Ctrl-C ends the wait."));
    let simulated = connection.simulated.iter().find(|stick| path.is_none_or(|path| stick.port == *path));
    if let (Some(hand), Some(stick)) = (&connection.hand, simulated) {
        console
            .tell(&format!("(Simulated: a hand unplugs the stick at {} and plugs it in again for you.)", stick.port));
        hand(&stick.port, Handling::Replug);
    }
    let terminal = console.terminal();
    let mut waiting = |passed: std::time::Duration, within: std::time::Duration| {
        if terminal {
            let left = within.saturating_sub(passed).as_secs();
            console.spin(&format!("waiting for a stick to be plugged in: {left} s left"));
        }
    };
    let caught = switch::catch(host, path, &mut waiting);
    console.clear_bar();
    let caught = caught.map_err(|cause| Failure { port: path.cloned(), ..Failure::from(cause) })?;
    Ok(caught.path)
}
