//! `list`: every Balong stick on the bus.

use serde_json::json;

use super::connection::Connection;
use super::console::Console;
use super::problem::Problem;
use crate::stick::Host;
use crate::stick::{self, Mode, Role};
use crate::usb::{Access, Attached, Interface, UsbError};

pub fn list(console: &mut Console<'_>, host: &Host<'_>, _connection: &Connection) -> Result<u8, Problem> {
    let sticks = match stick::sticks(host.bus) {
        Ok(sticks) => sticks,
        Err(UsbError::NoUsb { source }) => {
            tracing::info!(?source, "no USB");
            console.tell("This machine has no USB bus that this program can see, so there is no stick to list.");
            return Ok(0);
        }
        Err(error) => return Err(error.into()),
    };
    if sticks.is_empty() {
        console.tell("No Balong stick is attached.");
    }
    for stick in &sticks {
        show(console, stick);
    }
    Ok(0)
}

fn show(console: &mut Console<'_>, stick: &Attached) {
    let mode = Mode::of(stick).unwrap_or(Mode::Unknown);
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
            "mode": mode.word(),
            "interfaces": interfaces,
        }),
    );
    console.line(&format!("{:<8} {}  {mode}{}", stick.path.to_string(), stick.id(), denied(&stick.access)));
    for (interface, role) in stick.interfaces.iter().zip(&roles) {
        console.line(&format!("         {}", interface_line(interface, *role)));
    }
}

fn interface_line(interface: &Interface, role: Role) -> String {
    let driver = interface.driver.as_ref().map(|driver| format!("  held by the driver {driver}")).unwrap_or_default();
    format!("interface {}  {}  {:<8}{driver}", interface.number, interface.class, role.word()).trim_end().to_owned()
}

fn access(access: &Access) -> &'static str {
    match access {
        Access::Granted => "granted",
        Access::Denied { .. } => "denied",
        Access::Unknown => "unknown",
    }
}

fn denied(access: &Access) -> String {
    match access {
        Access::Denied { node } => format!("  (this user may not open {node})"),
        Access::Granted | Access::Unknown => String::new(),
    }
}
