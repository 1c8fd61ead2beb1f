//! The program `balong` as it is run inside a guest by the kernel bench: its entry point, on a real backend whose clock is
//! hurried. It also looks at the kernel's drivers: all must be bound before, and all must be back afterwards.

use std::ffi::OsString;
use std::io::{BufReader, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use balong::cli::{self, Answers, Connection, Input, Streams};
use balong::port_lock::PortLocks;
use balong::protocol::Interrupt;
use balong::stick::{Mode, Role, role_of};
use balong::usb::{Attached, Interface, UsbBus};
use balong::web::{OsNetwork, WebReach};
use hw_tests::bench::{DRIVERS_MISSING_AFTER, DRIVERS_MISSING_BEFORE, Hurried};

const USAGE: &str = "\
Runs balong on a real backend with its clock hurried, and looks at the kernel's drivers before and after.

usage: on_kernel --backend nusb|libusb [--sticks N] [--speed N] [--asks] [--fed] [--interrupted] -- ARGUMENT...

  --sticks N      the kernel knows no more than so many, once it has noticed that others were pulled
  --speed N       its clock runs so many times faster (1)
  --asks          questions are answered by standard input, as on a terminal
  --fed           standard input is what the program reads, and no terminal
  --interrupted   a stop was asked for before it begins
";

/// How long the kernel may take to bind its drivers to a stick that has just come.
const BOUND_WITHIN: Duration = Duration::from_secs(10);
/// How long DHCP may take on a busy machine.
const ADDRESS_WITHIN: Duration = Duration::from_secs(30);
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);
/// Fastboot alone has no driver in the kernel.
const FASTBOOT: u16 = 0x36dd;
/// HiLink mode, whose network card `cdc_ether` takes.
const HILINK: u16 = 0x14dc;

struct Request {
    backend: String,
    sticks: usize,
    speed: u32,
    asks: bool,
    fed: bool,
    interrupted: bool,
    arguments: Vec<OsString>,
}

fn main() -> ExitCode {
    match request(std::env::args_os().skip(1)).and_then(|request| run(&request)) {
        Ok(exit) => ExitCode::from(exit),
        Err(fault) => {
            eprintln!("on_kernel: {fault}\n\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn request(mut arguments: impl Iterator<Item = OsString>) -> Result<Request, String> {
    let (mut backend, mut sticks, mut speed) = (String::new(), usize::MAX, 1);
    let (mut asks, mut fed, mut interrupted) = (false, false, false);
    while let Some(option) = arguments.next().filter(|option| option != "--") {
        let option = option.to_string_lossy().into_owned();
        let mut value = || arguments.next().map(|value| value.to_string_lossy().into_owned());
        match option.as_str() {
            "--backend" => backend = value().ok_or("which backend?")?,
            "--sticks" => sticks = value().and_then(|text| text.parse().ok()).ok_or("--sticks needs a number")?,
            "--speed" => speed = value().and_then(|text| text.parse().ok()).ok_or("--speed needs a number")?,
            "--asks" => asks = true,
            "--fed" => fed = true,
            "--interrupted" => interrupted = true,
            _ => return Err(format!("`{option}` is no option")),
        }
    }
    let arguments = std::iter::once("balong".into()).chain(arguments).collect();
    Ok(Request { backend, sticks, speed, asks, fed, interrupted, arguments })
}

fn run(request: &Request) -> Result<u8, String> {
    let bus = bus(&request.backend, request.speed)?;
    let network = OsNetwork::new();
    let missing = missing_drivers(&*bus, request.sticks).or_else(|| missing_address(&*bus, &network));
    if let Some(missing) = missing {
        eprintln!("on_kernel: {missing}");
        return Ok(DRIVERS_MISSING_BEFORE);
    }
    let interrupt = Interrupt::new();
    if request.interrupted {
        interrupt.request();
    }
    let connection = Connection {
        bus: Arc::clone(&bus),
        web: Arc::new(network),
        locks: PortLocks::of_this_machine(),
        hand: None,
        simulated: Vec::new(),
    };
    let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
    let answers = request.asks.then(|| Box::new(BufReader::new(std::io::stdin())) as Answers);
    let input = if request.fed { Input::Piped(Box::new(std::io::stdin())) } else { Input::Nothing };
    let streams = Streams { out: &mut out, err: &mut err, answers, input, terminal: request.asks, screen: None };
    let exit = cli::run(request.arguments.clone(), streams, Some(connection), &interrupt);
    out.flush().map_err(|error| error.to_string())?;
    if let Some(missing) = missing_drivers(&*bus, usize::MAX) {
        eprintln!("on_kernel: it ended with {exit}; {missing}");
        return Ok(DRIVERS_MISSING_AFTER);
    }
    Ok(exit)
}

fn bus(backend: &str, speed: u32) -> Result<Arc<dyn UsbBus>, String> {
    match backend {
        #[cfg(feature = "nusb")]
        "nusb" => Ok(Arc::new(Hurried::new(balong::usb::nusb::NusbBus::new(), speed))),
        #[cfg(feature = "libusb")]
        "libusb" => Ok(Arc::new(Hurried::new(balong::usb::libusb::LibusbBus::new(), speed))),
        _ => {
            let _ = speed;
            Err(format!("`{backend}` is no backend of this build"))
        }
    }
}

/// Waits until every stick has its drivers. What is missing in the end, in words.
fn missing_drivers(bus: &dyn UsbBus, at_most: usize) -> Option<String> {
    let give_up = Instant::now() + BOUND_WITHIN;
    loop {
        let missing = match bus.attached() {
            Ok(devices) if devices.len() > at_most => Some(format!("{} sticks are there still", devices.len())),
            Ok(devices) => devices.iter().find(|device| !is_bound(device)).map(describe),
            Err(error) => Some(error.to_string()),
        };
        if missing.is_none() || Instant::now() >= give_up {
            return missing;
        }
        std::thread::sleep(BETWEEN_LOOKS);
    }
}

/// Waits until every stick in HiLink mode can be reached over its network card, as on a desktop before somebody begins.
fn missing_address(bus: &dyn UsbBus, network: &OsNetwork) -> Option<String> {
    let give_up = Instant::now() + ADDRESS_WITHIN;
    loop {
        let missing = match bus.attached() {
            Ok(devices) => devices
                .iter()
                .filter(|device| Mode::of(device) == Some(Mode::HiLink))
                .find_map(|device| network.reach(device).err().map(|error| error.to_string())),
            Err(error) => Some(error.to_string()),
        };
        if missing.is_none() || Instant::now() >= give_up {
            return missing;
        }
        std::thread::sleep(BETWEEN_LOOKS);
    }
}

/// Every interface has its driver, and no program holds one. The network function of stick mode is the one that no driver
/// takes: the virtual stick's says too little of itself.
fn is_bound(device: &Attached) -> bool {
    let roles = role_of(device);
    let bound = |(interface, role): (&Interface, &Role)| match interface.driver.as_deref() {
        Some("usbfs") => false,
        Some(_) => true,
        None => *role == Role::Network && device.product_id != HILINK,
    };
    device.product_id == FASTBOOT || !roles.is_empty() && device.interfaces.iter().zip(&roles).all(bound)
}

fn describe(device: &Attached) -> String {
    let drivers = device.interfaces.iter().map(|interface| interface.driver.as_deref().unwrap_or("none"));
    let drivers = drivers.collect::<Vec<_>>().join(", ");
    format!("the drivers of {} at {} are: {drivers}", device.id(), device.path)
}
