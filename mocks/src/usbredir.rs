//! A simulated stick behind the USB network redirection protocol, version 0.7, for any QEMU: the guest drives a real
//! host controller model, and its own kernel and drivers talk to the stick.
//!
//! The server is the protocol's "usb-host", QEMU its "usb-guest". It offers no isochronous endpoints, no bulk streams and
//! no buffered bulk input: each transfer of the guest's is one transfer to the stick, neither merged nor split.
//!
//! * NAK is silence: a transfer that the stick does not take, or has no answer to, stays unanswered until it is cancelled.
//! * A stick that leaves is reported, and comes back only after the guest acknowledged that: whatever arrives until then
//!   belongs to the past. It then sits at the same place of the guest's bus.
//! * Interrupt endpoints are polled by QEMU itself, from when it asks for that on. The network card of HiLink mode says there
//!   that its link is up.

mod announcements;
mod capabilities;
mod outbox;
mod reader;
mod server;
mod session;
#[cfg(test)]
mod tests;
mod transfers;

pub use server::Server;

/// The types of packets, by the numbers that the protocol gives them.
mod kind {
    pub(super) const HELLO: u32 = 0;
    pub(super) const DEVICE_CONNECT: u32 = 1;
    pub(super) const DEVICE_DISCONNECT: u32 = 2;
    pub(super) const RESET: u32 = 3;
    pub(super) const INTERFACE_INFO: u32 = 4;
    pub(super) const ENDPOINT_INFO: u32 = 5;
    pub(super) const SET_CONFIGURATION: u32 = 6;
    pub(super) const GET_CONFIGURATION: u32 = 7;
    pub(super) const CONFIGURATION_STATUS: u32 = 8;
    pub(super) const SET_SETTING: u32 = 9;
    pub(super) const GET_SETTING: u32 = 10;
    pub(super) const SETTING_STATUS: u32 = 11;
    pub(super) const START_ISOCHRONOUS: u32 = 12;
    pub(super) const STOP_ISOCHRONOUS: u32 = 13;
    pub(super) const ISOCHRONOUS_STATUS: u32 = 14;
    pub(super) const START_INTERRUPTS: u32 = 15;
    pub(super) const STOP_INTERRUPTS: u32 = 16;
    pub(super) const INTERRUPTS_STATUS: u32 = 17;
    pub(super) const CANCEL: u32 = 21;
    pub(super) const FILTER_REJECT: u32 = 22;
    pub(super) const FILTER: u32 = 23;
    pub(super) const DISCONNECT_ACKNOWLEDGED: u32 = 24;
    pub(super) const CONTROL: u32 = 100;
    pub(super) const BULK: u32 = 101;
    pub(super) const ISOCHRONOUS: u32 = 102;
    pub(super) const INTERRUPT: u32 = 103;
}

/// What became of a request, by the numbers that the protocol gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Status {
    Success = 0,
    Cancelled = 1,
    Invalid = 2,
    Stall = 4,
}

/// Why a conversation with a guest cannot go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum Violation {
    #[error("the first packet has type {0}, but a conversation begins with a hello, type 0")]
    NoHello(u32),
    #[error("a second hello came, but a conversation has one")]
    SecondHello,
    #[error("a packet has type {0}, which a guest does not send to a device like this")]
    UnknownType(u32),
    #[error("a packet of type {kind} announces {found} bytes, but {least} to {most} are possible")]
    Length { kind: u32, found: u32, least: u32, most: u32 },
}
