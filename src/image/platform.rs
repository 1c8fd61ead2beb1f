//! Chip platforms, and the models built on them.

use std::fmt;

/// A generation of Balong chips. Firmware and loaders of one never fit another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Platform {
    /// Balong V3R3, before the Hi69xx chips (E303, E3131, E5330).
    V3R3,
    /// Hi6920 (E3272, E3276, E5372).
    V7R1,
    /// Hi6930 (E3372s, E5373, E5377, E5786).
    V7R2,
    /// Hi6921 (E3372h, E8372h, E5573, E5577, B310, B315).
    V7R11,
    /// Hi6932 (E5785, E5885, B525, B528, B535).
    V7R22,
    /// Hi6950 (B612, B618, B715).
    V7R5,
    /// Hi6965 (B625, B818).
    V7R65,
}

impl Platform {
    const ALL: [Self; 7] = [Self::V3R3, Self::V7R1, Self::V7R2, Self::V7R11, Self::V7R22, Self::V7R5, Self::V7R65];

    /// The name, such as `V7R11`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::V3R3 => "V3R3",
            Self::V7R1 => "V7R1",
            Self::V7R2 => "V7R2",
            Self::V7R11 => "V7R11",
            Self::V7R22 => "V7R22",
            Self::V7R5 => "V7R5",
            Self::V7R65 => "V7R65",
        }
    }

    /// The platform named inside a product code, such as `V7R11` in `BV7R11HS`.
    ///
    /// All digits behind `V7R` count: `BV7R11HS` is not V7R1. `None` when no known platform is named.
    #[must_use]
    pub fn in_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|platform| {
            text.match_indices(platform.name())
                .any(|(at, name)| !text[at + name.len()..].starts_with(|next: char| next.is_ascii_digit()))
        })
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A model whose platform and product code are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Model {
    /// What users call it, such as `E3372h`.
    pub name: &'static str,
    /// Its chip.
    pub platform: Platform,
    /// The product code of its firmware (what the download daemon answers, and firmware headers state), where known.
    pub product: Option<&'static str>,
    /// How its hardware version (`AT^HWVER`) begins, where known.
    pub hardware: Option<&'static str>,
}

/// The models known by name.
pub const MODELS: &[Model] = &[
    Model { name: "E3372h", platform: Platform::V7R11, product: Some("BV7R11HS"), hardware: Some("CL2E3372HM") },
    Model { name: "E3372s", platform: Platform::V7R2, product: None, hardware: Some("CL1E3372SM") },
    Model { name: "K5160", platform: Platform::V7R11, product: Some("BV7R11HS0"), hardware: None },
    Model { name: "MS2372h", platform: Platform::V7R11, product: Some("BV7R11HS1"), hardware: None },
    Model { name: "E8372h", platform: Platform::V7R11, product: Some("BV7R11W"), hardware: None },
    Model { name: "B310", platform: Platform::V7R11, product: Some("BV7R11C"), hardware: None },
    Model { name: "B315s", platform: Platform::V7R11, product: Some("BV7R11C"), hardware: None },
    Model { name: "E5573", platform: Platform::V7R11, product: None, hardware: None },
    Model { name: "E5577", platform: Platform::V7R11, product: None, hardware: None },
    Model { name: "E5770", platform: Platform::V7R11, product: None, hardware: None },
    Model { name: "E5377", platform: Platform::V7R2, product: None, hardware: None },
    Model { name: "E3272", platform: Platform::V7R1, product: None, hardware: None },
    Model { name: "E3276", platform: Platform::V7R1, product: None, hardware: None },
    Model { name: "E5372", platform: Platform::V7R1, product: None, hardware: None },
    Model { name: "B525", platform: Platform::V7R22, product: None, hardware: None },
    Model { name: "B528", platform: Platform::V7R22, product: None, hardware: None },
    Model { name: "E5785", platform: Platform::V7R22, product: None, hardware: None },
    Model { name: "E5885", platform: Platform::V7R22, product: None, hardware: None },
];

impl Model {
    /// A model by the name that a user types, in either case, with or without a variant such as `-153`.
    #[must_use]
    pub fn named(text: &str) -> Option<&'static Self> {
        let base = text.split('-').next().unwrap_or(text);
        MODELS.iter().find(|model| model.name.eq_ignore_ascii_case(base))
    }

    /// A model by what the stick says its hardware is.
    #[must_use]
    pub fn of_hardware(version: &str) -> Option<&'static Self> {
        MODELS.iter().find(|model| model.hardware.is_some_and(|prefix| version.starts_with(prefix)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_platform_is_read_to_the_last_digit() {
        assert_eq!(Platform::in_text("BV7R11HS"), Some(Platform::V7R11));
        assert_eq!(Platform::in_text("BV7R1"), Some(Platform::V7R1));
        assert_eq!(Platform::in_text("BV7R22C"), Some(Platform::V7R22));
        assert_eq!(Platform::in_text("BV7R2SAMPLE"), Some(Platform::V7R2));
        assert_eq!(Platform::in_text("BV7R119"), None);
        assert_eq!(Platform::in_text("M9650UE__1"), None);
    }

    #[test]
    fn a_model_is_found_by_name_with_its_variant_and_by_hardware() {
        assert_eq!(Model::named("e3372h-153").map(|model| model.name), Some("E3372h"));
        assert_eq!(Model::of_hardware("CL1E3372SM Ver.A").map(|model| model.name), Some("E3372s"));
        assert_eq!(Model::named("E9999"), None);
    }
}
