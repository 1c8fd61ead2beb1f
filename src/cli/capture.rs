//! `--capture`: what is said on the bus goes into a file as well.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::arguments::{Arguments, Global};
use super::connection::Connection;
use super::console::Console;
use super::problem::Problem;
use crate::stick::Mode;
use crate::usb::Attached;
use crate::usb::record::{IDENTITY_DIGITS, Recorded, Recording, RecordingBus};

/// A recording in its file.
pub struct Capture {
    path: PathBuf,
    recording: Arc<Recording>,
}

impl Capture {
    /// Begins the recording that was asked for, around the bus of the connection. A file that cannot be made is refused
    /// here, before anything is sent.
    pub fn begin(
        console: &mut Console<'_>,
        global: &Global,
        connection: &mut Connection,
        backend: &str,
    ) -> Result<Option<Self>, Problem> {
        let Some(path) = &global.capture else { return Ok(None) };
        let recording = Arc::new(Recording::create(path, backend).map_err(|error| refused(path, &error))?);
        console.raw_error(&format!(
            "Recording to {}: all that is said to the stick, firmware included, and all that it says. Of what it says, \
             numbers of {IDENTITY_DIGITS} digits or more (IMEI, IMSI, card number) are masked. Look through it before you \
             give it to anybody.\n",
            path.display()
        ));
        let is_stick = |device: &Attached| Mode::of(device).is_some();
        connection.bus = Arc::new(RecordingBus::new(Arc::clone(&connection.bus), Arc::clone(&recording), is_stick));
        Ok(Some(Self { path: path.clone(), recording }))
    }

    /// Says what was recorded. Where that is nothing at all, no file remains, so that the same command can be given again.
    pub fn end(self, console: &mut Console<'_>) {
        let (path, recorded) = (self.path.display(), self.recording.recorded());
        if recorded.packets == 0 && recorded.cut_short.is_none() {
            match std::fs::remove_file(&self.path) {
                Ok(()) => console.raw_error("Nothing was said to any stick, so no recording remains.\n"),
                Err(error) => tracing::warn!(%path, %error, "the empty recording could not be removed"),
            }
            return;
        }
        let size = size(&recorded);
        let text = match &recorded.cut_short {
            None => format!("Recorded {size} in {path}\n"),
            Some(why) => format!("The recording in {path} is incomplete ({why}): it ends after {size}\n"),
        };
        console.raw_error(&text);
    }
}

fn size(recorded: &Recorded) -> String {
    let Recorded { bytes, transfers, .. } = recorded;
    let plural = if *transfers == 1 { "" } else { "s" };
    // Tenths are of interest to nobody where whole kilobytes are.
    match bytes {
        0..10_000_000 => format!("{transfers} transfer{plural}, {} kB", bytes.div_ceil(1000)),
        _ => format!("{transfers} transfers, {} MB", bytes.div_ceil(1_000_000)),
    }
}

fn refused(path: &Path, error: &std::io::Error) -> Problem {
    let shown = path.display();
    Problem::usage(match error.kind() {
        ErrorKind::AlreadyExists => format!(
            "{shown} exists already, and a recording overwrites nothing; name another file, such as {}",
            unused(path).display()
        ),
        _ => format!("the recording {shown} cannot be made: {error}"),
    })
}

/// The arguments as they can be given again after this run: with the name of a file that is still unused then.
pub fn again(given: &[OsString], arguments: &Arguments) -> Vec<OsString> {
    let Some(path) = &arguments.global.capture else { return given.to_vec() };
    let fresh = unused(path).into_os_string();
    let is_option = |argument: &OsString| argument == "--capture";
    let mut words = given.to_vec();
    if let Some(at) = words.iter().position(is_option) {
        words.splice(at + 1..(at + 2).min(given.len()), [fresh]);
    } else if let Some(word) = words.iter_mut().find(|word| word.as_encoded_bytes().starts_with(b"--capture=")) {
        *word = "--capture=".into();
        word.push(fresh);
    }
    words
}

/// The first of `x-2.pcapng`, `x-3.pcapng` and so on that is no file.
fn unused(path: &Path) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default();
    let numbered = |number: u32| {
        let mut name = stem.to_owned();
        name.push(format!("-{number}"));
        if let Some(extension) = path.extension() {
            name.push(".");
            name.push(extension);
        }
        path.with_file_name(name)
    };
    (2..=u32::MAX).map(numbered).find(|path| path.symlink_metadata().is_err()).unwrap_or_else(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn again_of(words: &[&str]) -> Vec<String> {
        let given: Vec<OsString> = words.iter().map(OsString::from).collect();
        let arguments = Arguments::try_parse_from(&given).expect("sound arguments");
        again(&given, &arguments).into_iter().map(|word| word.into_string().expect("UTF-8")).collect()
    }

    #[test]
    fn the_command_to_be_given_again_names_a_file_that_does_not_exist_yet() {
        let expected = ["balong", "list", "--capture", "/nowhere/x-2.pcapng", "-v"];
        assert_eq!(again_of(&["balong", "list", "--capture", "/nowhere/x.pcapng", "-v"]), expected);
        assert_eq!(again_of(&["balong", "--capture=x", "list"]), ["balong", "--capture=x-2", "list"]);
        assert_eq!(again_of(&["balong", "list"]), ["balong", "list"]);
    }

    #[test]
    fn numbers_that_are_taken_are_passed_over() {
        let folder = tempfile::TempDir::new().expect("a temporary folder");
        std::fs::write(folder.path().join("a-2.pcapng"), "").expect("written");
        assert_eq!(unused(&folder.path().join("a.pcapng")), folder.path().join("a-3.pcapng"));
    }

    #[test]
    fn the_size_is_told_in_the_unit_that_fits() {
        let of = |bytes, transfers| size(&Recorded { bytes, transfers, ..Recorded::default() });
        assert_eq!(of(1, 1), "1 transfer, 1 kB");
        assert_eq!(of(2_345_678, 12), "12 transfers, 2346 kB");
        assert_eq!(of(31_400_001, 9000), "9000 transfers, 32 MB");
    }
}
