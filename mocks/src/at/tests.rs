//! One AT port.

use super::*;
use crate::flash::Flash;
use crate::model::Model;

fn facts(software: &str) -> FirmwareFacts {
    let model = Model::named("e3372h").expect("a model");
    FirmwareFacts::of(&model, &Flash::factory(&model, software, None))
}

fn ask(port: &mut AtPort, line: &str, software: &str) -> Reaction {
    ask_with(port, line, software, &mut Settings::default())
}

fn ask_with(port: &mut AtPort, line: &str, software: &str, settings: &mut Settings) -> Reaction {
    let functions = vec!["ecm", "pcui"];
    let mut radio = Radio::default();
    let mut ground = Ground {
        variant: "E3372h-153",
        facts: facts(software),
        functions,
        settings,
        radio: &mut radio,
        calls: 0,
        seed: 1,
        wants_login: false,
        now: Duration::ZERO,
        then: Then::Stay,
    };
    port.answer(line.as_bytes(), &mut ground)
}

fn text(reaction: Reaction) -> String {
    String::from_utf8(reaction.answer.expect("an answer").to_vec()).expect("text")
}

#[test]
fn a_port_echoes_until_told_not_to() {
    let mut port = AtPort::new();
    assert_eq!(text(ask(&mut port, "AT", "21.180.01.00.00")), "AT\r\r\nOK\r\n");
    ask(&mut port, "ATE0", "21.180.01.00.00");
    assert_eq!(text(ask(&mut port, "at", "21.180.01.00.00")), "\r\nOK\r\n");
}

#[test]
fn a_line_may_come_in_pieces_and_two_lines_in_one() {
    let mut port = AtPort::new();
    assert!(port.lines(b"AT^HW").is_empty());
    assert_eq!(port.lines(b"VER\rATI\r\n"), [b"AT^HWVER".to_vec(), b"ATI".to_vec()]);
}

#[test]
fn hardware_and_firmware_are_told() {
    let mut port = AtPort::new();
    let told = text(ask(&mut port, "AT^FHVER", "21.180.01.00.00"));
    assert!(told.contains("^FHVER:\"E3372h-153 21.180.01.00.00,CL2E3372HM Ver.A\"\r\n\r\nOK\r\n"), "{told}");
    assert!(text(ask(&mut port, "AT^VERSION?", "21.180.01.00.00")).contains("^VERSION:EXTS:21.180.01.00.00\r\n"));
    assert!(text(ask(&mut port, "AT^DLOADVER?", "21.180.01.00.00")).ends_with("\r\nERROR\r\n"));
}

#[test]
fn what_is_set_is_told_and_what_is_wrong_changes_nothing() {
    let (mut port, mut settings) = (AtPort::new(), Settings::default());
    let mut ask = |line: &str| text(ask_with(&mut port, line, "22.200.15.00.00", &mut settings));
    ask("ATE0");
    assert_eq!(ask("AT^U2DIAG?"), "\r\n^U2DIAG:119\r\n\r\nOK\r\n");
    assert_eq!(ask("at^u2diag=256"), "\r\nOK\r\n");
    assert_eq!(ask("AT^U2DIAG=42"), "\r\nERROR\r\n");
    assert_eq!(ask("AT^U2DIAG?"), "\r\n^U2DIAG:256\r\n\r\nOK\r\n");
    assert_eq!(ask("AT^SETPORT?"), "\r\n^SETPORT:A1,A2;12,10,16,A1,A2\r\n\r\nOK\r\n");
    assert_eq!(ask("AT^SETPORT=\"ff;12,16\""), "\r\nOK\r\n");
    assert_eq!(ask("AT^SETPORT=\"FF;99\""), "\r\nERROR\r\n");
    assert_eq!(ask("AT^SETPORT?"), "\r\n^SETPORT:FF;12,16\r\n\r\nOK\r\n");
    let known = ask("AT^SETPORT=?");
    assert!(known.contains("^SETPORT:12: 4G PCUI\r\n") && known.contains("^SETPORT:FF: NONE\r\n"), "{known}");
    assert_eq!(ask("AT^GETPORTMODE"), "\r\nTYPE: WCDMA: huawei,,ecm:0,pcui:1\r\n\r\nOK\r\n");
}

#[test]
fn only_old_firmware_goes_into_download_mode() {
    let mut port = AtPort::new();
    let allowed = ask(&mut port, "AT^GODLOAD", "21.180.01.00.00");
    assert!(matches!(allowed.then, Then::Leave { next: Next::ForcedDownload, .. }));
    assert!(text(ask(&mut port, "AT^GODLOAD", "21.200.07.00.00")).ends_with("ERROR\r\n"));
}
