//! The operating system's own USB interface, through the pure Rust crate nusb: usbfs on Linux, IOKit on macOS, WinUSB
//! on Windows.
//!
//! Of the platforms: Linux detaches kernel drivers and gives them back. macOS cannot detach Apple's drivers, but vendor
//! interfaces have none. Windows needs WinUSB bound to the interface, and has no control requests without one.

mod control;
mod list;
mod pipe;
mod port;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ::nusb::{Device, ErrorKind, MaybeFuture};
use bytes::Bytes;

use super::configuration::{self, Configurable};
use super::descriptors::{self, AlternateSetting, Endpoint};
use super::open_ports::OpenPorts;
use super::patience::{Incarnation, Refusal, busy_or_gone, failed, patiently, settle};
use super::{Attached, ClassTriple, ControlRequest, UsbBus, UsbError, UsbPort, sysfs};
use crate::interrupt::Interrupt;
use crate::processes;

/// The bus as nusb shows it.
pub struct NusbBus {
    started: Instant,
    ports: OpenPorts<Device>,
    interrupt: Interrupt,
}

impl NusbBus {
    /// A bus with nothing open. It does not look at the machine yet.
    #[must_use]
    pub fn new() -> Self {
        Self { started: Instant::now(), ports: OpenPorts::new(), interrupt: Interrupt::new() }
    }

    /// The same bus, with calls that end early when somebody insists on a stop.
    #[must_use]
    pub fn heeding(self, interrupt: &Interrupt) -> Self {
        Self { interrupt: interrupt.clone(), ..self }
    }

    /// The library and what it rests on, for people who report a problem.
    #[must_use]
    pub fn describe() -> String {
        let beneath = if cfg!(target_os = "linux") {
            "usbfs"
        } else if cfg!(target_os = "macos") {
            "IOKit"
        } else {
            "WinUSB"
        };
        format!("nusb 0.2, pure Rust, on {beneath}")
    }

    fn handle(&self, incarnation: &Incarnation) -> Result<Arc<Device>, Refusal> {
        self.ports.handle(incarnation, || open_device(incarnation))
    }
}

impl Default for NusbBus {
    fn default() -> Self {
        Self::new()
    }
}

impl UsbBus for NusbBus {
    fn attached(&self) -> Result<Vec<Attached>, UsbError> {
        list::attached()
    }

    fn open(&self, device: &Attached, interface: u8) -> Result<Box<dyn UsbPort>, UsbError> {
        let incarnation = Incarnation::of(device);
        let reserved = self.ports.reserve(&incarnation, interface);
        let reserved = reserved.map_err(|error| busy_or_gone(error, || list::present(&incarnation)));
        let mut reservation = Some(reserved?);
        let opened = patiently(self, &self.interrupt, || {
            let handle = self.handle(&incarnation)?;
            let settings = active_settings(&handle).ok_or(descriptors::not_configured(interface))?;
            let pair = descriptors::bulk_pair(&settings, interface)?;
            let claimed = claim(&handle, &incarnation, interface)?;
            let (incarnation, interrupt) = (incarnation.clone(), self.interrupt.clone());
            let port = port::Parts { claimed, handle, pair, incarnation, interrupt };
            Ok(Box::new(port.open(&mut reservation)?) as Box<dyn UsbPort>)
        });
        opened.map_err(|error| sysfs::name_holder(Path::new(processes::PROC), error, &incarnation))
    }

    fn control(
        &self,
        device: &Attached,
        request: ControlRequest,
        data: &[u8],
        within: Duration,
    ) -> Result<Bytes, UsbError> {
        let incarnation = Incarnation::of(device);
        let handle = patiently(self, &self.interrupt, || self.handle(&incarnation))?;
        control::to_device(&handle, request, data, within)
            .map_err(|error| settle(error, || list::present(&incarnation)))
    }

    fn set_configuration(&self, device: &Attached, value: u8) -> Result<(), UsbError> {
        let incarnation = Incarnation::of(device);
        let free = self.ports.refuse_if_open(&incarnation);
        free.map_err(|error| busy_or_gone(error, || list::present(&incarnation)))?;
        let handle = patiently(self, &self.interrupt, || self.handle(&incarnation))?;
        let interfaces = descriptors::numbers(&active_settings(&handle).unwrap_or_default());
        configuration::select(&Opened { handle: &handle, incarnation: &incarnation }, &interfaces, value)
    }

