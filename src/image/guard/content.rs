//! The rules about a firmware by itself: complete, without calibration data, nothing ignored unasked.

use super::{Finding, Overrides, Refusal, Rule, Ruling, Subject};
use crate::image::firmware::{Firmware, Warning};

/// Asks a rule about the firmware, if there is one.
fn of_firmware(subject: &Subject<'_>, finding: impl FnOnce(&Firmware) -> Finding) -> Vec<Finding> {
    subject.firmware.map(finding).into_iter().collect()
}

pub(super) fn identity(subject: &Subject<'_>, overrides: &Overrides) -> Vec<Finding> {
    of_firmware(subject, |firmware| {
        let identity = firmware.partitions().iter().filter(|partition| partition.code.holds_identity());
        let identity: Vec<String> = identity.map(|partition| partition.place().to_string()).collect();
        if identity.is_empty() {
            return Finding::yes(Rule::Identity, "no partition of the firmware holds calibration or identity");
        }
        let refusal = Refusal::Identity { partitions: identity.join(", ") };
        Finding::against(Rule::Identity, Ruling::No, refusal, overrides)
    })
}

pub(super) fn completeness(subject: &Subject<'_>, overrides: &Overrides) -> Vec<Finding> {
    of_firmware(subject, |firmware| {
        let image_type = firmware.image_type();
        let missing: Vec<String> = firmware.missing().iter().map(ToString::to_string).collect();
        if missing.is_empty() {
            let why = format!("nothing that belongs into a set of type {image_type} is missing");
            return Finding::yes(Rule::Completeness, why);
        }
        let refusal = Refusal::Incomplete { image_type, missing: missing.join(", ") };
        Finding::against(Rule::Completeness, Ruling::No, refusal, overrides)
    })
}

pub(super) fn trailing(subject: &Subject<'_>, overrides: &Overrides) -> Vec<Finding> {
    of_firmware(subject, |firmware| {
        let trailing = firmware.warnings().iter().find_map(|warning| match warning {
            Warning::Trailing { offset } => Some(*offset),
            _ => None,
        });
        match trailing {
            None => Finding::yes(Rule::Trailing, "no bytes that belong to nothing follow the last partition"),
            Some(offset) => Finding::against(Rule::Trailing, Ruling::No, Refusal::Trailing { offset }, overrides),
        }
    })
}

/// Nothing here can check a signature: the layout of the trailer is not known beyond its length and key.
pub(super) fn signature(subject: &Subject<'_>, _overrides: &Overrides) -> Vec<Finding> {
    of_firmware(subject, |firmware| {
        let image_type = firmware.image_type();
        let why = match (firmware.signature(), image_type.signed_flag()) {
            (Some(signature), true) => {
                format!("it has a signature trailer of {} bytes, which only the stick can check", signature.length)
            }
            (Some(_), false) => {
                format!(
                    "it has a signature trailer, though its type {image_type} does not say so; only the stick can check it"
                )
            }
            (None, true) => {
                format!(
                    "its type {image_type} says signed, and no trailer was found; the stick may refuse it at the end of a partition"
                )
            }
            (None, false) => "it is not signed; whether the stick demands a signature, only the stick knows".to_owned(),
        };
        Finding::cannot_tell(Rule::Signature, why)
    })
}
