//! The arguments, as clap reads them and `--help` shows them.

mod bridge;
mod files;
mod firmware;
mod quick;
mod talking;
mod writing;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::convert::Entry;
use crate::switch::Target;
use crate::usb::PortPath;

pub use bridge::BridgeOptions;
pub use files::{
    FirmwareShowOptions, ForOptions, LoaderCommand, LoaderPackOptions, LoaderPatchOptions, LoaderShowOptions,
    LoaderUnpackOptions, MapOptions,
};
pub use firmware::{FirmwareCommand, FirmwareOptions, PackArguments, UnpackArguments};
pub use quick::read;
pub use talking::{AtOptions, ModeArgument, TerminalOptions, WhichPort};
pub use writing::{FlashingOptions, LoadingOptions};

/// Userspace USB driver and flasher for Huawei LTE sticks on HiSilicon Balong chips.
///
/// A stick is named by the physical port it sits in, such as 1-1.4 (`balong list` shows it), which stays the same
/// however often the stick re-enumerates. Try it without a stick: balong convert --simulate e3372h
#[derive(Debug, Parser)]
#[command(name = "balong", bin_name = "balong", version, max_term_width = 100)]
pub struct Arguments {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Args, Debug)]
#[command(next_help_heading = "Options of every command")]
pub struct Global {
    /// The stick in this port, such as 1-1.4 (repeatable)
    #[arg(long, value_name = "PATH", global = true)]
    pub port: Vec<PortPath>,
    /// Every stick that is attached
    #[arg(long, global = true, conflicts_with = "port")]
    pub all: bool,
    /// The USB library to use
    #[arg(long, value_enum, global = true)]
    pub backend: Option<Backend>,
    /// A simulated stick in place of the bus: MODEL[@MODE] (repeatable)
    ///
    /// Models: e3372h, e3372h-open (its firmware allows the software ways into download mode), e3372s, brovi (another chip,
    /// which is refused), and the id of any known device in its virtual CD, such as 12d1:14b5. Modes: cd, hilink, stick,
    /// serial, bootrom, download, fastboot; without one a stick is in its usual mode.
    #[arg(long, value_name = "MODEL[@MODE]", global = true, conflicts_with = "backend")]
    pub simulate: Vec<String>,
    /// Record all that is said to and by the stick in a new file, for Wireshark and for a report
    ///
    /// The firmware that is sent is in it; long numbers that the stick says, such as the IMEI, are masked.
    #[arg(long, value_name = "FILE.pcapng", global = true)]
    pub capture: Option<PathBuf>,
    /// How results are written to standard output
    #[arg(long, value_enum, default_value_t = Format::Text, global = true)]
    pub format: Format,
    /// Show the whole plan and send nothing
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// Answer yes to the confirmation
    #[arg(long, short, global = true)]
    pub yes: bool,
    /// Log more to standard error (repeatable)
    #[arg(long, short, action = clap::ArgAction::Count, global = true)]
    pub verbose: u8,
}

