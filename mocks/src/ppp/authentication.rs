//! The password authentication protocol (RFC 1334, section 2): every name and every password is right.

use super::packet::Packet;

const REQUEST: u8 = 1;
const ACK: u8 = 2;

/// The answer to a request. `None`: it is none, or is cut short.
pub(super) fn answer(information: &[u8]) -> Option<Packet> {
    let request = Packet::parse(information).filter(|packet| packet.code == REQUEST)?;
    let (_, rest) = counted(&request.data)?;
    counted(rest)?;
    // An empty message behind its length.
    Some(Packet::new(ACK, request.identifier, vec![0]))
}

/// Takes a field behind its length.
fn counted(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first()?;
    rest.split_at_checked(usize::from(*length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_name_is_right_an_empty_one_too() {
        let request = [1, 7, 0, 14, 4, b'u', b's', b'e', b'r', 4, b'p', b'a', b's', b's'];
        assert_eq!(answer(&request), Some(Packet::new(2, 7, vec![0])));
        assert_eq!(answer(&[1, 8, 0, 6, 0, 0]), Some(Packet::new(2, 8, vec![0])));
    }

    #[test]
    fn a_request_that_is_cut_short_gets_no_answer() {
        for cut in [&[1, 7, 0, 4][..], &[1, 7, 0, 5, 0], &[1, 7, 0, 7, 1, b'u', 1], &[2, 7, 0, 6, 0, 0]] {
            assert_eq!(answer(cut), None, "{cut:02x?}");
        }
    }
}
