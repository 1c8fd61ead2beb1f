//! The whole job, recorded: what the file says is what the stick got.

use std::path::Path;

use balong_mocks::{Event, Hand, Mode, StickOptions};
use hw_tests::images::{images, text};
use hw_tests::{Bench, InProcess};
use pcap_file::pcapng::blocks::enhanced_packet::EnhancedPacketOption;
use pcap_file::pcapng::{Block, PcapNgReader};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

const PORT: &str = "1-1.4";

/// A packet as far as it matters here.
struct Packet {
    is_sent: bool,
    data: Vec<u8>,
    comment: String,
}

fn packets(path: &Path) -> Vec<Packet> {
    let file = std::fs::File::open(path).expect("a recording");
    let mut reader = PcapNgReader::new(file).expect("a section");
    let mut packets = Vec::new();
    while let Some(block) = reader.next_block() {
        if let Block::EnhancedPacket(packet) = block.expect("whole blocks to the end") {
            let comment = match packet.options.as_slice() {
                [EnhancedPacketOption::Comment(text)] => text.clone().into_owned(),
                _ => String::new(),
            };
            // A bulk transfer to the stick, about to be made.
            let is_sent = packet.data[8..10] == [b'S', 3] && packet.data[10] & 0x80 == 0;
            packets.push(Packet { is_sent, data: packet.data[64..].to_vec(), comment });
        }
    }
    packets
}

/// What was sent through the port of one opening.
fn sent(packets: &[Packet], opening: u32) -> Vec<&[u8]> {
    let begins = format!("send opening={opening} ");
    let of_it = packets.iter().filter(|packet| packet.is_sent && packet.comment.starts_with(&begins));
    of_it.map(|packet| packet.data.as_slice()).collect()
}

/// The data of each RAM image, by the numbers of the boot ROM's messages: `fe` begins one, `da` carries 1024 bytes.
fn ram_images(messages: &[&[u8]]) -> Vec<Vec<u8>> {
    let mut images: Vec<Vec<u8>> = Vec::new();
    for message in messages {
        match message {
            [0xfe, ..] => images.push(Vec::new()),
            [0xda, _, _, payload @ .., _, _] => images.last_mut().expect("a header first").extend_from_slice(payload),
            _ => {}
        }
    }
    images
}

/// The payloads of the HDLC frames among messages.
fn frames(messages: &[&[u8]]) -> Vec<Vec<u8>> {
    let unescape = |frame: &[u8]| {
        let mut bytes = frame.iter();
        let mut payload = Vec::with_capacity(frame.len());
        while let Some(&byte) = bytes.next() {
            payload.push(if byte == 0x7d { bytes.next().expect("an escaped byte") ^ 0x20 } else { byte });
        }
        payload.truncate(payload.len() - 2);
        payload
    };
    let is_frame = |message: &&&[u8]| message.len() > 4 && message[0] == 0x7e && message.ends_with(&[0x7e]);
    messages.iter().filter(is_frame).map(|message| unescape(&message[1..message.len() - 1])).collect()
}

/// Code and contents of every partition that the frames carry.
fn partitions(frames: &[Vec<u8>]) -> Vec<(u32, Vec<u8>)> {
    let mut partitions: Vec<(u32, Vec<u8>)> = Vec::new();
    for frame in frames {
        match frame.as_slice() {
            [0x41, a, b, c, d, ..] => partitions.push((u32::from_be_bytes([*a, *b, *c, *d]), Vec::new())),
            [0x42, _, _, _, _, high, low, block @ ..] => {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                partitions.last_mut().expect("a start first").1.extend_from_slice(&block[..length]);
            }
            _ => {}
        }
    }
    partitions
}

fn count(hand: &Hand, of: impl Fn(&Event) -> u32) -> u32 {
    hand.transcript().iter().map(of).sum()
}

#[test]
fn a_recorded_convert_holds_byte_for_byte_what_the_stick_got() {
    let folder = TempDir::new().expect("a temporary folder");
    let capture = folder.path().join("convert.pcapng");
    let bench = InProcess::new();
    let hand = bench.plug(PORT, "e3372h", Mode::HiLink, StickOptions::default());
    let (loader, firmware) = (text(&images().loader.path), text(&images().stick.path));
    let mut job = vec!["convert", "--yes", "--port", PORT, "--loader", loader, "--firmware", firmware];
    job.extend(["--capture", text(&capture)]);
    let ran = bench.balong(&job).expect_exit(0);
    assert!(ran.err.contains("Recording to") && ran.err.contains("are masked"), "{ran}");
    assert!(ran.err.contains("Recorded ") && ran.err.contains(text(&capture)), "{ran}");

    let packets = packets(&capture);
    let to_the_boot_rom = sent(&packets, 1);
    let expected: Vec<_> = hand.ram_images().iter().map(|image| (image.size as usize, image.sha256)).collect();
    let loaded = ram_images(&to_the_boot_rom);
    let loaded: Vec<_> = loaded.iter().map(|image| (image.len(), <[u8; 32]>::from(Sha256::digest(image)))).collect();
    assert_eq!(loaded, expected, "the RAM images");
    let data = to_the_boot_rom.iter().filter(|message| message[0] == 0xda).count();
    let taken = count(&hand, |event| if let Event::BootRomData { packets } = event { *packets } else { 0 });
    assert_eq!(data, taken as usize, "the boot ROM's data packets");

    let frames = frames(&sent(&packets, 2));
    let written = partitions(&frames);
    let units = &images().stick.description.units;
    assert_eq!(written.len(), units.len());
    for ((code, data), unit) in written.iter().zip(units) {
        let digest: [u8; 32] = Sha256::digest(data).into();
        assert_eq!((*code, data.len() as u64, digest), (unit.code, unit.size, unit.sha256), "partition {code:08x}");
    }
    let blocks = frames.iter().filter(|frame| frame[0] == 0x42).count();
    let taken = count(&hand, |event| if let Event::PartitionData { blocks } = event { *blocks } else { 0 });
    assert_eq!(blocks, taken as usize, "the blocks of all partitions");
}

