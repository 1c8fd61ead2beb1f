//! The scenarios, by what they are about.

pub mod at_commands;
pub mod consent;
pub mod entry;
pub mod faults;
pub mod main_job;
pub mod several_sticks;
pub mod stages;
pub mod switching;
pub mod terminal;
pub mod unplugged;
pub mod way_back;
pub mod who_is_it;
pub mod wrong_files;

mod table;

use balong_mocks::samples::firmware::FirmwareDescription;
use balong_mocks::{Event, Hand};

use crate::images::contents;

pub use table::{Scenario, all};

/// Asserts that the flash holds exactly what a firmware holds, partition by partition, by SHA-256, and that the partitions
/// were written in the order of the file.
///
/// # Panics
///
/// When it does not.
pub fn assert_flash_holds(hand: &Hand, description: &FirmwareDescription) {
    let flash = hand.flash();
    let begun: Vec<u32> = events(hand)
        .iter()
        .filter_map(|event| match event {
            Event::PartitionStart { code, .. } => Some(*code),
            _ => None,
        })
        .collect();
    let in_order: Vec<u32> = contents(description).iter().map(|(code, ..)| *code).collect();
    assert!(begun.windows(in_order.len()).any(|run| run == in_order), "the order of the file: {begun:x?}");
    for (code, size, sha256) in contents(description) {
        let stored = flash.partition(code).unwrap_or_else(|| panic!("partition {code:08x} is not in the flash"));
        assert_eq!((stored.size, stored.sha256), (size, Some(sha256)), "partition {code:08x}");
    }
}

/// Asserts that nothing was said to the stick that changes RAM or flash.
///
/// # Panics
///
/// When something was.
pub fn assert_nothing_dangerous_was_sent(hand: &Hand) {
    let dangerous: Vec<_> = events(hand).into_iter().filter(Event::is_dangerous).collect();
    assert!(dangerous.is_empty(), "nothing may be sent, but this was: {dangerous:?}");
}

/// Whether a program says such a thing. What a kernel asks a drive by itself (all but Huawei's own command) is nobody's.
#[must_use]
pub fn is_said(event: &Event) -> bool {
    let is_the_kernels = matches!(event, Event::CommandBlock { block, .. } if block[0] != 0x11);
    event.is_message() && !is_the_kernels
}

/// What happened to a stick, without the times.
#[must_use]
pub fn events(hand: &Hand) -> Vec<Event> {
    hand.transcript()
}
