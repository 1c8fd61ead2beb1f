//! What firmware holds: the first part of `firmware show`, and `firmware verify`.

use indicatif::HumanBytes;
use serde_json::{Value, json};

use super::arguments::FirmwareOptions;
use super::console::Console;
use super::job::read_firmware;
use super::problem::Problem;
use crate::image::firmware::{Container, Firmware, ReadOptions};

/// Shows what a firmware holds, and hands it out.
pub fn show(console: &mut Console<'_>, options: &FirmwareOptions) -> Result<Firmware, Problem> {
    let firmware = read(console, options)?;
    console.event("firmware", event(&firmware));
    for line in table(&firmware) {
        console.line(&line);
    }
    Ok(firmware)
}

pub fn verify(console: &mut Console<'_>, options: &FirmwareOptions) -> Result<u8, Problem> {
    let firmware = read(console, options)?;
    console.event("firmware", event(&firmware));
    for warning in firmware.warnings() {
        console.line(&format!("warning: {warning}"));
    }
    let size: u64 = firmware.partitions().iter().map(|partition| partition.size).sum();
    console.line(&format!(
        "{}: good. {} partitions, {} when written; every checksum and every compressed stream was read to its end.",
        options.firmware.display(),
        firmware.partitions().len(),
        HumanBytes(size)
    ));
    Ok(0)
}

fn read(console: &mut Console<'_>, options: &FirmwareOptions) -> Result<Firmware, Problem> {
    let reading = ReadOptions { allow_trailing: options.allow_trailing, directory_type: options.image_type };
    read_firmware(console, &options.firmware, &reading)
}

fn event(firmware: &Firmware) -> Value {
    let partitions: Vec<_> = firmware
        .partitions()
        .iter()
        .map(|partition| {
            json!({
                "index": partition.index,
                "code": format!("{:08x}", partition.code.0),
                "name": partition.code.name(),
                "offset": partition.offset,
                "stored_size": partition.stored_size,
                "size": partition.size,
                "compression": partition.compression.name(),
                "sha256": hex(&partition.sha256),
            })
        })
        .collect();
    let signature = firmware
        .signature()
        .map(|signature| json!({ "length": signature.length, "key_hash": hex(&signature.key_hash) }));
    json!({
        "type": firmware.image_type().byte(),
        "platform": firmware.platform().map(|platform| platform.name()),
        "product": firmware.product(),
        "version": firmware.version(),
        "signature": signature,
        "partitions": partitions,
        "warnings": firmware.warnings().iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

fn table(firmware: &Firmware) -> Vec<String> {
    let or_unknown = |text: Option<&str>| text.unwrap_or("not stated").to_owned();
    let mut lines = vec![
        format!("File       {} ({})", firmware.path().display(), container(firmware.container())),
        format!("Type       {}", firmware.image_type()),
        format!("Platform   {}", or_unknown(firmware.platform().map(|platform| platform.name()))),
        format!("Product    {}", or_unknown(firmware.product())),
        format!("Version    {}", or_unknown(firmware.version())),
        match firmware.signature() {
            Some(signature) => format!("Signature  {} bytes, key {}", signature.length, hex(&signature.key_hash)),
            None => "Signature  none".to_owned(),
        },
        format!(
            "{:>2}  {:8}  {:16} {:>10} {:>10} {:>10}  {:4}  SHA-256 when written",
            "", "code", "name", "offset", "stored", "size", "kind"
        ),
    ];
    lines.extend(firmware.partitions().iter().map(|partition| {
        format!(
            "{:>2}  {:08x}  {:16} {:>#10x} {:>10} {:>10}  {:4}  {}",
            partition.index,
            partition.code.0,
            partition.code.name(),
            partition.offset,
            partition.stored_size,
            partition.size,
            partition.compression.name(),
            hex(&partition.sha256)
        )
    }));
    lines.extend(firmware.warnings().iter().map(|warning| format!("warning: {warning}")));
    lines
}

fn container(container: Container) -> &'static str {
    match container {
        Container::Bin => "container",
        Container::Exe => "container inside a Windows program",
        Container::Directory => "folder of partitions",
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
