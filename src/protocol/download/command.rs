//! The commands, and the payloads of those that write. All numbers are big-endian.

use std::fmt;

use bytes::{BufMut, Bytes, BytesMut};

/// What is being asked of the stick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// `AT^DLOADVER?`
    Identify,
    /// `AT^DLOADINFO?`
    Info,
    /// `AT^SIGNVER=`
    Signature,
    /// `AT^DATAMODE`
    DataMode,
    /// 0c: which protocol is this?
    Version,
    /// 45: which product is this?
    Product,
    /// 41: a partition begins.
    Start,
    /// 42: a block of it.
    Data,
    /// 43: it is complete.
    End,
    /// 0a: restart.
    Reset,
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Identify => "the download version question (AT^DLOADVER?)",
            Self::Info => "the download information question (AT^DLOADINFO?)",
            Self::Signature => "the signature announcement (AT^SIGNVER)",
            Self::DataMode => "the change to data mode (AT^DATAMODE)",
            Self::Version => "the protocol version question (0c)",
            Self::Product => "the product question (45)",
            Self::Start => "the start of the partition (41)",
            Self::Data => "data of the partition (42)",
            Self::End => "the end of the partition (43)",
            Self::Reset => "the restart (0a)",
        })
    }
}

/// `41 code size 000000`: 12 bytes.
pub(super) fn start(code: u32, size: u32) -> Bytes {
    let mut payload = BytesMut::with_capacity(12);
    payload.put_u8(0x41);
    payload.put_u32(code);
    payload.put_u32(size);
    payload.put_bytes(0, 3);
    payload.freeze()
}

/// `42 number length data`, numbered from 1.
pub(super) fn data(number: u32, length: u16, block: &[u8]) -> Bytes {
    let mut payload = BytesMut::with_capacity(block.len() + 7);
    payload.put_u8(0x42);
    payload.put_u32(number);
    payload.put_u16(length);
    payload.put(block);
    payload.freeze()
}

/// `43 size 000000 code 00..`: 23 bytes. The daemon checks the length alone; size and code are those of the start.
pub(super) fn end(code: u32, size: u32) -> Bytes {
    let mut payload = BytesMut::with_capacity(23);
    payload.put_u8(0x43);
    payload.put_u32(size);
    payload.put_bytes(0, 3);
    payload.put_u32(code);
    payload.put_bytes(0, 11);
    payload.freeze()
}
