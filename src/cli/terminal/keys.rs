//! Keys out of the bytes that a terminal sends for them.

/// A key, or what it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A printable ASCII character.
    Character(char),
    Enter,
    Backspace,
    Delete,
    Left,
    Right,
    Up,
    Down,
    Home,
    End,
    /// Ctrl and a letter that none of the others stands for.
    Control(char),
    /// Escape, twice in a row.
    Escape,
    /// Anything else.
    Other,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Plain,
    /// Escape came.
    Escape,
    /// Escape and `[` or `O` came, and this number behind it.
    Sequence(u16),
}

/// Puts the sequences of function keys together.
#[derive(Debug, Default)]
pub struct Keys {
    state: State,
    after_return: bool,
}

impl Keys {
    /// Whether the next byte begins a key.
    pub fn at_rest(&self) -> bool {
        matches!(self.state, State::Plain)
    }

    /// Takes a byte, and gives the key that it completes.
    pub fn push(&mut self, byte: u8) -> Option<Key> {
        let after_return = std::mem::take(&mut self.after_return);
        match std::mem::take(&mut self.state) {
            State::Plain if byte == b'\n' && after_return => None,
            State::Plain => self.plain(byte),
            State::Escape => match byte {
                b'[' | b'O' => {
                    self.state = State::Sequence(0);
                    None
                }
                0x1b => Some(Key::Escape),
                _ => Some(Key::Other),
            },
            State::Sequence(number) => match byte {
                b'0'..=b'9' => {
                    self.state = State::Sequence(number.saturating_mul(10).saturating_add(u16::from(byte - b'0')));
                    None
                }
                b';' => {
                    // A modifier behind it changes nothing here.
                    self.state = State::Sequence(0);
                    None
                }
                _ => Some(ended(number, byte)),
            },
        }
    }

    fn plain(&mut self, byte: u8) -> Option<Key> {
        Some(match byte {
            0x1b => {
                self.state = State::Escape;
                return None;
            }
            b'\r' => {
                self.after_return = true;
                Key::Enter
            }
            b'\n' => Key::Enter,
            0x7f | 0x08 => Key::Backspace,
            0x01 => Key::Home,
            0x05 => Key::End,
            0x02 => Key::Left,
            0x06 => Key::Right,
            0x10 => Key::Up,
            0x0e => Key::Down,
            0x00..=0x1f => Key::Control(char::from(byte | 0x40)),
            b' '..=b'~' => Key::Character(char::from(byte)),
            _ => Key::Other,
        })
    }
}

fn ended(number: u16, byte: u8) -> Key {
    match (byte, number) {
        (b'A', _) => Key::Up,
        (b'B', _) => Key::Down,
        (b'C', _) => Key::Right,
        (b'D', _) => Key::Left,
        (b'H', _) | (b'~', 1 | 7) => Key::Home,
        (b'F', _) | (b'~', 4 | 8) => Key::End,
        (b'~', 3) => Key::Delete,
        _ => Key::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(bytes: &[u8]) -> Vec<Key> {
        let mut keys = Keys::default();
        bytes.iter().filter_map(|byte| keys.push(*byte)).collect()
    }

    #[test]
    fn function_keys_of_both_spellings_are_understood() {
        assert_eq!(keys(b"\x1b[A\x1bOB\x1b[C\x1b[D"), [Key::Up, Key::Down, Key::Right, Key::Left]);
        assert_eq!(keys(b"\x1b[1~\x1b[4~\x1b[3~\x1bOH\x1b[F"), [Key::Home, Key::End, Key::Delete, Key::Home, Key::End]);
        assert_eq!(keys(b"\x1b[1;5C\x1b[99999999~"), [Key::Right, Key::Other]);
    }

    #[test]
    fn a_line_end_of_two_characters_is_one_enter() {
        assert_eq!(keys(b"a\r\nb\n"), [Key::Character('a'), Key::Enter, Key::Character('b'), Key::Enter]);
    }

    #[test]
    fn escape_twice_is_escape_and_once_waits() {
        assert_eq!(keys(b"\x1b\x1b"), [Key::Escape]);
        let mut waits = Keys::default();
        assert_eq!(waits.push(0x1b), None);
        assert!(!waits.at_rest());
    }

    #[test]
    fn bytes_that_are_no_ascii_are_no_characters() {
        assert_eq!(keys("\u{e9}".as_bytes()), [Key::Other, Key::Other]);
        assert_eq!(keys(&[0x1a, 0x03]), [Key::Control('Z'), Key::Control('C')]);
    }
}
