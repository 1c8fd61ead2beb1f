//! `list`: every Balong stick on the bus.

use serde_json::json;

use super::console::Console;
use super::problem::Problem;
use crate::stick::Host;
use crate::stick::{self, Mode, Role};
use crate::usb::{Access, Attached, Interface, UsbError};

pub fn list(console: &mut Console<'_>, host: &Host<'_>) -> Result<u8, Problem> {
    let Some(sticks) = present(console, host)? else { return Ok(0) };
    if sticks.is_empty() {
        console.tell("No Balong stick is attached.");
    }
    for stick in &sticks {
        show(console, stick);
    }
    Ok(0)
}

/// What is attached; `None`, which is said in a sentence, on a machine without USB.
pub fn present(console: &mut Console<'_>, host: &Host<'_>) -> Result<Option<Vec<Attached>>, Problem> {
    match stick::sticks(host.bus) {
        Ok(sticks) => Ok(Some(sticks)),
        Err(UsbError::NoUsb { source }) => {
            tracing::info!(?source, "no USB");
            console.tell("This machine has no USB bus that this program can see, so there is no stick to list.");
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// One stick, as an event and as lines.
pub fn show(console: &mut Console<'_>, stick: &Attached) {
    event(console, stick);
    let roles = stick::role_of(stick);
    let mode = Mode::of(stick).unwrap_or(Mode::Unknown);
    console.line(&format!("{:<8} {}  {mode}{}", stick.path.to_string(), stick.id(), may_open(&stick.access)));
    for (interface, role) in stick.interfaces.iter().zip(&roles) {
        console.line(&format!("         {}", interface_line(interface, *role)));
    }
}

/// One stick, in JSON mode only.
pub fn event(console: &mut Console<'_>, stick: &Attached) {
    let roles = stick::role_of(stick);
    let interfaces: Vec<_> = stick
        .interfaces
        .iter()
        .zip(&roles)
        .map(|(interface, role)| {
            json!({
                "number": interface.number,
                "class": interface.class.to_string(),
                "role": role.word(),
                "driver": interface.driver,
                "access": access(&stick.access),
            })
        })
        .collect();
    console.event(
        "stick",
        json!({
            "port": stick.path.to_string(),
            "vendor_id": format!("{:04x}", stick.vendor_id),
            "product_id": format!("{:04x}", stick.product_id),
            "mode": Mode::of(stick).unwrap_or(Mode::Unknown).word(),
            "interfaces": interfaces,
        }),
    );
}

fn interface_line(interface: &Interface, role: Role) -> String {
    let driver = match interface.driver.as_deref() {
        None => String::new(),
        // The kernel's name for an interface that a program has claimed.
        Some("usbfs") => "  claimed by a program".to_owned(),
        Some(driver) => format!("  held by the driver {driver}"),
    };
    format!("interface {}  {}  {:<8}{driver}", interface.number, interface.class, role.word()).trim_end().to_owned()
}

fn access(access: &Access) -> &'static str {
    match access {
        Access::Granted => "granted",
        Access::Denied { .. } => "denied",
        Access::Unknown => "unknown",
    }
}

/// Whether this user may open it, behind its mode.
pub fn may_open(access: &Access) -> String {
    match access {
        Access::Granted => "  (this user may open it)".to_owned(),
        Access::Denied { node } => format!("  (this user may not open {node}; see `balong doctor`)"),
        Access::Unknown => String::new(),
    }
}
