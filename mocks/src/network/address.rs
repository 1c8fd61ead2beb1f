//! Hardware addresses.

use std::sync::atomic::{AtomicU32, Ordering};

/// The two ends of one stick's cable. No two sticks of one machine have the same: both may be in one guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CardAddresses(u32);

/// How many sticks one process may have before a number comes again, as a power of two.
const STICKS: u32 = 10;

impl CardAddresses {
    /// Those of a new stick.
    pub(crate) fn fresh() -> Self {
        static STICK: AtomicU32 = AtomicU32::new(0);
        let stick = STICK.fetch_add(1, Ordering::Relaxed) & ((1 << STICKS) - 1);
        // Process numbers have at most 22 bits.
        Self(std::process::id() << STICKS | stick)
    }

    pub(crate) fn number(self) -> u32 {
        self.0
    }

    /// That of the card that the host sees. Locally administered: no real card has it.
    pub(crate) fn host(self) -> [u8; 6] {
        let [a, b, c, d] = self.0.to_be_bytes();
        [0x02, 0x00, a, b, c, d]
    }

    /// That of the stick behind it.
    pub(crate) fn stick(self) -> [u8; 6] {
        let [a, b, c, d] = self.0.to_be_bytes();
        [0x02, 0x01, a, b, c, d]
    }

    /// The card's, as its string descriptor has it.
    pub(crate) fn text(self) -> String {
        self.host().iter().map(|byte| format!("{byte:02X}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_sticks_have_four_addresses_none_of_which_a_real_card_or_a_group_has() {
        let (one, other) = (CardAddresses::fresh(), CardAddresses::fresh());
        let mut all = vec![one.host(), one.stick(), other.host(), other.stick()];
        assert!(all.iter().all(|address| address[0] & 0x03 == 0x02), "{all:02x?}");
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 4);
        assert_eq!(one.text().len(), 12);
    }
}