impl Global {
    pub fn json(&self) -> bool {
        self.format == Format::Json
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Backend {
    /// The system's own interface, through the crate nusb (the default)
    Nusb,
    /// libusb, built in
    Libusb,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show every Balong stick: port, ids, mode, interfaces, drivers, access
    List(ListOptions),
    /// Ask a stick who it is: model, hardware, firmware
    Info(InfoOptions),
    /// Bring a stick into another mode, and see that it got there
    Switch(SwitchOptions),
    /// Send a RAM loader to a stick in its boot ROM
    Load(LoadOptions),
    /// Write firmware to a stick in download mode
    Flash(FlashOptions),
    /// The whole job: from any mode to the firmware given, and back on the bus
    Convert(ConvertOptions),
    /// Restart a stick
    Reset,
    /// Give each serial port of a stick to other programs: a pty with a name that stays, or RFC 2217
    Bridge(BridgeOptions),
    /// Send AT commands, and print the answers
    At(AtOptions),
    /// Talk to a serial port of a stick by hand
    Terminal(TerminalOptions),
    /// Look for what on this machine stands in the way of a stick, and say the remedy
    Doctor,
    /// Look into firmware files, take them apart, put them together
    #[command(subcommand)]
    Firmware(FirmwareCommand),
    /// Look into loader files
    #[command(subcommand)]
    Loader(LoaderCommand),
}

impl Command {
    /// Whether showing something is all that the command does.
    pub fn only_looks(&self) -> bool {
        let makes_files = matches!(self, Self::Firmware(FirmwareCommand::Unpack(_) | FirmwareCommand::Pack(_)));
        let looks = matches!(
            self,
            Self::List(_) | Self::Info(_) | Self::At(_) | Self::Doctor | Self::Firmware(_) | Self::Loader(_)
        );
        looks && !makes_files
    }
}

#[derive(Args, Debug)]
pub struct ListOptions {
    /// Go on, with a line for every stick that comes, changes or leaves, until Ctrl-C
    #[arg(long)]
    pub watch: bool,
    /// Ask each serial port whose role its descriptors do not tell what it is, with harmless AT commands
    #[arg(long, conflicts_with = "watch")]
    pub probe: bool,
}

#[derive(Args, Debug)]
pub struct InfoOptions {
    /// Show IMEI and serial number in full
    #[arg(long)]
    pub show_identity: bool,
}

#[derive(Args, Debug)]
pub struct SwitchOptions {
    /// The mode it is wanted in
    #[arg(long, value_enum, value_name = "MODE")]
    pub to: TargetArgument,
    /// Wait for the stick to be plugged in, and act before the system's own mode switcher does
    ///
    /// A simulated stick is unplugged and plugged in again by a simulated hand.
    #[arg(long)]
    pub catch: bool,
    /// The loader, for the way from the boot ROM into fastboot or download mode
    #[arg(long, value_name = "FILE")]
    pub loader: Option<PathBuf>,
    /// What the stick is, such as E3372h; the boot ROM itself does not tell
    #[arg(long, requires = "loader")]
    pub model: Option<String>,
    #[command(flatten)]
    pub loading: LoadingOptions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TargetArgument {
    /// The little router
    Hilink,
    /// The modem of stick firmware, with its network interface
    Stick,
    /// Serial ports alone
    Serial,
    /// The download daemon, for flashing
    Download,
    /// The loader's fastboot
    Fastboot,
}

impl From<TargetArgument> for Target {
    fn from(argument: TargetArgument) -> Self {
        match argument {
            TargetArgument::Hilink => Self::HiLink,
            TargetArgument::Stick => Self::Stick,
            TargetArgument::Serial => Self::Serial,
            TargetArgument::Download => Self::Download,
            TargetArgument::Fastboot => Self::Fastboot,
        }
    }
}

#[derive(Args, Debug)]
pub struct LoadOptions {
    /// The loader file (usbloader.bin, usblsafe.bin)
    #[arg(value_name = "LOADER")]
    pub loader: PathBuf,
    #[command(flatten)]
    pub loading: LoadingOptions,
    /// Cut the loader so that it stays in fastboot
    #[arg(long)]
    pub fastboot: bool,
    /// What the stick is, such as E3372h; the boot ROM itself does not tell
    #[arg(long)]
    pub model: Option<String>,
}

#[derive(Args, Debug)]
pub struct FlashOptions {
    /// A firmware file (.bin, .exe) or a folder of NN-CCCCCCCC-Name.bin files
    #[arg(value_name = "FIRMWARE|DIRECTORY")]
    pub firmware: PathBuf,
    #[command(flatten)]
    pub flashing: FlashingOptions,
    /// Stay in download mode afterwards
    #[arg(long)]
    pub keep: bool,
    /// What the stick is, such as E3372h
    #[arg(long)]
    pub model: Option<String>,
}

#[derive(Args, Debug)]
pub struct ConvertOptions {
    /// The loader, for the way through the boot ROM
    #[arg(long, value_name = "FILE")]
    pub loader: Option<PathBuf>,
    /// A firmware file or folder; several are put into order by their type (repeatable)
    #[arg(long, value_name = "FIRMWARE|DIRECTORY")]
    pub firmware: Vec<PathBuf>,
    /// The way out of the running firmware
    #[arg(long, value_enum, default_value_t = EntryArgument::Auto)]
    pub entry: EntryArgument,
    /// What the stick is, such as E3372h; the boot ROM itself does not tell
    #[arg(long)]
    pub model: Option<String>,
    #[command(flatten)]
    pub loading: LoadingOptions,
    #[command(flatten)]
    pub flashing: FlashingOptions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EntryArgument {
    /// By software where the firmware allows it, else by the boot pad
    Auto,
    /// By software only
    Software,
    /// By the boot pad at once
    Needle,
}

impl From<EntryArgument> for Entry {
    fn from(argument: EntryArgument) -> Self {
        match argument {
            EntryArgument::Auto => Self::Auto,
            EntryArgument::Software => Self::Software,
            EntryArgument::Needle => Self::Needle,
        }
    }
}
