//! An operator at the desk.

use std::io::{BufRead, BufReader, Write};
use std::sync::mpsc::{self, Receiver};

use bytes::Bytes;
use tempfile::TempDir;

use super::command::{Command, parse};
use super::*;
use crate::bus::Bus;
use crate::clock::Pace;
use crate::faults::{Effect, Fault, Moment, Return};
use crate::model::{Model, StickOptions};
use crate::pipes::Ending;
use crate::stick::Stick;

fn desk() -> (TempDir, Desk, Receiver<()>) {
    let folder = tempfile::tempdir().expect("a folder");
    let stick = Stick::new(Model::named("e3372h").expect("a model"), Mode::HiLink, StickOptions::default());
    let hand = Bus::new(Pace::Scaled { speed: 1000 }).plug("1-1", stick.expect("a mode of the model"));
    let server = Server::start(&folder.path().join("stick"), &hand).expect("a socket");
    let (quit, ended) = mpsc::channel();
    (folder, Desk::new(hand, Arc::new(server), quit), ended)
}

#[test]
fn every_command_of_the_help_is_one() {
    for (line, command) in [
        ("plug after 8s", Command::Plug(Duration::from_secs(8))),
        ("unplug 250ms", Command::Unplug(Duration::from_millis(250))),
        ("pad short", Command::Pad(true)),
        ("pad release", Command::Pad(false)),
        ("needle 2m", Command::Needle(Duration::from_secs(120))),
        ("miss", Command::Miss(Duration::ZERO)),
        ("say 1 4f4B open", Command::Say { interface: 1, bytes: Bytes::from_static(b"OK"), ending: Ending::Nothing }),
        ("mode", Command::Mode),
        ("wait download within 3s", Command::Wait { mode: Mode::Download, within: Duration::from_secs(3) }),
        ("flash", Command::Flash),
        ("transcript", Command::Transcript),
        ("guest", Command::Guest),
        ("fault stall-control", Command::Fault(Fault::StallControl)),
        ("  help  ", Command::Help),
        ("quit", Command::Quit),
    ] {
        assert_eq!(parse(line), Ok(command), "{line}");
    }
}

#[test]
fn a_text_expresses_every_fault_that_a_virtual_machine_can_see() {
    let at = |moment, effect| Ok(Command::Fault(Fault::At(moment, effect)));
    let back = |way| Ok(Command::Fault(Fault::OnReturn(way)));
    let data = Moment::PartitionData { partition: 2, number: 31 };
    let second = Duration::from_secs(1);
    let model = Model::named("e3372s").expect("a model");
    for (line, fault) in [
        ("fault at bootrom-header 1 refuse 55", at(Moment::BootRomHeader { block: 1 }, Effect::Refuse(0x55))),
        ("fault at bootrom-data 0 7 silence", at(Moment::BootRomData { block: 0, packet: 7 }, Effect::SilenceForGood)),
        ("fault at bootrom-end 1 unplug-after", at(Moment::BootRomEnd { block: 1 }, Effect::UnplugAfter)),
        ("fault at command AT^SIGNVER split 3", at(Moment::At("AT^SIGNVER".to_owned()), Effect::Split(3))),
        ("fault at hdlc 0c bad-crc", at(Moment::Hdlc(0x0c), Effect::BadCrc)),
        ("fault at partition-start 0 stall-in", at(Moment::PartitionStart { partition: 0 }, Effect::StallIn)),
        ("fault at partition-data 2 31 unplug-before", at(data, Effect::UnplugBefore)),
        ("fault at partition-end 0 delay 1s", at(Moment::PartitionEnd { partition: 0 }, Effect::DelayAnswer(second))),
        ("fault at switch stall-out", at(Moment::Switch, Effect::StallOut)),
        ("fault at switch lose-answer", at(Moment::Switch, Effect::LoseAnswer)),
        ("fault at switch garbage 7e", at(Moment::Switch, Effect::Garbage(Bytes::from_static(b"~")))),
        ("fault return never", back(Return::Never)),
        ("fault return unplugged", back(Return::Unplugged)),
        ("fault return late 1s", back(Return::Late(second))),
        ("fault return twice", back(Return::Twice)),
        ("fault return through cd", back(Return::Through(Mode::Cd))),
        ("fault return product 1568", back(Return::WithProductId(0x1568))),
        ("fault return version 21.1", back(Return::WithVersion("21.1".to_owned()))),
        ("fault return model e3372s", back(Return::AsModel(model))),
        (
            "fault stale 0d0a now",
            Ok(Command::Fault(Fault::StaleBytes { bytes: Bytes::from_static(b"\r\n"), now: true })),
        ),
    ] {
        assert_eq!(parse(line), fault, "{line}");
    }
}

