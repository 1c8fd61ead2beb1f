//! `terminal`: a console on the raw bulk pair of one serial port.
//!
//! Lines are looked at before they are sent, and so is everything that comes through a pipe: what this program never sends
//! is not sent from here either. Single characters that a person types go as they are, for a key cannot wait for its line.

mod by_hand;
mod editor;
mod front;
mod keyboard;
mod keys;
mod leave_key;
mod line_check;
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
use crate::protocol::at::AtError;
use crate::stick::Host;
use crate::usb::PortPath;

use by_hand::{Characters, LinesByHand};
use front::{Front, Trouble};
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
    port_choice::refuse_terminal(&device)?;
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
    let mut chosen = match port_choice::open(host, &device, &options.which) {
        Ok(chosen) => chosen,
        Err(error) => {
            if let Some(log) = log {
                log.discard();
            }
            return Err(error);
        }
    };
    tracing::info!(port = %path, interface = chosen.interface, role = chosen.role, "terminal");
    let ended = talk(console, host, path, options, &mut chosen, log);
    // A call that is still up would go on, and cost, with nobody at its end.
    if let Err(error) = chosen.hang_up() {
        tracing::debug!(%error, "DTR was not taken");
    }
    match ended? {
        Ended::Left => Ok(0),
        Ended::Stopped => Err(Cause::Interrupted),
        Ended::Trouble(trouble) => say(console, trouble),
    }
}

fn talk(
    console: &mut Console<'_>,
    host: &Host<'_>,
    path: &PortPath,
    options: &TerminalOptions,
    chosen: &mut Chosen<'_>,
    log: Option<TalkLog>,
) -> Result<Ended, Cause> {
    let input = console.take_input();
    let by_hand = matches!(input, Input::Terminal) && std::io::stdout().is_terminal();
    let raw_mode = if by_hand { settings::enter(&host.interrupt)? } else { None };
    let mut front = front(options, chosen, raw_mode.as_ref());
    if raw_mode.is_some() {
        let Chosen { interface, role, .. } = &*chosen;
        console.aside(&format!("Interface {interface} ({role}) of the stick at {path}. {} leaves.", options.leave));
    }
    let stop = || host.interrupt.requested() || raw_mode.as_ref().is_some_and(RawMode::quit_asked);
    let keyboard = Keyboard::reading(input);
    // The settings of the terminal are given back before anything is said about how it ended.
    Talk { console, clock: host.bus, line: chosen.session.port(), log, stop: &stop }.run(&mut *front, &keyboard)
}

/// Why it ended before all was said.
fn say(console: &mut Console<'_>, trouble: Trouble) -> Result<u8, Cause> {
    match trouble {
        Trouble::Refused(why) => Err(Cause::Usage(why)),
        Trouble::Unanswered { command, within, heard: None } => Err(AtError::Silent { command, within }.into()),
        Trouble::Unanswered { command, within, heard: Some(line) } => {
            Err(AtError::Unfinished { command, within, lines: vec![line] }.into())
        }
        Trouble::Connected => {
            console.aside("The port carries the data of a call now, so the lines behind it were not sent.");
            Ok(UNANSWERED)
        }
    }
}

/// The exit status where lines were left.
const UNANSWERED: u8 = 6;

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
