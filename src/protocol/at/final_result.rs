//! The line that ends an answer (ITU-T V.250, table 1; 3GPP TS 27.007 and TS 27.005 for mobile equipment).

use std::fmt;

use super::result_codes::{equipment_error, message_error};

/// How an answer ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FinalResult {
    /// `OK`.
    Ok,
    /// `ERROR`.
    Error,
    /// `+CME ERROR:`, with its code or text (3GPP TS 27.007, section 9.2).
    EquipmentError(String),
    /// `+CMS ERROR:`, with its code or text (3GPP TS 27.005, section 3.2.5).
    MessageError(String),
    /// `CONNECT`, with the rate behind it or an empty text: from here on the port carries data.
    Connect(String),
    /// `NO CARRIER`: there is no call, or it ended.
    NoCarrier,
    /// `BUSY`.
    Busy,
    /// `NO ANSWER`.
    NoAnswer,
    /// `NO DIALTONE`.
    NoDialTone,
    /// `COMMAND NOT SUPPORT`, by which some firmware of Huawei's refuses what it does not know.
    NotSupported,
}

impl FinalResult {
    /// The final result that a line is, if it is one.
    #[must_use]
    pub fn of(line: &str) -> Option<Self> {
        let line = line.trim();
        let behind = |prefix: &str| line.strip_prefix(prefix).map(|rest| rest.trim().to_owned());
        Some(match line {
            "OK" => Self::Ok,
            "ERROR" => Self::Error,
            "CONNECT" => Self::Connect(String::new()),
            "NO CARRIER" => Self::NoCarrier,
            "BUSY" => Self::Busy,
            "NO ANSWER" => Self::NoAnswer,
            "NO DIALTONE" | "NO DIAL TONE" => Self::NoDialTone,
            "COMMAND NOT SUPPORT" => Self::NotSupported,
            _ => behind("+CME ERROR:")
                .map(Self::EquipmentError)
                .or_else(|| behind("+CMS ERROR:").map(Self::MessageError))
                .or_else(|| behind("CONNECT ").map(Self::Connect))?,
        })
    }

    /// Whether the command was carried out.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        matches!(self, Self::Ok | Self::Connect(_))
    }

    /// Whether it tells of a call. A stick says so unasked too, when a call ends while another command is under way.
    #[must_use]
    pub const fn is_of_a_call(&self) -> bool {
        matches!(self, Self::Connect(_) | Self::NoCarrier | Self::Busy | Self::NoAnswer | Self::NoDialTone)
    }

    /// What it means, where the line itself does not say it.
    #[must_use]
    pub fn meaning(&self) -> Option<&'static str> {
        match self {
            Self::EquipmentError(code) => equipment_error(code.parse().ok()?),
            Self::MessageError(code) => message_error(code.parse().ok()?),
            _ => None,
        }
    }
}

impl fmt::Display for FinalResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ok => f.write_str("OK"),
            Self::Error => f.write_str("ERROR"),
            Self::EquipmentError(code) => write!(f, "+CME ERROR: {code}"),
            Self::MessageError(code) => write!(f, "+CMS ERROR: {code}"),
            Self::Connect(rate) if rate.is_empty() => f.write_str("CONNECT"),
            Self::Connect(rate) => write!(f, "CONNECT {rate}"),
            Self::NoCarrier => f.write_str("NO CARRIER"),
            Self::Busy => f.write_str("BUSY"),
            Self::NoAnswer => f.write_str("NO ANSWER"),
            Self::NoDialTone => f.write_str("NO DIALTONE"),
            Self::NotSupported => f.write_str("COMMAND NOT SUPPORT"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_final_result_is_read_as_it_is_written() {
        let lines = [
            "OK",
            "ERROR",
            "+CME ERROR: 10",
            "+CME ERROR: SIM not inserted",
            "+CMS ERROR: 302",
            "CONNECT",
            "CONNECT 150000000",
            "NO CARRIER",
            "BUSY",
            "NO ANSWER",
            "NO DIALTONE",
            "COMMAND NOT SUPPORT",
        ];
        for line in lines {
            assert_eq!(FinalResult::of(line).expect(line).to_string(), line);
        }
        assert_eq!(FinalResult::of("NO DIAL TONE"), Some(FinalResult::NoDialTone));
    }

    #[test]
    fn a_line_that_only_begins_or_ends_like_a_result_is_none() {
        for line in ["OKAY", "OK.", "ERRORS: 0", "CONNECTED", "^CONN: OK", "NO CARRIERS", "+CME ERROR", ""] {
            assert_eq!(FinalResult::of(line), None, "{line}");
        }
    }

    #[test]
    fn numbers_have_their_text_and_texts_speak_for_themselves() {
        let meaning = |line| FinalResult::of(line).expect(line).meaning();
        assert_eq!(meaning("+CME ERROR: 10"), Some("SIM not inserted"));
        assert_eq!(meaning("+CMS ERROR: 302"), Some("operation not allowed"));
        assert_eq!(meaning("+CME ERROR: SIM not inserted"), None);
        assert_eq!(meaning("+CME ERROR: 99999999999"), None);
        assert_eq!(meaning("ERROR"), None);
    }

    #[test]
    fn a_connection_is_a_success_and_a_lost_one_is_none() {
        assert!(FinalResult::Connect(String::new()).is_success());
        assert!(!FinalResult::NoCarrier.is_success() && FinalResult::NoCarrier.is_of_a_call());
        assert!(!FinalResult::Error.is_of_a_call());
    }
}
