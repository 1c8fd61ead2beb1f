//! `info`: who is it, in whatever mode it can say so.

use serde_json::json;

use super::arguments::{Global, InfoOptions};
use super::connection::Connection;
use super::console::Console;
use super::problem::Problem;
use super::selection;
use crate::failure::{Cause, Failure};
use crate::stick::Host;
use crate::stick::{self, Identified, Mode, Private};
use crate::usb::{Attached, PortPath};

pub fn info(
    console: &mut Console<'_>,
    host: &Host<'_>,
    connection: &Connection,
    global: &Global,
    options: &InfoOptions,
) -> Result<u8, Problem> {
    let mut worst = 0;
    for path in selection::ports(host, global)? {
        let failed = |cause| Failure { port: Some(path.clone()), ..Failure::from(cause) };
        let ended = connection.hold(&path).and_then(|_lock| one(console, host, &path, options).map_err(failed));
        let exit = match ended {
            Ok(()) => 0,
            Err(failure) => console.problem(&Problem { failure }),
        };
        worst = worst.max(exit);
    }
    Ok(worst)
}

fn one(console: &mut Console<'_>, host: &Host<'_>, path: &PortPath, options: &InfoOptions) -> Result<(), Cause> {
    let here = stick::at_path(host.bus, path)?.ok_or_else(|| Cause::NoStick(format!("there is no stick at {path}")))?;
    let Some(mode) = Mode::of(&here) else {
        return Err(Cause::NoStick(format!("at {path} is {}, which is no Balong stick", here.id())));
    };
    let identified = stick::identify(host, &here)?;
    show(console, &here, mode, identified.as_ref(), options);
    Ok(())
}

fn show(
    console: &mut Console<'_>,
    here: &Attached,
    mode: Mode,
    identified: Option<&Identified>,
    options: &InfoOptions,
) {
    let identity = identified.map(|identified| &identified.identity);
    let of = |field: fn(&Identified) -> &Option<String>| identified.and_then(|said| field(said).clone());
    let private = |field: fn(&Identified) -> &Option<Private>| {
        let value = identified.and_then(|said| field(said).as_ref())?;
        Some(if options.show_identity { value.reveal().to_owned() } else { value.masked() })
    };
    let platform = identity.and_then(|identity| identity.platform).map(|platform| platform.name().to_owned());
    let product = identity.and_then(|identity| identity.product.clone());
    let software = identity.and_then(|identity| identity.software.clone());
    let said_by = identity.map(|identity| identity.said_by.clone());
    // One row a fact: its key in JSON, its name for people, and what was told.
    let told = [
        ("model", "model", of(|said| &said.model)),
        ("platform", "platform", platform),
        ("product", "product code", product),
        ("hardware", "hardware", of(|said| &said.hardware)),
        ("software", "firmware", software),
        ("web_ui", "web UI", of(|said| &said.web_ui)),
        ("firmware_line", "firmware line", of(|said| &said.firmware_line)),
        ("ports", "port setting", of(|said| &said.ports)),
        ("bootloader_version", "fastboot", of(|said| &said.bootloader.version)),
        ("bootloader_product", "its product", of(|said| &said.bootloader.product)),
        ("imei", "IMEI", private(|said| &said.imei)),
        ("serial", "serial number", private(|said| &said.serial_number)),
        ("said_by", "said by", said_by),
    ];
    let hints = stick::hints(here);
    let mut event = json!({
        "port": here.path.to_string(),
        "vendor_id": format!("{:04x}", here.vendor_id),
        "product_id": format!("{:04x}", here.product_id),
        "mode": mode.word(),
        "usb_version": format!("{:04x}", here.usb_version),
        "device_version": format!("{:04x}", here.device_version),
        "manufacturer": here.manufacturer,
        "product_string": here.product,
        "hints": hints,
    });
    for (key, _, value) in &told {
        event[*key] = json!(value);
    }
    console.event("info", event);
    let is = if mode == Mode::Unsupported { "is the" } else { "in" };
    console.line(&format!("{}  {} {is} {mode}", here.path, here.id()));
    let strings = [("manufacturer", here.manufacturer.clone()), ("product string", here.product.clone())];
    let rows = told.into_iter().map(|(_, name, value)| (name, value)).chain(strings);
    for (name, value) in rows {
        if let Some(value) = value {
            console.line(&format!("  {name:<15} {}", shown(&value)));
        }
    }
    console.line(&format!(
        "  {:<15} bcdUSB {:04x}, bcdDevice {:04x}",
        "descriptors", here.usb_version, here.device_version
    ));
    for hint in hints {
        console.line(&format!("  {hint}"));
    }
}

/// The text with everything escaped that a terminal would not print as itself; what was escaped before stays as it is.
fn shown(text: &str) -> String {
    let mut shown = String::new();
    for character in text.chars() {
        match character {
            '\'' | '"' | '\\' => shown.push(character),
            other => shown.extend(other.escape_debug()),
        }
    }
    shown
}

#[cfg(test)]
mod tests;
