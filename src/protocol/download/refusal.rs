//! Why the stick refuses: the code in its answer `03 00 code`.

use std::fmt;

/// A refusal code. The table is the same in the published daemon source and in the data of four real loaders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefusalCode(pub u8);

impl RefusalCode {
    /// The code in an answer, if that is a refusal: exactly `03 00 code`.
    pub(super) fn of_answer(payload: &[u8]) -> Option<Self> {
        match payload {
            [0x03, 0x00, code] => Some(Self(*code)),
            _ => None,
        }
    }

    /// Its name, where it is known.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            0x01 => "bad frame check",
            0x02 => "destination not acceptable",
            0x03 => "wrong length",
            0x04 => "data too short",
            0x05 => "data too long",
            0x06 => "unknown command",
            0x07 => "operation failed",
            0x08 => "wrong interface id",
            0x09 => "bad programming voltage",
            0x0a => "verification failed",
            0x0b => "no security code",
            0x0c => "wrong security code",
            0x0d => "reserved",
            0x0e => "not permitted",
            0x0f => "address not accessible",
            _ => return None,
        })
    }

    /// What it means for the user, in one sentence.
    #[must_use]
    pub const fn explanation(self) -> &'static str {
        match self.0 {
            0x01 => "a frame was damaged on its way to the stick",
            0x02 => "the stick cannot take this partition in the state that it is in",
            0x03 => "the stick expects this command to have another length",
            0x04 => "the frame held less data than it announced",
            0x05 => "the frame held more data than the stick can take",
            0x06 => "this stick does not know the command",
            0x07 => {
                "the stick could not do it: a block out of order, a flash write that failed, a partition that it does \
                 not support, or one that is too large"
            }
            0x08 | 0x09 => "a code that no known stick uses",
            0x0a => "the stick did not accept the firmware's authorisation",
            0x0b => "the stick wants signed firmware, and no signature was announced",
            0x0c => "the signature does not match the data: the firmware was modified, or is for another stick",
            0x0d => "a code that is reserved",
            0x0e => "the stick's present settings do not permit it",
            0x0f => "the stick does not let this part of its memory be written",
            _ => "a code that is not known",
        }
    }
}

impl fmt::Display for RefusalCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "code {:02x}, {}", self.0, self.name().unwrap_or("unknown"))
    }
}
