//! Rows 6 and 16: the kernel's driver, out of the way and back.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use balong::usb::{Attached, ControlKind, ControlRequest, Direction, Recipient, UsbError};
use balong_mocks::conformance::{ECHO, FORGET, INTERFACES};

use super::super::subject::{Kept, SOON, Subject, check, said, same};

/// The driver that takes every ff interface of this vendor.
const DRIVER: &str = "option";
/// What the kernel calls a program's claim.
const A_PROGRAM: &str = "usbfs";

/// Row 6. A driver that is back is back when the drop returns, not a moment later.
pub(super) fn given_back(subject: &Subject<'_>) -> Kept {
    let device = with_drivers(subject)?;
    carries(subject, &device, 0)?;
    let mut port = subject.open(&device, 0)?;
    drivers_are(subject, &[A_PROGRAM, DRIVER])?;
    subject.order(&device, ECHO, 1, 0, &[])?;
    subject.echo(&mut *port, b"in place of the driver")?;
    drop(port);
    drivers_are(subject, &[DRIVER; 2])?;
    carries(subject, &device, 0)
}

/// Row 16. Both answers are allowed, as long as kernel and device stay of one mind.
pub(super) fn configured_anew(subject: &Subject<'_>) -> Kept {
    let device = with_drivers(subject)?;
    match subject.bus.set_configuration(&device, 1) {
        Ok(()) | Err(UsbError::Busy { .. }) => {}
        Err(error) => return Err(said("selecting configuration 1")(error)),
    }
    still_of_one_mind(subject, &device)?;
    // There is no configuration 7: the drivers must survive that, too.
    check(subject.bus.set_configuration(&device, 7).is_err(), || "configuration 7 was selected".to_owned())?;
    still_of_one_mind(subject, &device)?;

    let mut port = subject.open(&device, 0)?;
    subject.order(&device, ECHO, 1, 0, &[])?;
    match subject.bus.set_configuration(&device, 1) {
        Err(UsbError::Busy { .. }) => {}
        other => return Err(format!("with a port open it ended with {other:?}")),
    }
    subject.echo(&mut *port, b"unharmed")?;
    drivers_are(subject, &[A_PROGRAM, DRIVER])
}

fn still_of_one_mind(subject: &Subject<'_>, device: &Attached) -> Kept {
    drivers_are(subject, &[DRIVER; 2])?;
    let question = ControlRequest {
        direction: Direction::In,
        kind: ControlKind::Standard,
        recipient: Recipient::Device,
        request: 8,
        value: 0,
        index: 0,
        length: 1,
    };
    let selected = subject.bus.control(device, question, &[], SOON).map_err(said("asking for the configuration"))?;
    same("the selected configuration", &selected, &[1])?;
    (0..INTERFACES).try_for_each(|interface| carries(subject, device, interface))
}

/// The device with the kernel's driver on every interface, which takes a moment after it came.
fn with_drivers(subject: &Subject<'_>) -> Result<Attached, String> {
    let device = subject.until("the kernel's driver is bound to both interfaces", || {
        let device = subject.device()?;
        Ok((drivers(&device) == [Some(DRIVER); 2]).then_some(device))
    })?;
    subject.order(&device, FORGET, 0, 0, &[])?;
    Ok(device)
}

fn drivers(device: &Attached) -> Vec<Option<&str>> {
    device.interfaces.iter().map(|interface| interface.driver.as_deref()).collect()
}

fn drivers_are(subject: &Subject<'_>, expected: &[&str; 2]) -> Kept {
    let device = subject.device()?;
    let found = drivers(&device);
    check(found == expected.map(Some), || format!("the drivers are {found:?}, not {expected:?}"))
}

/// Whether the driver really works: what is written to its tty reaches the device, as one transfer more.
fn carries(subject: &Subject<'_>, device: &Attached, interface: u8) -> Kept {
    subject.order(device, FORGET, 0, 0, &[])?;
    let tty = tty(subject, interface)?;
    let cannot = |error: std::io::Error| format!("{}: {error}", tty.display());
    let mut file = fs::OpenOptions::new().write(true).open(&tty).map_err(cannot)?;
    file.write_all(b"through the tty").map_err(cannot)?;
    let came = subject
        .until(&format!("what was written to {} reached interface {interface}", tty.display()), || {
            Ok(Some(subject.report(device, interface)?).filter(|came| !came.is_empty()))
        })?;
    check(came == [15], || format!("15 bytes were written to {}, transfers of {came:?} bytes came", tty.display()))
}

/// The tty of an interface; its node comes a moment after the driver is bound.
fn tty(subject: &Subject<'_>, interface: u8) -> Result<PathBuf, String> {
    let folder = PathBuf::from(format!("/sys/bus/usb/devices/{}:1.{interface}", subject.path));
    subject.until(&format!("{} has a tty", folder.display()), || {
        let entries = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let names = entries.flatten().map(|entry| entry.file_name());
        let node = names
            .filter(|name| name.to_string_lossy().starts_with("ttyUSB"))
            .map(|name| PathBuf::from("/dev").join(name));
        Ok(node.into_iter().find(|node| node.exists()))
    })
}
