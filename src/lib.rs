//! `balong`: a userspace USB driver, flasher and library for Huawei LTE sticks and routers on HiSilicon Balong chips.
//!
//! The layers, in reading order. Each one knows only those below it.
//!
//! | module | what it is |
//! |---|---|
//! | [`image`] | loader and firmware files, and the guard that matches them to a stick |
//! | [`usb`] | the only seam to a USB library: a bus, a port, a port path |
//! | [`protocol`] | conversations as pure state machines, and the one loop that drives them |
//! | [`web`] | the HTTP API of HiLink firmware, over the network interface of one stick |

pub mod image;
pub mod protocol;
pub mod usb;
pub mod web;
