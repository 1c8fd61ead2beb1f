//! One AT port.

use super::*;
use crate::flash::Flash;
use crate::model::Model;
use crate::reaction::Next;

/// A port, and a stick around it.
struct Bench {
    port: AtPort,
    settings: Settings,
    radio: Radio,
    software: &'static str,
    calls: usize,
    then: Then,
}

impl Bench {
    fn new(software: &'static str) -> Self {
        let (settings, radio) = (Settings::default(), Radio::default());
        Self { port: AtPort::new(), settings, radio, software, calls: 0, then: Then::Stay }
    }

    /// One that does not echo.
    fn silent() -> Self {
        let mut bench = Self::new("22.200.15.00.00");
        bench.ask("ATE0");
        bench
    }

    fn ask(&mut self, line: &str) -> String {
        let model = Model::named("e3372h").expect("a model");
        let mut ground = Ground {
            variant: "E3372h-153",
            facts: FirmwareFacts::of(&model, &Flash::factory(&model, self.software, None)),
            functions: vec!["ecm", "pcui"],
            settings: &mut self.settings,
            radio: &mut self.radio,
            calls: self.calls,
            seed: 1,
            wants_login: false,
            now: Duration::ZERO,
            then: Then::Stay,
        };
        let reaction = self.port.answer(line.as_bytes(), &mut ground);
        self.then = reaction.then;
        reaction.answer.map(|answer| String::from_utf8_lossy(&answer).into_owned()).unwrap_or_default()
    }

    /// The lines of information before an OK, without line ends.
    fn told(&mut self, line: &str) -> String {
        let answer = self.ask(line);
        let body = answer.strip_suffix("\r\nOK\r\n").unwrap_or_else(|| panic!("{line} failed: {answer:?}"));
        body.trim().to_owned()
    }
}

const OK: &str = "\r\nOK\r\n";
const ERROR: &str = "\r\nERROR\r\n";

#[test]
fn a_port_echoes_until_told_not_to() {
    let mut bench = Bench::new("21.180.01.00.00");
    assert_eq!(bench.ask("AT"), "AT\r\r\nOK\r\n");
    bench.ask("ATE0");
    assert_eq!(bench.ask("at"), OK);
}

#[test]
fn a_line_may_come_in_pieces_and_two_lines_in_one() {
    let (mut port, now) = (AtPort::new(), Duration::ZERO);
    assert_eq!(port.take(b"\nAT^HW", now), Taken::Part(b"AT^HW".to_vec()));
    assert_eq!(port.take(b"VER\rATI\r\n", now), Taken::Line(4, b"AT^HWVER".to_vec()));
    assert_eq!(port.take(b"ATI\r\n", now), Taken::Line(4, b"ATI".to_vec()));
}

#[test]
fn what_a_person_types_is_echoed_as_it_is_typed_and_not_once_more_with_the_answer() {
    let mut bench = Bench::new("21.180.01.00.00");
    for (typed, echoed) in [("A", "A"), ("T", "T"), ("x", "x")] {
        assert_eq!(bench.port.take(typed.as_bytes(), Duration::ZERO), Taken::Part(echoed.into()));
    }
    assert_eq!(bench.port.take(&[BACKSPACE], Duration::ZERO), Taken::Part(vec![]));
    assert_eq!(bench.port.take(b"\r", Duration::ZERO), Taken::Line(1, b"AT".to_vec()));
    assert_eq!(bench.ask("AT"), "\r\r\nOK\r\n");
    assert_eq!(bench.ask("AT"), "AT\r\r\nOK\r\n", "the next line is echoed in full");
}

#[test]
fn hardware_and_firmware_are_told() {
    let mut bench = Bench::new("21.180.01.00.00");
    let told = bench.ask("AT^FHVER");
    assert!(told.contains("^FHVER:\"E3372h-153 21.180.01.00.00,CL2E3372HM Ver.A\"\r\n\r\nOK\r\n"), "{told}");
    assert!(bench.ask("AT^VERSION?").contains("^VERSION:EXTS:21.180.01.00.00\r\n"));
    assert!(bench.ask("AT^DLOADVER?").ends_with("\r\nERROR\r\n"));
}

