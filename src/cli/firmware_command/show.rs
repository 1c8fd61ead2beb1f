//! `firmware show`.

use serde_json::{Value, json};

use super::hex;
use crate::image::firmware::{Because, Container, Firmware, Missing, Partition};
use crate::image::guard::{self, Models};
use crate::image::platform::Model;

/// The event that `show` and `verify` have in common.
pub(super) fn event(firmware: &Firmware) -> Value {
    let signature = firmware.signature().map(|signature| {
        json!({ "length": signature.length, "key_hash": hex(&signature.key_hash), "partition": signature.partition })
    });
    let models = guard::models_for(firmware);
    let named = |model: &&Model, certain| json!({ "model": model.name, "certain": certain });
    let certain = models.certain.iter().map(|model| named(model, true));
    let sticks: Vec<Value> = certain.chain(models.possible.iter().map(|model| named(model, false))).collect();
    json!({
        "path": firmware.path().to_string_lossy(),
        "container": container_word(firmware.container()),
        "type": firmware.image_type().byte(),
        "platform": firmware.platform().map(|platform| platform.name()),
        "product": firmware.product(),
        "version": firmware.version(),
        "signature": signature,
        "sticks": sticks,
        "holds_identity": identity(firmware).next().is_some(),
        "missing": missing(firmware.missing()),
        "partitions": firmware.partitions().iter().map(partition_value).collect::<Vec<_>>(),
        "warnings": firmware.warnings().iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

fn partition_value(partition: &Partition) -> Value {
    json!({
        "index": partition.index,
        "code": format!("{:08x}", partition.code.0),
        "name": partition.code.name(),
        "meaning": partition.code.meaning(),
        "offset": partition.offset,
        "stored_size": partition.stored_size,
        "size": partition.size,
        "compression": partition.compression.name(),
        "sha256": hex(&partition.sha256),
        "hardware": stated(&partition.hardware),
        "date": stated(&partition.date),
        "time": stated(&partition.time),
        "version_text": stated(&partition.version_text),
        "block_size": partition.block_size(),
        "holds_identity": partition.code.holds_identity(),
    })
}

/// What a full set has and this one has not, for programs.
pub(super) fn missing(missing: &[Missing]) -> Vec<Value> {
    let value = |missing: &Missing| {
        let codes: Vec<_> = missing.codes.iter().map(|code| format!("{:08x}", code.0)).collect();
        json!({ "codes": codes, "because": match missing.because {
            Because::Type => "type",
            Because::UsualSet => "usual_set",
        } })
    };
    missing.iter().map(value).collect()
}

/// The same in a sentence; `None` if nothing is missing.
pub(super) fn missing_sentence(missing: &[Missing]) -> Option<String> {
    let list: Vec<String> = missing.iter().map(ToString::to_string).collect();
    (!list.is_empty()).then(|| format!("incomplete, a full set also has {}", list.join("; ")))
}

fn stated(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

fn identity(firmware: &Firmware) -> impl Iterator<Item = &Partition> {
    firmware.partitions().iter().filter(|partition| partition.code.holds_identity())
}

/// Everything about it, for people.
pub(super) fn table(firmware: &Firmware) -> Vec<String> {
    let or_unknown = |text: Option<&str>| text.unwrap_or("not stated").to_owned();
    let mut lines = vec![
        format!("File       {} ({})", firmware.path().display(), container(firmware.container())),
        format!("Type       {}", firmware.image_type()),
        format!("Platform   {}", or_unknown(firmware.platform().map(|platform| platform.name()))),
        format!("Product    {}", or_unknown(firmware.product())),
        format!("Version    {}", or_unknown(firmware.version())),
    ];
    let partitions = firmware.partitions();
    lines.extend(texts("Hardware", partitions, |partition| partition.hardware.clone()));
    lines.extend(texts("Date", partitions, |partition| format!("{} {}", partition.date, partition.time)));
    lines.extend(texts("Texts", partitions, |partition| partition.version_text.clone()));
    lines.push(match firmware.signature() {
        Some(signature) => format!(
            "Signature  {} bytes at the end of partition {}, key {}",
            signature.length,
            signature.partition,
            hex(&signature.key_hash)
        ),
        None => "Signature  none".to_owned(),
    });
    lines.push(format!("For        {}", sticks(&guard::models_for(firmware))));
    let missing = missing_sentence(firmware.missing());
    lines.push(format!("Members    {}", missing.as_deref().unwrap_or("nothing is missing of a full set of its type")));
    let identity: Vec<String> = identity(firmware).map(|partition| partition.code.to_string()).collect();
    lines.push(if identity.is_empty() {
        "Identity   holds no calibration and no identity".to_owned()
    } else {
        format!("Identity   HOLDS CALIBRATION OR IDENTITY: {}", identity.join(", "))
    });
    lines.push(format!(
        "{:>2}  {:8}  {:16} {:>10} {:>10} {:>10} {:>5}  {:4}  SHA-256 when written",
        "", "code", "name", "offset", "stored", "size", "ratio", "kind"
    ));
    lines.extend(partitions.iter().map(row));
    lines.extend(firmware.warnings().iter().map(|warning| format!("warning: {warning}")));
    lines
}

fn row(partition: &Partition) -> String {
    format!(
        "{:>2}  {:08x}  {:16} {:>#10x} {:>10} {:>10} {:>3} %  {:4}  {}",
        partition.index,
        partition.code.0,
        partition.code.name(),
        partition.offset,
        partition.stored_size,
        partition.size,
        (partition.stored_size * 100).div_ceil(partition.size.max(1)),
        partition.compression.name(),
        hex(&partition.sha256)
    )
}

/// A text of the headers: one line for each that there is, with the partitions that have it where they differ.
fn texts(title: &str, partitions: &[Partition], text: fn(&Partition) -> String) -> Vec<String> {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for partition in partitions {
        let text = text(partition).trim().to_owned();
        let index = partition.index.to_string();
        match found.iter_mut().find(|(other, _)| *other == text) {
            Some((_, indices)) => indices.push(index),
            None => found.push((text, vec![index])),
        }
    }
    let shown = |text: &str| if text.is_empty() { "not stated".to_owned() } else { text.to_owned() };
    if let [(text, _)] = found.as_slice() {
        return vec![format!("{title:9}  {}", shown(text))];
    }
    let line = |(text, indices): &(String, Vec<String>)| {
        format!("{title:9}  {} (partitions {})", shown(text), indices.join(", "))
    };
    found.iter().map(line).collect()
}

fn sticks(models: &Models) -> String {
    let names = |models: &[&Model]| models.iter().map(|model| model.name).collect::<Vec<_>>().join(", ");
    if !models.certain.is_empty() {
        names(&models.certain)
    } else if models.possible.is_empty() {
        "cannot be told".to_owned()
    } else {
        format!("the chip is that of {}; which of them it is for, or another, cannot be told", names(&models.possible))
    }
}

fn container(container: Container) -> &'static str {
    match container {
        Container::Bin => "container",
        Container::Exe => "container inside a Windows program",
        Container::Directory => "folder of partitions",
    }
}

fn container_word(container: Container) -> &'static str {
    match container {
        Container::Bin => "bin",
        Container::Exe => "exe",
        Container::Directory => "directory",
    }
}
