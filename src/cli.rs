//! The command line: the only layer that prints, draws bars, asks, or knows JSON.
//!
//! [`run`] is the whole program less the process around it. Tests call it with arguments, streams and a bus of their own.

mod arguments;
mod at;
mod bridge;
mod capture;
mod connection;
mod console;
mod doctor;
mod firmware_command;
mod firmware_show;
mod info;
mod job;
mod list;
mod loader_command;
mod loader_folder;
mod loader_patch;
mod map;
mod new_file;
mod outcome;
mod plan_text;
mod port_choice;
mod problem;
mod reporter;
mod reset;
#[cfg(feature = "simulate")]
mod samples;
mod screen;
mod selection;
mod size_text;
mod switch;
mod table_text;
mod terminal;
mod verdict;
mod watch;

use std::ffi::OsString;
use std::io::{BufRead, Read, Write};

use crate::protocol::Interrupt;
use crate::stick::Host;

pub use connection::{Connection, Handling};
pub use screen::Screen;

use arguments::{Arguments, Command, FirmwareCommand, LoaderCommand};
use capture::Capture;
use console::{Console, Style};
use problem::Problem;

/// Where answers to prompts are read from.
pub type Answers = Box<dyn BufRead + Send>;

/// Standard input, for the commands that read from it.
#[derive(Default)]
pub enum Input {
    /// Nothing is there to be read.
    #[default]
    Nothing,
    /// A pipe, a file, or a stand-in for one.
    Piped(Box<dyn Read + Send>),
    /// The terminal that the process was started on.
    Terminal,
}

/// Where the program reads and writes.
pub struct Streams<'a> {
    /// Results, and in JSON mode nothing but events.
    pub out: &'a mut dyn Write,
    /// Prompts, bars, logs and errors.
    pub err: &'a mut dyn Write,
    /// Where answers to prompts are read from; `None` where nobody can be asked.
    pub answers: Option<Answers>,
    /// Standard input as such, for commands that take more from it than answers.
    pub input: Input,
    /// Whether standard error is a terminal, on which bars can be drawn.
    pub terminal: bool,
    /// What standard output is drawn on; `None` where it is no terminal.
    pub screen: Option<Screen>,
}

/// How often `-v` was given, by a look at the words alone: reading the arguments in full is done once, by [`run`].
#[must_use]
pub fn verbosity(arguments: &[OsString]) -> u8 {
    let words = arguments.iter().skip(1).filter_map(|word| word.to_str()).take_while(|word| *word != "--");
    let count = words.map(|word| match word.strip_prefix('-') {
        Some("-verbose") => 1,
        // The other options of one letter that take no value may stand beside it.
        Some(letters) if !letters.is_empty() && letters.chars().all(|letter| matches!(letter, 'v' | 'y')) => {
            letters.matches('v').count()
        }
        _ => 0,
    });
    u8::try_from(count.sum::<usize>()).unwrap_or(u8::MAX)
}

/// Runs the program, and returns its exit status.
///
/// `connection` stands in for the backend that the arguments name.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    streams: Streams<'_>,
    connection: Option<Connection>,
    interrupt: &Interrupt,
) -> u8 {
    let given: Vec<OsString> = arguments.into_iter().collect();
    let arguments = match arguments::read(&given) {
        Ok(arguments) => arguments,
        Err(error) => return refuse_arguments(&given, &error, streams),
    };
    let style = Style { json: arguments.global.json(), terminal: streams.terminal };
    let mut console = Console::new(streams, style, &capture::again(&given, &arguments));
    let ended = dispatch(&arguments, &mut console, connection, interrupt);
    match ended {
        // While a stick is written, lost output is no failure; where output is all there is, it is.
        Ok(0) if console.lost_output() && arguments.command.only_looks() => {
            console.raw_error("error: standard output could not be written\n");
            1
        }
        Ok(exit) => exit,
        Err(problem) => console.problem(&problem),
    }
}

