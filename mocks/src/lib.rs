//! The simulated Balong stick: the device side of every protocol, with its own framing and its own checks.
//!
//! Nothing here knows the program under test. What the stick understands was written from the same facts a second
//! time, so that one misunderstanding cannot pass on both sides. It is as strict as the real device and as unforgiving:
//! it goes silent where the boot ROM goes silent, and it erases its flash when a loader that erases is started.
//!
//! | module | what it is |
//! |---|---|
//! | [`model`] | which stick, and in which mode |
//! | [`known`] | devices that are known by their way out of the virtual CD alone |
//! | [`stick`] | the device core: endpoints, time, power; it has no clock of its own |
//! | [`flash`] | what the stick holds, as digests |
//! | [`settings`] | what it remembers of its compositions |
//! | [`faults`] | what can be made to go wrong, and when |
//! | [`transcript`] | what was said to the stick |
//! | [`bus`] | sticks in ports, a virtual or scaled clock, claimed interfaces |
//! | [`hand`] | the operator: pulls, plugs, shorts the boot pad, asks what the stick holds |
//! | [`conformance`] | a test device that is no stick: it does what it is told |
//! | `control` | the hand and the eye as lines of text, for a program of its own (feature `serve`) |
//! | [`samples`] | loader and firmware files to feed it, sound ones and damaged ones |
//! | `usbredir` | a stick on a socket, for QEMU and so for any kernel |
//! | [`web`] | the web server of HiLink firmware, and what it lets the stick do |

pub mod bus;
pub mod clock;
pub mod conformance;
#[cfg(all(unix, feature = "serve"))]
pub mod control;
pub mod descriptors;
pub mod faults;
pub mod flash;
pub mod hand;
pub mod known;
pub mod model;
pub mod samples;
pub mod settings;
pub mod stick;
pub mod transcript;
#[cfg(unix)]
pub mod usbredir;
pub mod web;

mod at;
mod boot_rom;
mod call;
mod composition;
mod crc;
mod download;
mod fastboot;
mod firmware;
mod hdlc;
mod internet;
mod loader;
mod mass_storage;
mod network;
mod pipes;
mod ppp;
mod reaction;
#[cfg(unix)]
mod socket;
mod switching;

pub use bus::{Bus, Claim, ClaimReceiver, ClaimSender, Refusal, TransferError};
pub use clock::Pace;
pub use faults::{Effect, Fault, Moment, Return};
pub use firmware::{FirmwareFacts, Kind};
pub use flash::Flash;
pub use hand::Hand;
pub use known::KnownDevice;
pub use model::{Mode, Model, StickOptions};
pub use pipes::Ending;
pub use stick::Stick;
pub use transcript::Event;

/// The program in `mocks/README.md` is compiled with the tests.
#[cfg(all(doctest, unix))]
#[doc = include_str!("../README.md")]
struct Readme;
