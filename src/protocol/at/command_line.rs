//! A command line cut into its commands (ITU-T V.250, sections 5.2 to 5.4), so that each of them can be judged.
//!
//! Where firmware may read a line in one way or in another, it is cut so that no command is overlooked: a line that is
//! judged too strictly costs a retry, one that is judged too leniently may cost a stick.

/// What an extended command may begin with, in firmware of any maker.
const SIGNS: &str = "+^*%$#!@-_~\\";

/// One command of a line, in capitals and without blanks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// A letter, or `&` and a letter. The number behind it is dropped.
    Basic(String),
    /// `S` and the number of a register; without one, the register that was named last.
    Register {
        number: Option<String>,
        /// Whether it only asks for the value.
        asks: bool,
    },
    /// `D`: a call. The number is dropped.
    Dial,
    /// What begins with `+`, `^` or another sign, up to a semicolon that stands in no string.
    Extended(String),
}

/// The commands behind the first `AT` of a line; none without one.
pub(super) fn parts(line: &str) -> Vec<Part> {
    let line: String = line.chars().filter(|letter| *letter != ' ').collect();
    let line = line.to_ascii_uppercase();
    let Some((_, mut rest)) = line.split_once("AT") else { return Vec::new() };
    let mut parts = Vec::new();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            ';' => 1,
            // A dial string has no strings in it, so that every semicolon ends it (V.250, section 6.3.1).
            'D' => {
                parts.push(Part::Dial);
                rest.find(';').unwrap_or(rest.len())
            }
            'S' | '=' | '?' => register(rest, &mut parts),
            'A'..='Z' | '&' => basic(rest, &mut parts),
            sign if SIGNS.contains(sign) => {
                let end = end_of_extended(rest);
                parts.push(Part::Extended(rest[..end].to_owned()));
                end
            }
            odd => odd.len_utf8(),
        };
        rest = &rest[length..];
    }
    parts
}

/// `S5=35`, `S5?`, `S5`; `=35` sets the register that was named last (an old custom that V.250 does not have).
fn register(text: &str, parts: &mut Vec<Part>) -> usize {
    let named = usize::from(text.starts_with('S'));
    let number = digits(&text[named..]);
    let mut end = named + number.len();
    if number.is_empty() && !text[end..].starts_with(['=', '?']) {
        parts.push(Part::Basic("S".to_owned()));
        return end;
    }
    let asks = text[end..].starts_with('?');
    if asks {
        end += 1;
    } else if text[end..].starts_with('=') {
        end += 1;
        end += digits(&text[end..]).len();
    }
    let number = Some(number.to_owned()).filter(|number| !number.is_empty());
    parts.push(Part::Register { number, asks });
    end
}

fn basic(text: &str, parts: &mut Vec<Part>) -> usize {
    let letter_at = usize::from(text.starts_with('&'));
    let letter = text[letter_at..].chars().next().filter(char::is_ascii_alphabetic);
    let end = letter_at + letter.map_or(0, char::len_utf8);
    parts.push(Part::Basic(text[..end].to_owned()));
    end + digits(&text[end..]).len()
}

fn digits(text: &str) -> &str {
    &text[..text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len())]
}

fn end_of_extended(text: &str) -> usize {
    let mut quoted = false;
    let ends = |letter: char| {
        quoted ^= letter == '"';
        letter == ';' && !quoted
    };
    text.find(ends).unwrap_or(text.len())
}

/// What of a command stands in no string.
pub(super) fn outside_strings(command: &str) -> String {
    command.split('"').step_by(2).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn basic(name: &str) -> Part {
        Part::Basic(name.to_owned())
    }

    fn extended(text: &str) -> Part {
        Part::Extended(text.to_owned())
    }

    fn register(number: &str, asks: bool) -> Part {
        Part::Register { number: Some(number.to_owned()), asks }
    }

    #[test]
    fn basic_commands_stand_side_by_side() {
        let expected = [basic("E"), basic("V"), basic("&D"), register("0", false), basic("Z")];
        assert_eq!(parts("at e0v1&d2 S0=0z"), expected);
        assert_eq!(parts("ATE0^CARDLOCK=\"1\""), [basic("E"), extended("^CARDLOCK=\"1\"")]);
        assert!(parts("AT").is_empty() && parts("hello").is_empty());
    }

    #[test]
    fn an_extended_command_ends_at_a_semicolon_outside_strings() {
        assert_eq!(parts("AT+X=\"a;b\";^Y?"), [extended("+X=\"A;B\""), extended("^Y?")]);
        assert_eq!(outside_strings("+X=\"A;B\",1"), "+X=,1");
    }

    #[test]
    fn a_call_is_seen_behind_any_other_command_and_is_followed_by_more_behind_a_semicolon() {
        for line in ["ATD*99#", "ATE0D*99#", "ATZ;D*99#", "ATX1DT*99#", "AT+CSQ;D1", "at&f d *99#"] {
            assert!(parts(line).contains(&Part::Dial), "{line}");
        }
        assert_eq!(parts("ATD1;^X"), [Part::Dial, extended("^X")]);
        assert!(!parts("AT+CGDCONT=1,\"IP\",\"d;d\"").contains(&Part::Dial));
    }

    #[test]
    fn registers_are_told_by_number_and_by_whether_they_are_only_asked() {
        assert_eq!(parts("ATS05=35"), [register("05", false)]);
        assert_eq!(parts("ATS5?S3"), [register("5", true), register("3", false)]);
        assert_eq!(parts("ATSE0"), [basic("S"), basic("E")]);
        assert_eq!(parts("AT=35"), [Part::Register { number: None, asks: false }]);
    }

    proptest! {
        #[test]
        fn any_line_is_cut_to_its_end(line in "\\PC{0,40}", signs in "[ATSD&=?;\"+^0-9 \\\\]{0,40}") {
            for line in [line, signs] {
                parts(&line);
                parts(&format!("AT{line}"));
            }
        }

        #[test]
        fn a_command_behind_commands_that_end_is_found(before in "[EVXLM&F0-9;]{0,20}", name in "[A-Z]{1,8}") {
            let found = parts(&format!("AT{before}^{name}=1"));
            prop_assert!(found.contains(&extended(&format!("^{name}=1"))), "{found:?}");
        }
    }
}
