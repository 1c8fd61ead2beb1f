//! The rules about the loader: what it is for, what it does to the flash, and the partition table that it brings.

use super::comparison::{asked, called};
use super::{Finding, Overrides, Refusal, Rule, Ruling, Subject};
use crate::image::firmware::Firmware;
use crate::image::loader::{Loader, LoaderError, PreparedLoader, Safety};
use crate::image::partition_code::PartitionCode;
use crate::image::partition_table::PartitionTable;
use crate::image::platform::Platform;

/// What the guard looks at in a loader.
#[derive(Clone, Copy, Debug)]
pub struct LoaderFacts<'a> {
    /// The chip it is for, where its code says so.
    pub platform: Option<Platform>,
    /// The partition table that the stick goes by once it runs.
    pub table: Option<&'a PartitionTable>,
    /// Whether its raminit is signed, where that can be read.
    pub signed: Option<bool>,
    /// Why it may be sent, or why not.
    pub safety: Result<Safety, &'a LoaderError>,
}

impl<'a> From<&'a PreparedLoader> for LoaderFacts<'a> {
    fn from(loader: &'a PreparedLoader) -> Self {
        Self {
            platform: loader.platform(),
            table: loader.partition_table(),
            signed: loader.signed(),
            safety: Ok(loader.safety()),
        }
    }
}

impl<'a> LoaderFacts<'a> {
    /// The facts of a loader that was not made fit to be sent, and why it was not.
    #[must_use]
    pub fn unprepared(loader: &'a Loader, error: &'a LoaderError) -> Self {
        Self {
            platform: loader.platform(),
            table: loader.partition_table().map(|located| &located.table),
            signed: loader.signed(),
            safety: Err(error),
        }
    }
}

/// Every partition against its place in the table that the stick will go by.
///
/// A set with a table of its own was compared with that one when it was read, and brings it along.
pub(super) fn sizes(subject: &Subject<'_>, overrides: &Overrides) -> Vec<Finding> {
    let Some(firmware) = subject.firmware else { return Vec::new() };
    let brings_a_table = firmware.partitions().iter().any(|partition| partition.code == PartitionCode::PTABLE);
    let table = subject.loader.as_ref().and_then(|loader| loader.table);
    vec![match (firmware.partition_table(), table) {
        (Some(own), _) => fits(firmware, own, "the partition table that it brings along", overrides),
        (None, _) if brings_a_table => Finding::cannot_tell(
            Rule::Sizes,
            "the partition table that it brings along cannot be read; the stick judges it by itself",
        ),
        (None, Some(table)) => fits(firmware, table, "the loader's partition table", overrides),
        (None, None) => Finding::cannot_tell(
            Rule::Sizes,
            "no partition table is known: it brings none along, and no loader with one was named",
        ),
    }]
}

fn fits(firmware: &Firmware, table: &PartitionTable, named: &str, overrides: &Overrides) -> Finding {
    let mut compared = 0;
    for partition in firmware.partitions() {
        let Some(capacity) = table.capacity_of(partition.code.0) else { continue };
        compared += 1;
        if partition.size > u64::from(capacity) {
            let partition = partition.place().to_string();
            let refusal = Refusal::LargerThanPartition { partition, capacity };
            return Finding::against(Rule::Sizes, Ruling::No, refusal, overrides);
        }
    }
    let all = firmware.partitions().len();
    let why = format!("{compared} of {all} partitions can be compared with {named}, and fit");
    if compared == 0 {
        Finding::cannot_tell(Rule::Sizes, why.replace(", and fit", ""))
    } else {
        Finding::yes(Rule::Sizes, why)
    }
}

/// The chip of the loader against that of model and stick. A loader whose chip is unknown is let pass here: what it may
/// do to the flash is another rule.
pub(super) fn platform(subject: &Subject<'_>, overrides: &Overrides) -> Vec<Finding> {
    let Some(facts) = &subject.loader else { return Vec::new() };
    let compare = |chip: Option<Platform>, said_by: &str| match (facts.platform, chip) {
        (Some(loader), Some(platform)) if loader != platform => {
            let refusal = Refusal::Loader { loader, platform, said_by: said_by.to_owned() };
            Finding::against(Rule::LoaderPlatform, Ruling::No, refusal, overrides)
        }
        (Some(loader), Some(_)) => {
            Finding::yes(Rule::LoaderPlatform, format!("the loader is for {loader}, and so is {said_by}"))
        }
        (None, _) => Finding::cannot_tell(Rule::LoaderPlatform, "its code does not say which chip the loader is for"),
        (_, None) => Finding::cannot_tell(Rule::LoaderPlatform, format!("{said_by} names no chip to compare it with")),
    };
    let model = subject.model.map(|model| compare(Some(model.platform), &called(model)));
    let stick = subject.stick.map(|stick| compare(stick.platform, asked(stick)));
    model.into_iter().chain(stick).collect()
}

/// An original loader erases the whole flash as it starts.
pub(super) fn erase(subject: &Subject<'_>, overrides: &Overrides) -> Vec<Finding> {
    let Some(facts) = &subject.loader else { return Vec::new() };
    vec![match facts.safety {
        Ok(Safety::EraseAllowed) => {
            let refusal = Refusal::Erase { why: "the loader is not known to leave the flash alone".to_owned() };
            Finding::against(Rule::Erase, Ruling::No, refusal, overrides)
        }
        Ok(safety) => Finding::yes(Rule::Erase, format!("the loader: {safety}")),
        Err(error) => {
            let why = match error {
                LoaderError::NotKnownSafe { state, evidence } => {
                    format!("nothing proves that the loader leaves the flash alone (state \"{state}\"): {evidence}")
                }
                other => other.to_string(),
            };
            Finding::against(Rule::Erase, Ruling::No, Refusal::Erase { why }, overrides)
        }
    }]
}

/// A hint only: what the fuses of the stick demand, nobody can ask.
pub(super) fn secure_boot(subject: &Subject<'_>, _overrides: &Overrides) -> Vec<Finding> {
    let Some(facts) = &subject.loader else { return Vec::new() };
    vec![match (facts.signed, facts.safety) {
        (Some(false), _) => Finding::yes(Rule::SecureBoot, "raminit is not signed, so the patch breaks no signature"),
        (Some(true), Ok(Safety::PatchedHere)) => Finding::cannot_tell(
            Rule::SecureBoot,
            "raminit is signed; if usbldr is too, its patch breaks that, and a stick with secure boot refuses it before it runs",
        ),
        (Some(true), _) => Finding::cannot_tell(
            Rule::SecureBoot,
            "raminit is signed; whether the stick demands that, only the stick knows",
        ),
        (None, _) => Finding::cannot_tell(Rule::SecureBoot, "it cannot be read whether this loader is signed"),
    }]
}
