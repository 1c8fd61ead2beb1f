//! The options of the commands that talk to a serial port.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::terminal::LeaveKey;
use crate::stick::Role;

#[derive(Args, Debug)]
pub struct AtOptions {
    /// The commands, such as 'ATI' 'AT^SETPORT?'; in quotes, for the shell has its own use of ^ and ?
    #[arg(value_name = "COMMAND", required_unless_present = "file")]
    pub commands: Vec<String>,
    /// Commands from a file, one a line; `-` is standard input. Empty lines and lines that begin with # are passed over
    #[arg(long, value_name = "FILE", conflicts_with = "commands")]
    pub file: Option<PathBuf>,
    #[command(flatten)]
    pub which: WhichPort,
    /// How long an answer may take
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=3600))]
    pub timeout: u16,
    /// Go on with the next command after an error result. Silence ends the list all the same
    #[arg(long)]
    pub keep_going: bool,
}

#[derive(Args, Debug)]
pub struct WhichPort {
    /// The port by its role; without this, the one that answers AT
    #[arg(long, value_enum)]
    pub role: Option<RoleArgument>,
    /// The port by its interface number, as `balong list` shows it
    #[arg(long, value_name = "NUMBER", conflicts_with = "role")]
    pub interface: Option<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RoleArgument {
    /// The AT port for programs
    Pcui,
    /// The data port, for dialling
    Modem,
    /// The diagnostic port
    Diag,
    /// A shell of the stick's processor
    Shell,
    /// Positions
    Gps,
}

impl From<RoleArgument> for Role {
    fn from(argument: RoleArgument) -> Self {
        match argument {
            RoleArgument::Pcui => Self::Pcui,
            RoleArgument::Modem => Self::Modem,
            RoleArgument::Diag => Self::Diagnostic,
            RoleArgument::Shell => Self::Shell,
            RoleArgument::Gps => Self::Gps,
        }
    }
}

/// Lines, and all that is piped, are looked at first: what unlocks or rewrites identity is not sent. With --mode character
/// on a terminal every key is sent at once, unlooked at. There is no terminal in download mode.
///
/// In line mode a line is edited here and sent with Enter: arrows, Home, End, Ctrl-A, -E, -K, -U and -W edit, up and down
/// recall earlier lines, Ctrl-C drops the line. Ctrl-Z sends it with an end-of-text behind it in place of the carriage
/// return (short messages), Esc twice sends an escape. What the stick says in between does not disturb the line.
#[derive(Args, Debug)]
pub struct TerminalOptions {
    #[command(flatten)]
    pub which: WhichPort,
    /// Whether lines or single characters are sent
    #[arg(long, value_enum, default_value_t = ModeArgument::Line)]
    pub mode: ModeArgument,
    /// The key that leaves: a control character, such as ^] or ctrl-x
    #[arg(long, value_name = "KEY", default_value = "^]")]
    pub leave: LeaveKey,
    /// Where standard input is no terminal: how long the stick must be silent after its end. A line whose answer does not
    /// end with a result (OK, ERROR) holds up the next one as long
    #[arg(long, value_name = "SECONDS", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=3600))]
    pub timeout: u16,
    /// Write all that is said to a new file, with times and directions. IMEI and the like are in it
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ModeArgument {
    /// Lines are edited here, and what the stick says is shown by lines with control characters spelled out
    Line,
    /// Every key goes to the stick at once, and what it says to the terminal, as they are
    Character,
}
