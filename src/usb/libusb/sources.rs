//! The IN endpoints of a port, for the threads that read them.

use std::sync::Arc;
use std::time::Duration;

use rusb::{Context, DeviceHandle, Error};

use super::control::deadline;
use super::port::failure;
use super::reader::Source;
use crate::usb::{Direction, UsbError};

/// The bulk IN endpoint, for the reader thread.
pub(super) struct BulkEndpoint {
    pub(super) handle: Arc<DeviceHandle<Context>>,
    pub(super) address: u8,
}

impl Source for BulkEndpoint {
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> Result<usize, UsbError> {
        brought(self.handle.read_bulk(self.address, buffer, deadline(within)))
    }
}

/// The interrupt IN endpoint, for the thread that listens to it.
pub(super) struct InterruptEndpoint {
    pub(super) handle: Arc<DeviceHandle<Context>>,
    pub(super) address: u8,
}

impl Source for InterruptEndpoint {
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> Result<usize, UsbError> {
        brought(self.handle.read_interrupt(self.address, buffer, deadline(within)))
    }
}

/// What a read means.
fn brought(read: Result<usize, Error>) -> Result<usize, UsbError> {
    match read {
        Ok(length) => Ok(length),
        Err(Error::Timeout | Error::Interrupted) => Ok(0),
        Err(error) => Err(failure(error, Direction::In)),
    }
}
