//! How a message is taken and its answer given, with everything that can be made to go wrong on the way.

use std::time::Duration;

use bytes::Bytes;

use super::Stick;
use super::endpoints::Heard;
use crate::faults::{Effect, Moment};
use crate::pipes::Ending;
use crate::reaction::{Reaction, Then};
use crate::transcript::Event;

/// Between the pieces of an answer that is split.
const BETWEEN_PIECES: Duration = Duration::from_millis(1);

impl Stick {
    /// Takes one message: looks for a fault that waits for it, lets `process` carry it out, gives the answer.
    pub(super) fn hear(
        &mut self,
        interface: u8,
        moment: Option<Moment>,
        event: Option<Event>,
        refusal: impl Fn(u8) -> Bytes,
        process: impl FnOnce(&mut Self) -> Reaction,
    ) -> Heard {
        let Some((out, inward)) = self.pair(interface) else {
            return Heard::Taken;
        };
        let effect = moment.and_then(|moment| self.faults.at(&moment));
        if effect == Some(Effect::StallOut) {
            self.pipes.halt(out);
            return Heard::Stalled;
        }
        if let Some(event) = event {
            self.note(event);
        }
        match effect {
            Some(Effect::UnplugBefore) => self.unplug(),
            Some(Effect::SilenceForGood) => self.deaf = true,
            Some(Effect::Refuse(code)) => self.give(inward, Reaction::answer(refusal(code)), None),
            other => {
                let reaction = process(self);
                if matches!(reaction.then, Then::Halt) {
                    self.pipes.halt(out);
                    self.pipes.halt(inward);
                }
                self.give(inward, reaction, other);
            }
        }
        Heard::Taken
    }

    fn give(&mut self, inward: u8, reaction: Reaction, effect: Option<Effect>) {
        let Reaction { mut answer, mut second, after, then } = reaction;
        let mut ready = self.now + after;
        let mut piece = usize::MAX;
        match effect {
            Some(Effect::LoseAnswer) => (answer, second) = (None, None),
            Some(Effect::DelayAnswer(more)) => ready += more,
            Some(Effect::Garbage(bytes)) => answer = Some(bytes),
            Some(Effect::BadCrc) => answer = answer.map(|bytes| with_wrong_bit(&bytes)),
            Some(Effect::Split(bytes)) => piece = bytes.max(1),
            Some(Effect::StallIn) => self.pipes.halt(inward),
            Some(Effect::UnplugAfter) => self.leaves_when_read = true,
            _ => {}
        }
        for answer in answer.into_iter().chain(second) {
            if answer.is_empty() {
                self.pipes.say(inward, ready, &answer, Ending::ZeroLengthPacket);
            }
            for (index, part) in (0u32..).zip(answer.chunks(piece)) {
                let part = Bytes::copy_from_slice(part);
                self.pipes.say(inward, ready + BETWEEN_PIECES * index, &part, Ending::ZeroLengthPacket);
            }
        }
        self.follow(ready, then);
        if self.leaves_when_read && self.pipes.all_read() {
            self.unplug();
        }
    }

    fn follow(&mut self, ready: Duration, then: Then) {
        match then {
            Then::Stay | Then::Halt => {}
            Then::Deaf => self.deaf = true,
            Then::BusyFor(time) => self.busy_until = ready + time,
            Then::Leave { after, next } => self.leave(ready + after, next),
        }
    }
}

/// The check sum stands before the closing flag, so a bit of the third byte from the end spoils it in a frame; in a
/// shorter answer, of the first byte.
fn with_wrong_bit(bytes: &[u8]) -> Bytes {
    let mut bytes = bytes.to_vec();
    let at = bytes.len().saturating_sub(3);
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 0x01;
    }
    bytes.into()
}
