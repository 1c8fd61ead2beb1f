//! Commands that this program never sends, whoever asks for them.
//!
//! Unlocking, lock codes and the rewriting of identity are out of scope. What cannot be judged is not sent either: a
//! register that changes how a line is read, and an escape in the string that says which lock is meant.

use super::Command;
use super::command_line::{Part, outside_strings, parts};

/// Parts of names that are not sent in any form. Each stands for all names that hold it.
const BY_NAME: &[(&str, Deed)] = &[
    ("LOCK", Deed::Unlocks),
    ("^MAXLCKTMS", Deed::Unlocks),
    ("+EGMR", Deed::RewritesIdentity),
    ("^FACAUTH", Deed::RewritesIdentity),
    ("^NVWR", Deed::WritesRawMemory),
    ("^NVRESTORE", Deed::WritesRawMemory),
];

/// Parts of names that are sent only to ask, with `?` or `=?` behind the name.
const BY_QUESTION: &[(&str, Deed)] = &[("PHYNUM", Deed::RewritesIdentity), ("IDENTIFY", Deed::RewritesIdentity)];

/// Names whose setting form is not sent; asking for the value, or for what it may be, is.
const BY_SETTING: &[(&str, Deed)] =
    &[("^SN", Deed::RewritesIdentity), ("^IMEI", Deed::RewritesIdentity), ("^INFORBU", Deed::RewritesIdentity)];

/// The registers of V.250 that say which character ends a line (S3) and which takes one back (S5).
const READING_REGISTERS: &[u64] = &[3, 5];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Deed {
    Unlocks,
    RewritesIdentity,
    WritesRawMemory,
    ChangesReading,
    HidesWhatItMeans,
}

/// A command that is not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("AT{name} {why}; this program does not send it")]
pub struct ForbiddenCommand {
    /// The name, without `AT`.
    pub name: String,
    /// What it does, behind the name.
    pub why: &'static str,
}

impl Command {
    /// Whether this program may send it: see [`permitted`].
    ///
    /// # Errors
    ///
    /// Those of [`permitted`].
    pub fn permitted(&self) -> Result<(), ForbiddenCommand> {
        permitted(self.text())
    }
}

/// Whether this program may send a line.
///
/// The line is cut into its commands (V.250, section 5.2.1), and each of them is judged. A stick passes over what stands in
/// front of `AT`, so that every `AT` in the line counts as a beginning.
///
/// # Errors
///
/// [`ForbiddenCommand`] for one that unlocks, that rewrites identity, or that cannot be judged.
pub fn permitted(line: &str) -> Result<(), ForbiddenCommand> {
    let line: String = line.chars().filter(|letter| *letter != ' ').collect();
    let line = line.to_ascii_uppercase();
    let balanced = line.matches('"').count().is_multiple_of(2);
    // A string without an end may swallow what follows, or not.
    let readings = [Some(line.clone()), (!balanced).then(|| line.replace('"', ""))];
    for line in readings.iter().flatten() {
        for (at, _) in line.match_indices("AT") {
            if let Some((name, deed)) = parts(&line[at..]).iter().find_map(judge) {
                return Err(ForbiddenCommand { name, why: deed.why() });
            }
        }
    }
    Ok(())
}

/// The name of a command that is not sent, and what it does.
fn judge(part: &Part) -> Option<(String, Deed)> {
    match part {
        Part::Basic(_) | Part::Dial | Part::Register { asks: true, .. } => None,
        Part::Register { number, .. } => {
            let shown = number.as_deref().unwrap_or("=");
            // A register has one byte, and firmware may drop what is beyond.
            let number = number.as_ref().and_then(|number| number.parse::<u64>().ok()).map(|number| number % 256);
            let harmless = number.is_some_and(|number| !READING_REGISTERS.contains(&number));
            (!harmless).then(|| (format!("S{shown}"), Deed::ChangesReading))
        }
        Part::Extended(text) => extended(text),
    }
}

fn extended(text: &str) -> Option<(String, Deed)> {
    let plain = outside_strings(text);
    let name = || plain[..plain.find(['=', '?']).unwrap_or(plain.len())].to_owned();
    let held = |(part, deed): &(&str, Deed)| plain.contains(part).then_some(*deed);
    let not_asked = |(part, deed): &(&str, Deed)| {
        let asks = plain.split_once(part).is_some_and(|(_, behind)| {
            let sign = behind.find(['=', '?']).map_or("", |at| &behind[at..]);
            matches!(sign, "?" | "=?")
        });
        (plain.contains(part) && !asks).then_some(*deed)
    };
    let set = |(name, deed): &(&str, Deed)| sets(&plain, name).then_some(*deed);
    let by_name = BY_NAME.iter().find_map(held).or_else(|| BY_QUESTION.iter().find_map(not_asked));
    by_name
        .or_else(|| BY_SETTING.iter().find_map(set))
        .or_else(|| serial_number(&plain))
        .map(|deed| (name(), deed))
        .or_else(|| lock_code(text))
}

