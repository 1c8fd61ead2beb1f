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
    let model = identified.and_then(|said| said.model.clone());
    let platform = identity.and_then(|identity| identity.platform).map(|platform| platform.name());
    let product = identity.and_then(|identity| identity.product.clone());
    let hardware = identified.and_then(|said| said.hardware.clone());
    let software = identity.and_then(|identity| identity.software.clone());
    let web_ui = identified.and_then(|said| said.web_ui.clone());
    let private = |value: Option<&Private>| {
        value.map(|value| if options.show_identity { value.reveal().to_owned() } else { value.masked() })
    };
    let imei = private(identified.and_then(|said| said.imei.as_ref()));
    let serial = private(identified.and_then(|said| said.serial_number.as_ref()));
    console.event(
        "info",
        json!({
            "port": here.path.to_string(),
            "vendor_id": format!("{:04x}", here.vendor_id),
            "product_id": format!("{:04x}", here.product_id),
            "mode": mode.word(),
            "model": model,
            "platform": platform,
            "product": product,
            "hardware": hardware,
            "software": software,
            "web_ui": web_ui,
            "imei": imei,
            "serial": serial,
            "said_by": identity.map(|identity| identity.said_by.clone()),
        }),
    );
    console.line(&format!("{}  {} in {mode}", here.path, here.id()));
    let rows = [
        ("model", model),
        ("platform", platform.map(str::to_owned)),
        ("product code", product),
        ("hardware", hardware),
        ("firmware", software),
        ("web UI", web_ui),
        ("IMEI", imei),
        ("serial number", serial),
        ("manufacturer", here.manufacturer.clone()),
        ("product string", here.product.clone()),
    ];
    for (name, value) in rows {
        if let Some(value) = value {
            console.line(&format!("  {name:<15} {}", value.escape_debug()));
        }
    }
    console.line(&format!(
        "  {:<15} bcdUSB {:04x}, bcdDevice {:04x}",
        "descriptors", here.usb_version, here.device_version
    ));
    if identified.is_none() {
        console.line(&format!("  In {mode} a stick says no more of itself than its descriptors."));
    }
}