#[test]
fn a_recording_follows_the_stick_by_its_port_through_every_incarnation() {
    let folder = TempDir::new().expect("a temporary folder");
    let capture = folder.path().join("convert.pcapng");
    let bench = InProcess::new();
    let hand = bench.plug(PORT, "e3372h", Mode::BootRom, StickOptions::default());
    let (loader, firmware) = (text(&images().loader.path), text(&images().stick.path));
    let job = ["convert", "--yes", "--loader", loader, "--firmware", firmware, "--capture", text(&capture)];
    drop(bench.balong(&job).expect_exit(0));

    let began = |event: &Event| match event {
        Event::Attached { vendor_id, product_id, address: Some(address), .. } => {
            Some(format!("arrived port={PORT} address={address} id={vendor_id:04x}:{product_id:04x}"))
        }
        _ => None,
    };
    let expected: Vec<_> = hand.transcript().iter().filter_map(began).collect();
    let packets = packets(&capture);
    let arrived = packets.iter().filter(|packet| packet.comment.starts_with("arrived"));
    let arrived: Vec<_> =
        arrived.map(|packet| packet.comment.split(' ').take(4).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(arrived, expected);
    let left = packets.iter().filter(|packet| packet.comment.starts_with("left port=1-1.4")).count();
    assert_eq!(left + 1, arrived.len(), "it left as often as it came, but for the last time");
}

#[test]
fn the_imei_that_a_stick_tells_is_not_in_the_recording() {
    let folder = TempDir::new().expect("a temporary folder");
    let capture = folder.path().join("info.pcapng");
    let bench = InProcess::new();
    let _hand = bench.plug(PORT, "e3372h", Mode::Stick, StickOptions::default());
    let ran = bench.balong(&["info", "--show-identity", "--format", "json", "--capture", text(&capture)]);
    let info = ran.expect_exit(0).only("info");
    let imei = info["imei"].as_str().expect("it tells its IMEI");
    assert_eq!(imei.len(), 15);
    let file = std::fs::read(&capture).expect("a recording");
    let holds = |text: &str| file.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(!holds(&imei[..6]), "no part of the IMEI");
    assert!(holds(&"*".repeat(15)) && holds("masked=15"), "it is masked, and says so");
    assert!(holds("AT+CGSN\r"), "the question is there");
}

#[test]
fn a_job_that_is_refused_for_its_files_leaves_no_recording_behind() {
    let folder = TempDir::new().expect("a temporary folder");
    let (capture, firmware) = (folder.path().join("x.pcapng"), folder.path().join("firmware.bin"));
    std::fs::write(&firmware, "no firmware").expect("written");
    let bench = InProcess::new();
    let _hand = bench.plug(PORT, "e3372h", Mode::Download, StickOptions::default());
    let ran = bench.balong(&["flash", "--yes", text(&firmware), "--capture", text(&capture)]).expect_exit(5);
    assert!(!capture.exists(), "{ran}");
    assert!(ran.err.contains("no recording remains"), "{ran}");
}

#[test]
fn after_a_failure_the_command_that_is_printed_records_to_another_file() {
    let folder = TempDir::new().expect("a temporary folder");
    let capture = folder.path().join("first.pcapng");
    let bench = InProcess::new();
    let hand = bench.plug(PORT, "e3372h", Mode::Download, StickOptions::default());
    hand.hold(0, "another program");
    hand.hold(1, "another program");
    hand.hold(2, "another program");
    let firmware = text(&images().stick.path);
    let ran = bench.balong(&["convert", "--yes", "--firmware", firmware, "--capture", text(&capture)]).expect_exit(4);
    assert!(ran.err.contains("first-2.pcapng"), "{ran}");
    let noted = packets(&capture);
    let refused = "not_opened port=1-1.4 address=";
    assert!(noted.iter().any(|packet| packet.comment.starts_with(refused) && packet.comment.contains("error=busy")));
}
