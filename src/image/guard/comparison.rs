//! The rules that compare the firmware with everyone who says what the stick is.

use super::{Finding, Overrides, Refusal, Rule, Ruling, StickIdentity, Subject};
use crate::image::firmware::Firmware;
use crate::image::platform::{Model, Platform};

/// The chip of the firmware against that of loader, model and stick.
pub(super) fn platform(subject: &Subject<'_>, overrides: &Overrides) -> Vec<Finding> {
    let Some(firmware) = subject.firmware else { return Vec::new() };
    let mut findings = Vec::new();
    if let Some(loader) = &subject.loader {
        findings.push(chip(firmware, loader.platform, "the loader", overrides));
    }
    if let Some(model) = subject.model {
        findings.push(chip(firmware, Some(model.platform), &called(model), overrides));
    }
    if let Some(stick) = subject.stick {
        findings.push(chip_of_stick(firmware, stick, overrides));
    }
    findings
}

/// Everything that the stick said must fit: if it contradicts itself, one of the statements is of another chip.
fn chip_of_stick(firmware: &Firmware, stick: &StickIdentity, overrides: &Overrides) -> Finding {
    let by_product = stick.product.as_deref().and_then(Platform::in_text);
    let by_model = stick.model.map(|model| model.platform);
    let stated = [stick.platform, by_product, by_model].into_iter().flatten();
    let findings: Vec<Finding> =
        stated.map(|platform| chip(firmware, Some(platform), asked(stick), overrides)).collect();
    let wrong = findings.iter().find(|finding| finding.objection.is_some()).or(findings.first());
    wrong.cloned().unwrap_or_else(|| chip(firmware, None, asked(stick), overrides))
}

fn chip(firmware: &Firmware, other: Option<Platform>, said_by: &str, overrides: &Overrides) -> Finding {
    let against = |ruling, refusal| Finding::against(Rule::Platform, ruling, refusal, overrides);
    let said_by = said_by.to_owned();
    match (firmware.platform_clue(), other) {
        (Some(clue), Some(platform)) if clue.admits(platform) => {
            Finding::yes(Rule::Platform, format!("the firmware is for {clue}, and {said_by} says {platform}"))
        }
        (Some(firmware), Some(platform)) => against(Ruling::No, Refusal::Chip { firmware, platform, said_by }),
        (clue, platform) => {
            let unknown = match clue {
                None => "the firmware states no chip (no product text that names one, no partition of one chip only)",
                Some(_) => "its chip cannot be told",
            };
            against(Ruling::CannotTell, Refusal::ChipUnknown { unknown: unknown.to_owned(), said_by, platform })
        }
    }
}

/// The product of the firmware against that of model and stick. A model without a known product code is compared by its
/// chip alone, which is said.
pub(super) fn product(subject: &Subject<'_>, overrides: &Overrides) -> Vec<Finding> {
    let Some(firmware) = subject.firmware else { return Vec::new() };
    let mut findings = Vec::new();
    if let Some(model) = subject.model {
        findings.push(match model.product {
            Some(product) => same_product(firmware, product, &called(model), overrides),
            None => Finding::cannot_tell(
                Rule::Product,
                format!("the product code of {} is not known, only its chip was compared", model.name),
            ),
        });
    }
    if let Some(stick) = subject.stick {
        findings.push(product_of_stick(firmware, stick, overrides));
    }
    findings
}

fn product_of_stick(firmware: &Firmware, stick: &StickIdentity, overrides: &Overrides) -> Finding {
    let said_by = asked(stick);
    let product = stick.product.as_deref().map(str::trim).filter(|product| !product.is_empty());
    match (product.or(stick.model.and_then(|model| model.product)), stick.model) {
        (Some(product), _) => same_product(firmware, product, said_by, overrides),
        (None, Some(model)) => Finding::cannot_tell(
            Rule::Product,
            format!("{said_by}: {}, whose product code is not known; only its chip was compared", model.name),
        ),
        (None, None) => {
            let firmware = firmware.product().unwrap_or("no product").to_owned();
            let refusal = Refusal::ProductNotStatedByStick { firmware, said_by: said_by.to_owned() };
            Finding::against(Rule::Product, Ruling::CannotTell, refusal, overrides)
        }
    }
}

fn same_product(firmware: &Firmware, product: &str, said_by: &str, overrides: &Overrides) -> Finding {
    let stick: String = product.escape_debug().collect();
    let said_by = said_by.to_owned();
    let (ruling, refusal) = match firmware.product() {
        Some(stated) if stated == product => {
            return Finding::yes(Rule::Product, format!("the firmware is for {stated}, and so is {said_by}"));
        }
        Some(stated) => (Ruling::No, Refusal::Product { firmware: stated.to_owned(), stick, said_by }),
        None => (Ruling::CannotTell, Refusal::ProductNotStated { stick, said_by }),
    };
    Finding::against(Rule::Product, ruling, refusal, overrides)
}

pub(super) fn called(model: &Model) -> String {
    format!("the model {}", model.name)
}

pub(super) fn asked(stick: &StickIdentity) -> &str {
    if stick.said_by.is_empty() { "the stick" } else { stick.said_by.as_str() }
}
