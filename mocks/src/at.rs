//! The AT interpreter of running firmware.

use std::time::Duration;

use crate::firmware::{FirmwareFacts, Kind};
use crate::reaction::{Next, Reaction, Then};
use crate::settings::{self, Settings};

/// A longer line is no command; it is thrown away.
const LONGEST_LINE: usize = 2048;
/// From the answer to the departure.
const LEAVES_AFTER: Duration = Duration::from_millis(500);

/// What the interpreter tells, and what it may change.
#[derive(Debug)]
pub(crate) struct Ground<'a> {
    /// What `AT^FHVER` calls the stick.
    pub(crate) variant: &'static str,
    pub(crate) facts: FirmwareFacts,
    /// The functions of the composition that it shows now.
    pub(crate) functions: Vec<&'static str>,
    pub(crate) settings: &'a mut Settings,
}

/// One AT port. It echoes until told not to.
#[derive(Debug)]
pub(crate) struct AtPort {
    line: Vec<u8>,
    echo: bool,
}

impl AtPort {
    pub(crate) fn new() -> Self {
        Self { line: Vec::new(), echo: true }
    }

    /// Takes what arrived, in pieces of any size. Gives the lines that it completes.
    pub(crate) fn lines(&mut self, transfer: &[u8]) -> Vec<Vec<u8>> {
        let mut lines = Vec::new();
        for &byte in transfer {
            match byte {
                b'\r' => lines.push(std::mem::take(&mut self.line)),
                b'\n' => {}
                _ if self.line.len() < LONGEST_LINE => self.line.push(byte),
                _ => self.line.clear(),
            }
        }
        lines
    }

    /// Carries out one line.
    pub(crate) fn answer(&mut self, line: &[u8], ground: &mut Ground<'_>) -> Reaction {
        let echo = if self.echo { [line, b"\r"].concat() } else { Vec::new() };
        let command = line.to_ascii_uppercase();
        let command = String::from_utf8_lossy(&command);
        if command.is_empty() {
            return if echo.is_empty() { Reaction::silence() } else { Reaction::answer(echo) };
        }
        match command.as_ref() {
            "ATE0" => self.echo = false,
            "ATE1" => self.echo = true,
            _ => {}
        }
        let (text, then) = carry_out(&command, ground);
        Reaction::answer([echo, text.into_bytes()].concat()).then(then)
    }
}

fn carry_out(command: &str, ground: &mut Ground<'_>) -> (String, Then) {
    let Ground { variant, facts, functions, settings } = ground;
    let leave = |next| Then::Leave { after: LEAVES_AFTER, next };
    let software = facts.software.as_deref().unwrap_or("");
    let lines = match command {
        "AT" | "ATE0" | "ATE1" | "AT+CMEE=0" => vec![],
        "ATI" => vec![
            "Manufacturer: huawei".to_owned(),
            format!("Model: {}", facts.device),
            format!("Revision: {software}"),
            format!("IMEI: {}", facts.imei),
            "+GCAP: +CGSM,+DS,+ES".to_owned(),
        ],
        "AT+CGSN" => vec![facts.imei.to_owned()],
        "AT^HWVER" => vec![format!("^HWVER:\"{}\"", facts.hardware)],
        "AT^FHVER" => vec![format!("^FHVER:\"{variant} {software},{} Ver.A\"", facts.hardware)],
        "AT^SETPORT?" => vec![format!("^SETPORT:{}", settings.setport())],
        "AT^SETPORT=?" => settings::known_ports(),
        "AT^U2DIAG?" => vec![format!("^U2DIAG:{}", settings.u2diag(facts.kind))],
        "AT^GETPORTMODE" => vec![port_mode(functions)],
        "AT^VERSION?" => version_lines(facts),
        "AT^GODLOAD" if facts.allows_godload() => return (final_line(&[], "OK"), leave(Next::ForcedDownload)),
        "AT^RESET" => return (final_line(&[], "OK"), leave(Next::Boot)),
        other => match set(other, settings) {
            Some(Ok(())) => vec![],
            _ => return (final_line(&[], "ERROR"), Then::Stay),
        },
    };
    (final_line(&lines, "OK"), Then::Stay)
}

/// A command that sets something. `None`: it is none.
fn set(command: &str, settings: &mut Settings) -> Option<Result<(), settings::BadValue>> {
    if let Some(value) = command.strip_prefix("AT^U2DIAG=") {
        return Some(settings.set_u2diag(value));
    }
    command.strip_prefix("AT^SETPORT=").map(|value| settings.set_ports(value))
}

/// Functions with their indexes; a function of two interfaces counts once. Names other than those of 1566 are made up.
fn port_mode(functions: &[&str]) -> String {
    let indexed: Vec<String> =
        functions.iter().enumerate().map(|(index, function)| format!("{function}:{index}")).collect();
    format!("TYPE: WCDMA: huawei,,{}", indexed.join(","))
}

fn version_lines(facts: &FirmwareFacts) -> Vec<String> {
    let software = facts.software.as_deref().unwrap_or("");
    let web_ui = match (facts.kind, facts.web_ui.as_deref()) {
        (_, None) => String::new(),
        (Kind::HiLink, Some(version)) => format!("WEBUI_{version}_HILINK"),
        (Kind::Stick, Some(version)) => format!("WEBUI_{version}"),
    };
    let fields = [
        ("BDT", "Nov 27 2015, 11:20:25"),
        ("EXTS", software),
        ("INTS", ""),
        ("EXTD", &web_ui),
        ("INTD", ""),
        ("EXTH", facts.hardware),
        ("INTH", ""),
        ("EXTU", facts.device),
        ("INTU", ""),
        ("CFG", "1004"),
        ("PRL", ""),
        ("OEM", ""),
        ("INI", ""),
    ];
    fields.iter().map(|(name, value)| format!("^VERSION:{name}:{value}")).collect()
}

fn final_line(lines: &[String], result: &str) -> String {
    let body: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    if body.is_empty() { format!("\r\n{result}\r\n") } else { format!("\r\n{body}\r\n{result}\r\n") }
}

#[cfg(test)]
mod tests {
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
        let mut ground = Ground { variant: "E3372h-153", facts: facts(software), functions, settings };
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
}
