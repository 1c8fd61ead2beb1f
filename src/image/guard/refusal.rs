//! Why the guard does not let a firmware pass.

use std::fmt;

use crate::image::firmware::ImageType;
use crate::image::partition_code::PlatformClue;
use crate::image::platform::Platform;

/// What disagrees, with both values and where each came from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The firmware is for another chip. Nothing lifts this.
    Chip {
        /// What the firmware is for.
        firmware: PlatformClue,
        /// What the other side is.
        platform: Platform,
        /// The other side.
        said_by: String,
    },
    /// The loader is for another chip. Nothing lifts this.
    Loader {
        /// What the loader is for.
        loader: Platform,
        /// What the other side is.
        platform: Platform,
        /// The other side.
        said_by: String,
    },
    /// Nothing proves that the loader leaves the flash alone.
    Erase {
        /// What is known of it.
        why: String,
    },
    /// One side's chip cannot be told.
    ChipUnknown {
        /// Which, and why.
        unknown: String,
        /// The other side of the comparison.
        said_by: String,
        /// The chip of that other side, if it is known.
        platform: Option<Platform>,
    },
    /// Same chip, another product.
    Product {
        /// What the firmware is for.
        firmware: String,
        /// What the stick is.
        stick: String,
        /// Who says so of the stick.
        said_by: String,
    },
    /// The firmware states no product, or several.
    ProductNotStated {
        /// What the stick is.
        stick: String,
        /// Who says so of the stick.
        said_by: String,
    },
    /// The stick states no product.
    ProductNotStatedByStick {
        /// What the firmware is for.
        firmware: String,
        /// Who was asked.
        said_by: String,
    },
    /// A partition is larger than its place in the stick's table. Nothing lifts this.
    LargerThanPartition {
        /// The partition.
        partition: String,
        /// The size of its place, in bytes.
        capacity: u32,
    },
    /// It would overwrite calibration or identity.
    Identity {
        /// The partitions.
        partitions: String,
    },
    /// Members are missing.
    Incomplete {
        /// The type of the firmware.
        image_type: ImageType,
        /// What is missing.
        missing: String,
    },
    /// Bytes after the last partition.
    Trailing {
        /// Where the first one lies.
        offset: u64,
    },
}

impl Refusal {
    /// The option of the command line that lifts it; `None` for another chip.
    #[must_use]
    pub fn lifted_by(&self) -> Option<&'static str> {
        match self {
            Self::Chip { .. } | Self::Loader { .. } | Self::LargerThanPartition { .. } => None,
            Self::Erase { .. } => Some("--allow-erase"),
            Self::ChipUnknown { .. }
            | Self::Product { .. }
            | Self::ProductNotStated { .. }
            | Self::ProductNotStatedByStick { .. } => Some("--force-product"),
            Self::Identity { .. } => Some("--include-nv"),
            Self::Incomplete { .. } => Some("--partial"),
            Self::Trailing { .. } => Some("--allow-trailing"),
        }
    }

    /// The disagreement alone.
    pub(super) fn reason(&self) -> String {
        match self {
            Self::Chip { firmware, platform, said_by } => {
                format!("the firmware is for {firmware}, but {said_by} says {platform}")
            }
            Self::Loader { loader, platform, said_by } => {
                format!("the loader is for {loader}, but {said_by} says {platform}")
            }
            Self::Erase { why } => why.clone(),
            Self::ChipUnknown { unknown, said_by, platform: Some(platform) } => {
                format!("{unknown}, and {said_by} says {platform}")
            }
            Self::ChipUnknown { unknown, said_by, platform: None } => format!("of {said_by}, {unknown}"),
            Self::Product { firmware, stick, said_by } => {
                format!("the firmware is for product {firmware} (its headers), but {said_by} says {stick}")
            }
            Self::ProductNotStated { stick, said_by } => {
                format!("the firmware states no single product, and {said_by} says {stick}")
            }
            Self::ProductNotStatedByStick { firmware, said_by } => {
                format!("the firmware is for {firmware}, and {said_by} states no product to compare it with")
            }
            Self::LargerThanPartition { partition, capacity } => {
                format!("{partition} is larger than its place of {capacity} bytes in the partition table")
            }
            Self::Identity { partitions } => {
                format!("calibration or identity of the stick would be overwritten by {partitions}")
            }
            Self::Incomplete { image_type, missing } => {
                format!("the firmware of type {image_type} is incomplete, missing: {missing}")
            }
            Self::Trailing { offset } => {
                format!("bytes that belong to nothing follow the last partition, from offset {offset:#x} on")
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason())?;
        match self.lifted_by() {
            Some(option) => write!(f, "; {option} lifts this"),
            None => f.write_str("; what is for another chip or too large never fits, nothing lifts this"),
        }
    }
}

impl std::error::Error for Refusal {}
