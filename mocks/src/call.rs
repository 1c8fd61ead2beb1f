//! A call: the PPP peer at the far end, and the internet behind it.

use std::time::Duration;

use crate::internet::Internet;
use crate::ppp::{self, Peer};

/// How much is gathered for the host before it is handed on.
const PORTION: usize = 16 * 1024;

/// One call in data mode, or waiting in command mode to be taken up again.
#[derive(Debug)]
pub(crate) struct Call {
    peer: Peer,
    internet: Option<Internet>,
    seed: u32,
}

impl Call {
    /// `seed` is different for each stick. With `wants_login` the host is asked for a name and a password.
    pub(crate) fn new(seed: u32, wants_login: bool, now: Duration) -> Self {
        // Not the seed itself: two ends of one program shall not have the same magic number.
        let magic = seed.wrapping_mul(0x9e37_79b1) ^ 0x4261_6c6f;
        Self { peer: Peer::new(magic, wants_login, now), internet: None, seed }
    }

    /// Takes what the host sent, as far as there is room for it. Gives the number of bytes taken.
    pub(crate) fn take(&mut self, bytes: &[u8], now: Duration) -> usize {
        for (index, byte) in bytes.iter().enumerate() {
            if let Some(internet) = self.internet.as_mut().filter(|internet| !internet.has_room()) {
                internet.run(now);
                if !internet.has_room() {
                    return index;
                }
            }
            let packet = self.peer.take(*byte, now);
            self.follow(now);
            if let Some((internet, packet)) = self.internet.as_mut().zip(packet) {
                internet.take(packet);
            }
        }
        bytes.len()
    }

    /// Does what is due; gives the next bytes to the host, none if there are none for now.
    pub(crate) fn run(&mut self, now: Duration) -> Vec<u8> {
        self.peer.tick(now);
        self.follow(now);
        let mut output = self.peer.output();
        let Some(internet) = &mut self.internet else { return output };
        loop {
            internet.run(now);
            let before = output.len();
            while output.len() < PORTION
                && let Some(packet) = internet.packet()
            {
                self.peer.send(&packet);
                output.append(&mut self.peer.output());
            }
            if output.len() == before || output.len() >= PORTION {
                return output;
            }
        }
    }

    /// When something is due.
    pub(crate) fn next(&self) -> Option<Duration> {
        let internet = self.internet.as_ref().and_then(Internet::next);
        [self.peer.next(), internet].into_iter().flatten().min()
    }

    /// Ends the call from the network's side.
    pub(crate) fn close(&mut self, now: Duration) {
        self.peer.close(now);
    }

    /// Whether one side ended it.
    pub(crate) fn is_over(&self) -> bool {
        self.peer.is_over()
    }

    /// The internet is there while IP packets flow.
    fn follow(&mut self, now: Duration) {
        match (self.peer.is_up(), &self.internet) {
            (true, None) => {
                self.internet = Some(Internet::new(ppp::STICK, self.peer.unit(), self.seed.into(), now));
            }
            (false, Some(_)) => self.internet = None,
            _ => {}
        }
    }
}
