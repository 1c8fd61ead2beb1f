//! What may be said in AT to a stick in download mode.
//!
//! Behind the flashing port is what writes the flash. From `AT^DATAMODE` on it takes frames, and no AT command leads back;
//! so only what is known to ask, and the restart, is sent there by hand.

use super::Command;

/// Commands that only ask, as far as the download daemon and the firmware around it know them, and the restart.
const ASKED: &[&str] = &[
    "AT",
    "ATE0",
    "ATE1",
    "ATI",
    "AT+CGMI",
    "AT+CGMM",
    "AT+CGMR",
    "AT+CGSN",
    "AT+CMEE=0",
    "AT^AUTHORITYID?",
    "AT^AUTHORITYVER?",
    "AT^DLOADINFO?",
    "AT^DLOADVER?",
    "AT^FHVER",
    "AT^FLASHINFO?",
    "AT^HWNATQRY?",
    "AT^HWVER",
    "AT^NVRSTSTTS",
    "AT^RESET",
    "AT^VERSION?",
];

/// Beginnings of commands that this program sends itself where they belong, and what sends them.
const SENT_BY: &[(&str, &str)] = &[
    ("AT^DATAMODE", "`balong flash` sends it, with a checked file behind it"),
    ("AT^SIGNVER", "`balong flash` sends it, with the signature of a checked file"),
    ("AT^GODLOAD", "the stick is there already; `balong reset` leads out of it"),
];

/// A command that is not sent to a stick in download mode.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{command} is not sent there, where only questions that are known to change nothing are, and AT^RESET: {way}")]
pub struct NotInDownloadMode {
    /// The command.
    pub command: String,
    /// What to do in its place, as the end of a sentence.
    pub way: &'static str,
}

impl Command {
    /// Whether it may be sent to a stick in download mode.
    ///
    /// The daemon compares the whole of one transfer with its list, so that the whole command is compared here too.
    ///
    /// # Errors
    ///
    /// [`NotInDownloadMode`] for everything that is not known to be a question.
    pub fn permitted_in_download_mode(&self) -> Result<(), NotInDownloadMode> {
        let text = self.text();
        if ASKED.iter().any(|known| known.eq_ignore_ascii_case(text)) {
            return Ok(());
        }
        let begins = |start: &str| text.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start));
        let way = SENT_BY
            .iter()
            .find(|(start, _)| begins(start))
            .map_or("`balong reset` brings the stick back to its firmware, which takes any command", |(_, way)| way);
        Err(NotInDownloadMode { command: self.to_string(), way })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(text: &str) -> Result<(), NotInDownloadMode> {
        Command::new(text).expect("printable").permitted_in_download_mode()
    }

    #[test]
    fn questions_and_the_restart_are_sent() {
        for text in ["AT", "at^dloadver?", "AT^DLOADINFO?", "AT^AUTHORITYVER?", "AT^HWVER", "AT^VERSION?", "AT^RESET"] {
            assert_eq!(judged(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_leads_to_writing_is_refused_with_the_command_that_does_it() {
        let refused = |text: &str| judged(text).expect_err(text).to_string();
        assert!(refused("AT^DATAMODE").contains("`balong flash` sends it"));
        assert!(refused("at^signver=1,0,AA,1").contains("`balong flash` sends it"));
        assert!(refused("AT^GODLOAD").contains("`balong reset`"));
    }

    #[test]
    fn what_is_not_known_to_be_a_question_is_refused_too() {
        let odd =
            ["AT^NVRESTORE", "AT^NVBACKUP", "ATI;^DATAMODE", "AT ^DATAMODE", "AT^DLOADVER?;", "AT^NONSENSE?", "A"];
        for text in odd {
            assert!(judged(text).expect_err(text).to_string().contains("`balong reset`"), "{text}");
        }
    }
}
