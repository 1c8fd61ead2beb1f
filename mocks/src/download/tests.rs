//! The daemon against the vectors and against a host that makes mistakes.

use std::time::Duration;

use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::signature::tests::signed;
use super::*;
use crate::hdlc;
use crate::loader::tests::table;
use crate::reaction::Reaction;

/// The byte-exact vectors of the download protocol.
pub(crate) fn vectors() -> serde_json::Value {
    serde_json::from_str(include_str!("../../../hw-tests/vectors/download.json")).expect("the vectors are JSON")
}

/// Bytes from a hexadecimal JSON string.
pub(crate) fn bytes(value: &serde_json::Value) -> Vec<u8> {
    let digits = value.as_str().expect("hexadecimal text");
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).expect("digits")).collect()
}

struct Bench {
    daemon: Daemon,
    flash: Flash,
}

impl Bench {
    fn new(options: StickOptions) -> Self {
        let model = Model::named("e3372h").expect("a model");
        let table = PartitionTable::parse(&table());
        let flash = Flash::factory(&model, "22.200.15.00.00", Some("17.100.13.01.03"));
        Self { daemon: Daemon::new(model, &options, true, table), flash }
    }

    fn send(&mut self, transfer: &[u8]) -> Vec<Reaction> {
        let messages = self.daemon.messages(transfer);
        let mut ground = Ground { flash: &mut self.flash };
        let answers = messages.into_iter().map(|message| match message {
            Message::At(bytes) => self.daemon.at(&bytes, &ground),
            Message::Frame(payload) => self.daemon.command(&payload, &mut ground),
        });
        answers.collect()
    }

    fn ask(&mut self, transfer: &[u8]) -> Option<Vec<u8>> {
        let mut reactions = self.send(transfer);
        assert!(reactions.len() <= 1, "one message has one answer");
        reactions.pop().and_then(|reaction| reaction.answer).map(|answer| answer.to_vec())
    }

    fn in_data_mode(options: StickOptions) -> Self {
        let mut bench = Self::new(options);
        assert_eq!(bench.ask(b"AT^DATAMODE\r"), Some(b"\r\nOK\r\n".to_vec()));
        bench
    }

    fn command(&mut self, payload: &[u8]) -> Vec<u8> {
        self.ask(&hdlc::frame(payload)).expect("an answer")
    }

    fn start(&mut self, code: u32, size: u32) -> Vec<u8> {
        self.command(&[&[0x41], &code.to_be_bytes()[..], &size.to_be_bytes(), &[0; 3]].concat())
    }

    fn data(&mut self, number: u32, data: &[u8]) -> Vec<u8> {
        self.command(&[&[0x42], &number.to_be_bytes()[..], &(data.len() as u16).to_be_bytes(), data].concat())
    }

    fn end(&mut self, code: u32, size: u32) -> Vec<u8> {
        self.command(&[&[0x43], &size.to_be_bytes()[..], &[0; 3], &code.to_be_bytes(), &[0; 11]].concat())
    }

    /// Announces and sends a whole partition; the answer to its end.
    fn write(&mut self, code: u32, content: &[u8]) -> Vec<u8> {
        assert_eq!(self.start(code, content.len() as u32), acknowledged());
        for (number, block) in (1..).zip(content.chunks(4096)) {
            assert_eq!(self.data(number, block), acknowledged());
        }
        self.end(code, content.len() as u32)
    }
}

fn acknowledged() -> Vec<u8> {
    hdlc::frame(&[0x02]).to_vec()
}

fn refused(code: u8) -> Vec<u8> {
    refusal(code).to_vec()
}

fn announcement(key: &str, length: u32) -> Vec<u8> {
    format!("AT^SIGNVER=1,0,{},{length}\r", key.repeat(32)).into_bytes()
}

#[test]
fn the_vectors_at_commands_are_answered_byte_for_byte() {
    let mut bench = Bench::new(StickOptions::default());
    for (entry, reply) in vectors()["at"].as_array().expect("a list").iter().zip(["reply", "reply_ok", "reply_ok"]) {
        assert_eq!(bench.ask(&bytes(&entry["send"])), Some(bytes(&entry[reply])), "{}", entry["name"]);
    }
}

