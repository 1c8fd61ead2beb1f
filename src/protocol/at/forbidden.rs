//! Commands that this program never sends, whoever asks for them.
//!
//! Unlocking, lock codes and the rewriting of identity are out of scope. A raw terminal is the voice of the person in front
//! of it and is not looked into; everything that sends commands by itself asks here first.

use super::Command;

/// Names, without the `AT` in front, and what they do. A name stands for all of its forms.
const BY_NAME: &[(&str, Deed)] = &[
    ("^DATALOCK", Deed::Unlocks),
    ("^SIMLOCK", Deed::Unlocks),
    ("^CARDLOCK", Deed::Unlocks),
    ("^CARDUNLOCK", Deed::Unlocks),
    ("^MAXLCKTMS", Deed::Unlocks),
    ("+CLCK=\"PN\",0", Deed::Unlocks),
    ("+CLCK=\"PU\",0", Deed::Unlocks),
    ("+CLCK=\"PP\",0", Deed::Unlocks),
    ("+CLCK=\"PC\",0", Deed::Unlocks),
    ("+CLCK=\"PS\",0", Deed::Unlocks),
    ("+CLCK=\"PF\",0", Deed::Unlocks),
    ("+EGMR", Deed::RewritesIdentity),
    ("^NVWR", Deed::WritesRawMemory),
];

/// Names whose setting form is not sent; asking for the value, or for what it may be, is.
const BY_SETTING: &[(&str, Deed)] = &[
    ("^PHYNUM", Deed::RewritesIdentity),
    ("^SN", Deed::RewritesIdentity),
    ("^IMEI", Deed::RewritesIdentity),
    ("+CGSN", Deed::RewritesIdentity),
    ("^INFORBU", Deed::RewritesIdentity),
];

#[derive(Clone, Copy)]
enum Deed {
    Unlocks,
    RewritesIdentity,
    WritesRawMemory,
}

/// A command that is not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("AT{name} {why}; this program does not send it")]
pub struct ForbiddenCommand {
    /// The name, without `AT`.
    pub name: &'static str,
    /// What it does, behind the name.
    pub why: &'static str,
}

impl Command {
    /// Whether this program may send it.
    ///
    /// One line may hold several commands, behind a semicolon or directly behind a basic one, and blanks between them
    /// mean nothing (V.250, section 5.2.1). So a name counts wherever it stands.
    ///
    /// # Errors
    ///
    /// [`ForbiddenCommand`] for one that unlocks, or that rewrites identity.
    pub fn permitted(&self) -> Result<(), ForbiddenCommand> {
        let text: String = self.text().chars().filter(|letter| *letter != ' ').collect();
        let text = text.to_ascii_uppercase();
        let named = BY_NAME.iter().find(|(name, _)| text.contains(name));
        let set = || BY_SETTING.iter().find(|(name, _)| sets(&text, name));
        match named.or_else(set) {
            None => Ok(()),
            Some(&(name, deed)) => Err(ForbiddenCommand { name, why: deed.why() }),
        }
    }
}

/// Whether the name is given a value anywhere: `=`, but not `=?`.
fn sets(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let behind = &text[at + name.len()..];
        behind.starts_with('=') && !behind.starts_with("=?")
    })
}

impl Deed {
    const fn why(self) -> &'static str {
        match self {
            Self::Unlocks => "is about SIM locks or lock codes",
            Self::RewritesIdentity => "can rewrite IMEI, serial number or other identity",
            Self::WritesRawMemory => "writes the stick's settings memory item by item, identity and locks included",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permitted(text: &str) -> bool {
        Command::new(text).expect("printable").permitted().is_ok()
    }

    #[test]
    fn what_unlocks_or_rewrites_identity_is_not_sent_in_any_spelling() {
        let refused = [
            "AT^DATALOCK=\"12345678\"",
            "at^datalock?",
            "AT ^ DATALOCK = \"1\"",
            "AT+CGMI;^DATALOCK=\"1\"",
            "ATE0^CARDLOCK=\"1\"",
            "AT^SIMLOCK=1,1",
            "AT+EGMR=1,7,\"356938035643809\"",
            "AT^PHYNUM=IMEI,356938035643809",
            "AT^SN=1",
            "AT^NVWREX=8268,0,12,1",
            "AT+CLCK=\"PN\",0,\"12345678\"",
        ];
        for text in refused {
            assert!(!permitted(text), "{text}");
        }
    }

    #[test]
    fn questions_and_what_only_looks_alike_are_sent() {
        let sent = [
            "AT",
            "ATI",
            "AT+CGSN",
            "AT+CGSN=?",
            "AT^PHYNUM?",
            "AT^SN",
            "AT^SN?",
            "AT^SNPD=1",
            "AT+CLCK=\"SC\",0,\"1234\"",
            "AT+CLCK=\"PN\",2",
            "AT^SETPORT=\"FF;12,10,16\"",
            "AT^RESET",
        ];
        for text in sent {
            assert!(permitted(text), "{text}");
        }
    }

    #[test]
    fn the_refusal_names_the_command_and_says_why() {
        let refusal = Command::new("AT^DATALOCK=1").expect("printable").permitted().expect_err("refused");
        assert_eq!(refusal.to_string(), "AT^DATALOCK is about SIM locks or lock codes; this program does not send it");
    }
}
