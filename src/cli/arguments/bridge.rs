//! The arguments of `bridge`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use crate::cli::bridge;

#[derive(Args, Debug)]
pub struct BridgeOptions {
    /// Which serial port: modem, pcui, diag, shell, gps, serial, or a name such as serial-2 (repeatable; else modem and
    /// pcui where the stick shows them)
    #[arg(long, value_name = "ROLE", value_parser = bridge::role)]
    pub role: Vec<String>,
    /// The folder for the links to the ptys, such as balong-1-1.4-modem
    ///
    /// Without it: balong in $XDG_RUNTIME_DIR, else /run/balong for root, else balong-UID beside the temporary files.
    #[arg(long, value_name = "DIR", conflicts_with = "tcp")]
    pub link: Option<PathBuf>,
    /// Serve RFC 2217 (telnet for serial ports) instead of ptys, from port 2217 on where none is given
    #[arg(long, value_name = "ADDR[:PORT]", num_args = 0..=1, default_missing_value = "127.0.0.1",
          value_parser = bridge::tcp_address)]
    pub tcp: Option<SocketAddr>,
}
