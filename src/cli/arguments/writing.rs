//! What is said of everything that is sent to a stick: options that several commands share.

use std::path::PathBuf;

use clap::Args;

use crate::image::guard::Overrides;

#[derive(Args, Debug)]
pub struct LoadingOptions {
    /// Replace the partition table inside the loader by this one
    #[arg(long, value_name = "FILE")]
    pub partition_table: Option<PathBuf>,
    /// DANGER: send a loader that is not known to be safe; it may erase everything, calibration and identity included
    #[arg(long)]
    pub allow_erase: bool,
}

#[derive(Args, Debug)]
pub struct FlashingOptions {
    /// The type of a directory set, 1 to 7 (1 firmware, 2 CD image, 4 web UI, or a sum)
    #[arg(long = "type", value_name = "N", value_parser = clap::value_parser!(u8).range(1..=7))]
    pub image_type: Option<u8>,
    /// Lifts one refusal: same chip, but another product, or one that is not stated
    #[arg(long)]
    pub force_product: bool,
    /// Lifts one refusal: partitions that hold calibration or identity
    #[arg(long)]
    pub include_nv: bool,
    /// Lifts one refusal: a set with members missing
    #[arg(long)]
    pub partial: bool,
    /// Lifts one refusal: bytes behind the last partition
    #[arg(long)]
    pub allow_trailing: bool,
}

impl FlashingOptions {
    pub fn overrides(&self, allow_erase: bool) -> Overrides {
        Overrides {
            allow_erase,
            force_product: self.force_product,
            include_nv: self.include_nv,
            partial: self.partial,
            allow_trailing: self.allow_trailing,
        }
    }
}
