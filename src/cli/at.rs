//! `at`: AT commands, one after the other, and their answers.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use serde_json::json;

use super::arguments::{AtOptions, Global};
use super::connection::Connection;
use super::console::Console;
use super::port_choice::{self, Chosen};
use super::problem::Problem;
use super::{Input, selection};
use crate::failure::{Cause, Failure};
use crate::protocol::at::{Answer, Command, Exchange, FinalResult};
use crate::stick::Host;
use crate::usb::{PortPath, UsbError};

/// The largest list of commands taken, in bytes.
const LARGEST_LIST: u64 = 1024 * 1024;

/// The exit status of an error result.
const ERROR_RESULT: u8 = 6;

pub fn at(
    console: &mut Console<'_>,
    host: &Host<'_>,
    connection: &Connection,
    global: &Global,
    options: &AtOptions,
) -> Result<u8, Problem> {
    let commands = commands(console, options)?;
    let mut worst = 0;
    for path in selection::ports(host, global)? {
        let failed = |cause| Failure { port: Some(path.clone()), ..Failure::from(cause) };
        let ended = connection.hold(&path).and_then(|_lock| {
            let act = if global.dry_run { plan } else { one };
            act(console, host, &path, options, &commands).map_err(failed)
        });
        let exit = match ended {
            Ok(exit) => exit,
            Err(failure) => console.problem(&Problem { failure }),
        };
        worst = worst.max(exit);
    }
    Ok(worst)
}

/// Every command, checked: nothing is sent unless all of them may be.
fn commands(console: &mut Console<'_>, options: &AtOptions) -> Result<Vec<Command>, Problem> {
    let Some(file) = &options.file else {
        return options.commands.iter().map(|text| checked(text).map_err(Problem::usage)).collect();
    };
    let place = if file.as_os_str() == "-" { "standard input".to_owned() } else { file.display().to_string() };
    let text = list(console, file, &place)?;
    let lines = text.lines().zip(1..).map(|(line, number)| (line.trim(), number));
    let commands: Vec<_> = lines
        .filter(|(line, _)| !line.is_empty() && !line.starts_with('#'))
        .map(|(line, number)| checked(line).map_err(|why| Problem::usage(format!("line {number} of {place}: {why}"))))
        .collect::<Result<_, _>>()?;
    if commands.is_empty() {
        return Err(Problem::usage(format!("{place} holds no command")));
    }
    Ok(commands)
}

/// A command that may be sent, or why it may not.
fn checked(text: &str) -> Result<Command, String> {
    let command = Command::new(text).map_err(|error| error.to_string())?;
    if !text.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("AT")) {
        return Err(format!("an AT command begins with AT, and `{text}` does not"));
    }
    command.permitted().map_err(|error| error.to_string())?;
    Ok(command)
}

/// The list in a file, or on standard input; `place` names it for people.
fn list(console: &mut Console<'_>, file: &Path, place: &str) -> Result<String, Problem> {
    let failed = |source| Cause::System { doing: format!("reading the commands from {place}"), source };
    let mut bytes = Vec::new();
    let read = |source: &mut dyn Read, bytes: &mut Vec<u8>| source.take(LARGEST_LIST + 1).read_to_end(bytes);
    if file.as_os_str() == "-" {
        match console.take_input() {
            Input::Piped(mut input) => read(&mut *input, &mut bytes).map_err(failed)?,
            Input::Terminal => read(&mut std::io::stdin(), &mut bytes).map_err(failed)?,
            Input::Nothing => 0,
        };
    } else {
        let mut opened =
            File::open(file).map_err(|error| Problem::usage(format!("{place} cannot be opened: {error}")))?;
        read(&mut opened, &mut bytes).map_err(|error| Problem::usage(format!("{place} cannot be read: {error}")))?;
    }
    if bytes.len() as u64 > LARGEST_LIST {
        return Err(Problem::usage(format!("{place} is too long for a list of commands")));
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.as_bytes().iter().take(error.utf8_error().valid_up_to());
        let line = good.filter(|byte| **byte == b'\n').count() + 1;
        Problem::usage(format!("line {line} of {place}: it is no text (UTF-8)"))
    })
}

/// What would be sent, and where, as far as that is known without asking.
fn plan(
    console: &mut Console<'_>,
    host: &Host<'_>,
    path: &PortPath,
    options: &AtOptions,
    commands: &[Command],
) -> Result<u8, Cause> {
    let device = port_choice::talkative(host, path)?;
    port_choice::permit(&device, commands)?;
    let port = match port_choice::named(&device, &options.which)? {
        Some(found) => format!("interface {} ({})", found.interface, found.role),
        None => "the port that answers".to_owned(),
    };
    for command in commands {
        console.event("plan", json!({ "port": path.to_string(), "command": command.text() }));
        console.line(&format!("{path}: {command} to {port}"));
    }
    console.line("Nothing was sent: this was the plan (--dry-run).");
    Ok(0)
}

