//! The ROM against the vectors, and against every mistake it is known to punish.

use proptest::prelude::*;

use super::*;
use crate::loader::tests::usbldr;

const MAX_PACKET: usize = 512;

fn rom() -> BootRom {
    BootRom::new(Chip::V7R11, false)
}

/// Sends one transfer. `None`: the message has not ended.
fn send(rom: &mut BootRom, transfer: &[u8]) -> Option<Reaction> {
    let empty: &[u8] = &[];
    let packets = if transfer.is_empty() { vec![empty] } else { transfer.chunks(MAX_PACKET).collect() };
    let ends: Vec<Option<usize>> = packets.into_iter().map(|packet| rom.packet(packet, MAX_PACKET)).collect();
    ends.last().copied().flatten().map(|length| rom.judge(length))
}

fn answer(rom: &mut BootRom, transfer: &[u8]) -> Option<u8> {
    send(rom, transfer).expect("the message ended").answer.map(|answer| answer[0])
}

fn is_deaf(reaction: &Reaction) -> bool {
    reaction.answer.is_none() && matches!(reaction.then, Then::Deaf)
}

fn checked(bytes: &[u8]) -> Vec<u8> {
    let mut message = bytes.to_vec();
    message.extend(crc::xmodem(bytes).to_be_bytes());
    message
}

fn header(mode: u8, size: u32, address: u32) -> Vec<u8> {
    let mut bytes = vec![HEADER, 0, 0xff, mode];
    bytes.extend(size.to_be_bytes());
    bytes.extend(address.to_be_bytes());
    checked(&bytes)
}

fn data(number: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![DATA, number, !number];
    bytes.extend(payload);
    checked(&bytes)
}

fn end(number: u8) -> Vec<u8> {
    checked(&[END, number, !number])
}

fn load(rom: &mut BootRom, mode: u8, address: u32, content: &[u8]) -> Reaction {
    assert_eq!(answer(rom, &header(mode, content.len() as u32, address)), Some(ACCEPTED));
    let mut number = 0u8;
    for payload in content.chunks(PACKET) {
        number = number.wrapping_add(1);
        assert_eq!(answer(rom, &data(number, payload)), Some(ACCEPTED), "packet {number}");
    }
    send(rom, &end(number.wrapping_add(1))).expect("the message ended")
}

#[test]
fn the_vectors_loader_is_taken_packet_by_packet() {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../../../hw-tests/vectors/bootrom.json")).expect("vectors");
    let mut rom = rom();
    let mut packets = 0;
    for block in vectors["full_examples"][0]["blocks"].as_array().expect("blocks") {
        for packet in block["packets"].as_array().expect("packets") {
            let bytes = crate::download::tests::bytes(&packet["hex"]);
            assert_eq!(answer(&mut rom, &bytes), Some(ACCEPTED), "{}", packet["kind"]);
            packets += 1;
        }
        let image = crate::download::tests::bytes(&block["image_hex"]);
        let loaded = rom.loaded.pop().expect("a block was closed");
        assert_eq!(loaded.sha256, <[u8; 32]>::from(Sha256::digest(&image)));
    }
    assert_eq!(packets, 7);
}

#[test]
fn blocks_of_the_vectors_sizes_are_taken_with_the_stream_that_they_give() {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../../../hw-tests/vectors/bootrom.json")).expect("vectors");
    let summaries = vectors["summaries"].as_array().expect("a list");
    let generated = summaries.iter().filter(|summary| summary["image"] == "byte i = (i*7+3+(i>>8)) & 0xff");
    let mut seen = 0;
    for summary in generated {
        let size = summary["size"].as_u64().expect("a size") as usize;
        let content: Vec<u8> = (0..size).map(|i| (i * 7 + 3 + (i >> 8)) as u8).collect();
        let mut rom = rom();
        load(&mut rom, 1, 0x1000_0000, &content);
        let loaded = rom.loaded.pop().expect("a block was closed");
        let given = crate::download::tests::bytes(&summary["image_sha256"]);
        assert_eq!(loaded.sha256.to_vec(), given, "{}", summary["name"]);
        seen += 1;
    }
    assert!(seen >= 8, "{seen} summaries were tried");
}

