//! Reading the arguments by the definition of the one command that they name.
//!
//! The definitions of all commands with all options are thousands of small pieces, and most of what a short command would
//! do before it looks at the bus; a stick in its virtual CD has to be told before the system's own switcher tells it.

use std::ffi::OsString;

use clap::{Args, FromArgMatches, Parser, Subcommand};

use super::{
    Arguments, AtOptions, BridgeOptions, ConvertOptions, FirmwareCommand, FlashOptions, Global, InfoOptions,
    ListOptions, LoadOptions, LoaderCommand, SwitchOptions, TerminalOptions,
};

/// What gives a command its arguments.
type Define = fn(clap::Command) -> clap::Command;

/// Every command by its name.
const COMMANDS: [(&str, Define); 13] = [
    ("list", ListOptions::augment_args),
    ("info", InfoOptions::augment_args),
    ("switch", SwitchOptions::augment_args),
    ("load", LoadOptions::augment_args),
    ("flash", FlashOptions::augment_args),
    ("convert", ConvertOptions::augment_args),
    ("reset", |command| command),
    ("bridge", BridgeOptions::augment_args),
    ("at", AtOptions::augment_args),
    ("terminal", TerminalOptions::augment_args),
    ("doctor", |command| command),
    ("firmware", |command| FirmwareCommand::augment_subcommands(command.subcommand_required(true))),
    ("loader", |command| LoaderCommand::augment_subcommands(command.subcommand_required(true))),
];

/// Reads the arguments, the program's name in front.
///
/// # Errors
///
/// Whatever clap has to say of them: faults, and the help that was asked for. They are of the whole definition.
pub fn read(given: &[OsString]) -> Result<Arguments, clap::Error> {
    // What is wrong by one command's definition is looked at again by all of them: they know what else may be meant.
    by_one_command(given).map_or_else(|| Arguments::try_parse_from(given), Ok)
}

/// `None` for everything that is not plainly right.
fn by_one_command(given: &[OsString]) -> Option<Arguments> {
    let (name, define) = given.iter().skip(1).find_map(|word| COMMANDS.iter().find(|(name, _)| word == name))?;
    let command = define(clap::Command::new(*name));
    let whole = Global::augment_args(clap::Command::new("balong")).subcommand(command).disable_help_subcommand(true);
    // A word that was taken for the command may be an option's value. Then the command itself is not known here.
    let mut matches = whole.try_get_matches_from(given).ok()?;
    Arguments::from_arg_matches_mut(&mut matches).ok()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use clap::error::ErrorKind;
    use proptest::prelude::*;

    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    /// The definition of a command, as far as reading goes.
    fn definition(command: &clap::Command) -> String {
        let each = command.get_arguments().map(|argument| format!("{argument:?}")).collect::<Vec<_>>();
        let below = command.get_subcommands().map(definition).collect::<Vec<_>>();
        let needed = (command.is_subcommand_required_set(), command.is_arg_required_else_help_set());
        format!("{} {needed:?} {each:?} {below:?}", command.get_name())
    }

    #[test]
    fn every_command_is_there_with_the_arguments_of_the_whole_definition() {
        let whole = Arguments::command();
        let known: Vec<_> = COMMANDS.map(|(name, _)| name).to_vec();
        assert_eq!(known, whole.get_subcommands().map(clap::Command::get_name).collect::<Vec<_>>());
        for (name, define) in COMMANDS {
            let expected = whole.find_subcommand(name).expect("it is there");
            let mut alone = define(clap::Command::new(name));
            if expected.is_arg_required_else_help_set() {
                alone = alone.arg_required_else_help(true);
            }
            assert_eq!(definition(&alone), definition(expected), "{name}");
        }
    }

    #[test]
    fn sound_arguments_are_read_by_one_definition() {
        for line in [
            "balong list",
            "balong --backend nusb switch --to stick",
            "balong switch --to serial --port 1-1.4 -vv",
            "balong at ATI AT^HWVER",
            "balong --capture list reset",
            "balong loader show l.bin --format json",
        ] {
            let quick = by_one_command(&words(line)).map(|read| format!("{read:?}"));
            let slow = Arguments::try_parse_from(words(line)).expect("sound arguments");
            // What is taken for the command there is the name of a file.
            let expected = (!line.contains("--capture list")).then(|| format!("{slow:?}"));
            assert_eq!(quick, expected, "{line}");
            assert_eq!(format!("{:?}", read(&words(line)).expect("sound arguments")), format!("{slow:?}"));
        }
    }

    #[test]
    fn what_is_not_plainly_right_is_said_by_the_whole_definition() {
        for (line, kind) in [
            ("balong", ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand),
            ("balong --version", ErrorKind::DisplayVersion),
            ("balong switch --help", ErrorKind::DisplayHelp),
            ("balong help switch", ErrorKind::DisplayHelp),
            ("balong swich", ErrorKind::InvalidSubcommand),
            ("balong switch", ErrorKind::MissingRequiredArgument),
            ("balong loader", ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand),
            ("balong list list", ErrorKind::UnknownArgument),
        ] {
            let error = read(&words(line)).map(|read| format!("{read:?}")).expect_err(line);
            let whole = Arguments::try_parse_from(words(line)).expect_err(line);
            assert_eq!(error.kind(), kind, "{line}");
            assert_eq!(error.to_string(), whole.to_string(), "{line}");
        }
    }

    proptest! {
        #[test]
        fn both_definitions_read_the_same(line in proptest::collection::vec(
            prop_oneof![
                Just("list"), Just("switch"), Just("at"), Just("loader"), Just("show"), Just("help"), Just("--to"),
                Just("stick"), Just("--port"), Just("1-1"), Just("--all"), Just("-v"), Just("-yv"), Just("--"),
                Just("--capture"), Just("--format=json"), Just("--probe"), Just("ATI"), Just("--version"), Just(""),
            ],
            0..6,
        )) {
            let given: Vec<OsString> = std::iter::once("balong").chain(line).map(OsString::from).collect();
            let read = read(&given).map(|read| format!("{read:?}")).map_err(|error| error.to_string());
            let whole = Arguments::try_parse_from(&given).map(|read| format!("{read:?}")).map_err(|error| error.to_string());
            prop_assert_eq!(read, whole);
        }
    }
}