fn dispatch(
    arguments: &Arguments,
    console: &mut Console<'_>,
    connection: Option<Connection>,
    interrupt: &Interrupt,
) -> Result<u8, Problem> {
    let global = &arguments.global;
    if global.capture.is_some() && looks_at_files_alone(&arguments.command) {
        return Err(Problem::usage("--capture records what is said to a stick, and this command looks at files alone"));
    }
    match &arguments.command {
        Command::Firmware(FirmwareCommand::Show(options)) if verdict::asks_a_stick(&options.verdict) => {}
        Command::Firmware(command) => return firmware_command::run(console, global, command, interrupt),
        Command::Loader(LoaderCommand::Show(options)) => return loader_command::show(console, global, options),
        Command::Loader(LoaderCommand::Patch(options)) => return loader_patch::patch(console, global, options),
        Command::Loader(LoaderCommand::Unpack(options)) => return loader_folder::unpack(console, global, options),
        Command::Loader(LoaderCommand::Pack(options)) => return loader_folder::pack(console, global, options),
        _ => {}
    }
    let (mut connection, backend) = match connection {
        Some(connection) => (connection, "a bus of the caller's".to_owned()),
        None => (connection::connect(global, interrupt)?, connection::describe(global)),
    };
    let capture = Capture::begin(console, global, &mut connection, &backend)?;
    let ended = on_bus(arguments, console, &connection, interrupt);
    if let Some(capture) = capture {
        capture.end(console);
    }
    ended
}

fn looks_at_files_alone(command: &Command) -> bool {
    match command {
        Command::Firmware(FirmwareCommand::Show(options)) => !verdict::asks_a_stick(&options.verdict),
        Command::Firmware(_) | Command::Loader(_) => true,
        _ => false,
    }
}

/// The commands that speak to sticks.
fn on_bus(
    arguments: &Arguments,
    console: &mut Console<'_>,
    connection: &Connection,
    interrupt: &Interrupt,
) -> Result<u8, Problem> {
    let global = &arguments.global;
    let host = Host { bus: &*connection.bus, web: &*connection.web, interrupt: interrupt.clone() };
    match &arguments.command {
        Command::List(options) if options.watch => watch::watch(console, &host),
        Command::List(options) if options.probe && !global.dry_run => list::probe(console, &host, connection),
        Command::List(_) => list::list(console, &host),
        Command::Info(options) => info::info(console, &host, connection, global, options),
        Command::Switch(options) => switch::switch(console, &host, connection, global, options),
        Command::Load(options) => job::load(console, &host, connection, global, options),
        Command::Flash(options) => job::flash(console, &host, connection, global, options),
        Command::Convert(options) => job::convert(console, &host, connection, global, options),
        Command::Bridge(options) => bridge::bridge(console, &host, connection, global, options),
        Command::Doctor => doctor::doctor(console, &host, connection, global),
        Command::Reset => reset::reset(console, &host, connection, global),
        Command::Firmware(FirmwareCommand::Show(options)) => {
            firmware_show::show(console, global, options, Some(verdict::Way { host: &host, connection }))
        }
        Command::At(options) => at::at(console, &host, connection, global, options),
        Command::Terminal(options) => terminal::terminal(console, &host, connection, global, options),
        Command::Firmware(_) | Command::Loader(_) => Ok(0),
    }
}

/// Usage errors: what clap says, with status 2, and as an event where JSON was asked for.
fn refuse_arguments(given: &[OsString], error: &clap::Error, streams: Streams<'_>) -> u8 {
    let wants_json = given.windows(2).any(|pair| pair[0] == "--format" && pair[1] == "json")
        || given.iter().any(|argument| argument == "--format=json");
    let is_help = !error.use_stderr();
    let terminal = streams.terminal;
    let mut console = Console::new(streams, Style { json: wants_json, terminal }, given);
    if is_help {
        console.raw(&error.render().to_string());
        return 0;
    }
    if wants_json {
        let text = error.render().to_string();
        let first = text.lines().next().unwrap_or_default();
        return console.problem(&Problem::usage(first.trim_start_matches("error: ")));
    }
    console.raw_error(&error.render().to_string());
    2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_v_counts_wherever_it_stands_and_no_other_letter_does() {
        let count = |words: &[&str]| verbosity(&words.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(count(&["balong", "list", "-v", "-vv", "--verbose"]), 4);
        assert_eq!(count(&["balong", "-yv", "convert", "--yes"]), 1);
        assert_eq!(count(&["-v", "list", "-o", "v", "--version", "--", "-v"]), 0);
    }
}
