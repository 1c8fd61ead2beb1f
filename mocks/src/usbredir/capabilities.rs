//! What both sides can do. It decides how packets look.

const CONNECT_DEVICE_VERSION: u32 = 1 << 1;
const FILTER: u32 = 1 << 2;
const DISCONNECT_ACKNOWLEDGED: u32 = 1 << 3;
const PACKET_SIZES: u32 = 1 << 4;
const WIDE_IDS: u32 = 1 << 5;
const LONG_BULK: u32 = 1 << 6;

/// A set of capabilities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Capabilities(u32);

impl Capabilities {
    /// What this server can do.
    pub(super) const OWN: Self =
        Self(CONNECT_DEVICE_VERSION | FILTER | DISCONNECT_ACKNOWLEDGED | PACKET_SIZES | WIDE_IDS | LONG_BULK);

    /// The bits as they stand in a hello.
    pub(super) fn bits(self) -> u32 {
        self.0
    }

    /// What both sides can do, by the words behind the version text of the other side's hello. There may be none.
    pub(super) fn common_with(self, words: &[u8]) -> Self {
        let theirs = words.first_chunk::<4>().map_or(0, |word| u32::from_le_bytes(*word));
        Self(self.0 & theirs)
    }

    /// The connect packet carries `bcdDevice`.
    pub(super) fn connect_device_version(self) -> bool {
        self.0 & CONNECT_DEVICE_VERSION != 0
    }

    /// A disconnect is acknowledged.
    pub(super) fn disconnect_acknowledged(self) -> bool {
        self.0 & DISCONNECT_ACKNOWLEDGED != 0
    }

    /// The endpoint table carries packet sizes.
    pub(super) fn packet_sizes(self) -> bool {
        self.0 & PACKET_SIZES != 0
    }

    /// Ids have 64 bits.
    pub(super) fn wide_ids(self) -> bool {
        self.0 & WIDE_IDS != 0
    }

    /// The length of a bulk transfer has 32 bits.
    pub(super) fn long_bulk(self) -> bool {
        self.0 & LONG_BULK != 0
    }
}
