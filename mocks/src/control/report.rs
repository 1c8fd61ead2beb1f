//! What a stick is, holds and heard, as JSON. Sizes and times are numbers, ids and codes hex text without 0x.

use std::fmt::Write;
use std::time::Duration;

use serde_json::{Value, json};

use crate::hand::Hand;
use crate::transcript::Event;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string never fails.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

pub(super) fn presence(hand: &Hand) -> Value {
    let facts = hand.firmware();
    json!({
        "model": hand.model().name,
        "mode": hand.mode().map(|mode| mode.to_string()),
        "software": facts.software,
        "web_ui": facts.web_ui,
    })
}

pub(super) fn flash(hand: &Hand) -> Value {
    let flash = hand.flash();
    let partitions: Vec<Value> = flash
        .partitions()
        .iter()
        .map(|(code, stored)| {
            let digest = stored.sha256.map(|digest| hex(&digest));
            json!({"code": format!("{code:08x}"), "size": stored.size, "sha256": digest})
        })
        .collect();
    json!({
        "partitions": partitions,
        "calibration": flash.calibration(),
        "erased_by_loader": flash.erased_by_loader(),
        "software": flash.software(),
        "web_ui": flash.web_ui(),
        "u2diag": flash.settings().u2diag(flash.kind()),
        "setport": flash.settings().setport(),
    })
}

pub(super) fn transcript(hand: &Hand) -> Value {
    let entry = |(at, event): (Duration, Event)| {
        let mut entry = describe(&event);
        entry["seconds"] = at.as_secs_f64().into();
        entry
    };
    json!({"transcript": hand.timed_transcript().into_iter().map(entry).collect::<Vec<_>>()})
}

fn describe(event: &Event) -> Value {
    match event {
        Event::Attached { mode, vendor_id, product_id, .. } => {
            let id = format!("{vendor_id:04x}:{product_id:04x}");
            json!({"event": "attached", "mode": mode.to_string(), "id": id})
        }
        Event::Left => json!({"event": "left"}),
        Event::Control { request_type, request, value, index } => json!({
            "event": "control", "request_type": format!("{request_type:02x}"), "request": format!("{request:02x}"),
            "value": format!("{value:04x}"), "index": format!("{index:04x}"),
        }),
        Event::SetConfiguration { value } => json!({"event": "set_configuration", "value": value}),
        Event::BootRomHeader { mode, size, address } => {
            json!({"event": "bootrom_header", "mode": mode, "size": size, "address": format!("{address:08x}")})
        }
        Event::BootRomData { packets } => json!({"event": "bootrom_data", "packets": packets}),
        Event::BootRomEnd => json!({"event": "bootrom_end"}),
        Event::BootRomOther { length } => json!({"event": "bootrom_other", "length": length}),
        Event::LoaderStarted { erased } => json!({"event": "loader_started", "erased": erased}),
        Event::At { interface, command } => json!({"event": "at", "interface": interface, "command": command}),
        Event::Hdlc { command } => json!({"event": "hdlc", "command": format!("{command:02x}")}),
        Event::PartitionStart { code, size } => {
            json!({"event": "partition_start", "code": format!("{code:08x}"), "size": size})
        }
        Event::PartitionData { blocks } => json!({"event": "partition_data", "blocks": blocks}),
        Event::PartitionEnd { code, size, accepted } => {
            json!({"event": "partition_end", "code": format!("{code:08x}"), "size": size, "accepted": accepted})
        }
        Event::CommandBlock { interface, block } => {
            json!({"event": "command_block", "interface": interface, "block": hex(block)})
        }
        Event::Fastboot { command } => json!({"event": "fastboot", "command": command}),
        Event::Web { order } => json!({"event": "web", "order": format!("{order:?}").to_lowercase()}),
    }
}
