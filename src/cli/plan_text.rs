//! The plan of a job, for people.

use indicatif::HumanBytes;

use super::map;
use super::screen::Screen;
use crate::convert::Plan;
use crate::image::firmware::ImageType;
use crate::image::loader::PreparedLoader;
use crate::image::map::FlashMap;
use crate::stick;
use crate::switch;

/// The plan, for people: which stick, which files, each partition, and what happens if it fails half-way.
pub(super) fn plan_lines(plan: &Plan<'_>, screen: Option<Screen>) -> Vec<String> {
    let mut lines = vec![format!("Stick   {}  {} in {}{}", plan.port, plan.here.id(), plan.mode.place(), who(plan))];
    if let Some(loader) = plan.loader {
        let platform = loader.platform().map_or("unknown platform", |platform| platform.name());
        let path = plan.loader_path.map(|path| format!("{} ", path.display())).unwrap_or_default();
        lines.push(format!("Loader  {path}({platform}): {}", loader.safety()));
    }
    for (pass, container) in plan.firmware.iter().enumerate() {
        let order = if plan.firmware.len() > 1 { format!("{}. ", pass + 1) } else { String::new() };
        let product = container.product().unwrap_or("product not stated");
        let version = container.version().unwrap_or("version not stated");
        lines.push(format!(
            "Write   {order}{} ({}, {product}, {version})",
            container.path().display(),
            content(container.image_type())
        ));
        lines.extend(container.partitions().iter().map(|partition| {
            format!("          {:<26} {:>10}", partition.code.to_string(), HumanBytes(partition.size).to_string())
        }));
        lines.extend(container.warnings().iter().map(|warning| format!("        warning: {warning}")));
    }
    if plan.firmware.is_empty() {
        if plan.loader.is_some() {
            lines.push(
                "Nothing is written to the flash by this; if it fails, unplug the stick and start over.".to_owned(),
            );
        }
        return lines;
    }
    let table = plan.loader.and_then(PreparedLoader::partition_table);
    if let Some(map) = FlashMap::of_firmware(plan.firmware, table) {
        lines.extend(map::brief(&map, screen));
    }
    lines.push(match (plan.needles.least, plan.needles.most) {
        (0, 0) => "The boot pad will not be needed.".to_owned(),
        (least, most) if least == most => format!("The boot pad will be needed {}.", times(most)),
        (0, most) => format!(
            "The software way is tried first; where it is refused, the boot pad is needed: {} at most.",
            times(most)
        ),
        (least, most) => {
            format!("The boot pad will be needed {least} to {most} times: the software way is tried first.")
        }
    });
    lines.push(
        "If it fails half-way, the flash holds a mixture and the stick will not work until the same command has been run \
         again; its boot ROM cannot be overwritten, so that stays possible."
            .to_owned(),
    );
    lines
}

/// The plan of a switch, for people.
pub(super) fn switch_lines(plan: &switch::Plan) -> Vec<String> {
    let (port, here, mode) = (&plan.port, plan.here.id(), plan.place.mode.place());
    let name = stick::known_as(&plan.here).map(|name| format!(", {name}")).unwrap_or_default();
    let mut lines = vec![format!("Stick   {port}  {here} in {mode}{name}")];
    let ways: Vec<_> = plan.ways.iter().map(ToString::to_string).collect();
    match plan.target {
        Some(target) if ways.is_empty() => lines.push(format!("Way     none is needed: it is in {target} already")),
        Some(target) => lines.push(format!("Way     into {target}: {}", ways.join(", then "))),
        None => {}
    }
    lines
}

fn content(image_type: ImageType) -> String {
    let parts = [
        (image_type.has_firmware(), "firmware"),
        (image_type.has_iso(), "CD image"),
        (image_type.has_web_ui(), "web UI"),
        (image_type.signed_flag(), "signed"),
    ];
    parts.iter().filter(|(is_there, _)| *is_there).map(|(_, word)| *word).collect::<Vec<_>>().join(", ")
}

fn times(count: u32) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        more => format!("{more} times"),
    }
}

fn who(plan: &Plan<'_>) -> String {
    let Some(identified) = plan.identity else { return String::new() };
    let model = identified.model.as_deref().map(|model| format!(", {model}")).unwrap_or_default();
    let hardware = identified.hardware.as_deref().map(|version| format!(" {version}")).unwrap_or_default();
    let software =
        identified.identity.software.as_deref().map(|version| format!(", version {version}")).unwrap_or_default();
    format!("{model}{hardware}{software}")
}
