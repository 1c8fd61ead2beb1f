//! Notifications of a serial port that wait to be heard.

use std::collections::VecDeque;

use bytes::Bytes;

/// Notifications that are kept while nobody asks for them. They tell states, of which the newest counts; the ones before
/// it only show that it was another meanwhile.
const MOST_NOTICES: usize = 8;

/// A bounded number of notifications, and whose turn it is where a chunk of the stream waits as well.
#[derive(Debug, Default)]
pub(super) struct Notices {
    kept: VecDeque<Bytes>,
    had_last_turn: bool,
}

impl Notices {
    /// Keeps one, and drops the oldest where there are too many.
    pub(super) fn keep(&mut self, notice: Bytes) {
        if self.kept.len() == MOST_NOTICES {
            self.kept.pop_front();
        }
        self.kept.push_back(notice);
    }

    /// The oldest one, unless a chunk waits as well and it is the chunk's turn.
    pub(super) fn take_turn(&mut self, chunk_waits: bool) -> Option<Bytes> {
        let is_turn = !(chunk_waits && self.had_last_turn);
        let notice = if is_turn { self.kept.pop_front() } else { None };
        self.had_last_turn = notice.is_some();
        notice
    }

    /// The oldest one, whatever waits beside it.
    pub(super) fn pop(&mut self) -> Option<Bytes> {
        self.kept.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notices(numbers: std::ops::Range<u8>) -> Notices {
        let mut notices = Notices::default();
        numbers.for_each(|number| notices.keep(Bytes::copy_from_slice(&[number])));
        notices
    }

    #[test]
    fn of_too_many_the_newest_are_kept_in_their_order() {
        let mut notices = notices(0..20);
        let heard: Vec<u8> = std::iter::from_fn(|| notices.take_turn(false)).map(|notice| notice[0]).collect();
        assert_eq!(heard, (12..20).collect::<Vec<u8>>());
    }

    #[test]
    fn beside_a_stream_without_end_every_other_turn_is_theirs() {
        let mut notices = notices(0..3);
        let turns: Vec<bool> = (0..7).map(|_| notices.take_turn(true).is_some()).collect();
        assert_eq!(turns, [true, false, true, false, true, false, false]);
    }

    #[test]
    fn without_a_chunk_that_waits_each_is_heard_at_once() {
        let mut notices = notices(0..2);
        let heard = [(); 3].map(|()| notices.take_turn(false));
        assert_eq!(heard, [Some(Bytes::from_static(&[0])), Some(Bytes::from_static(&[1])), None]);
    }
}
