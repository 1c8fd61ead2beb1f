//! A command line cut into commands (ITU-T V.250, section 5).

/// What is done with an extended command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Nothing stands behind the name.
    Run,
    /// `?`
    Read,
    /// `=?`
    Test,
    /// `=` and this.
    Set(String),
}

/// One command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// A letter, or `&` and a letter; 0 if no number follows.
    Basic { name: String, number: u32 },
    /// `S` and the number of a register.
    Register { number: u32, action: Action },
    /// `D` and the rest of the line.
    Dial(String),
    /// `+` or `^` and a name, in capitals.
    Extended { name: String, action: Action },
    /// No command, and nothing behind it can be told apart.
    Malformed,
}

/// The commands behind the prefix `AT`, in order. What stands in front of the prefix does not count: programs probe ports
/// with what other protocols say. `None`: there is no prefix.
pub(super) fn split(line: &str) -> Option<Vec<Command>> {
    let prefix = line.as_bytes().windows(2).position(|pair| pair.eq_ignore_ascii_case(b"AT"))?;
    let mut rest = &line[prefix + 2..];
    let mut commands = Vec::new();
    loop {
        // A semicolon is needed behind extended commands alone, but programs put one anywhere.
        rest = rest.trim_start_matches([' ', ';']);
        let Some(first) = rest.chars().next() else { return Some(commands) };
        let (command, behind) = match first.to_ascii_uppercase() {
            '+' | '^' => extended(rest),
            'D' => (Command::Dial(rest[1..].trim().to_owned()), ""),
            'S' => register(&rest[1..]),
            '&' | 'A'..='Z' => basic(rest),
            _ => (Command::Malformed, ""),
        };
        commands.push(command);
        rest = behind;
    }
}

fn extended(text: &str) -> (Command, &str) {
    let mut quoted = false;
    let end = text.find(|character| {
        quoted ^= character == '"';
        character == ';' && !quoted
    });
    let (command, behind) = text.split_at(end.unwrap_or(text.len()));
    let at = command.find(['=', '?']).unwrap_or(command.len());
    let (name, action) = command.split_at(at);
    let action = match action.trim() {
        "" => Action::Run,
        "?" => Action::Read,
        "=?" => Action::Test,
        other => match other.strip_prefix('=') {
            Some(value) => Action::Set(value.trim().to_owned()),
            None => return (Command::Malformed, behind),
        },
    };
    (Command::Extended { name: name.trim().to_ascii_uppercase(), action }, behind)
}

fn basic(text: &str) -> (Command, &str) {
    let length = if text.starts_with('&') { 2 } else { 1 };
    let Some((name, behind)) = text.split_at_checked(length).filter(|(name, _)| name.ends_with(char::is_alphabetic))
    else {
        return (Command::Malformed, "");
    };
    let (digits, behind) = number(behind);
    // As many digits as no number has are no number.
    let Ok(number) = (if digits.is_empty() { Ok(0) } else { digits.parse() }) else { return (Command::Malformed, "") };
    (Command::Basic { name: name.to_ascii_uppercase(), number }, behind)
}

fn register(text: &str) -> (Command, &str) {
    let (digits, behind) = number(text);
    let Ok(number_of) = digits.parse() else { return (Command::Malformed, "") };
    let behind = behind.trim_start();
    if let Some(behind) = behind.strip_prefix('?') {
        return (Command::Register { number: number_of, action: Action::Read }, behind);
    }
    let Some(behind) = behind.strip_prefix('=') else { return (Command::Malformed, "") };
    let (value, behind) = number(behind);
    (Command::Register { number: number_of, action: Action::Set(value.to_owned()) }, behind)
}

fn number(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    text.split_at(text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn basic(name: &str, number: u32) -> Command {
        Command::Basic { name: name.to_owned(), number }
    }

    fn extended(name: &str, action: Action) -> Command {
        Command::Extended { name: name.to_owned(), action }
    }

    #[test]
    fn basic_commands_stand_side_by_side_with_or_without_semicolons_and_blanks() {
        assert_eq!(split("ATE0V1&D2&C1"), Some(vec![basic("E", 0), basic("V", 1), basic("&D", 2), basic("&C", 1)]));
        assert_eq!(split("atz;e0v1"), Some(vec![basic("Z", 0), basic("E", 0), basic("V", 1)]));
        let minicom = split("AT S7=45 S0=0 L1 V1 X4 &c1 E1 Q0").expect("a prefix");
        assert_eq!(minicom.len(), 8);
        assert_eq!(minicom[0], Command::Register { number: 7, action: Action::Set("45".to_owned()) });
        assert_eq!(minicom[5], basic("&C", 1));
        assert_eq!(split("AT"), Some(vec![]));
    }

    #[test]
    fn an_extended_command_ends_at_a_semicolon_outside_quotation_marks() {
        assert_eq!(
            split("AT+CGDCONT=1,\"IP\",\"a;B\";+csq;^SETPORT?;+CFUN=?"),
            Some(vec![
                extended("+CGDCONT", Action::Set("1,\"IP\",\"a;B\"".to_owned())),
                extended("+CSQ", Action::Run),
                extended("^SETPORT", Action::Read),
                extended("+CFUN", Action::Test),
            ])
        );
    }

    #[test]
    fn a_dial_string_is_the_rest_of_the_line() {
        assert_eq!(split("ATE0DT*99***1#"), Some(vec![basic("E", 0), Command::Dial("T*99***1#".to_owned())]));
        assert_eq!(split("atd*99#"), Some(vec![Command::Dial("*99#".to_owned())]));
    }

    #[test]
    fn what_stands_before_the_prefix_does_not_count_and_without_one_there_is_no_command() {
        assert_eq!(split("~x\u{fffd}ATI"), Some(vec![basic("I", 0)]));
        assert_eq!(split("hello"), None);
        for malformed in ["ATS", "ATS7", "AT&", "AT&1", "AT?", "AT+CSQ?x", "ATX99999999999"] {
            assert_eq!(split(malformed), Some(vec![Command::Malformed]), "{malformed}");
        }
    }

    proptest! {
        #[test]
        fn no_line_upsets_the_parser(line in "\\PC{0,40}") {
            split(&format!("AT{line}"));
            split(&line);
        }
    }
}
