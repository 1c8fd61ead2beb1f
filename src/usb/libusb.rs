//! libusb 1.0, through the crate rusb, for the systems and processors that nusb does not serve.
//!
//! Every look at the bus makes a new library context: a context that lives long goes on showing the devices it began
//! with where libusb rests on udev and no udevd runs. rusb's free functions are never called, because they panic on a
//! machine without USB.
//!
//! rusb has no transfers in the background, so each open port has a thread that reads, and one of which notifications are
//! heard a second one, beside the caller's. Whoever calls [`UsbReceiver::receive`](super::UsbReceiver::receive) alone does
//! without the second. Where threads count, nusb is the better choice: it has one for all ports.

mod control;
mod list;
mod port;
mod reader;
mod sources;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use rusb::{ConfigDescriptor, Context, DeviceHandle, Error, TransferType};

use super::configuration::{self, Configurable};
use super::descriptors::{self, AlternateSetting, Endpoint};
use super::open_ports::OpenPorts;
use super::patience::{Incarnation, Refusal, busy_or_gone, failed, patiently, settle};
use super::{Attached, ClassTriple, ControlRequest, UsbBus, UsbError, UsbPort, sysfs};
use crate::interrupt::Interrupt;
use crate::processes;

/// The bus as libusb shows it.
pub struct LibusbBus {
    started: Instant,
    ports: OpenPorts<DeviceHandle<Context>>,
    interrupt: Interrupt,
}

impl LibusbBus {
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

    /// The library and what its hot-plug support rests on, for people who report a problem.
    #[must_use]
    pub fn describe() -> String {
        let version = rusb::version();
        let candidate = version.rc().unwrap_or("");
        format!(
            "libusb {}.{}.{}.{}{candidate}, {}",
            version.major(),
            version.minor(),
            version.micro(),
            version.nano(),
            hot_plug()
        )
    }

    fn handle(&self, incarnation: &Incarnation) -> Result<Arc<DeviceHandle<Context>>, Refusal> {
        self.ports.handle(incarnation, || open_device(incarnation))
    }
}

impl Default for LibusbBus {
    fn default() -> Self {
        Self::new()
    }
}

impl UsbBus for LibusbBus {
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
            let settings = active_settings(&handle)?.ok_or(descriptors::not_configured(interface))?;
            let pair = descriptors::bulk_pair(&settings, interface)?;
            let claimed = port::Claimed::claim(handle, incarnation.clone(), interface)?;
            Ok(Box::new(claimed.open(pair, &self.interrupt, &mut reservation)?) as Box<dyn UsbPort>)
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
        control::transfer(&handle, request, data, within).map_err(|error| settle(error, || list::present(&incarnation)))
    }

    fn set_configuration(&self, device: &Attached, value: u8) -> Result<(), UsbError> {
        let incarnation = Incarnation::of(device);
        let free = self.ports.refuse_if_open(&incarnation);
        free.map_err(|error| busy_or_gone(error, || list::present(&incarnation)))?;
        let handle = patiently(self, &self.interrupt, || self.handle(&incarnation))?;
        let interfaces = descriptors::numbers(&active_settings(&handle)?.unwrap_or_default());
        configuration::select(&Opened { handle: &handle, incarnation: &incarnation }, &interfaces, value)
    }

    fn offer_to_drivers(&self, device: &Attached) -> Result<(), UsbError> {
        let incarnation = Incarnation::of(device);
        let handle = patiently(self, &self.interrupt, || self.handle(&incarnation))?;
        let interfaces = descriptors::numbers(&active_settings(&handle)?.unwrap_or_default());
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

/// What tells libusb of arrivals. On Linux that is udev where the build found its headers, else the kernel itself;
/// which one shows in the libraries of this very process.
fn hot_plug() -> &'static str {
    if cfg!(target_os = "linux") {
        match std::fs::read_to_string("/proc/self/maps") {
            Ok(maps) if maps.contains("libudev.so") => "hot-plug through udev",
            Ok(_) => "hot-plug through the kernel's own messages",
            Err(_) => "hot-plug through udev or the kernel",
        }
    } else if cfg!(target_os = "macos") {
        "hot-plug through IOKit"
    } else {
        "no hot-plug"
    }
}

