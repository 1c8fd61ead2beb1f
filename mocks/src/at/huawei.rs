//! Huawei's own commands, which begin with a circumflex.

use std::time::Duration;

use super::Ground;
use super::commands::Action;
use super::network::Answer;
use super::result::Final;
use crate::firmware::{FirmwareFacts, Kind};
use crate::reaction::{Next, Then};
use crate::settings;

/// From the answer to the departure.
const LEAVES_AFTER: Duration = Duration::from_millis(500);

/// Carries out a command. `None`: there is no such command.
pub(super) fn carry_out(name: &str, action: &Action, ground: &mut Ground<'_>) -> Option<Answer> {
    let Ground { variant, facts, functions, settings, radio, .. } = ground;
    let software = facts.software.as_deref().unwrap_or("");
    let one = |line: String| Ok(vec![line]);
    Some(match (name, action) {
        ("^HWVER", Action::Run) => one(format!("^HWVER:\"{}\"", facts.hardware)),
        ("^FHVER", Action::Run) => one(format!("^FHVER:\"{variant} {software},{} Ver.A\"", facts.hardware)),
        ("^SETPORT", Action::Read) => one(format!("^SETPORT:{}", settings.setport())),
        ("^SETPORT", Action::Test) => Ok(settings::known_ports()),
        ("^SETPORT", Action::Set(value)) => taken(settings.set_ports(&value.to_ascii_uppercase())),
        ("^U2DIAG", Action::Read) => one(format!("^U2DIAG:{}", settings.u2diag(facts.kind))),
        ("^U2DIAG", Action::Set(value)) => taken(settings.set_u2diag(value)),
        ("^GETPORTMODE", Action::Run) => one(port_mode(functions)),
        ("^VERSION", Action::Read) => Ok(version_lines(facts)),
        // Service, domain, roaming, system, card. The older of the two knows no name for LTE.
        ("^SYSINFO", Action::Run | Action::Read) => one(format!("^SYSINFO:{},0,5,1", service(radio.is_on()))),
        ("^SYSINFOEX", Action::Run | Action::Read) => {
            one(format!("^SYSINFOEX:{},0,1,,6,\"LTE\",101,\"LTE\"", service(radio.is_on())))
        }
        ("^CURC", Action::Read) => one(format!("^CURC: {}", u8::from(radio.reports))),
        ("^CURC", Action::Set(value)) if value == "0" || value == "1" => {
            radio.reports = value == "1";
            Ok(vec![])
        }
        ("^GODLOAD", Action::Run) if facts.allows_godload() => {
            ground.then = leave(Next::ForcedDownload);
            Ok(vec![])
        }
        ("^RESET", Action::Run) => {
            ground.then = leave(Next::Boot);
            Ok(vec![])
        }
        _ => return None,
    })
}

fn leave(next: Next) -> Then {
    Then::Leave { after: LEAVES_AFTER, next }
}

/// Valid service in both domains, or none.
fn service(is_on: bool) -> &'static str {
    if is_on { "2,3" } else { "0,0" }
}

fn taken(set: Result<(), settings::BadValue>) -> Answer {
    set.map(|()| Vec::new()).map_err(|settings::BadValue| Final::Error)
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