#[test]
fn what_is_set_is_told_and_what_is_wrong_changes_nothing() {
    let mut bench = Bench::silent();
    assert_eq!(bench.ask("AT^U2DIAG?"), "\r\n^U2DIAG:119\r\n\r\nOK\r\n");
    assert_eq!(bench.ask("at^u2diag=256"), OK);
    assert_eq!(bench.ask("AT^U2DIAG=42"), ERROR);
    assert_eq!(bench.told("AT^U2DIAG?"), "^U2DIAG:256");
    assert_eq!(bench.told("AT^SETPORT?"), "^SETPORT:A1,A2;12,10,16,A1,A2");
    assert_eq!(bench.ask("AT^SETPORT=\"ff;12,16\""), OK);
    assert_eq!(bench.ask("AT^SETPORT=\"FF;99\""), ERROR);
    assert_eq!(bench.told("AT^SETPORT?"), "^SETPORT:FF;12,16");
    let known = bench.ask("AT^SETPORT=?");
    assert!(known.contains("^SETPORT:12: 4G PCUI\r\n") && known.contains("^SETPORT:FF: NONE\r\n"), "{known}");
    assert_eq!(bench.told("AT^GETPORTMODE"), "TYPE: WCDMA: huawei,,ecm:0,pcui:1");
}

#[test]
fn only_old_firmware_goes_into_download_mode() {
    let mut old = Bench::new("21.180.01.00.00");
    old.ask("AT^GODLOAD");
    assert!(matches!(old.then, Then::Leave { next: Next::ForcedDownload, .. }));
    let mut newer = Bench::new("21.200.07.00.00");
    assert!(newer.ask("AT^GODLOAD").ends_with(ERROR));
    assert!(matches!(newer.then, Then::Stay));
}

#[test]
fn several_commands_in_a_line_have_one_result_and_end_at_the_first_that_fails() {
    let mut bench = Bench::silent();
    assert_eq!(bench.ask("ATZ;E0V1"), OK);
    assert_eq!(bench.ask("ATE0V1&D2&C1S7=45 S0=0"), OK);
    assert_eq!(bench.ask("ATS7?S0?"), "\r\n045\r\n000\r\n\r\nOK\r\n");
    assert_eq!(bench.ask("AT+CSQ;+CPIN?"), "\r\n+CSQ: 17,99\r\n+CPIN: READY\r\n\r\nOK\r\n");
    assert_eq!(bench.ask("AT+CSQ;E7;^U2DIAG=256"), "\r\n+CSQ: 17,99\r\n\r\nERROR\r\n");
    assert_eq!(bench.told("AT^U2DIAG?"), "^U2DIAG:119");
    assert_eq!(bench.ask("AT+WHATEVER"), ERROR);
    assert_eq!(bench.ask("hello"), "", "that is no command line");
    assert_eq!(bench.ask(" "), "");
}

#[test]
fn answers_are_words_numbers_or_nothing_as_each_port_wants_them() {
    let mut bench = Bench::silent();
    assert_eq!(bench.ask("ATV0"), "0\r");
    assert_eq!(bench.ask("AT+CSQ"), "+CSQ: 17,99\r\n0\r");
    assert_eq!(bench.ask("AT+NO"), "4\r");
    assert_eq!(bench.ask("ATQ1"), "");
    assert_eq!(bench.ask("AT+NO"), "");
    assert_eq!(bench.ask("ATQ0V1"), OK);
}

#[test]
fn equipment_errors_are_told_as_the_port_was_told_to() {
    let mut bench = Bench::silent();
    let wrong = "AT+CGDCONT=99,\"IP\",\"x\"";
    assert_eq!(bench.ask(wrong), ERROR);
    assert_eq!((bench.ask("AT+CMEE=1"), bench.ask(wrong)), (OK.into(), "\r\n+CME ERROR: 50\r\n".into()));
    assert_eq!(
        (bench.ask("AT+CMEE=2"), bench.ask(wrong)),
        (OK.into(), "\r\n+CME ERROR: incorrect parameters\r\n".into())
    );
    assert_eq!(bench.ask("AT+CPIN=\"0000\""), "\r\n+CME ERROR: operation not allowed\r\n");
    assert_eq!(bench.ask("AT+CGACT=1,7"), "\r\n+CME ERROR: invalid index\r\n");
    assert_eq!(bench.ask("AT+CFUN=3"), "\r\n+CME ERROR: operation not supported\r\n");
    assert_eq!(bench.ask("AT+CMEE=3"), "\r\n+CME ERROR: incorrect parameters\r\n");
    assert_eq!(bench.told("AT+CMEE?"), "+CMEE: 2");
    assert_eq!(bench.ask("AT+UNKNOWN"), ERROR, "no equipment was ever asked");
}

