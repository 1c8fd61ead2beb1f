//! Frames out of the host's transfers.

/// The longest frame, without its check sum; one byte more, as hosts that send no zero-length packet lengthen a frame
/// that fills its last packet.
const LONGEST: usize = 1514 + 1;

/// Puts frames together: a frame ends with the transfer that does not fill its last packet, be it an empty one.
#[derive(Debug, Default)]
pub(super) struct Assembler {
    collected: Vec<u8>,
    overlong: bool,
}

impl Assembler {
    /// Takes a transfer; the frame that it ends, unless that was too long for a frame or is empty.
    pub(super) fn push(&mut self, transfer: &[u8], max_packet: usize) -> Option<Vec<u8>> {
        self.overlong |= self.collected.len() + transfer.len() > LONGEST;
        if self.overlong {
            self.collected.clear();
        } else {
            self.collected.extend_from_slice(transfer);
        }
        if !transfer.is_empty() && transfer.len().is_multiple_of(max_packet) {
            return None;
        }
        let frame = std::mem::take(&mut self.collected);
        (!std::mem::take(&mut self.overlong) && !frame.is_empty()).then_some(frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_that_fills_its_last_packet_ends_with_the_empty_one_behind_it() {
        let mut assembler = Assembler::default();
        assert_eq!(assembler.push(&[7; 512], 512), None);
        assert_eq!(assembler.push(&[], 512), Some(vec![7; 512]));
        assert_eq!(assembler.push(&[8; 60], 512), Some(vec![8; 60]));
        assert_eq!(assembler.push(&[], 512), None, "an empty packet alone is no frame");
    }

    #[test]
    fn what_is_too_long_for_a_frame_is_dropped_up_to_its_end() {
        let mut assembler = Assembler::default();
        assert_eq!(assembler.push(&[7; 1024], 512), None);
        assert_eq!(assembler.push(&[7; 1024], 512), None);
        assert_eq!(assembler.push(&[7; 100], 512), None);
        assert_eq!(assembler.push(&[8; 1515], 512), Some(vec![8; 1515]));
        assert_eq!(assembler.push(&[8; 1516], 512), None);
    }
}