#[test]
fn only_a_whole_transfer_with_one_carriage_return_is_a_command() {
    let mut bench = Bench::new(StickOptions::default());
    for wrong in
        ["AT^DLOADVER?", "AT^DLOADVER?\r\n", " AT^DLOADVER?\r", "AT\r", "AT^DLOADVER?\rAT^DLOADVER?\r", "AT^RESET\r"]
    {
        assert_eq!(bench.ask(wrong.as_bytes()), None, "{wrong:?}");
    }
    assert!(bench.ask(b"at^dloadver?\r").is_some());
}

#[test]
fn in_data_mode_at_is_silent_and_before_it_frames_are() {
    let mut bench = Bench::new(StickOptions::default());
    assert_eq!(bench.ask(&hdlc::frame(&[0x0c])), None);
    bench.ask(b"AT^DATAMODE\r");
    assert_eq!(bench.ask(b"AT^DLOADVER?\r"), None);
    let version = vectors()["replies"][1]["as_sent_by_device"].clone();
    assert_eq!(bench.command(&[0x0c]), bytes(&version));
}

#[test]
fn the_daemon_names_its_product_as_the_vectors_have_it() {
    let mut bench = Bench::in_data_mode(StickOptions::default());
    assert_eq!(bench.command(&[0x45]), bytes(&vectors()["replies"][2]["frame"]));
    assert_eq!(bench.command(&[0x01]), refused(0x06));
    assert_eq!(bench.command(&[0x45, 0]), refused(0x03));
}

#[test]
fn what_the_flash_runs_is_told_before_data_mode() {
    let answer = Bench::new(StickOptions::default()).ask(b"AT^DLOADINFO?\r").expect("an answer");
    let text = String::from_utf8(answer).expect("text");
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    let told =
        ["swver:22.200.15.00.00", "isover:WEBUI_17.100.13.01.03_HILINK", "product name:E3372h", "dload type:0", "OK"];
    assert_eq!(lines, told);
}

#[test]
fn the_vectors_session_ends_with_its_partition_in_the_flash() {
    let vectors = vectors();
    let content: Vec<u8> = (0..8202usize).map(|i| (i * 3) as u8).collect();
    let mut bench = Bench::in_data_mode(StickOptions::default());
    let frames = vectors["session"]["frames"].as_array().expect("frames");
    for (index, frame) in frames.iter().enumerate() {
        let frame = match index {
            1 | 2 => {
                let payload =
                    [bytes(&frame["payload_head"]), content[(index - 1) * 4096..index * 4096].to_vec()].concat();
                hdlc::frame(&payload).to_vec()
            }
            _ => bytes(frame),
        };
        assert_eq!(bench.ask(&frame), Some(acknowledged()), "frame {index}");
    }
    let stored = bench.flash.partition(0x59_0000).expect("it was written");
    assert_eq!((stored.size, stored.sha256), (8202, Some(Sha256::digest(&content).into())));
}

#[test]
fn a_repeated_block_is_acknowledged_and_ignored_and_any_other_number_refused() {
    let mut bench = Bench::in_data_mode(StickOptions::default());
    assert_eq!(bench.data(1, b"nothing is open"), refused(0x07));
    bench.start(0x59_0000, 8);
    assert_eq!(bench.data(2, b"abcd"), refused(0x07));
    assert_eq!(bench.data(1, b"abcd"), acknowledged());
    assert_eq!(bench.data(1, b"abcd"), acknowledged());
    assert_eq!(bench.data(2, b"efghi"), refused(0x05));
    assert_eq!(bench.data(2, b"efgh"), acknowledged());
    assert_eq!(bench.end(0x59_0000, 8), acknowledged());
    let stored = bench.flash.partition(0x59_0000).expect("it was written");
    assert_eq!(stored.sha256, Some(Sha256::digest(b"abcdefgh").into()));
}