#[test]
fn identity_and_registration_are_told() {
    let mut bench = Bench::silent();
    for (command, told) in [
        ("AT+CGMI", "huawei"),
        ("AT+CGMM", "E3372h"),
        ("AT+CGMR", "22.200.15.00.00"),
        ("AT+CGSN", "111111111111119"),
        ("AT+CIMI", "001010000000001"),
        ("AT+CREG?", "+CREG: 0,1"),
        ("AT+CGREG?", "+CGREG: 0,1"),
        ("AT+CEREG?", "+CEREG: 0,1"),
        ("AT+COPS?", "+COPS: 0,0,\"Simulated\",7"),
        ("AT+COPS=3,2;+COPS?", "+COPS: 0,2,\"00101\",7"),
        ("AT+CGATT?", "+CGATT: 1"),
        ("AT+CGACT?", "+CGACT: 1,0"),
        ("AT+CFUN?", "+CFUN: 1"),
        ("AT^CURC?", "^CURC: 1"),
        ("AT^SYSINFO", "^SYSINFO:2,3,0,5,1"),
        ("AT^SYSINFOEX", "^SYSINFOEX:2,3,0,1,,6,\"LTE\",101,\"LTE\""),
    ] {
        assert_eq!(bench.told(command), told, "{command}");
    }
    assert!(bench.told("ATI").starts_with("Manufacturer: huawei\r\nModel: E3372h\r\nRevision: 22.200.15.00.00\r\n"));
    assert_eq!(bench.told("AT+CREG=1;+CREG?;+CGREG?"), "+CREG: 1,1\r\n+CGREG: 0,1");
}

#[test]
fn a_radio_that_is_off_is_nowhere_registered_and_carries_no_call() {
    let mut bench = Bench::silent();
    assert_eq!(bench.ask("AT+CFUN=4"), OK);
    assert!(bench.radio.takes_calls_down());
    assert_eq!(bench.told("AT+CREG?;+CSQ;+COPS?"), "+CREG: 0,0\r\n+CSQ: 99,99\r\n+COPS: 0");
    assert_eq!(bench.ask("ATD*99#"), "\r\nNO CARRIER\r\n");
    assert_eq!(bench.radio.report(), None);
    assert_eq!(bench.ask("AT+CFUN=1"), OK);
    assert!(bench.radio.report().is_some());
    assert_eq!((bench.ask("AT^CURC=0"), bench.radio.report()), (OK.into(), None));
}

#[test]
fn contexts_are_defined_told_and_deleted() {
    let mut bench = Bench::silent();
    assert_eq!(bench.told("AT+CGDCONT?"), "+CGDCONT: 1,\"IP\",\"internet\",\"\",0,0");
    assert_eq!(bench.ask("AT+CGDCONT=2,\"IPV4V6\",\"Some.Where\""), OK);
    assert_eq!(bench.ask("AT+CGDCONT=1"), OK);
    assert_eq!(bench.told("AT+CGDCONT?"), "+CGDCONT: 2,\"IPV4V6\",\"Some.Where\",\"\",0,0");
    assert_eq!(bench.ask("AT+CGDCONT=1,\"X25\",\"\""), ERROR);
    assert_eq!(bench.ask("ATD*99#"), "\r\nNO CARRIER\r\n", "there is no first context any more");
    assert_eq!(bench.ask("ATD*99***2#"), "\r\nCONNECT 100000000\r\n");
}

#[test]
fn data_calls_alone_are_connected_in_every_usual_form() {
    for number in ["*99#", "T*99#", "*99***1#", "P *99#", "t*99***01#"] {
        let mut bench = Bench::silent();
        assert_eq!(bench.ask(&format!("ATX1D{number}")), "\r\nCONNECT 100000000\r\n", "{number}");
        assert!(bench.port.is_in_data_mode());
    }
    for number in ["", "*99", "*99***#", "*99*1#", "*98#", "112", "*99***2#", "*99***300#"] {
        let mut bench = Bench::silent();
        assert_eq!(bench.ask(&format!("ATD{number}")), "\r\nNO CARRIER\r\n", "{number}");
        assert!(!bench.port.has_call());
    }
    let mut bench = Bench::silent();
    assert_eq!(bench.ask("ATX0D*99#"), "\r\nCONNECT\r\n");
    let mut second = Bench { calls: 1, ..Bench::silent() };
    assert_eq!(second.ask("ATD*99#"), "\r\nNO CARRIER\r\n", "another port has the call");
    assert_eq!(second.ask("AT+CGDCONT=1,\"IP\",\"x\""), ERROR, "its context stays as it is");
}

#[test]
fn without_a_call_there_is_nothing_to_answer_to_go_back_to_or_to_hang_up() {
    let mut bench = Bench::silent();
    for (line, answer) in [("ATA", "\r\nNO CARRIER\r\n"), ("ATO", "\r\nNO CARRIER\r\n"), ("ATH", OK), ("ATH0", OK)] {
        assert_eq!(bench.ask(line), answer, "{line}");
    }
}
