//! `list`: every Balong stick on the bus.

use serde_json::json;

use super::connection::Connection;
use super::console::Console;
use super::problem::Problem;
use crate::failure::Failure;
use crate::stick::{self, Evidence, Host, Mode, Probed, Role, RoleFound};
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

/// The same, after each stick was asked which of its ports does what.
pub fn probe(console: &mut Console<'_>, host: &Host<'_>, connection: &Connection) -> Result<u8, Problem> {
    let Some(sticks) = present(console, host)? else { return Ok(0) };
    if sticks.is_empty() {
        console.tell("No Balong stick is attached.");
    }
    let mut worst = 0;
    for stick in &sticks {
        let failed = |cause| Failure { port: Some(stick.path.clone()), ..Failure::from(cause) };
        let asked = connection.hold(&stick.path).and_then(|_lock| stick::probe(host, stick).map_err(failed));
        match asked {
            Ok(probed) => show_probed(console, stick, &probed),
            Err(failure) => {
                // What can be seen without asking is shown all the same.
                show(console, stick);
                worst = worst.max(console.problem(&Problem { failure }));
            }
        }
    }
    Ok(worst)
}

/// One stick, as an event and as lines.
pub fn show(console: &mut Console<'_>, stick: &Attached) {
    show_probed(console, stick, &Probed::unasked(stick));
}

fn show_probed(console: &mut Console<'_>, stick: &Attached, probed: &Probed) {
    event_probed(console, stick, probed);
    let mode = Mode::of(stick).unwrap_or(Mode::Unknown);
    console.line(&format!("{:<8} {}  {mode}{}", stick.path.to_string(), stick.id(), may_open(&stick.access)));
    if let Some(name) = worth_telling(stick, mode) {
        console.line(&format!("         known as {name}"));
    }
    for (interface, found) in stick.interfaces.iter().zip(&probed.roles) {
        console.line(&format!("         {}", interface_line(interface, *found, probed)));
    }
}

/// One stick, in JSON mode only.
pub fn event(console: &mut Console<'_>, stick: &Attached) {
    event_probed(console, stick, &Probed::unasked(stick));
}

fn event_probed(console: &mut Console<'_>, stick: &Attached, probed: &Probed) {
    let known_as = stick::known_as(stick);
    if known_as.is_none() {
        tracing::info!(port = %stick.path, id = stick.id(), "not in the table of known devices: judged by its interfaces");
    }
    let interfaces: Vec<_> = stick
        .interfaces
        .iter()
        .zip(&probed.roles)
        .map(|(interface, found)| {
            json!({
                "number": interface.number,
                "class": interface.class.to_string(),
                "role": found.role.word(),
                "role_by": (found.role != Role::Serial || found.by != Evidence::Descriptors).then(|| found.by.word()),
                "silent": probed.silent.contains(&interface.number),
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
            "known_as": known_as,
            "interfaces": interfaces,
        }),
    );
}

/// The name from the table of known devices, where it says more than the mode and the device's own product string do.
fn worth_telling(stick: &Attached, mode: Mode) -> Option<String> {
    // Models have numbers; "HUAWEI_MOBILE" tells nothing.
    let says_model =
        stick.product.as_ref().is_some_and(|product| product.contains(|letter: char| letter.is_ascii_digit()));
    let may_be_any_model = mode.runs_firmware() || mode == Mode::Unknown;
    stick::known_as(stick).filter(|_| may_be_any_model && !says_model)
}

fn interface_line(interface: &Interface, found: RoleFound, probed: &Probed) -> String {
    let driver = match interface.driver.as_deref() {
        None => String::new(),
        // The kernel's name for an interface that a program has claimed.
        Some("usbfs") => "  claimed by a program".to_owned(),
        Some(driver) => format!("  held by the driver {driver}"),
    };
    let asked = match probed.held.iter().find(|(number, _)| *number == interface.number) {
        Some((_, holder)) => Some(format!("not asked: held by {holder}")),
        None => probed.silent.contains(&interface.number).then(|| "gave no answer".to_owned()),
    };
    let known = (found.by != Evidence::Descriptors).then(|| found.by.remark().to_owned());
    let remarks: Vec<_> = known.into_iter().chain(asked).collect();
    let remarks = if remarks.is_empty() { String::new() } else { format!("  ({})", remarks.join("; ")) };
    format!("interface {}  {}  {:<8}{remarks}{driver}", interface.number, interface.class, found.role.word())
        .trim_end()
        .to_owned()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::console::Style;
    use crate::cli::{Input, Streams};
    use crate::usb::ClassTriple;

    fn stick(product_id: u16, class: u8, product: Option<&str>) -> Attached {
        let interface = Interface { number: 0, class: ClassTriple::new(class, 0x06, 0x50), driver: None };
        let product = product.map(str::to_owned);
        Attached { interfaces: vec![interface], product, ..Attached::bare("1-1", 1, product_id) }
    }

    fn told(stick: &Attached) -> Option<String> {
        worth_telling(stick, Mode::of(stick).expect("a Huawei device"))
    }

    #[test]
    fn a_name_from_the_table_is_told_where_the_product_string_names_no_model() {
        assert!(told(&stick(0x1f01, 0x08, Some("HUAWEI_MOBILE"))).is_some_and(|name| name.contains("E3372h")));
        assert_eq!(told(&stick(0x1523, 0x08, None)).as_deref(), Some("Huawei R201"));
        assert_eq!(told(&stick(0x1523, 0x08, Some("R201"))), None, "it says so itself");
    }

    #[test]
    fn no_name_is_told_for_a_boot_rom_and_none_for_an_id_that_is_not_in_the_table() {
        assert_eq!(told(&stick(0x1443, 0xff, Some("USB COM"))), None);
        assert_eq!(told(&stick(0xabcd, 0x08, Some("HUAWEI Mobile"))), None);
    }

    #[test]
    fn json_says_what_it_is_known_as_or_null() {
        let said = |stick: &Attached| {
            let (mut out, mut err) = (Vec::new(), Vec::new());
            let streams = Streams {
                out: &mut out,
                err: &mut err,
                answers: None,
                input: Input::Nothing,
                terminal: false,
                screen: None,
            };
            event(&mut Console::new(streams, Style { json: true, terminal: false }, &[]), stick);
            let line: serde_json::Value = serde_json::from_slice(&out).expect("one object");
            line["known_as"].clone()
        };
        assert_eq!(said(&stick(0x1523, 0x08, None)), "Huawei R201");
        assert!(said(&stick(0xabcd, 0x08, None)).is_null());
    }
}
