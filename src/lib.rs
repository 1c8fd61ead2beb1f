//! `balong`: a userspace USB driver, flasher and library for Huawei LTE sticks and routers on HiSilicon Balong chips.
//!
//! The layers, in reading order. Each one knows only those below it.
//!
//! | module | what it is |
//! |---|---|
//! | [`cli`] | the command line: the only layer that prints, draws bars, or knows JSON |
//! | `bridge` | the serial ports of a stick for other programs: a pty or a place on the network each (Unix) |
//! | [`doctor`] | what on this machine stands in the way of a stick, with the remedy of each |
//! | [`convert`] | the main job: the stages as a table |
//! | [`switch`] | from one composition to another, way after way, without writing anything |
//! | [`outcome`] | what a job came to |
//! | [`failure`] | how a job fails: the stage, what the flash holds, what went wrong |
//! | [`follow`] | stay with one stick by port path while it leaves and comes back |
//! | [`serial`] | a serial port of a stick, full duplex, without a tty driver |
//! | [`stick`] | what mode is this, which interface does what, who does it say it is |
//! | [`access`] | the udev rules: who may open a stick, and when `ModemManager` keeps off it |
//! | [`image`] | loader and firmware files, and the guard that matches them to a stick |
//! | [`web`] | the HTTP API of HiLink firmware, over the network interface of one stick |
//! | [`protocol`] | conversations as pure state machines, and the one loop that drives them |
//! | [`port_lock`] | one process a stick: a lock by port path that dies with its process |
//! | [`usb`] | the only seam to a USB library: a bus, a port, a port path |
//! | [`interrupt`] | the wish to stop: between two frames, or now |
//! | [`processes`] | the other programs on this machine, and which of them have a file open |

pub mod access;
#[cfg(unix)]
pub mod bridge;
pub mod cli;
pub mod convert;
pub mod doctor;
pub mod failure;
pub mod follow;
pub mod image;
pub mod interrupt;
pub mod outcome;
pub mod port_lock;
pub mod processes;
pub mod protocol;
pub mod serial;
pub mod stick;
pub mod switch;
pub mod usb;
pub mod web;
