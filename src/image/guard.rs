//! The guard: does this firmware belong on this stick?
//!
//! Loader, firmware and what the stick says of itself must agree, or nothing is sent. Another chip is refused for good.
//! The letters behind the chip in a product code separate products (E3372h `HS`, E8372h `W`, routers `C` and `E`), so
//! another or an unstated product needs a word of the user's.

mod refusal;

use super::firmware::{Firmware, Warning};
use super::partition_code::PartitionCode;
use super::partition_table::PartitionTable;
use super::platform::{MODELS, Model, Platform};

pub use refusal::Refusal;

/// What the user takes upon himself. Each lifts one kind of refusal, which names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// Send a loader that is not known to leave the flash alone (`--allow-erase`).
    pub allow_erase: bool,
    /// Same chip, but the product differs or cannot be told (`--force-product`).
    pub force_product: bool,
    /// Write calibration and identity (`--include-nv`).
    pub include_nv: bool,
    /// Flash a set with members missing (`--partial`).
    pub partial: bool,
    /// Ignore bytes after the last partition (`--allow-trailing`).
    pub allow_trailing: bool,
}

/// What a stick said of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StickIdentity {
    /// Its chip, where told.
    pub platform: Option<Platform>,
    /// Its product code, such as `BV7R11HS`, where told.
    pub product: Option<String>,
    /// Its model, where told.
    pub model: Option<&'static Model>,
    /// Who said so, such as `AT^HWVER`.
    pub said_by: String,
    /// The version of the software that it runs.
    pub software: Option<String>,
}

/// The guard lets the firmware pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the product was compared and is the same.
    pub same_product: bool,
    /// What could not be told, or was overridden: sentences for the user.
    pub notes: Vec<String>,
}

/// Whether the firmware may be flashed at all: complete, without calibration data, nothing ignored unasked.
///
/// # Errors
///
/// The [`Refusal`], lifted by `--include-nv`, `--partial` or `--allow-trailing`.
pub fn check_firmware(firmware: &Firmware, overrides: &Overrides) -> Result<(), Refusal> {
    let identity = firmware.partitions().iter().filter(|partition| partition.code.holds_identity());
    let identity: Vec<String> = identity.map(|partition| partition.place().to_string()).collect();
    if !identity.is_empty() && !overrides.include_nv {
        return Err(Refusal::Identity { partitions: identity.join(", ") });
    }
    if !firmware.missing().is_empty() && !overrides.partial {
        let missing: Vec<String> = firmware.missing().iter().map(ToString::to_string).collect();
        return Err(Refusal::Incomplete { image_type: firmware.image_type(), missing: missing.join(", ") });
    }
    let trailing = firmware.warnings().iter().find_map(|warning| match warning {
        Warning::Trailing { offset } => Some(*offset),
        _ => None,
    });
    match trailing.filter(|_| !overrides.allow_trailing) {
        Some(offset) => Err(Refusal::Trailing { offset }),
        None => Ok(()),
    }
}

/// The models that a firmware is for, as far as chips and product codes are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Models {
    /// Chip and product code agree.
    pub certain: Vec<&'static Model>,
    /// The chip agrees, and nothing is known about the product on one side or the other.
    pub possible: Vec<&'static Model>,
}

/// Which models a firmware is for.
#[must_use]
pub fn models_for(firmware: &Firmware) -> Models {
    let mut models = Models::default();
    let Some(clue) = firmware.platform_clue() else { return models };
    let of_the_chip = || MODELS.iter().filter(|model| clue.admits(model.platform));
    let product = firmware.product();
    models.certain.extend(of_the_chip().filter(|model| product.is_some() && model.product == product));
    if models.certain.is_empty() {
        // A product code that no model is known by may be that of any whose code is not known.
        models.possible.extend(of_the_chip().filter(|model| product.is_none() || model.product.is_none()));
    }
    models
}

/// Whether firmware and loader are for the same chip. `None` is a loader whose chip is unknown.
///
/// # Errors
///
/// [`Refusal::Chip`], which nothing lifts, or [`Refusal::ChipUnknown`].
pub fn check_against_loader(
    firmware: &Firmware,
    loader_platform: Option<Platform>,
    overrides: &Overrides,
) -> Result<Verdict, Refusal> {
    let mut verdict = Verdict::default();
    check_chip(firmware, loader_platform, "the loader", overrides, &mut verdict)?;
    Ok(verdict)
}

/// Whether a loader is for a chip that the user or the stick named. A loader whose chip is unknown is let pass here: what
/// it may do to the flash was judged before.
///
/// # Errors
///
/// [`Refusal::Loader`], which nothing lifts.
pub fn check_loader(loader: Option<Platform>, chip: Option<Platform>, said_by: &str) -> Result<(), Refusal> {
    match (loader, chip) {
        (Some(loader), Some(platform)) if loader != platform => {
            Err(Refusal::Loader { loader, platform, said_by: said_by.to_owned() })
        }
        _ => Ok(()),
    }
}

