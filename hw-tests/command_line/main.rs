//! Tests of the real binary: its process, its streams, its signals, its memory.

#[cfg(unix)]
mod bridge;
mod files;
mod first_command;
mod memory;
mod recordings;
mod streams;
mod switch;
mod terminal;
mod throughput;
mod unpacking;

use std::process::Command;

/// The binary under test, with a temporary folder of its own: sample images stay where they are made.
fn balong(temporary: &tempfile::TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_balong"));
    command.env("TMPDIR", temporary.path());
    command
}

fn temporary() -> tempfile::TempDir {
    tempfile::TempDir::new().expect("a temporary folder")
}
