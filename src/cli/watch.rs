//! `list --watch`: every stick, and then every arrival, change and departure.

use std::time::Duration;

use serde_json::json;

use super::console::Console;
use super::list;
use super::problem::Problem;
use crate::stick::{self, Evidence, Host, Mode};
use crate::usb::{Attached, UsbError};

/// How often the bus is looked at. Hot-plug events need udev, and a look costs a millisecond.
const POLL: Duration = Duration::from_millis(100);

/// The exit status of a program that was interrupted. Here that is the ordinary end.
const INTERRUPTED: u8 = 130;

/// What is different from the last look.
#[derive(Debug, PartialEq, Eq)]
enum Change<'a> {
    Came(&'a Attached),
    Changed(&'a Attached),
    Left(&'a Attached),
}

pub fn watch(console: &mut Console<'_>, host: &Host<'_>) -> Result<u8, Problem> {
    let mut known = list::present(console, host)?.unwrap_or_default();
    if known.is_empty() {
        console.tell("No Balong stick is attached yet.");
    }
    for stick in &known {
        list::show(console, stick);
    }
    loop {
        if host.interrupt.requested() {
            return Ok(INTERRUPTED);
        }
        if console.output_is_closed() {
            return Ok(0);
        }
        host.bus.sleep(POLL);
        let now = match stick::sticks(host.bus) {
            Ok(sticks) => sticks,
            // A controller may come as well.
            Err(UsbError::NoUsb { .. }) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        for change in changes(&known, &now) {
            tell(console, &change);
        }
        known = now;
    }
}

/// Departures first: a stick that re-enumerated leaves before it comes, under its new address.
fn changes<'a>(before: &'a [Attached], now: &'a [Attached]) -> Vec<Change<'a>> {
    let same = |one: &Attached, other: &Attached| {
        (&one.path, one.address, one.id()) == (&other.path, other.address, other.id())
    };
    let left = before.iter().filter(|stick| !now.iter().any(|other| same(stick, other))).map(Change::Left);
    let present = now.iter().filter_map(|stick| match before.iter().find(|other| same(stick, other)) {
        None => Some(Change::Came(stick)),
        Some(other) if other != stick => Some(Change::Changed(stick)),
        Some(_) => None,
    });
    left.chain(present).collect()
}

fn tell(console: &mut Console<'_>, change: &Change<'_>) {
    match change {
        Change::Came(stick) | Change::Changed(stick) => list::event(console, stick),
        Change::Left(stick) => console.event(
            "gone",
            json!({
                "port": stick.path.to_string(),
                "vendor_id": format!("{:04x}", stick.vendor_id),
                "product_id": format!("{:04x}", stick.product_id),
                "mode": mode(stick).word(),
            }),
        ),
    }
    console.line(&line(change));
}

fn line(change: &Change<'_>) -> String {
    let (stick, word) = match change {
        Change::Came(stick) => (stick, "came"),
        Change::Changed(stick) => (stick, "changed"),
        Change::Left(stick) => (stick, "left"),
    };
    let start = format!("{:<8} {}  {word:<7}  {}", stick.path.to_string(), stick.id(), mode(stick));
    if let Change::Left(_) = change {
        return start;
    }
    let interfaces = stick.interfaces.iter().zip(stick::roles(stick)).map(|(interface, found)| {
        let driver = interface.driver.as_ref().map(|driver| format!(" ({driver})")).unwrap_or_default();
        let hint = if found.by == Evidence::Place { " by its place" } else { "" };
        format!("{} {}{hint}{driver}", interface.number, found.role)
    });
    let interfaces = interfaces.collect::<Vec<_>>().join(", ");
    let interfaces = if interfaces.is_empty() { "no interfaces yet".to_owned() } else { interfaces };
    format!("{start}: {interfaces}{}", list::may_open(&stick.access))
}

fn mode(stick: &Attached) -> Mode {
    Mode::of(stick).unwrap_or(Mode::Unknown)
}

#[cfg(test)]
mod tests;