fn one(
    console: &mut Console<'_>,
    host: &Host<'_>,
    path: &PortPath,
    options: &AtOptions,
    commands: &[Command],
) -> Result<u8, Cause> {
    let device = port_choice::talkative(host, path)?;
    port_choice::permit(&device, commands)?;
    let mut chosen = port_choice::open(host, &device, &options.which)?;
    tracing::info!(port = %path, interface = chosen.interface, role = chosen.role, "AT commands go to");
    let mut call = Call::None;
    let ended = all(console, &mut chosen, path, options, commands, &mut call);
    // On every way out: a call may have come up after its answer was given up.
    let hung_up = hang_up(console, &mut chosen, call);
    let exit = ended?;
    hung_up?;
    Ok(exit)
}

/// What is known of a call that a command asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    None,
    /// There may be one.
    AskedFor,
    /// The port carries its data.
    Connected,
}

fn all(
    console: &mut Console<'_>,
    chosen: &mut Chosen<'_>,
    path: &PortPath,
    options: &AtOptions,
    commands: &[Command],
    call: &mut Call,
) -> Result<u8, Cause> {
    let within = Duration::from_secs(options.timeout.into());
    let mut exit = 0;
    for (command, left) in commands.iter().zip((0..commands.len()).rev()) {
        if command.makes_calls() {
            *call = Call::AskedFor;
        }
        // A silent port may answer yet, and what comes late would be taken for the answer to the next command: so silence
        // ends the list, whatever the options say.
        let answer = chosen.session.drive(Exchange::new(command.clone(), within).of_anybody())?;
        show(console, path, command, &answer, commands.len() > 1);
        if let FinalResult::Connect(_) = answer.result {
            *call = Call::Connected;
            return Ok(if left > 0 { not_sent(console, left) } else { exit });
        }
        if !answer.result.is_success() {
            exit = ERROR_RESULT;
            if !options.keep_going {
                return Ok(if left > 0 { not_sent(console, left) } else { exit });
            }
        }
    }
    Ok(exit)
}

fn not_sent(console: &mut Console<'_>, left: usize) -> u8 {
    let were = if left == 1 { "command was" } else { "commands were" };
    console.aside(&format!("{left} more {were} not sent."));
    ERROR_RESULT
}

/// Nobody here is at the other end of a call: lowering DTR ends it.
fn hang_up(console: &mut Console<'_>, chosen: &mut Chosen<'_>, call: Call) -> Result<(), Cause> {
    let connected = call == Call::Connected;
    if call == Call::None {
        return Ok(());
    }
    match chosen.hang_up() {
        Ok(()) if connected => {
            console.aside("The port carries data now, which this command has no use for, so DTR was lowered.");
        }
        Ok(()) => {}
        Err(UsbError::Gone) => return Err(UsbError::Gone.into()),
        Err(error) => {
            tracing::debug!(%error, "DTR was not taken");
            let carries = if connected { "carries" } else { "may carry" };
            console.aside(&format!(
                "The port {carries} data now, and the stick does not take the end of it (DTR): re-plug it."
            ));
        }
    }
    Ok(())
}

fn show(console: &mut Console<'_>, path: &PortPath, command: &Command, answer: &Answer, several: bool) {
    let meaning = answer.result.meaning();
    console.event(
        "answer",
        json!({
            "port": path.to_string(),
            "command": command.text(),
            "lines": answer.lines,
            "final": answer.result.to_string(),
            "meaning": meaning,
            "unsolicited": answer.unsolicited,
        }),
    );
    for line in &answer.unsolicited {
        console.aside(&format!("(unasked) {line}"));
    }
    if several {
        console.line(&format!("> {command}"));
    }
    for line in &answer.lines {
        console.line(line);
    }
    let meaning = meaning.map(|text| format!(" ({text})")).unwrap_or_default();
    console.line(&format!("{}{meaning}", answer.result));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_at_command_or_is_never_sent_is_refused_with_its_reason() {
        assert!(checked("AT^HWVER").is_ok() && checked("at").is_ok());
        let why = |text| checked(text).expect_err(text);
        assert!(why("^HWVER").contains("begins with AT"));
        assert!(why("A").contains("begins with AT"));
        assert!(why("").contains("cannot be empty"));
        assert!(why("AT\rATD1").contains("printable"));
        assert!(why("ÄT").contains("printable"));
        assert!(why("AT^DATALOCK=\"1\"").contains("does not send it"));
    }
}