#[test]
fn what_is_no_command_is_refused_in_words() {
    for (line, named) in [
        ("jump\u{7}", "`jump\\u{7}` is no command"),
        ("pad", "the line ends where short or release is expected"),
        ("needle 8", "`8` is no time"),
        ("plug now please", "`now` is no time"),
        ("mode 3", "`3` is one word too many"),
        ("wait lunch", "`lunch` is no mode"),
        ("say 1 abc", "an even number of hex digits"),
        ("say 1 é1", "an even number of hex digits"),
        ("fault at hdlc 0c41 silence", "one byte"),
        ("fault return port 1-1.5", "cannot return in another"),
        ("fault return product 15", "four hex digits"),
    ] {
        let error = parse(line).expect_err(line);
        assert!(error.contains(named), "{line}: {error}");
    }
}

#[test]
fn a_needle_leads_to_the_boot_rom_and_the_transcript_tells_of_it() {
    let (_folder, desk, _ended) = desk();
    assert_eq!(desk.answer("mode")["mode"], "hilink");
    assert_eq!(desk.answer("needle 1s"), json!({"ok": true}));
    assert_eq!(desk.answer("wait bootrom within 2m"), json!({"ok": true, "mode": "bootrom"}));
    let transcript = desk.answer("transcript");
    let events: Vec<&str> = transcript["transcript"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|entry| entry["event"].as_str())
        .collect();
    assert_eq!(events, ["attached", "left", "attached"]);
    assert_eq!(transcript["transcript"][2]["id"], "12d1:1443");
}

#[test]
fn a_wait_that_is_over_says_where_the_stick_is_instead() {
    let (_folder, desk, _ended) = desk();
    let answer = desk.answer("wait download within 10ms");
    let error = answer["error"].as_str().expect("an error");
    assert_eq!((&answer["ok"], error.contains("the stick is in hilink mode")), (&json!(false), true), "{error}");
}

#[test]
fn the_flash_is_told_with_codes_sizes_and_digests() {
    let (_folder, desk, _ended) = desk();
    let flash = desk.answer("flash");
    let first = &flash["partitions"][0];
    assert_eq!((&first["code"], first["sha256"].as_str().map(str::len)), (&json!("00010000"), Some(64)));
    assert_eq!((&flash["erased_by_loader"], flash["calibration"].as_array().map(Vec::len)), (&json!(false), Some(4)));
}

#[test]
fn the_control_socket_answers_line_by_line_and_several_operators_at_once() {
    let (folder, desk, ended) = desk();
    let path = folder.path().join("control");
    let _control = ControlSocket::start(&path, desk).expect("a socket");
    let operator = || BufReader::new(UnixStream::connect(&path).expect("the control channel"));
    let (mut waiting, mut acting) = (operator(), operator());
    let tell = |operator: &mut BufReader<UnixStream>, line: &str| {
        writeln!(operator.get_mut(), "{line}").expect("a desk that listens");
    };
    let hear = |operator: &mut BufReader<UnixStream>| -> Value {
        let mut line = String::new();
        operator.read_line(&mut line).expect("a desk that answers");
        serde_json::from_str(&line).expect("JSON")
    };
    tell(&mut waiting, "wait bootrom within 20m");
    tell(&mut acting, "guest");
    assert_eq!(hear(&mut acting), json!({"ok": true, "connected": false, "trouble": null}));
    tell(&mut acting, "needle");
    assert_eq!(hear(&mut waiting)["mode"], "bootrom");
    assert_eq!(hear(&mut acting)["ok"], true);
    tell(&mut acting, "quit");
    assert_eq!((hear(&mut acting), ended.recv()), (json!({"ok": true}), Ok(())));
}
