//! The program: arguments in, exit status out. Everything between is [`balong::cli`].

use std::io::{BufReader, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use balong::cli::{self, Answers, Streams};
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
                answers: can_ask.then(|| Box::new(BufReader::new(stdin)) as Answers),
                terminal: std::io::stderr().is_terminal(),
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

/// The first signal asks for a stop between two frames; a second one ends the program at once. Both are answered, because
/// the stick may take a minute for the frame that is under way.
fn stop_on_signals(interrupt: &Interrupt) -> std::io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let interrupt = interrupt.clone();
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for _ in signals.forever() {
            // A closed standard error is no reason not to stop.
            if interrupt.requested() {
                drop(writeln!(std::io::stderr(), "\nLeft at once. If partitions were being written, the flash holds a mixture; the same command finishes it."));
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
