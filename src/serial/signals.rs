//! The lines that a modem drives.

/// `bmRequestType` and `bNotification` of SERIAL_STATE (USB CDC PSTN 1.2, section 6.5.4).
const SERIAL_STATE: [u8; 2] = [0xa1, 0x20];

/// Where the state stands in that notification, behind the eight bytes that are laid out as a control request is.
const STATE: usize = 8;

/// The lines that a modem drives, as it announces them.
///
/// Linux's `option` driver reads the same of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signals {
    /// DCD: there is a call.
    pub data_carrier_detect: bool,
    /// DSR: the modem is ready.
    pub data_set_ready: bool,
    /// RI: somebody calls.
    pub ring_indicator: bool,
}

impl Signals {
    /// What a notification announces; `None` for one of another kind, or one that is cut off.
    #[must_use]
    pub fn of_notice(notice: &[u8]) -> Option<Self> {
        let state = *notice.get(STATE).filter(|_| notice.starts_with(&SERIAL_STATE))?;
        let has = |bit: u8| state & 1 << bit != 0;
        Some(Self { data_carrier_detect: has(0), data_set_ready: has(1), ring_indicator: has(3) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_is_read_bit_by_bit() {
        let state = |state| Signals::of_notice(&[0xa1, 0x20, 0, 0, 2, 0, 2, 0, state, 0]).expect("a state");
        let signals = |data_carrier_detect, data_set_ready, ring_indicator| Signals {
            data_carrier_detect,
            data_set_ready,
            ring_indicator,
        };
        assert_eq!(state(0), signals(false, false, false));
        assert_eq!(state(0b0001), signals(true, false, false));
        assert_eq!(state(0b0010), signals(false, true, false));
        assert_eq!(state(0b1000), signals(false, false, true));
        assert_eq!(state(0b0111_0100), signals(false, false, false), "break and errors of a line that is none");
    }

    #[test]
    fn other_notifications_and_cut_ones_announce_nothing() {
        for notice in [&[][..], &[0xa1], &[0xa1, 0x00, 1, 0, 0, 0, 0, 0, 1], &[0xa1, 0x20, 0, 0, 2, 0, 2, 0]] {
            assert_eq!(Signals::of_notice(notice), None, "{notice:02x?}");
        }
    }
}
