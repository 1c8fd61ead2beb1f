//! The program: arguments in, exit status out. Everything between is [`balong::cli`].

use std::io::{BufReader, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use balong::cli::{self, Answers, Input, Screen, Streams};
use balong::protocol::Interrupt;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::iterator::Signals;
use tracing::Level;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    log_to_standard_error(cli::verbosity(&arguments));
    let interrupt = Interrupt::new();
    if let Err(error) = survive_full_files() {
        tracing::warn!(%error, "a recording that meets the limit of a file's size ends the program");
    }
    if let Err(error) = stop_on_signals(&interrupt) {
        tracing::warn!(%error, "signals end the program at once, not between two frames");
    }
    let run = std::panic::catch_unwind(|| {
        let stdin = std::io::stdin();
        let can_ask = stdin.is_terminal();
        cli::run(
            arguments,
            Streams {
                out: &mut std::io::stdout(),
                err: &mut std::io::stderr(),
                answers: can_ask.then(|| Box::new(BufReader::new(std::io::stdin())) as Answers),
                input: if can_ask { Input::Terminal } else { Input::Piped(Box::new(stdin)) },
                terminal: std::io::stderr().is_terminal(),
                screen: Screen::of_standard_output(),
            },
            None,
            &interrupt,
        )
    });
    run.map_or_else(
        |_| {
            let said = writeln!(
                std::io::stderr(),
                "\nThis is a bug in balong. What the stick's flash holds is not known; the same command can be run again."
            );
            drop(said);
            ExitCode::from(1)
        },
        ExitCode::from,
    )
}

/// How long the rest of the program has to close its ports after a second signal: every wait ends within a quarter of a
/// second then, and a control request within one.
const LEAVES_WITHIN: Duration = Duration::from_secs(2);

/// The first signal asks for a stop between two frames. The stick may take a minute for the frame that is under way, so
/// a second one ends every wait: ports are closed and kernel drivers given back, and whatever still does not end by
/// then is ended.
fn stop_on_signals(interrupt: &Interrupt) -> std::io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let interrupt = interrupt.clone();
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for _ in signals.forever() {
            // A closed standard error is no reason not to stop.
            if interrupt.requested() {
                interrupt.insist();
                drop(writeln!(std::io::stderr(), "\nLeaving at once."));
                std::thread::sleep(LEAVES_WITHIN);
                drop(writeln!(std::io::stderr(), "It did not end by itself in time, so it was ended. If a stick was being written, its flash holds a mixture; the same command finishes it."));
                std::process::exit(130);
            }
            interrupt.request();
            drop(writeln!(std::io::stderr(), "\nStopping as soon as the stick has answered what it was sent last; once more leaves at once."));
        }
    })?;
    Ok(())
}

/// A write beyond the limit of a file's size (`ulimit -f`) shall fail as on a full disk, and not end the process: a
/// recording must not harm a flash.
fn survive_full_files() -> std::io::Result<()> {
    signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false))).map(drop)
}

/// Logs go to standard error. When that is closed they are lost, and nothing else is: a log must not harm a flash.
fn log_to_standard_error(verbosity: u8) {
    let level = match verbosity {
        0 => Level::WARN,
        1 => Level::INFO,
        2 => Level::DEBUG,
        _ => Level::TRACE,
    };
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_target(false)
        .without_time()
        .with_ansi(std::io::stderr().is_terminal())
        .log_internal_errors(false)
        .with_writer(std::io::stderr)
        .init();
}