#[test]
fn what_does_not_fit_the_stick_is_refused_at_its_start() {
    let mut bench = Bench::in_data_mode(StickOptions::default());
    assert_eq!(bench.start(0x11_0000, 0x4_0001), refused(0x07), "larger than its partition");
    assert_eq!(bench.start(0x04_0000, 100), refused(0x07), "of another chip");
    assert_eq!(bench.start(0x7e_0000, 100), refused(0x07), "unknown");
    assert_eq!(bench.start(0x59_0000, 0), refused(0x07), "empty");
    assert_eq!(bench.start(0x11_0000, 0x4_0000), acknowledged());
}

#[test]
fn a_partition_that_is_not_whole_stays_incomplete() {
    let mut bench = Bench::in_data_mode(StickOptions::default());
    bench.start(0x59_0000, 8);
    bench.data(1, b"abcd");
    assert_eq!(bench.end(0x59_0000, 8), refused(0x04));
    assert!(!bench.flash.partition(0x59_0000).expect("it was begun").is_complete());
}

#[test]
fn a_partition_table_must_be_one() {
    let mut bench = Bench::in_data_mode(StickOptions::default());
    assert_eq!(bench.write(0x01_0000, &[0x55; 2048]), refused(0x07));
    assert_eq!(bench.write(0x01_0000, &table()), acknowledged());
}

#[test]
fn a_demanded_signature_must_be_announced_and_must_fit() {
    let options = StickOptions { demands_signature: true, ..StickOptions::default() };
    let image = signed(b"fastboot", 0xab, 60);
    let mut bench = Bench::new(options.clone());
    assert_eq!(bench.ask(b"AT^DATAMODE\r"), Some(b"\r\nERROR\r\n".to_vec()));
    for (key, length, answer) in [("AB", 60, acknowledged()), ("CD", 60, refused(0x0c)), ("AB", 61, refused(0x0c))] {
        let mut bench = Bench::new(options.clone());
        assert_eq!(bench.ask(&announcement(key, length)), Some(b"\r\n0\r\n\r\nOK\r\n".to_vec()));
        bench.ask(b"AT^DATAMODE\r");
        assert_eq!(bench.write(0x11_0000, &image), answer, "{key} {length}");
    }
}

#[test]
fn a_daemon_that_does_not_know_signver_still_wants_a_signature_in_one_of_two_partitions() {
    let options = StickOptions { demands_signature: true, knows_signver: false, ..StickOptions::default() };
    let mut bench = Bench::new(options.clone());
    assert_eq!(bench.ask(&announcement("AB", 60)), None);
    let mut bench = Bench::in_data_mode(options.clone());
    assert_eq!(bench.write(0x11_0000, b"unsigned"), acknowledged());
    assert_eq!(bench.write(0x20_0000, b"unsigned too"), refused(0x0b));
    let mut bench = Bench::in_data_mode(options);
    bench.write(0x11_0000, b"unsigned");
    assert_eq!(bench.write(0x20_0000, &signed(b"m3boot", 1, 60)), acknowledged());
}

#[test]
fn writing_takes_seconds_where_the_real_flash_does() {
    let mut bench = Bench::in_data_mode(StickOptions::default());
    let started =
        bench.send(&hdlc::frame(&[&[0x41, 0, 0x59, 0, 0], &(3u32 << 20).to_be_bytes()[..], &[0; 3]].concat()));
    assert!(started[0].after >= Duration::from_millis(500), "erasing");
    let block = [0x42; 4096];
    let mut flushed = Duration::ZERO;
    for number in 1..=512u32 {
        let frame = hdlc::frame(&[&[0x42], &number.to_be_bytes()[..], &4096u16.to_be_bytes(), &block].concat());
        flushed = bench.send(&frame)[0].after;
    }
    assert!(flushed >= Duration::from_millis(500), "the block that fills the 2 MiB buffer");
}

proptest! {
    #[test]
    fn no_bytes_make_the_daemon_panic(transfers in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..8)) {
        let mut bench = Bench::new(StickOptions::default());
        for transfer in &transfers {
            bench.send(transfer);
        }
        bench.ask(b"AT^DATAMODE\r");
        for transfer in transfers {
            bench.send(&transfer);
            bench.send(&hdlc::frame(&[&[0x41], &transfer[..]].concat()));
            bench.send(&hdlc::frame(&[&[0x42], &transfer[..]].concat()));
        }
    }
}