/// Whether the name is given a value anywhere: `=`, but not `=?`.
fn sets(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let behind = &text[at + name.len()..];
        behind.starts_with('=') && behind != "=?"
    })
}

/// `+CGSN=0` to `=3` only say which serial number is asked for (3GPP TS 27.007, section 5.4).
fn serial_number(text: &str) -> Option<Deed> {
    let values = text.match_indices("+CGSN=").map(|(at, name)| &text[at + name.len()..]);
    let mut values = values.filter(|value| !matches!(*value, "?" | "0" | "1" | "2" | "3"));
    values.next().map(|_| Deed::RewritesIdentity)
}

/// Locks of the stick and their passwords (3GPP TS 27.007, sections 7.4 and 7.5): the facilities that begin with `P`.
///
/// A SIM's own PIN is its owner's (`SC`, and `P2` for a second one). To ask for the state of any lock does no harm.
fn lock_code(text: &str) -> Option<(String, Deed)> {
    let (name, value) = ["+CLCK", "+CPWD"].into_iter().find_map(|name| {
        let (_, behind) = text.split_once(name)?;
        Some((name, behind.strip_prefix('=')?))
    })?;
    if value == "?" {
        return None;
    }
    if value.contains('\\') {
        return Some((name.to_owned(), Deed::HidesWhatItMeans));
    }
    let mut fields = value.split(',').map(|field| field.trim_matches('"'));
    let facility = fields.next().unwrap_or_default();
    let mode = fields.next().unwrap_or_default();
    // What is no plain name of two letters may be a lock's in another character set.
    let plain = facility.len() == 2 && facility.bytes().all(|letter| letter.is_ascii_uppercase() && letter != b'P');
    let harmless = match name {
        "+CLCK" => plain || mode == "2",
        _ => plain || facility == "P2",
    };
    (!harmless).then(|| (format!("{name}=\"{facility}\""), Deed::Unlocks))
}

impl Deed {
    const fn why(self) -> &'static str {
        match self {
            Self::Unlocks => "is about SIM locks or lock codes",
            Self::RewritesIdentity => "can rewrite IMEI, serial number or other identity",
            Self::WritesRawMemory => "writes the stick's settings memory item by item, identity and locks included",
            Self::ChangesReading => "changes which characters end or edit a line, and no later command could be judged",
            Self::HidesWhatItMeans => "spells the lock that it means with an escape, and cannot be judged",
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
            "AT+CLCK=PN,0,12345678",
            "AT+CLCK=\"PN\",1,\"12345678\"",
            "at+clck = \"p n\" , 0",
            "AT+CLCK=\"\\50N\",0",
            "AT+CLCK=\"0050004E\",0,\"1\"",
            "AT+CLCK=\"PN\"",
            "AT+CPWD=\"PN\",\"1\",\"2\"",
            "AT+CPWD=PU,1,2",
            "AT+CSQ;+CPWD=\"P\\4E\",\"1\",\"2\"",
            "AT^PHONEPHYNUM=IMEI,356938035643809",
            "AT^PHYNUM=?,356938035643809",
            "AT^IDENTIFYEND=1",
            "AT^IDENTIFYSTART",
            "AT^FACAUTHPUBKEY=1",
            "AT^NVRESTORE",
            "AT^SIMLOCKUNLOCK?",
            "AT+CGSN=356938035643809",
            "ATD123;^DATALOCK=\"1\"",
            "AT+CMGS=\"1;^DATALOCK=1",
            "~ xAT^DATALOCK=1",
            "AT+CMEE=1^SN=1",
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
            "AT+CGSN=1",
            "AT+CGSN=0;+CSQ",
            "AT^PHONEPHYNUM?",
            "AT+CPWD=\"SC\",\"1234\",\"4321\"",
            "AT+CPWD=\"P2\",\"1234\",\"4321\"",
            "AT+CLCK=?",
            "AT+CGDCONT=1,\"IP\",\"lock.example;^datalock\"",
            "AT+CCLK?",
            "ATS0=0S7=45",
            "ATS5?",
            "meet me at the LOCK",
            "cat /proc/locks",
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
    fn what_would_change_how_a_line_is_read_is_not_sent() {
        for text in ["ATS5=35", "ATS3=59", "ATE0S05=35", "ATS261=35", "ats 5 = 8", "ATS5", "AT=35", "ATS=35"] {
            assert!(!permitted(text), "{text}");
        }
        let refusal = Command::new("ATS5=35").expect("printable").permitted().expect_err("refused");
        assert!(refusal.to_string().starts_with("ATS5 changes which characters end or edit a line"), "{refusal}");
    }

    #[test]
    fn the_refusal_names_the_command_and_says_why() {
        let refusal = Command::new("AT^DATALOCK=1").expect("printable").permitted().expect_err("refused");
        assert_eq!(refusal.to_string(), "AT^DATALOCK is about SIM locks or lock codes; this program does not send it");
    }
}
