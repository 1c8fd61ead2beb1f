//! The bulk endpoints: what waits to be read, and what is halted.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use bytes::Bytes;

/// How the stick ends what it says when that is a multiple of the packet size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With a zero-length packet, so that the host's transfer completes.
    ZeroLengthPacket,
    /// With nothing: the host cannot tell whether more follows.
    Nothing,
}

#[derive(Debug)]
struct Packet {
    ready: Duration,
    bytes: Bytes,
}

/// All bulk endpoints of one incarnation.
#[derive(Debug)]
pub(crate) struct Pipes {
    max_packet: usize,
    waiting: BTreeMap<u8, VecDeque<Packet>>,
    halted: BTreeSet<u8>,
}

impl Pipes {
    pub(crate) fn new(max_packet: usize) -> Self {
        Self { max_packet, waiting: BTreeMap::new(), halted: BTreeSet::new() }
    }

    pub(crate) fn max_packet(&self) -> usize {
        self.max_packet
    }

    pub(crate) fn say(&mut self, endpoint: u8, ready: Duration, bytes: &Bytes, ending: Ending) {
        let queue = self.waiting.entry(endpoint).or_default();
        // An endpoint is a queue: what is said later is never heard earlier.
        let ready = queue.back().map_or(ready, |last| last.ready.max(ready));
        let mut at = 0;
        while at < bytes.len() {
            let end = bytes.len().min(at + self.max_packet);
            queue.push_back(Packet { ready, bytes: bytes.slice(at..end) });
            at = end;
        }
        if bytes.len().is_multiple_of(self.max_packet) && ending == Ending::ZeroLengthPacket {
            queue.push_back(Packet { ready, bytes: Bytes::new() });
        }
    }

    /// One packet, if one is ready. At most `max` bytes of it; the rest waits.
    pub(crate) fn hear(&mut self, endpoint: u8, max: usize, now: Duration) -> Option<Bytes> {
        let queue = self.waiting.get_mut(&endpoint)?;
        let packet = queue.front_mut().filter(|packet| packet.ready <= now)?;
        if packet.bytes.len() > max {
            return Some(packet.bytes.split_to(max));
        }
        queue.pop_front().map(|packet| packet.bytes)
    }

    /// Drops what waits there.
    pub(crate) fn forget(&mut self, endpoint: u8) {
        self.waiting.remove(&endpoint);
    }

    /// Whether anything was said that nobody has read.
    pub(crate) fn unread(&self, endpoint: u8) -> bool {
        self.waiting.get(&endpoint).is_some_and(|queue| !queue.is_empty())
    }

    /// How many packets wait there.
    pub(crate) fn packets(&self, endpoint: u8) -> usize {
        self.waiting.get(&endpoint).map_or(0, VecDeque::len)
    }

    pub(crate) fn all_read(&self) -> bool {
        self.waiting.values().all(VecDeque::is_empty)
    }

    pub(crate) fn halt(&mut self, endpoint: u8) {
        self.halted.insert(endpoint);
    }

    pub(crate) fn halted(&self, endpoint: u8) -> bool {
        self.halted.contains(&endpoint)
    }

    pub(crate) fn clear_halt(&mut self, endpoint: u8) {
        self.halted.remove(&endpoint);
    }

    pub(crate) fn clear_halts(&mut self) {
        self.halted.clear();
    }

    /// When something that waits becomes ready.
    pub(crate) fn next_change(&self, now: Duration) -> Option<Duration> {
        let fronts = self.waiting.values().filter_map(|queue| queue.front());
        fronts.map(|packet| packet.ready).filter(|ready| *ready > now).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::ZERO;

    #[test]
    fn what_fills_its_last_packet_ends_with_an_empty_one() {
        let mut pipes = Pipes::new(512);
        pipes.say(0x81, NOW, &Bytes::from(vec![7; 1024]), Ending::ZeroLengthPacket);
        let lengths: Vec<usize> =
            std::iter::from_fn(|| pipes.hear(0x81, 4096, NOW)).map(|packet| packet.len()).collect();
        assert_eq!(lengths, [512, 512, 0]);
    }

    #[test]
    fn a_packet_is_not_heard_before_it_is_ready() {
        let mut pipes = Pipes::new(512);
        let ready = Duration::from_millis(3);
        pipes.say(0x81, ready, &Bytes::from_static(b"x"), Ending::Nothing);
        assert_eq!((pipes.hear(0x81, 512, NOW), pipes.next_change(NOW)), (None, Some(ready)));
        assert_eq!(pipes.hear(0x81, 512, ready), Some(Bytes::from_static(b"x")));
    }
}
