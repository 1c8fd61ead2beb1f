//! Looks for commands that are never sent, in what goes to a port by hand or through a pipe.

use crate::protocol::at::permitted;

const BACKSPACE: u8 = 0x08;
const DELETE: u8 = 0x7f;

/// How much of a line without an end is kept in view. Firmware keeps less, and takes a longer line for no command.
const LONGEST: usize = 8 * 1024;
/// How much of it stays in view beyond that: more than any name of a command.
const KEPT: usize = 256;

/// The line that the stick is being given, as far as its end was not sent yet.
#[derive(Clone, Debug, Default)]
pub struct LineCheck {
    open: Vec<u8>,
    /// Something came since it was looked at last.
    changed: bool,
}

impl LineCheck {
    /// Takes bytes that are about to be sent. A refusal leaves everything as it was: none of them may be sent then.
    ///
    /// A line feed or the end of a text need not end a line, so what stands in front of them is looked at, and stays.
    pub fn take(&mut self, bytes: &[u8]) -> Result<(), String> {
        let mut next = self.clone();
        for &byte in bytes {
            // Firmware may ignore the highest bit (V.250, section 5.1).
            match byte & 0x7f {
                b'\r' => {
                    next.look()?;
                    next.open.clear();
                }
                b'\n' | 0x1a => next.look()?,
                BACKSPACE | DELETE | b' '.. => next.push(byte)?,
                _ => {}
            }
        }
        *self = next;
        Ok(())
    }

    fn push(&mut self, byte: u8) -> Result<(), String> {
        if self.open.len() >= LONGEST {
            self.look()?;
            self.open.drain(..LONGEST - KEPT);
        }
        self.open.push(byte);
        self.changed = true;
        Ok(())
    }

    /// Both as a stick reads it that takes characters back, and as one that does not.
    fn look(&mut self) -> Result<(), String> {
        if !std::mem::replace(&mut self.changed, false) {
            return Ok(());
        }
        let mut edited = String::new();
        let mut plain = String::new();
        for &byte in &self.open {
            match byte & 0x7f {
                BACKSPACE | DELETE => drop(edited.pop()),
                letter => edited.push(char::from(letter)),
            }
            if byte.is_ascii_graphic() {
                plain.push(char::from(byte));
            }
        }
        [edited, plain].iter().try_for_each(|line| permitted(line).map_err(|error| error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(pieces: &[&[u8]]) -> bool {
        let mut check = LineCheck::default();
        pieces.iter().any(|piece| check.take(piece).is_err())
    }

    #[test]
    fn a_command_that_is_never_sent_is_found_in_pieces_and_under_corrections() {
        let ways: &[&[&[u8]]] = &[
            &[b"AT^DATALOCK=\"1\"\r"],
            &[b"AT^DATA", b"LOCK=\"1\"", b"\r"],
            &[b"ATI\rAT^DATALOCK=1\r"],
            &[b"AT^DATAX\x08LOCK=1\r"],
            &[b"AT^DATAX\x7fLOCK=1\r"],
            &[b"AT^DATALOCK=1;\x88\x88\x88\x88\x88\x88\x88\x88\x88\x88\x88\x88\x88\x88\x88\x88\r"],
            &[b"A\x00T^DATA\x1aLOCK=1\r"],
            &[b"\xc1\xd4^DATALOCK=1\r"],
            &[b"AT^DATALOCK=1\n"],
            &[b"AT^DATA\nLOCK=1\r"],
            &[b"ATS5=35\r"],
        ];
        for way in ways {
            assert!(refused(way), "{:?}", way.concat().escape_ascii().to_string());
        }
    }

    #[test]
    fn everything_else_goes_through_whatever_it_is() {
        let ways: &[&[&[u8]]] = &[
            &[b"ATI\r", b"AT^HWVER\r"],
            &[b"\x7e\x0c\x00\x01\x7e\r\n\xff\xfe"],
            &[b"cat /proc/locks\r"],
            &[b"meet me at the LOCK\x1a"],
            &[&[0; 20000], &[b'x'; 20000], b"\r"],
        ];
        for way in ways {
            assert!(!refused(way), "{:?}", &way.concat()[..5]);
        }
    }

    #[test]
    fn a_refusal_forgets_what_was_not_sent() {
        let mut check = LineCheck::default();
        check.take(b"AT").expect("no end yet");
        let why = check.take(b"^DATALOCK=1\r").expect_err("refused");
        assert!(why.contains("AT^DATALOCK is about SIM locks"), "{why}");
        check.take(b"I\r").expect("ATI");
    }

    #[test]
    fn a_name_is_found_across_the_end_of_what_is_kept_in_view() {
        for junk in [LONGEST - 5, LONGEST, LONGEST + 5, 3 * LONGEST] {
            assert!(refused(&[&vec![b'x'; junk], b"AT^DATALOCK=1\r"]), "{junk}");
        }
    }
}
