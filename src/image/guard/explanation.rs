//! What a rule of the guard finds, in words.

use std::fmt;

use super::{Overrides, Refusal};

/// The rules of the guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// No calibration or identity of the stick is overwritten.
    Identity,
    /// No member of the set is missing.
    Completeness,
    /// Nothing follows the last partition.
    Trailing,
    /// The signature that the stick may demand.
    Signature,
    /// The firmware is for this chip.
    Platform,
    /// The firmware is for this product.
    Product,
    /// Every partition fits its place in the partition table.
    Sizes,
    /// The loader is for this chip.
    LoaderPlatform,
    /// The loader leaves the flash alone.
    Erase,
    /// The stick takes a loader that was patched.
    SecureBoot,
}

impl Rule {
    /// The word for it in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Completeness => "completeness",
            Self::Trailing => "trailing",
            Self::Signature => "signature",
            Self::Platform => "platform",
            Self::Product => "product",
            Self::Sizes => "sizes",
            Self::LoaderPlatform => "loader_platform",
            Self::Erase => "erase",
            Self::SecureBoot => "secure_boot",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Identity => "calibration and identity",
            Self::Completeness => "completeness",
            Self::Trailing => "nothing behind it",
            Self::Signature => "signature",
            Self::Platform => "platform",
            Self::Product => "product",
            Self::Sizes => "sizes",
            Self::LoaderPlatform => "platform of the loader",
            Self::Erase => "the loader erases nothing",
            Self::SecureBoot => "secure boot",
        })
    }
}

/// What a rule says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ruling {
    /// It was looked at, and is right.
    Yes,
    /// It was looked at, and is wrong.
    No,
    /// It cannot be told.
    CannotTell,
}

impl Ruling {
    /// The word for it in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::CannotTell => "cannot_tell",
        }
    }
}

impl fmt::Display for Ruling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Yes => "yes",
            Self::No => "NO",
            Self::CannotTell => "cannot tell",
        })
    }
}

/// What one rule finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// What it says.
    pub ruling: Ruling,
    /// Why: a sentence without its full stop.
    pub why: String,
    /// What it holds against a job. A ruling other than yes without an objection is told and stands in nobody's way.
    pub objection: Option<Refusal>,
    /// Whether the user lifted the objection.
    pub lifted: bool,
}

impl Finding {
    pub(super) fn yes(rule: Rule, why: impl Into<String>) -> Self {
        Self { rule, ruling: Ruling::Yes, why: why.into(), objection: None, lifted: false }
    }

    pub(super) fn cannot_tell(rule: Rule, why: impl Into<String>) -> Self {
        Self { rule, ruling: Ruling::CannotTell, why: why.into(), objection: None, lifted: false }
    }

    pub(super) fn against(rule: Rule, ruling: Ruling, refusal: Refusal, overrides: &Overrides) -> Self {
        Self { rule, ruling, why: refusal.reason(), lifted: overrides.lift(&refusal), objection: Some(refusal) }
    }

    /// Whether a job is refused by this.
    #[must_use]
    pub fn stands_in_the_way(&self) -> bool {
        self.objection.is_some() && !self.lifted
    }

    /// The option that lifts the objection; `None` where there is none, or none is needed.
    #[must_use]
    pub fn lifted_by(&self) -> Option<&'static str> {
        self.objection.as_ref()?.lifted_by()
    }

    /// What a job tells of it, though it goes on: chips and products that were not compared as they should be.
    pub(super) fn note(&self) -> Option<String> {
        match (self.rule, self.lifted_by().filter(|_| self.lifted)) {
            (Rule::Platform | Rule::Product, Some(option)) => {
                Some(format!("let pass on request ({option}) although {}", self.why))
            }
            (Rule::Product, None) if self.ruling == Ruling::CannotTell && self.objection.is_none() => {
                Some(self.why.clone())
            }
            _ => None,
        }
    }
}
