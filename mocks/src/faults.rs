//! What can be made to go wrong, and when. Each fault happens once.

use std::time::Duration;

use bytes::Bytes;

use crate::model::{Mode, Model};

/// A message that a fault waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The header of a block.
    BootRomHeader {
        /// 0 is raminit, 1 is usbldr: how many blocks were closed before.
        block: u8,
    },
    /// A data packet.
    BootRomData {
        /// As above.
        block: u8,
        /// From 1.
        packet: u32,
    },
    /// The end packet of a block.
    BootRomEnd {
        /// As above.
        block: u8,
    },
    /// An AT command that begins with this text, in either case.
    At(String),
    /// An HDLC command that is none of a partition's, such as 0x0c, 0x45 or 0x0a.
    Hdlc(u8),
    /// 41 of the n-th partition of this incarnation, from 0.
    PartitionStart {
        /// The index.
        partition: usize,
    },
    /// 42 of the n-th partition.
    PartitionData {
        /// The index, from 0.
        partition: usize,
        /// The number that the frame carries, from 1.
        number: u32,
    },
    /// 43 of the n-th partition.
    PartitionEnd {
        /// The index, from 0.
        partition: usize,
    },
    /// A switching message: one to a mass storage interface, whether it is obeyed or not. Control requests are none.
    Switch,
}

impl Moment {
    fn matches(&self, message: &Self) -> bool {
        match (self, message) {
            (Self::At(awaited), Self::At(command)) => {
                let prefix = command.as_bytes().get(..awaited.len());
                prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case(awaited.as_bytes()))
            }
            _ => self == message,
        }
    }
}

/// What becomes of a message and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The stick is pulled before it does anything about the message.
    UnplugBefore,
    /// The stick is pulled once its answer was read.
    UnplugAfter,
    /// The message takes effect, but the answer is never sent.
    LoseAnswer,
    /// The answer comes later than it should, by this much.
    DelayAnswer(Duration),
    /// The message is not heard, and the stick neither listens nor speaks until it is re-plugged.
    SilenceForGood,
    /// The OUT endpoint stalls instead of taking the message.
    StallOut,
    /// The IN endpoint stalls before it gives the answer.
    StallIn,
    /// Other bytes than the answer are sent.
    Garbage(Bytes),
    /// One bit of the answer is wrong, next to its end.
    BadCrc,
    /// The answer comes in transfers of so many bytes.
    Split(usize),
    /// The message has no effect and is refused with this code: a reply byte of the boot ROM, the code of a NAK of the
    /// download daemon, ERROR for an AT command.
    Refuse(u8),
}

/// How the next return to the bus goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Return {
    /// It does not come back before it is re-plugged.
    Never,
    /// It is pulled while it is away.
    Unplugged,
    /// It comes back later than usual, by this much.
    Late(Duration),
    /// It sits in another port.
    OnPort(String),
    /// It has this product id.
    WithProductId(u16),
    /// Its firmware states this version.
    WithVersion(String),
    /// Another stick, fresh from its factory, sits in the port.
    AsModel(Model),
    /// It shows in this mode for two seconds and leaves again, before it comes as what it should be.
    Through(Mode),
    /// It comes as what it should be, leaves after a fifth of a second, and comes back once more.
    Twice,
}

/// Something that goes wrong once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// At a message.
    At(Moment, Effect),
    /// At the next return to the bus.
    OnReturn(Return),
    /// These bytes of an earlier session wait in every IN endpoint of the next incarnation, or of this one if `now`.
    StaleBytes {
        /// The bytes.
        bytes: Bytes,
        /// Into this incarnation's endpoints, at once.
        now: bool,
    },
    /// The next control request that is not part of enumeration is stalled.
    StallControl,
}

/// The faults that have not happened yet.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    waiting: Vec<Fault>,
}

impl Faults {
    pub(crate) fn inject(&mut self, fault: Fault) {
        self.waiting.push(fault);
    }

    pub(crate) fn at(&mut self, message: &Moment) -> Option<Effect> {
        let hit = |fault: &Fault| matches!(fault, Fault::At(moment, _) if moment.matches(message));
        match self.take(hit)? {
            Fault::At(_, effect) => Some(effect),
            _ => None,
        }
    }

    pub(crate) fn on_return(&mut self) -> Option<Return> {
        match self.take(|fault| matches!(fault, Fault::OnReturn(_)))? {
            Fault::OnReturn(fault) => Some(fault),
            _ => None,
        }
    }

    pub(crate) fn stale_bytes(&mut self) -> Option<Bytes> {
        match self.take(|fault| matches!(fault, Fault::StaleBytes { .. }))? {
            Fault::StaleBytes { bytes, .. } => Some(bytes),
            _ => None,
        }
    }

    pub(crate) fn stalls_control(&mut self) -> bool {
        self.take(|fault| *fault == Fault::StallControl).is_some()
    }

    fn take(&mut self, hit: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let index = self.waiting.iter().position(hit)?;
        Some(self.waiting.remove(index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_happens_once_and_at_its_own_message_only() {
        let mut faults = Faults::default();
        faults.inject(Fault::At(Moment::At("AT^SIGNVER".to_owned()), Effect::LoseAnswer));
        assert_eq!(faults.at(&Moment::At("AT^DLOADVER?".to_owned())), None);
        assert_eq!(faults.at(&Moment::At("at^signver=1,0".to_owned())), Some(Effect::LoseAnswer));
        assert_eq!(faults.at(&Moment::At("AT^SIGNVER=1,0".to_owned())), None);
    }
}
