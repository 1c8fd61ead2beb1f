//! Which sticks a command is for.

use super::arguments::Global;
use super::problem::Problem;
use crate::failure::Cause;
use crate::stick::Host;
use crate::stick::{self, Mode};
use crate::usb::PortPath;

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
    let sticks = stick::sticks(host.bus)?;
    let (other_chips, sticks): (Vec<_>, Vec<_>) =
        sticks.into_iter().partition(|stick| Mode::of(stick) == Some(Mode::Unsupported));
    match sticks.as_slice() {
        [] => {
            let others: Vec<_> = other_chips
                .iter()
                .map(|other| format!("; at {} is {}", other.path, crate::follow::describe(other)))
                .collect();
            Err(Cause::NoStick(format!("no Balong stick is attached{}", others.concat())).into())
        }
        [only] => Ok(vec![only.path.clone()]),
        several if global.all => Ok(several.iter().map(|stick| stick.path.clone()).collect()),
        several => Err(Cause::SeveralSticks(
            several.iter().map(|stick| format!("{} {}", stick.path, crate::follow::describe(stick))).collect(),
        )
        .into()),
    }
}
