//! AT commands: one command in one transfer, answered by lines up to a final result (ITU-T V.250, section 5.7).
//!
//! The same exchange serves a stick's ordinary AT port and the AT preamble of its download mode. The download daemon
//! compares the whole of one USB read with its list of commands, carriage return included, so a command must never be
//! split, merged with another, or followed by a line feed.

mod command;
mod command_line;
mod download_mode;
mod exchange;
mod final_result;
mod forbidden;
mod identity;
mod lines;
mod port_mode;
mod result_codes;

pub use command::{Command, CommandError};
pub use download_mode::NotInDownloadMode;
pub use exchange::{Answer, AtError, Exchange};
pub use final_result::FinalResult;
pub use forbidden::{ForbiddenCommand, permitted};
pub use identity::{DownloadInfo, FirmwareVersion, Identification, Versions, hardware_version, port_setting};
pub use lines::{Line, LineSplitter};
pub use port_mode::{NamedFunction, port_mode};
pub use result_codes::{equipment_error, message_error};

#[cfg(test)]
mod tests;