    fn offer_to_drivers(&self, device: &Attached) -> Result<(), UsbError> {
        let incarnation = Incarnation::of(device);
        let handle = patiently(self, &self.interrupt, || self.handle(&incarnation))?;
        let interfaces = descriptors::numbers(&active_settings(&handle).unwrap_or_default());
        let has_driver = |interface| sysfs::driver(Path::new(sysfs::DEVICES), &incarnation.path, interface).is_some();
        configuration::offer(&Opened { handle: &handle, incarnation: &incarnation }, &interfaces, has_driver)
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    fn sleep(&self, how_long: Duration) {
        std::thread::sleep(how_long);
    }
}

fn open_device(incarnation: &Incarnation) -> Result<Device, Refusal> {
    let listed = list::find(incarnation)?;
    listed.open().wait().map_err(|error| match error.kind() {
        ErrorKind::PermissionDenied => Refusal::ForNow(sysfs::denied(incarnation)),
        // The device is listed, so its node is missing: it has just left, which the next look shows, or it has just
        // come and the node is still to be made.
        ErrorKind::Disconnected | ErrorKind::Busy => Refusal::ForNow(failed(incarnation.opening(), error)),
        _ => Refusal::ForGood(settle(failed(incarnation.opening(), error), || list::present(incarnation))),
    })
}

/// Claims an interface. Where it can, nusb detaches the kernel driver and gives it back when the interface is released.
fn claim(handle: &Device, incarnation: &Incarnation, interface: u8) -> Result<::nusb::Interface, Refusal> {
    handle.detach_and_claim_interface(interface).wait().map_err(|error| match error.kind() {
        ErrorKind::Busy => sysfs::busy(Path::new(sysfs::DEVICES), &incarnation.path, interface).into(),
        ErrorKind::PermissionDenied => sysfs::denied(incarnation).into(),
        _ => changed(error, &format!("claiming interface {interface}"), incarnation).into(),
    })
}

/// What a failure to change an open device means.
fn changed(error: ::nusb::Error, doing: &str, incarnation: &Incarnation) -> UsbError {
    match error.kind() {
        ErrorKind::Disconnected => UsbError::Gone,
        _ => settle(failed(doing, error), || list::present(incarnation)),
    }
}

/// The alternate settings of the active configuration; `None` when the device is not configured.
fn active_settings(handle: &Device) -> Option<Vec<AlternateSetting>> {
    handle.active_configuration().ok().map(|active| settings_of(&active))
}

fn settings_of(configuration: &::nusb::descriptors::ConfigurationDescriptor<'_>) -> Vec<AlternateSetting> {
    let settings = configuration.interface_alt_settings().map(|setting| AlternateSetting {
        interface: setting.interface_number(),
        number: setting.alternate_setting(),
        class: ClassTriple::new(setting.class(), setting.subclass(), setting.protocol()),
        endpoints: setting
            .endpoints()
            .map(|endpoint| Endpoint::new(endpoint.address(), endpoint.attributes(), endpoint.max_packet_size_raw()))
            .collect(),
    });
    settings.collect()
}

/// An open device whose configuration is to be changed.
struct Opened<'a> {
    handle: &'a Device,
    incarnation: &'a Incarnation,
}

impl Configurable for Opened<'_> {
    fn detach(&self, interface: u8) -> Result<bool, UsbError> {
        // Asked of sysfs because nusb has no word for "there is no driver", and because a program's claim, which counts
        // as the driver `usbfs`, must not be torn away from it.
        let devices = Path::new(sysfs::DEVICES);
        match sysfs::driver(devices, &self.incarnation.path, interface).as_deref() {
            None => Ok(false),
            Some(sysfs::CLAIMED_BY_A_PROGRAM) => Err(sysfs::busy(devices, &self.incarnation.path, interface)),
            Some(driver) => {
                let doing = format!("detaching the driver {driver} from interface {interface}");
                let detached = self.handle.detach_kernel_driver(interface);
                detached.map(|()| true).map_err(|error| changed(error, &doing, self.incarnation))
            }
        }
    }

    fn attach(&self, interface: u8) -> Result<(), UsbError> {
        match self.handle.attach_kernel_driver(interface) {
            Err(error) if !matches!(error.kind(), ErrorKind::Busy | ErrorKind::NotFound) => {
                Err(changed(error, &format!("giving interface {interface} back"), self.incarnation))
            }
            _ => Ok(()),
        }
    }

    fn select(&self, value: u8) -> Result<(), UsbError> {
        let selected = self.handle.set_configuration(value).wait();
        selected.map_err(|error| match error.kind() {
            ErrorKind::Busy => sysfs::busy(Path::new(sysfs::DEVICES), &self.incarnation.path, 0),
            _ => changed(error, &format!("selecting configuration {value}"), self.incarnation),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_gives_a_list_or_says_plainly_that_there_is_no_usb() {
        match NusbBus::new().attached() {
            Ok(list) => assert!(list.is_sorted_by_key(|device| &device.path), "{list:?}"),
            Err(error) => assert!(matches!(error, UsbError::NoUsb { source: Some(_) }), "{error:?}"),
        }
    }

    #[test]
    fn the_library_version_is_the_one_that_the_manifest_asks_for() {
        let manifest = include_str!("../../Cargo.toml");
        assert!(manifest.contains("nusb = { version = \"0.2\""));
        assert!(NusbBus::describe().starts_with("nusb 0.2,"));
    }

    #[test]
    fn a_failed_open_leaves_the_interface_free_for_the_next_attempt() {
        let bus = NusbBus::new();
        let nowhere = Attached::nowhere();
        for _ in 0..2 {
            assert!(matches!(bus.open(&nowhere, 0), Err(UsbError::Gone | UsbError::NoUsb { .. })));
        }
        assert!(matches!(bus.set_configuration(&nowhere, 1), Err(UsbError::Gone | UsbError::NoUsb { .. })));
    }
}
