//! `doctor`: what on this machine stands in the way, with the remedy of each.

use serde_json::json;

use super::arguments::{Backend, Global};
use super::connection::{Connection, default_backend};
use super::console::Console;
use super::problem::Problem;
use crate::doctor::{self, Finding, Machine};
use crate::failure::{Cause, Failure};
use crate::stick::Host;
use crate::usb::PortPath;

/// The exit status where something stands in the way.
const IN_THE_WAY: u8 = 4;

pub fn doctor(
    console: &mut Console<'_>,
    host: &Host<'_>,
    connection: &Connection,
    global: &Global,
) -> Result<u8, Problem> {
    if !connection.simulated.is_empty() {
        console
            .tell("Nothing stands in the way: nothing of this machine is between this program and a simulated stick.");
        return Ok(0);
    }
    let other = other_backend(global.backend.unwrap_or(default_backend()));
    let report = doctor::examine(host.bus, &Machine::here(), &global.port, other).map_err(|port| {
        let cause = Cause::NoStick(format!("there is no stick at {port}"));
        Problem { failure: Failure { port: Some(port), ..Failure::from(cause) } }
    })?;
    for finding in &report.findings {
        show(console, finding);
    }
    for note in &report.notes {
        console.tell(&format!("note: {note}"));
    }
    console.tell(&verdict(report.findings.len(), report.sticks.as_deref()));
    Ok(if report.findings.is_empty() { 0 } else { IN_THE_WAY })
}

fn show(console: &mut Console<'_>, finding: &Finding) {
    console.event(
        "finding",
        json!({
            "port": finding.port.as_ref().map(ToString::to_string),
            "subject": finding.subject.word(),
            "message": finding.message,
            "remedy": finding.remedy,
        }),
    );
    let place = finding.port.as_ref().map(|port| format!("{port}: ")).unwrap_or_default();
    console.line(&format!("{place}{}\n{}\n", finding.message, finding.remedy));
}

fn verdict(findings: usize, sticks: Option<&[PortPath]>) -> String {
    let seen = match sticks {
        None => "the bus itself could not be looked at".to_owned(),
        Some([]) => "no Balong stick is attached, so nothing that concerns a single stick was looked at".to_owned(),
        Some([_]) => "one stick was looked at".to_owned(),
        Some(several) => format!("{} sticks were looked at", several.len()),
    };
    match findings {
        0 => format!("Nothing on this machine stands in the way; {seen}."),
        1 => format!("One thing stands in the way; {seen}."),
        several => format!("{several} things stand in the way; {seen}."),
    }
}

/// The backend that is left to be tried, in a build that has both.
fn other_backend(used: Backend) -> Option<&'static str> {
    if !cfg!(all(feature = "nusb", feature = "libusb")) {
        return None;
    }
    Some(match used {
        Backend::Nusb => "libusb",
        Backend::Libusb => "nusb",
    })
}
