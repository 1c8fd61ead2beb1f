//! How a call ended, as a status of Linux and in words.

use std::error::Error;

use bytes::Bytes;

use super::line::Line;
use crate::usb::{Direction, UsbError};

/// How a call ended.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    /// 0, or an error number of Linux, negative.
    pub(super) status: i32,
    /// Bytes that were moved.
    pub(super) length: usize,
    /// What came.
    pub(super) data: Bytes,
    /// What the status does not say.
    pub(super) line: Option<Line>,
}

// Error numbers are those of Linux on most machines, whatever this one is: a recording is read anywhere.
const NO_ENTRY: i32 = -2;
const INPUT_OUTPUT: i32 = -5;
const NO_ACCESS: i32 = -13;
const BUSY: i32 = -16;
const NO_DEVICE: i32 = -19;
const INVALID: i32 = -22;
const BROKEN_PIPE: i32 = -32;
const TIMED_OUT: i32 = -110;

impl Outcome {
    /// A success that moved so many bytes to the stick.
    pub(super) fn moved(length: usize) -> Self {
        Self { status: 0, length, data: Bytes::new(), line: None }
    }

    /// A success that brought these bytes, after sending so many.
    pub(super) fn brought(data: Bytes, sent: usize) -> Self {
        Self { length: sent + data.len(), data, ..Self::moved(0) }
    }

    /// The same with so many digits masked.
    pub(super) fn brought_masked(data: Bytes, sent: usize, digits: usize) -> Self {
        Self { line: Some(Line::default().with("masked", digits)), ..Self::brought(data, sent) }
    }

    /// Nothing came before the deadline, which is what a transfer looks like that was cancelled.
    pub(super) fn nothing_came() -> Self {
        Self { status: NO_ENTRY, ..Self::moved(0) }
    }

    /// No chunk came, because a notification did.
    pub(super) fn notified() -> Self {
        Self { line: Some(Line::new("notified")), ..Self::nothing_came() }
    }

    /// A failure.
    pub(super) fn failed(error: &UsbError) -> Self {
        let length = match error {
            UsbError::TimedOut { sent, .. } => *sent,
            _ => 0,
        };
        Self { status: status(error), line: Some(describe(Line::default(), error)), ..Self::moved(length) }
    }
}

fn status(error: &UsbError) -> i32 {
    match error {
        UsbError::NoUsb { .. } | UsbError::Gone => NO_DEVICE,
        UsbError::TimedOut { .. } => TIMED_OUT,
        UsbError::Stalled(_) => BROKEN_PIPE,
        UsbError::Denied { .. } => NO_ACCESS,
        UsbError::Busy { .. } => BUSY,
        UsbError::Unsuitable { .. } => INVALID,
        UsbError::Failed { .. } => INPUT_OUTPUT,
    }
}

/// The error in full, as words at the end of a line.
pub(super) fn describe(line: Line, error: &UsbError) -> Line {
    let named = |word| line.with("error", word);
    match error {
        UsbError::NoUsb { source: None } => named("no_usb"),
        UsbError::NoUsb { source: Some(source) } => named("no_usb").quoted("source", &chain(&**source)),
        UsbError::Gone => named("gone"),
        UsbError::TimedOut { sent, within } => {
            named("timed_out").with("sent", sent).with("within_ns", within.as_nanos())
        }
        UsbError::Stalled(Direction::Out) => named("stalled").with("direction", "out"),
        UsbError::Stalled(Direction::In) => named("stalled").with("direction", "in"),
        UsbError::Denied { what, .. } => named("denied").quoted("what", what),
        UsbError::Busy { interface, holder } => named("busy").with("held", interface).quoted("holder", holder),
        UsbError::Unsuitable { interface, why } => named("unsuitable").with("unusable", interface).quoted("why", why),
        UsbError::Failed { doing, source } => {
            named("failed").quoted("doing", doing).quoted("source", &chain(&**source))
        }
    }
}

/// An error and what lies beneath it.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
