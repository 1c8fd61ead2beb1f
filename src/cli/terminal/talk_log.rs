//! `--log`: all that is said, with times and directions.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::failure::Cause;

/// The file. Every entry is a line: the time (UTC), `>` to the stick or `<` from it, and the bytes with everything escaped
/// that is not printable ASCII.
pub struct TalkLog {
    file: File,
    path: PathBuf,
    lost: bool,
}

/// Who said it.
#[derive(Clone, Copy, Debug)]
pub enum Speaker {
    Host,
    Stick,
}

impl TalkLog {
    /// A new file, for its owner's eyes alone; one that is there already is never written over.
    pub fn create(path: &Path) -> Result<Self, Cause> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let created = options.open(path);
        let file = created.map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                Cause::Usage(format!("{} exists already, and a log never replaces a file", path.display()))
            }
            _ => Cause::Usage(format!("the log {} cannot be made: {error}", path.display())),
        })?;
        Ok(Self { file, path: path.to_owned(), lost: false })
    }

    /// Takes the file away again: there was no talk, and the same command is to find its place free.
    pub fn discard(self) {
        drop(self.file);
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::warn!(%error, path = %self.path.display(), "the empty log could not be removed");
        }
    }

    /// Writes an entry. What goes wrong first is returned, and nothing is written after it: talk is not harmed by its log.
    pub fn note(&mut self, speaker: Speaker, bytes: &[u8]) -> Result<(), std::io::Error> {
        if self.lost {
            return Ok(());
        }
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let entry = entry(since, speaker, bytes);
        let written = self.file.write_all(entry.as_bytes());
        self.lost = written.is_err();
        written
    }
}

fn entry(since_1970: Duration, speaker: Speaker, bytes: &[u8]) -> String {
    let arrow = match speaker {
        Speaker::Host => '>',
        Speaker::Stick => '<',
    };
    format!("{} {arrow} {}\n", time(since_1970), bytes.escape_ascii())
}

/// A time of the Gregorian calendar in UTC, as RFC 3339 writes it.
fn time(since_1970: Duration) -> String {
    let seconds = since_1970.as_secs();
    let (mut days, of_day) = (seconds / 86_400, seconds % 86_400);
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut year = 1970;
    while days >= 365 + u64::from(leap(year)) {
        days -= 365 + u64::from(leap(year));
        year += 1;
    }
    let lengths = [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in lengths {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    let milliseconds = since_1970.subsec_millis();
    format!("{year}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}.{milliseconds:03}Z", days + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_calendar() {
        let at = |seconds| time(Duration::from_secs(seconds));
        assert_eq!(at(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(at(951_782_400), "2000-02-29T00:00:00.000Z");
        assert_eq!(at(951_868_800), "2000-03-01T00:00:00.000Z");
        assert_eq!(at(1_735_689_599), "2024-12-31T23:59:59.000Z");
        assert_eq!(time(Duration::from_millis(1_000_000_000_123)), "2001-09-09T01:46:40.123Z");
    }

    #[test]
    fn an_entry_is_one_line_whatever_was_said() {
        let entry = entry(Duration::ZERO, Speaker::Stick, b"\r\nOK\r\n\xff");
        assert_eq!(entry, "1970-01-01T00:00:00.000Z < \\r\\nOK\\r\\n\\xff\n");
    }

    #[cfg(unix)]
    #[test]
    fn a_log_is_for_its_owner_and_one_of_no_talk_leaves_its_place_free() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::TempDir::new().expect("a temporary folder");
        let path = folder.path().join("talk.log");
        let log = TalkLog::create(&path).expect("a new file");
        let mode = std::fs::metadata(&path).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{mode:o}");
        log.discard();
        TalkLog::create(&path).expect("a new file again");
    }

    #[test]
    fn a_file_that_is_there_is_never_written_over() {
        let folder = tempfile::TempDir::new().expect("a temporary folder");
        let path = folder.path().join("talk.log");
        let mut log = TalkLog::create(&path).expect("a new file");
        log.note(Speaker::Host, b"AT\r").expect("written");
        assert!(matches!(TalkLog::create(&path), Err(Cause::Usage(_))));
        assert!(std::fs::read_to_string(&path).expect("it stays").ends_with(" > AT\\r\n"));
    }
}
