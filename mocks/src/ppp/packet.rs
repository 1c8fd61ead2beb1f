//! The packets of LCP and the control protocols (RFC 1661, section 5), and their configuration options.

/// Configure-Request.
pub(super) const CONFIGURE_REQUEST: u8 = 1;
/// Configure-Ack.
pub(super) const CONFIGURE_ACK: u8 = 2;
/// Configure-Nak.
pub(super) const CONFIGURE_NAK: u8 = 3;
/// Configure-Reject.
pub(super) const CONFIGURE_REJECT: u8 = 4;
/// Terminate-Request.
pub(super) const TERMINATE_REQUEST: u8 = 5;
/// Terminate-Ack.
pub(super) const TERMINATE_ACK: u8 = 6;
/// Code-Reject.
pub(super) const CODE_REJECT: u8 = 7;
/// Protocol-Reject, of LCP alone, as are the codes behind it.
pub(super) const PROTOCOL_REJECT: u8 = 8;
/// Echo-Request.
pub(super) const ECHO_REQUEST: u8 = 9;
/// Echo-Reply.
pub(super) const ECHO_REPLY: u8 = 10;
/// Discard-Request.
pub(super) const DISCARD_REQUEST: u8 = 11;

/// One packet: code, identifier, length, data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Packet {
    pub(super) code: u8,
    pub(super) identifier: u8,
    pub(super) data: Vec<u8>,
}

impl Packet {
    pub(super) fn new(code: u8, identifier: u8, data: Vec<u8>) -> Self {
        Self { code, identifier, data }
    }

    /// Reads a packet. What stands behind its length is padding. `None`: the length is not possible.
    pub(super) fn parse(information: &[u8]) -> Option<Self> {
        let [code, identifier, high, low, ..] = *information else { return None };
        let length = usize::from(u16::from_be_bytes([high, low]));
        Some(Self::new(code, identifier, information.get(4..length)?.to_vec()))
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        // Every packet here was built from one that fitted into a frame.
        let length = u16::try_from(self.data.len() + 4).unwrap_or(u16::MAX).to_be_bytes();
        [&[self.code, self.identifier], &length[..], &self.data].concat()
    }
}

/// A configuration option: type, length, data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) kind: u8,
    pub(super) value: Vec<u8>,
}

impl Choice {
    pub(super) fn new(kind: u8, value: impl Into<Vec<u8>>) -> Self {
        Self { kind, value: value.into() }
    }

    /// The value as a number of four bytes.
    pub(super) fn number(&self) -> Option<u32> {
        Some(u32::from_be_bytes(self.value.as_slice().try_into().ok()?))
    }
}

/// Reads a list of options. `None`: a length is not possible, and the packet is to be dropped.
pub(super) fn choices(mut data: &[u8]) -> Option<Vec<Choice>> {
    let mut list = Vec::new();
    while let [kind, length, ..] = *data {
        let (option, rest) = data.split_at_checked(usize::from(length))?;
        list.push(Choice::new(kind, option.get(2..)?));
        data = rest;
    }
    data.is_empty().then_some(list)
}

/// Writes a list of options.
pub(super) fn bytes(list: &[Choice]) -> Vec<u8> {
    let option = |choice: &Choice| {
        // An option that was read has at most 253 bytes of data, and one of ours far fewer.
        let length = u8::try_from(choice.value.len() + 2).unwrap_or(u8::MAX);
        [&[choice.kind, length], &choice.value[..]].concat()
    };
    list.iter().flat_map(option).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_behind_a_packet_does_not_count_and_a_cut_packet_is_none() {
        let packet = Packet::new(9, 7, vec![1, 2]);
        assert_eq!(packet.bytes(), [9, 7, 0, 6, 1, 2]);
        assert_eq!(Packet::parse(&[9, 7, 0, 6, 1, 2, 0, 0]), Some(packet));
        for cut in [&[][..], &[9, 7, 0], &[9, 7, 0, 6, 1], &[9, 7, 0, 3]] {
            assert_eq!(Packet::parse(cut), None, "{cut:02x?}");
        }
    }

    #[test]
    fn options_are_read_by_their_lengths() {
        let data = [5, 6, 1, 2, 3, 4, 7, 2];
        let list = vec![Choice::new(5, [1, 2, 3, 4]), Choice::new(7, [])];
        assert_eq!((choices(&data), bytes(&list)), (Some(list.clone()), data.to_vec()));
        assert_eq!(list[0].number(), Some(0x0102_0304));
        for bad in [&[7][..], &[7, 0], &[7, 1], &[7, 3], &[7, 2, 8]] {
            assert_eq!(choices(bad), None, "{bad:02x?}");
        }
    }
}