/// Whether every partition fits its place in the table that the stick will go by.
///
/// A set with a table of its own was compared with that one when it was read, and brings it along.
///
/// # Errors
///
/// [`Refusal::LargerThanPartition`], which nothing lifts.
pub fn check_sizes(firmware: &Firmware, table: &PartitionTable) -> Result<(), Refusal> {
    if firmware.partitions().iter().any(|partition| partition.code == PartitionCode::PTABLE) {
        return Ok(());
    }
    for partition in firmware.partitions() {
        match table.capacity_of(partition.code.0) {
            Some(capacity) if partition.size > u64::from(capacity) => {
                let partition = partition.place().to_string();
                return Err(Refusal::LargerThanPartition { partition, capacity });
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether the firmware is for a model that the user named.
///
/// A model without a known product code is compared by its chip alone, which the verdict notes.
///
/// # Errors
///
/// [`Refusal::Chip`], which nothing lifts, or a refusal that `--force-product` lifts.
pub fn check_against_model(firmware: &Firmware, model: &Model, overrides: &Overrides) -> Result<Verdict, Refusal> {
    let mut verdict = Verdict::default();
    let said_by = format!("the model {}", model.name);
    check_chip(firmware, Some(model.platform), &said_by, overrides, &mut verdict)?;
    match model.product {
        Some(product) => check_product(firmware, product, &said_by, overrides, &mut verdict)?,
        None => {
            verdict.notes.push(format!("the product code of {} is not known, only its chip was compared", model.name))
        }
    }
    Ok(verdict)
}

/// Whether the firmware is for the stick that said this of itself.
///
/// # Errors
///
/// [`Refusal::Chip`], which nothing lifts, or a refusal that `--force-product` lifts: another product, one that is not
/// stated, or nothing to compare at all.
pub fn check_against_stick(
    firmware: &Firmware,
    stick: &StickIdentity,
    overrides: &Overrides,
) -> Result<Verdict, Refusal> {
    let mut verdict = Verdict::default();
    let said_by = if stick.said_by.is_empty() { "the stick" } else { stick.said_by.as_str() };
    let by_product = stick.product.as_deref().and_then(Platform::in_text);
    let by_model = stick.model.map(|model| model.platform);
    // Everything that the stick said must fit: if it contradicts itself, one of the statements is of another chip.
    let stated: Vec<Platform> = [stick.platform, by_product, by_model].into_iter().flatten().collect();
    for platform in &stated {
        check_chip(firmware, Some(*platform), said_by, overrides, &mut verdict)?;
    }
    if stated.is_empty() {
        check_chip(firmware, None, said_by, overrides, &mut verdict)?;
    }
    verdict.notes.dedup();
    let product = stick.product.as_deref().map(str::trim).filter(|product| !product.is_empty());
    match (product.or(stick.model.and_then(|model| model.product)), stick.model) {
        (Some(product), _) => check_product(firmware, product, said_by, overrides, &mut verdict)?,
        (None, Some(model)) => {
            let note =
                format!("{said_by}: {}, whose product code is not known; only its chip was compared", model.name);
            verdict.notes.push(note);
        }
        (None, None) if overrides.force_product => {
            verdict.notes.push(format!("{said_by} states no product; let pass on request (--force-product)"));
        }
        (None, None) => {
            let firmware = firmware.product().unwrap_or("no product").to_owned();
            return Err(Refusal::ProductNotStatedByStick { firmware, said_by: said_by.to_owned() });
        }
    }
    Ok(verdict)
}

fn check_chip(
    firmware: &Firmware,
    other: Option<Platform>,
    said_by: &str,
    overrides: &Overrides,
    verdict: &mut Verdict,
) -> Result<(), Refusal> {
    let said_by = said_by.to_owned();
    match (firmware.platform_clue(), other) {
        (Some(clue), Some(platform)) if clue.admits(platform) => Ok(()),
        (Some(firmware), Some(platform)) => Err(Refusal::Chip { firmware, platform, said_by }),
        (clue, platform) => {
            let unknown = match (clue, platform) {
                (None, _) => {
                    "the firmware states no chip (no product text that names one, no partition of one chip only)"
                }
                _ => "its chip cannot be told",
            };
            let refusal = Refusal::ChipUnknown { unknown: unknown.to_owned(), said_by, platform };
            if overrides.force_product {
                verdict.notes.push(format!("let pass on request (--force-product) although {}", refusal.reason()));
                Ok(())
            } else {
                Err(refusal)
            }
        }
    }
}

fn check_product(
    firmware: &Firmware,
    product: &str,
    said_by: &str,
    overrides: &Overrides,
    verdict: &mut Verdict,
) -> Result<(), Refusal> {
    let shown: String = product.escape_debug().collect();
    let said_by = said_by.to_owned();
    let refusal = match firmware.product() {
        Some(stated) if stated == product => {
            verdict.same_product = true;
            return Ok(());
        }
        Some(stated) => Refusal::Product { firmware: stated.to_owned(), stick: shown, said_by },
        None => Refusal::ProductNotStated { stick: shown, said_by },
    };
    if overrides.force_product {
        verdict.notes.push(format!("let pass on request (--force-product) although {}", refusal.reason()));
        Ok(())
    } else {
        Err(refusal)
    }
}

#[cfg(test)]
mod tests;
