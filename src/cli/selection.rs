//! Which sticks a command is for.

use super::arguments::Global;
use super::problem::Problem;
use crate::failure::Cause;
use crate::stick::Host;
use crate::stick::{self, BROVI_REASON, Mode};
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
    let (unsupported, sticks): (Vec<_>, Vec<_>) =
        stick::sticks(host.bus)?.into_iter().partition(|stick| Mode::of(stick) == Some(Mode::Unsupported));
    match sticks.as_slice() {
        [] if !unsupported.is_empty() => {
            let found: Vec<_> = unsupported.iter().map(|one| format!("{} at {}", one.id(), one.path)).collect();
            Err(Cause::NoStick(format!(
                "no stick for this program is attached, only {}: {BROVI_REASON}, so nothing is sent to it",
                found.join(", ")
            ))
            .into())
        }
        [] => Err(Cause::NoStick("no Balong stick is attached".to_owned()).into()),
        [only] => Ok(vec![only.path.clone()]),
        several if global.all => Ok(several.iter().map(|stick| stick.path.clone()).collect()),
        several => Err(Cause::SeveralSticks(
            several.iter().map(|stick| format!("{} {}", stick.path, crate::follow::describe(stick))).collect(),
        )
        .into()),
    }
}