fn open_device(incarnation: &Incarnation) -> Result<DeviceHandle<Context>, Refusal> {
    list::find(incarnation)?.open().map_err(|error| match error {
        Error::Access => Refusal::ForNow(sysfs::denied(incarnation)),
        // The device is listed, so its node is missing: it has just left, which the next look shows, or it has just
        // come and the node is still to be made.
        Error::NoDevice | Error::Busy => Refusal::ForNow(failed(incarnation.opening(), error)),
        _ => Refusal::ForGood(settle(failed(incarnation.opening(), error), || list::present(incarnation))),
    })
}

/// What a failure to change an open device means.
fn changed(error: Error, doing: &str, incarnation: &Incarnation) -> UsbError {
    match error {
        Error::NoDevice => UsbError::Gone,
        Error::Access => sysfs::denied(incarnation),
        _ => settle(failed(doing, error), || list::present(incarnation)),
    }
}

/// The alternate settings of the active configuration; `None` when the device is not configured.
fn active_settings(handle: &DeviceHandle<Context>) -> Result<Option<Vec<AlternateSetting>>, UsbError> {
    match handle.device().active_config_descriptor() {
        Ok(active) => Ok(Some(settings_of(&active))),
        Err(Error::NotFound) => Ok(None),
        Err(Error::NoDevice) => Err(UsbError::Gone),
        Err(error) => Err(failed("reading the configuration descriptor", error)),
    }
}

fn settings_of(configuration: &ConfigDescriptor) -> Vec<AlternateSetting> {
    let settings = configuration.interfaces().flat_map(|interface| interface.descriptors());
    let settings = settings.map(|setting| AlternateSetting {
        interface: setting.interface_number(),
        number: setting.setting_number(),
        class: ClassTriple::new(setting.class_code(), setting.sub_class_code(), setting.protocol_code()),
        endpoints: setting
            .endpoint_descriptors()
            .map(|endpoint| {
                let attributes = match endpoint.transfer_type() {
                    TransferType::Control => 0x00,
                    TransferType::Isochronous => 0x01,
                    TransferType::Bulk => 0x02,
                    TransferType::Interrupt => 0x03,
                };
                // The address as a whole: rusb's `number()` keeps three of its four bits.
                Endpoint::new(endpoint.address(), attributes, endpoint.max_packet_size())
            })
            .collect(),
    });
    settings.collect()
}

/// An open device whose configuration is to be changed.
struct Opened<'a> {
    handle: &'a DeviceHandle<Context>,
    incarnation: &'a Incarnation,
}

impl Configurable for Opened<'_> {
    fn detach(&self, interface: u8) -> Result<bool, UsbError> {
        let devices = Path::new(sysfs::DEVICES);
        if sysfs::driver(devices, &self.incarnation.path, interface).as_deref() == Some(sysfs::CLAIMED_BY_A_PROGRAM) {
            return Err(sysfs::busy(devices, &self.incarnation.path, interface));
        }
        match self.handle.detach_kernel_driver(interface) {
            Ok(()) => Ok(true),
            Err(Error::NotFound | Error::NotSupported) => Ok(false),
            Err(error) => {
                Err(changed(error, &format!("detaching the driver of interface {interface}"), self.incarnation))
            }
        }
    }

    fn attach(&self, interface: u8) -> Result<(), UsbError> {
        give_back(self.handle, self.incarnation, interface)
    }

    fn select(&self, value: u8) -> Result<(), UsbError> {
        self.handle.set_active_configuration(value).map_err(|error| match error {
            Error::Busy => sysfs::busy(Path::new(sysfs::DEVICES), &self.incarnation.path, 0),
            _ => changed(error, &format!("selecting configuration {value}"), self.incarnation),
        })
    }
}

/// Offers an interface to the kernel's drivers. That it has one already, or that none wants it, is no failure.
fn give_back(handle: &DeviceHandle<Context>, incarnation: &Incarnation, interface: u8) -> Result<(), UsbError> {
    match handle.attach_kernel_driver(interface) {
        Ok(()) | Err(Error::Busy | Error::NotFound | Error::InvalidParam | Error::NotSupported) => Ok(()),
        Err(error) => Err(changed(error, &format!("giving interface {interface} back"), incarnation)),
    }
}

#[cfg(test)]
mod tests;
