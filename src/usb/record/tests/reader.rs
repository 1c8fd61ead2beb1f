//! Reads a recording back, by the layout that the module's documentation writes down.

use std::collections::BTreeMap;
use std::time::Duration;

use pcap_file::DataLink;
use pcap_file::pcapng::blocks::enhanced_packet::{EnhancedPacketBlock, EnhancedPacketOption};
use pcap_file::pcapng::{Block, PcapNgReader};

/// One packet, taken apart.
#[derive(Clone, Debug)]
pub struct Packet {
    pub at: Duration,
    pub id: u64,
    pub event: u8,
    pub kind: u8,
    pub endpoint: u8,
    pub address: u8,
    pub bus: u16,
    pub setup_flag: u8,
    pub setup: [u8; 8],
    pub status: i32,
    pub length: u32,
    pub data: Vec<u8>,
    pub comment: String,
}

/// Every packet of a file.
pub fn packets(file: &[u8]) -> Vec<Packet> {
    let mut reader = PcapNgReader::new(file).expect("a section");
    let mut packets = Vec::new();
    while let Some(block) = reader.next_block() {
        match block.expect("whole blocks to the end") {
            Block::InterfaceDescription(interface) => assert_eq!(interface.linktype, DataLink::USB_LINUX_MMAPPED),
            Block::EnhancedPacket(block) => packets.push(Packet::of(&block)),
            other => panic!("a block that has no business here: {other:?}"),
        }
    }
    packets
}

impl Packet {
    fn of(block: &EnhancedPacketBlock<'_>) -> Self {
        let (header, data) = block.data.split_at(64);
        fn field<const N: usize>(header: &[u8], at: usize) -> [u8; N] {
            header[at..at + N].try_into().expect("within the header")
        }
        let comments = block.options.iter().map(|option| match option {
            EnhancedPacketOption::Comment(text) => text.clone().into_owned(),
            other => panic!("an option that has no business here: {other:?}"),
        });
        let comments: Vec<_> = comments.collect();
        assert!(comments.len() <= 1, "{comments:?}");
        assert_eq!(block.original_len as usize, block.data.len());
        assert_eq!(u32::from_le_bytes(field(header, 36)) as usize, data.len());
        let (seconds, micros) = (u64::from_le_bytes(field(header, 16)), u32::from_le_bytes(field(header, 24)));
        assert_eq!((seconds, micros), (block.timestamp.as_secs(), block.timestamp.subsec_micros()));
        Self {
            at: block.timestamp,
            id: u64::from_le_bytes(field(header, 0)),
            event: header[8],
            kind: header[9],
            endpoint: header[10],
            address: header[11],
            bus: u16::from_le_bytes(field(header, 12)),
            setup_flag: header[14],
            setup: field(header, 40),
            status: i32::from_le_bytes(field(header, 28)),
            length: u32::from_le_bytes(field(header, 32)),
            data: data.to_vec(),
            comment: comments.concat(),
        }
    }

    /// The first word of the comment, where it has one, and the values by name.
    pub fn words(&self) -> (String, BTreeMap<String, String>) {
        let mut rest = self.comment.as_str();
        let (mut first, mut values) = (String::new(), BTreeMap::new());
        while !rest.is_empty() {
            let end = rest.find([' ', '=']).unwrap_or(rest.len());
            let (name, behind) = rest.split_at(end);
            rest = match behind.strip_prefix('=') {
                None => {
                    name.clone_into(&mut first);
                    behind
                }
                Some(value) => {
                    let (value, behind) = value.strip_prefix('"').map_or_else(|| bare(value), quoted);
                    values.insert(name.to_owned(), value);
                    behind
                }
            };
            rest = rest.strip_prefix(' ').unwrap_or(rest);
        }
        (first, values)
    }
}

fn bare(text: &str) -> (String, &str) {
    let (value, behind) = text.split_at(text.find(' ').unwrap_or(text.len()));
    (value.to_owned(), behind)
}

/// A text up to its closing quotation mark, as Rust escapes it.
fn quoted(text: &str) -> (String, &str) {
    let (mut value, mut characters) = (String::new(), text.chars());
    loop {
        match characters.next().expect("a closing quotation mark") {
            '"' => return (value, characters.as_str()),
            '\\' => match characters.next().expect("something is escaped") {
                'n' => value.push('\n'),
                'r' => value.push('\r'),
                't' => value.push('\t'),
                'u' => {
                    let (code, behind) = characters.as_str()[1..].split_once('}').expect("a closing brace");
                    let code = u32::from_str_radix(code, 16).expect("hexadecimal");
                    value.push(char::from_u32(code).expect("a character"));
                    characters = behind.chars();
                }
                plain => value.push(plain),
            },
            plain => value.push(plain),
        }
    }
}
