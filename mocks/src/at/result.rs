//! Result codes, in the forms of ITU-T V.250, section 5.7, and of 3GPP TS 27.007, section 9.2.

/// How a command line ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Final {
    Ok,
    /// In data mode from here on.
    Connect,
    NoCarrier,
    Error,
    /// An error of the equipment, which has a number and a text.
    Equipment(Trouble),
}

/// The errors of the equipment that occur here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    NotAllowed,
    NotSupported,
    InvalidIndex,
    IncorrectParameters,
}

impl Trouble {
    fn number_and_text(self) -> (u16, &'static str) {
        match self {
            Self::NotAllowed => (3, "operation not allowed"),
            Self::NotSupported => (4, "operation not supported"),
            Self::InvalidIndex => (21, "invalid index"),
            Self::IncorrectParameters => (50, "incorrect parameters"),
        }
    }
}

/// The forms in which a port gives its answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Forms {
    /// In words, not in numbers.
    pub(super) verbose: bool,
    /// No result codes at all.
    pub(super) quiet: bool,
    /// CONNECT has the speed behind it.
    pub(super) extended: bool,
    /// 0: ERROR, 1: the number, 2: the text of an equipment error.
    pub(super) equipment: u8,
}

/// What the stick claims to be connected at, in bits a second.
const SPEED: &str = "100000000";

impl Forms {
    /// Lines of information, then the result.
    pub(super) fn write(self, lines: &[String], result: Final) -> String {
        let body: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
        let body = match (body.is_empty(), self.verbose) {
            (true, _) | (_, false) => body,
            (false, true) => format!("\r\n{body}"),
        };
        body + &self.code(result)
    }

    /// A result code that nobody asked for, or the end of an answer.
    pub(super) fn code(self, result: Final) -> String {
        if self.quiet {
            return String::new();
        }
        let (number, words) = match result {
            Final::Ok => (0, "OK".to_owned()),
            Final::Connect if self.extended => (1, format!("CONNECT {SPEED}")),
            Final::Connect => (1, "CONNECT".to_owned()),
            Final::NoCarrier => (3, "NO CARRIER".to_owned()),
            Final::Equipment(trouble) if self.equipment > 0 => {
                let (number, text) = trouble.number_and_text();
                let shown = if self.equipment == 1 { number.to_string() } else { text.to_owned() };
                return format!("\r\n+CME ERROR: {shown}\r\n");
            }
            Final::Error | Final::Equipment(_) => (4, "ERROR".to_owned()),
        };
        if self.verbose { format!("\r\n{words}\r\n") } else { format!("{number}\r") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: Forms = Forms { verbose: true, quiet: false, extended: true, equipment: 0 };

    #[test]
    fn in_words_everything_stands_between_line_ends_and_in_numbers_the_code_ends_with_one_return() {
        let lines = ["+CSQ: 17,99".to_owned()];
        assert_eq!(USUAL.write(&lines, Final::Ok), "\r\n+CSQ: 17,99\r\n\r\nOK\r\n");
        assert_eq!(Forms { verbose: false, ..USUAL }.write(&lines, Final::Ok), "+CSQ: 17,99\r\n0\r");
        assert_eq!(USUAL.code(Final::Connect), "\r\nCONNECT 100000000\r\n");
        assert_eq!(Forms { extended: false, ..USUAL }.code(Final::Connect), "\r\nCONNECT\r\n");
        let quiet = Forms { quiet: true, ..USUAL };
        assert_eq!(
            (quiet.write(&lines, Final::Ok), quiet.code(Final::NoCarrier)),
            ("\r\n+CSQ: 17,99\r\n".into(), String::new())
        );
    }

    #[test]
    fn an_equipment_error_is_a_word_a_number_or_a_text() {
        let error = Final::Equipment(Trouble::IncorrectParameters);
        let shown = |equipment| Forms { equipment, ..USUAL }.code(error);
        assert_eq!(shown(0), "\r\nERROR\r\n");
        assert_eq!(shown(1), "\r\n+CME ERROR: 50\r\n");
        assert_eq!(shown(2), "\r\n+CME ERROR: incorrect parameters\r\n");
    }
}
