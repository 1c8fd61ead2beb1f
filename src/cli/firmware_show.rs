//! `firmware show`: what a firmware holds, where it would go, and whether it is for a stick.

use super::arguments::{FirmwareShowOptions, Global};
use super::console::Console;
use super::problem::Problem;
use super::verdict::{self, Parties, Way};
use super::{firmware_command, map};
use crate::image::map::FlashMap;

pub fn show(
    console: &mut Console<'_>,
    global: &Global,
    options: &FirmwareShowOptions,
    way: Option<Way<'_>>,
) -> Result<u8, Problem> {
    verdict::conflicts(global, &options.verdict)?;
    // Whatever is wrong with a file is told before a stick is asked.
    let mut parties = Parties::read(&options.verdict)?;
    let firmware = firmware_command::show(console, &options.firmware)?;
    if let Some(way) = &way {
        parties.ask(console, way)?;
    }
    let one = std::slice::from_ref(&firmware);
    let drawn = FlashMap::of_firmware(one, parties.table());
    map::show(console, &options.map, global.dry_run, drawn.as_ref(), "--loader FILE brings one")?;
    if verdict::is_asked(&options.verdict) {
        parties.judge(console, &firmware, &verdict::overrides(&options.firmware))?;
    }
    Ok(0)
}
