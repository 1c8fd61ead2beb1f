//! The guard: does this firmware belong on this stick?
//!
//! Loader, firmware and what the stick says of itself must agree, or nothing is sent. Another chip is refused for good.
//! The letters behind the chip in a product code separate products (E3372h `HS`, E8372h `W`, routers `C` and `E`), so
//! another or an unstated product needs a word of the user's.
//!
//! There is one list of rules. [`judge`] tells what each of them finds, and [`admit`], which a job asks, refuses by the
//! first of these findings that stands in the way.

mod comparison;
mod content;
mod explanation;
mod loader;
mod refusal;

use super::firmware::Firmware;
use super::platform::{MODELS, Model, Platform};

pub use explanation::{Finding, Rule, Ruling};
pub use loader::LoaderFacts;
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

impl Overrides {
    /// Whether this refusal is lifted.
    #[must_use]
    pub fn lift(&self, refusal: &Refusal) -> bool {
        match refusal.lifted_by() {
            Some("--allow-erase") => self.allow_erase,
            Some("--force-product") => self.force_product,
            Some("--include-nv") => self.include_nv,
            Some("--partial") => self.partial,
            Some("--allow-trailing") => self.allow_trailing,
            _ => false,
        }
    }
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
    /// What of chip and product could not be told, or was overridden: sentences for the user.
    pub notes: Vec<String>,
}

/// Who is compared with whom. A party that is absent is not asked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Subject<'a> {
    /// What would be written.
    pub firmware: Option<&'a Firmware>,
    /// The loader that would be sent.
    pub loader: Option<LoaderFacts<'a>>,
    /// What the user says the stick is.
    pub model: Option<&'static Model>,
    /// What the stick says of itself.
    pub stick: Option<&'a StickIdentity>,
}

/// Looks at a subject, and says what it finds there; nothing where the parties that it compares are absent.
type Check = fn(&Subject<'_>, &Overrides) -> Vec<Finding>;

/// The rules, in the order in which they are asked and told.
const RULES: [Check; 10] = [
    content::identity,
    content::completeness,
    content::trailing,
    content::signature,
    comparison::platform,
    comparison::product,
    loader::sizes,
    loader::platform,
    loader::erase,
    loader::secure_boot,
];

/// What every rule finds.
#[must_use]
pub fn judge(subject: &Subject<'_>, overrides: &Overrides) -> Vec<Finding> {
    RULES.iter().flat_map(|check| check(subject, overrides)).collect()
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

/// Whether all of it belongs together.
///
/// # Errors
///
/// The [`Refusal`] of the first rule that stands in the way. It names the option that lifts it, where one does.
pub fn admit(subject: &Subject<'_>, overrides: &Overrides) -> Result<Verdict, Refusal> {
    let mut verdict = Verdict::default();
    for finding in judge(subject, overrides) {
        if finding.rule == Rule::Product && finding.ruling == Ruling::Yes {
            verdict.same_product = true;
        }
        verdict.notes.extend(finding.note());
        match finding.objection {
            Some(refusal) if !finding.lifted => return Err(refusal),
            _ => {}
        }
    }
    Ok(verdict)
}

#[cfg(test)]
mod tests;
