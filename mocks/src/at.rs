//! The AT interpreter of running firmware.

use std::time::Duration;

use crate::firmware::{FirmwareFacts, Kind};
use crate::reaction::{Next, Reaction, Then};

/// A longer line is no command; it is thrown away.
const LONGEST_LINE: usize = 2048;
/// From the answer to the departure.
const LEAVES_AFTER: Duration = Duration::from_millis(500);

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
    pub(crate) fn answer(&mut self, line: &[u8], variant: &str, facts: &FirmwareFacts) -> Reaction {
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
        let (text, then) = carry_out(&command, variant, facts);
        Reaction::answer([echo, text.into_bytes()].concat()).then(then)
    }
}

fn carry_out(command: &str, variant: &str, facts: &FirmwareFacts) -> (String, Then) {
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
        "AT^SETPORT?" => vec!["^SETPORT:A1,A2;12,10,16,A1,A2".to_owned()],
        "AT^VERSION?" => version_lines(facts),
        "AT^GODLOAD" if facts.allows_godload() => return (final_line(&[], "OK"), leave(Next::ForcedDownload)),
        "AT^RESET" => return (final_line(&[], "OK"), leave(Next::Boot)),
        _ => return (final_line(&[], "ERROR"), Then::Stay),
    };
    (final_line(&lines, "OK"), Then::Stay)
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
        port.answer(line.as_bytes(), "E3372h-153", &facts(software))
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
    fn only_old_firmware_goes_into_download_mode() {
        let mut port = AtPort::new();
        let allowed = ask(&mut port, "AT^GODLOAD", "21.180.01.00.00");
        assert!(matches!(allowed.then, Then::Leave { next: Next::ForcedDownload, .. }));
        assert!(text(ask(&mut port, "AT^GODLOAD", "21.200.07.00.00")).ends_with("ERROR\r\n"));
    }
}