#[test]
fn a_patched_loader_for_the_chip_is_started() {
    let mut rom = rom();
    let raminit = load(&mut rom, RAMINIT, 0x1000_0000, &[0x11; 700]);
    assert!(matches!(raminit.then, Then::BusyFor(_)));
    let started = load(&mut rom, USBLDR, 0x5790_0000, &usbldr(Chip::V7R11, true));
    let Then::Leave { next: Next::Loaded(loaded), .. } = started.then else {
        panic!("the ROM hands over");
    };
    assert!(matches!(loaded, loader::Loaded::Runs { erases: false, fastboot: false, .. }));
}

#[test]
fn a_loader_without_raminit_or_at_an_address_without_ram_crashes() {
    for (initialised, address) in [(false, 0x5790_0000), (true, 0x3000_4000)] {
        let mut rom = rom();
        if initialised {
            load(&mut rom, RAMINIT, 0x1000_0000, &[0x11; 700]);
        }
        let started = load(&mut rom, USBLDR, address, &usbldr(Chip::V7R11, true));
        assert!(matches!(started.then, Then::Leave { next: Next::Loaded(loader::Loaded::Crashed), .. }));
    }
}

#[test]
fn what_the_rom_refuses_leaves_the_session_intact() {
    let mut rom = rom();
    assert_eq!(answer(&mut rom, &[0x41]), Some(REFUSED), "the lone probe of today's tools");
    assert_eq!(answer(&mut rom, &header(3, 8, 0)), Some(REFUSED), "a mode that does not exist");
    assert_eq!(answer(&mut rom, &header(1, 2000, 0)), Some(ACCEPTED));
    assert_eq!(answer(&mut rom, &data(2, &[0; 1024])), Some(REFUSED), "a number too far");
    assert_eq!(answer(&mut rom, &data(1, &[0; 1000])), Some(REFUSED), "a packet too short");
    assert_eq!(answer(&mut rom, &end(1)), Some(REFUSED), "an end too early");
    assert_eq!(answer(&mut rom, &data(1, &[0; 1024])), Some(ACCEPTED));
    assert_eq!(answer(&mut rom, &header(1, 4, 0)), Some(ACCEPTED), "a new header starts over");
    assert_eq!(answer(&mut rom, &data(1, &[1, 2, 3, 4])), Some(ACCEPTED));
    assert_eq!(answer(&mut rom, &end(2)), Some(ACCEPTED));
}

#[test]
fn what_the_rom_cannot_bear_makes_it_deaf() {
    let mut damaged = header(1, 4, 0);
    damaged[5] ^= 1;
    let cases: [(&str, Vec<u8>); 5] = [
        ("a wrong check sum", damaged),
        ("an unknown message", checked(&[0x41, 0, 0xff, 1])),
        ("data before a header", data(1, &[1, 2])),
        ("an end before a header", end(1)),
        ("a zero-length packet", vec![]),
    ];
    for (what, message) in cases {
        assert!(is_deaf(&send(&mut rom(), &message).expect("it ended")), "{what}");
    }
}

#[test]
fn a_last_packet_that_fills_its_usb_packets_needs_nothing_behind_it() {
    for size in [507, 1019, 1024 + 507, 1024 + 1019] {
        load(&mut rom(), RAMINIT, 0x1000_0000, &vec![0x55; size]);
    }
}

#[test]
fn a_fused_stick_refuses_unsigned_and_patched_blocks() {
    let mut rom = BootRom::new(Chip::V7R11, true);
    let unsigned = load(&mut rom, RAMINIT, 0x1000_0000, &[0; 700]);
    assert_eq!(unsigned.answer.as_deref(), Some(&[SIGNATURE_REFUSED][..]));
    load(&mut rom, RAMINIT, 0x1000_0000, &[1; 700]);
    let patched = load(&mut rom, USBLDR, 0x5790_0000, &usbldr(Chip::V7R11, true));
    assert_eq!(patched.answer.as_deref(), Some(&[SIGNATURE_REFUSED][..]));
}

proptest! {
    #[test]
    fn no_bytes_at_all_make_the_rom_panic(messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..1200), 0..6)) {
        let mut rom = rom();
        for message in messages {
            send(&mut rom, &message);
        }
    }

    #[test]
    fn no_checked_message_makes_the_rom_panic(kind in prop::sample::select(vec![HEADER, DATA, END]), number: u8, body in prop::collection::vec(any::<u8>(), 0..1100)) {
        let mut rom = rom();
        send(&mut rom, &header(2, 1500, 0));
        let mut bytes = vec![kind, number, !number];
        bytes.extend(body);
        send(&mut rom, &checked(&bytes));
    }
}
