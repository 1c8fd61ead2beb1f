//! Runs the conformance list on this machine:
//! `cargo run -p hw-tests --bin conformance -- --backend nusb --port 1-1`

use std::process::ExitCode;

use balong::usb::simulated::SimulatedBus;
use balong::usb::{PortPath, UsbBus};
use balong_mocks::{Bus, Mode, Model, Pace, Stick, StickOptions};
use hw_tests::conformance::{Implementor, Outcome, ROWS, Reported, Row, Subject, Table};

const USAGE: &str = "\
Runs the conformance list of the USB seam on one backend.

usage: conformance --backend nusb|libusb|simulated [OPTION...]

  --port PATH    where the test device is attached, such as 1-1; `balong-mock serve --mode conformance` is one
  --modem PATH   where a stick with a modem port is attached; row 20 dials there
  --row NUMBER   this row alone; repeatable
  --no-usb       this machine has no USB: run the row that says so
  --usb-redir    the device comes through QEMU's usb-redir, which tells wrongly how far a cancelled transfer got
  --json         one JSON object a row, as soon as it is known, instead of a table

Exit status: 0 if no row failed; 1 if one did; 2 for these arguments.
";

/// What the command line asks for.
struct Request {
    implementor: Implementor,
    port: Option<PortPath>,
    modem: Option<PortPath>,
    rows: Vec<u8>,
    no_usb: bool,
    usb_redir: bool,
    json: bool,
}

fn main() -> ExitCode {
    let done = request(std::env::args().skip(1)).and_then(|request| run(&request));
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(fault) => {
            eprintln!("conformance: {fault}\n\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn request(mut arguments: impl Iterator<Item = String>) -> Result<Request, String> {
    let (mut implementor, mut port, mut modem, mut rows) = (None, None, None, Vec::new());
    let (mut no_usb, mut usb_redir, mut json) = (false, false, false);
    while let Some(option) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("`{option}` needs a value"));
        match option.as_str() {
            "--backend" => implementor = Some(value()?.parse()?),
            "--port" => port = Some(path(&value()?)?),
            "--modem" => modem = Some(path(&value()?)?),
            "--row" => rows.push(row_number(&value()?)?),
            "--no-usb" => no_usb = true,
            "--usb-redir" => usb_redir = true,
            "--json" => json = true,
            _ => return Err(format!("`{option}` is no option")),
        }
    }
    let implementor = implementor.ok_or("which backend?")?;
    Ok(Request { implementor, port, modem, rows, no_usb, usb_redir, json })
}

fn path(text: &str) -> Result<PortPath, String> {
    text.parse::<PortPath>().map_err(|error| error.to_string())
}

fn row_number(text: &str) -> Result<u8, String> {
    let number = text.parse().ok().filter(|number| ROWS.iter().any(|row| row.number == *number));
    number.ok_or_else(|| format!("`{text}` is no row; they are 1 to {}", ROWS.len()))
}

/// Whether no row failed.
fn run(request: &Request) -> Result<bool, String> {
    if request.implementor == Implementor::Simulated {
        let (bus, path, modem) = simulated()?;
        return report(request, &bus, path, Some(modem), &[]);
    }
    let bus = bus(request.implementor)?;
    if request.no_usb {
        return Ok(enter(request, |row| row.run_without_usb(request.implementor, &*bus)));
    }
    let path = request.port.clone().ok_or("where is the test device? --port says it")?;
    // The same backend once more is what another program would have.
    let others: Vec<Box<dyn UsbBus>> =
        [Implementor::Nusb, Implementor::Libusb].into_iter().filter_map(|other| self::bus(other).ok()).collect();
    let others: Vec<&dyn UsbBus> = others.iter().map(|other| &**other).collect();
    report(request, &*bus, path, request.modem.clone(), &others)
}

fn report(
    request: &Request,
    bus: &dyn UsbBus,
    path: PortPath,
    modem: Option<PortPath>,
    others: &[&dyn UsbBus],
) -> Result<bool, String> {
    let implementor = request.implementor;
    let subject = Subject { implementor, bus, path, others, modem, through_usb_redir: request.usb_redir };
    Ok(enter(request, |row| row.run(&subject)))
}

fn enter(request: &Request, run: impl Fn(Row) -> Outcome) -> bool {
    let mut table = Table::default();
    let mut passed = true;
    for row in ROWS.into_iter().filter(|row| request.rows.is_empty() || request.rows.contains(&row.number)) {
        let reported = Reported { number: row.number, implementor: request.implementor, outcome: run(row) };
        passed &= !matches!(reported.outcome, Outcome::Failed(_));
        if request.json {
            println!("{}", reported.line());
        }
        table.enter(reported);
    }
    if !request.json {
        print!("{table}");
    }
    passed
}

fn bus(implementor: Implementor) -> Result<Box<dyn UsbBus>, String> {
    match implementor {
        #[cfg(feature = "nusb")]
        Implementor::Nusb => Ok(Box::new(balong::usb::nusb::NusbBus::new())),
        #[cfg(feature = "libusb")]
        Implementor::Libusb => Ok(Box::new(balong::usb::libusb::LibusbBus::new())),
        other => Err(format!("this build has no {other}")),
    }
}

/// A bus of its own with the test device and a modem on it, under virtual time.
fn simulated() -> Result<(SimulatedBus, PortPath, PortPath), String> {
    let model = Model::named("e3372h").ok_or("there is no model to make the device of")?;
    let bus = Bus::new(Pace::Virtual);
    for (port, mode) in [("1-1.4", Mode::Conformance), ("1-1.3", Mode::Stick)] {
        bus.plug(port, Stick::new(model, mode, StickOptions::default()).map_err(|error| error.to_string())?);
    }
    Ok((SimulatedBus::new(bus), path("1-1.4")?, path("1-1.3")?))
}
