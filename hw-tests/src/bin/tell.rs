//! Tells sticks one thing each, over a real backend, and says how they reacted:
//! `cargo run -p hw-tests --bin tell -- --backend nusb --port 1-1 --message gateway-ndis`
//!
//! Where they land, only the bus can tell.

use std::process::ExitCode;

use balong::protocol::Interrupt;
use balong::protocol::mode_switch::{SwitchMethod, VendorSwitch};
use balong::stick::{Host, at_path, tell_to_switch};
use balong::usb::{PortPath, UsbBus};
use balong::web::OsNetwork;

const USAGE: &str = "\
Tells sticks one thing each, over a real backend, and says how they reacted.

usage: tell --backend nusb|libusb --port PATH [--port PATH...] --message NAME

NAME is one of:
";

/// Everything that can be told, by name.
const MESSAGES: [(&str, SwitchMethod); 11] = [
    ("new-mode", SwitchMethod::Message(VendorSwitch::new_mode().wrapper())),
    ("alternative-mode", SwitchMethod::Message(VendorSwitch::alternative_mode().wrapper())),
    ("gateway-ndis", SwitchMethod::Message(VendorSwitch::gateway_ndis().wrapper())),
    ("gateway-modem", SwitchMethod::Message(VendorSwitch::gateway_modem().wrapper())),
    ("hilink", SwitchMethod::Message(VendorSwitch::hilink().wrapper())),
    ("hilink-short", SwitchMethod::Message(VendorSwitch::hilink_short().wrapper())),
    ("project", SwitchMethod::Message(VendorSwitch::project().wrapper())),
    ("old-modem", SwitchMethod::Message(VendorSwitch::old_modem().wrapper())),
    ("mac-request", SwitchMethod::MacRequest),
    ("set-feature", SwitchMethod::SetFeature),
    ("eject", SwitchMethod::Eject),
];

struct Request {
    bus: Box<dyn UsbBus>,
    ports: Vec<PortPath>,
    method: SwitchMethod,
}

fn main() -> ExitCode {
    match request(std::env::args().skip(1)) {
        Ok(request) => tell(&request),
        Err(fault) => {
            let names = MESSAGES.map(|(name, _)| format!("  {name}")).join("\n");
            eprintln!("tell: {fault}\n\n{USAGE}{names}");
            ExitCode::from(2)
        }
    }
}

fn request(mut arguments: impl Iterator<Item = String>) -> Result<Request, String> {
    let (mut backend, mut ports, mut message) = (None, Vec::new(), None);
    while let Some(option) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("`{option}` needs a value"))?;
        match option.as_str() {
            "--backend" => backend = Some(bus(&value)?),
            "--port" => ports.push(value.parse::<PortPath>().map_err(|error| error.to_string())?),
            "--message" => message = Some(method(&value)?),
            _ => return Err(format!("`{option}` is no option")),
        }
    }
    if ports.is_empty() {
        return Err("which stick? --port says it".to_owned());
    }
    Ok(Request { bus: backend.ok_or("which backend?")?, ports, method: message.ok_or("which message?")? })
}

fn method(name: &str) -> Result<SwitchMethod, String> {
    let found = MESSAGES.iter().find(|(known, _)| *known == name);
    found.map(|(_, method)| *method).ok_or_else(|| format!("`{name}` is no message"))
}

fn bus(backend: &str) -> Result<Box<dyn UsbBus>, String> {
    match backend {
        #[cfg(feature = "nusb")]
        "nusb" => Ok(Box::new(balong::usb::nusb::NusbBus::new())),
        #[cfg(feature = "libusb")]
        "libusb" => Ok(Box::new(balong::usb::libusb::LibusbBus::new())),
        _ => Err(format!("`{backend}` is no backend of this build")),
    }
}

/// Success if each could be told.
fn tell(request: &Request) -> ExitCode {
    let network = OsNetwork::new();
    let host = Host { bus: &*request.bus, web: &network, interrupt: Interrupt::new() };
    let mut all = true;
    for path in &request.ports {
        let told = match at_path(host.bus, path) {
            Ok(Some(device)) => tell_to_switch(&host, &device, &request.method).map_err(|error| error.to_string()),
            Ok(None) => Err("there is no stick".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        match told {
            Ok(reaction) => println!("{path}: the stick {reaction}"),
            Err(fault) => {
                eprintln!("{path}: {fault}");
                all = false;
            }
        }
    }
    if all { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
