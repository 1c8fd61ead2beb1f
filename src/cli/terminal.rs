//! `terminal`: a console on the raw bulk pair of one serial port.
//!
//! What a person types is that person's own voice: it is sent as it is, and nothing of it is refused.

mod by_hand;
mod editor;
mod front;
mod keyboard;
mod keys;
mod leave_key;
mod piped;
mod settings;
mod talk;
mod talk_log;

use std::io::IsTerminal;
use std::time::Duration;

use super::arguments::{Global, ModeArgument, TerminalOptions};
use super::connection::Connection;
use super::console::Console;
use super::port_choice::{self, Chosen};
use super::problem::Problem;
use super::{Input, selection};
use crate::failure::{Cause, Failure};
use crate::stick::Host;
use crate::usb::PortPath;

use by_hand::{Characters, LinesByHand};
use front::Front;
use keyboard::Keyboard;
use piped::{PipedBytes, PipedLines};
use settings::RawMode;
use talk::{Ended, Talk};
use talk_log::TalkLog;

pub use leave_key::LeaveKey;

pub fn terminal(
    console: &mut Console<'_>,
    host: &Host<'_>,
    connection: &Connection,
    global: &Global,
    options: &TerminalOptions,
) -> Result<u8, Problem> {
    if console.json() {
        return Err(Problem::usage("a terminal has no JSON form; `balong at` has one"));
    }
    let paths = selection::ports(host, global)?;
    let [path] = paths.as_slice() else {
        return Err(Problem::usage("a terminal talks to one stick at a time; name one with --port"));
    };
    let failed = |cause| Failure { port: Some(path.clone()), ..Failure::from(cause) };
    let _lock = connection.hold(path)?;
    Ok(on_port(console, host, path, global, options).map_err(failed)?)
}

fn on_port(
    console: &mut Console<'_>,
    host: &Host<'_>,
    path: &PortPath,
    global: &Global,
    options: &TerminalOptions,
) -> Result<u8, Cause> {
    let device = port_choice::talkative(host, path)?;
    if global.dry_run {
        let port = match port_choice::named(&device, &options.which)? {
            Some(found) => format!("interface {} ({})", found.interface, found.role),
            None => "the port that answers AT".to_owned(),
        };
        console.line(&format!("{path}: a terminal on {port}. Nothing was sent: this was the plan (--dry-run)."));
        return Ok(0);
    }
    // Before anything is opened: a log that cannot be made is no reason to disturb a stick.
    let log = options.log.as_deref().map(TalkLog::create).transpose()?;
    let mut chosen = port_choice::open(host, &device, &options.which)?;
    tracing::info!(port = %path, interface = chosen.interface, role = chosen.role, "terminal");
    let input = console.take_input();
    let by_hand = matches!(input, Input::Terminal) && std::io::stdout().is_terminal();
    let raw_mode = if by_hand { settings::enter(&host.interrupt)? } else { None };
    let mut front = front(options, &chosen, raw_mode.as_ref());
    if raw_mode.is_some() {
        let Chosen { interface, role, .. } = &chosen;
        console.aside(&format!("Interface {interface} ({role}) of the stick at {path}. {} leaves.", options.leave));
    }
    let stop = || host.interrupt.requested() || raw_mode.as_ref().is_some_and(RawMode::quit_asked);
    let keyboard = Keyboard::reading(input);
    let mut talk = Talk { console, clock: host.bus, line: chosen.session.port(), log, stop: &stop };
    let ended = talk.run(&mut *front, &keyboard);
    // Before anything is said about how it ended.
    drop(raw_mode);
    match ended? {
        Ended::Left => Ok(0),
        Ended::Stopped => Err(Cause::Interrupted),
    }
}

/// What stands between the person and the port.
fn front(options: &TerminalOptions, chosen: &Chosen<'_>, raw_mode: Option<&RawMode>) -> Box<dyn Front> {
    let silence = Duration::from_secs(options.timeout.into());
    let prompt = format!("{}> ", chosen.role.split(',').next().unwrap_or_default());
    let prompt = if chosen.role.contains("AT") { "at> ".to_owned() } else { prompt };
    match (options.mode, raw_mode) {
        (ModeArgument::Line, Some(_)) => Box::new(LinesByHand::new(options.leave, prompt, settings::columns)),
        (ModeArgument::Character, Some(_)) => Box::new(Characters::new(options.leave)),
        (ModeArgument::Line, None) => Box::new(PipedLines::new(silence)),
        (ModeArgument::Character, None) => Box::new(PipedBytes::new(silence)),
    }
}
