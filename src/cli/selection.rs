//! Which sticks a command is for.

use std::time::Duration;

use super::arguments::Global;
use super::console::Console;
use super::problem::Problem;
use crate::failure::Cause;
use crate::stick::Host;
use crate::stick::{self, Mode};
use crate::usb::{Attached, PortPath};

/// How long there may be no stick at first: one is away for about four seconds while the system's own switcher leads it
/// out of its virtual CD.
const BACK_WITHIN: Duration = Duration::from_secs(10);

/// Between two looks.
const AGAIN: Duration = Duration::from_millis(100);

/// The same as [`ports`], for a job that may be started while a stick changes its mode: where there is none, one is waited
/// for a few seconds.
pub fn ports_once_back(console: &mut Console<'_>, host: &Host<'_>, global: &Global) -> Result<Vec<PortPath>, Problem> {
    if !global.port.is_empty() {
        return ports(host, global);
    }
    let give_up = host.bus.now() + BACK_WITHIN;
    let mut sticks = stick::sticks(host.bus)?;
    while sticks.is_empty() && host.bus.now() < give_up {
        if host.interrupt.requested() {
            return Err(Cause::Interrupted.into());
        }
        if console.terminal() {
            console.spin("no stick is there; one that changes its mode is back in a few seconds");
        }
        host.bus.sleep(AGAIN);
        sticks = stick::sticks(host.bus)?;
    }
    console.clear_bar();
    among(sticks, global)
}

/// The ports named, or the only stick there is.
///
/// A port that was named is taken as it stands; whether something sits there, the command finds out.
pub fn ports(host: &Host<'_>, global: &Global) -> Result<Vec<PortPath>, Problem> {
    if !global.port.is_empty() {
        let mut ports = global.port.clone();
        ports.sort();
        if ports.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Problem::usage("the same port is named twice"));
        }
        return Ok(global.port.clone());
    }
    among(stick::sticks(host.bus)?, global)
}

/// The only stick there is, or all of them.
fn among(sticks: Vec<Attached>, global: &Global) -> Result<Vec<PortPath>, Problem> {
    let (other_chips, sticks): (Vec<_>, Vec<_>) =
        sticks.into_iter().partition(|stick| Mode::of(stick) == Some(Mode::Unsupported));
    match sticks.as_slice() {
        [] => {
            let others: Vec<_> = other_chips
                .iter()
                .map(|other| format!("; at {} is {}", other.path, crate::follow::describe(other)))
                .collect();
            let message = format!("no Balong stick is attached{}", others.concat());
            Err(if others.is_empty() { Cause::NoStick(message) } else { Cause::OtherChip(message) }.into())
        }
        [only] => Ok(vec![only.path.clone()]),
        several if global.all => Ok(several.iter().map(|stick| stick.path.clone()).collect()),
        several => Err(Cause::SeveralSticks(
            several.iter().map(|stick| format!("{} {}", stick.path, crate::follow::describe(stick))).collect(),
        )
        .into()),
    }
}
