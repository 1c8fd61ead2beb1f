//! The arguments of `firmware`.

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::FirmwareShowOptions;
use crate::image::compression::Compression;
use crate::image::firmware::PackOptions;
use crate::image::partition_code::PartitionSelector;

#[derive(Debug, Subcommand)]
pub enum FirmwareCommand {
    /// Show what a firmware file holds, where it would go, and whether it is for a stick
    Show(FirmwareShowOptions),
    /// Read and decompress everything, and check every rule
    Verify(FirmwareOptions),
    /// Write each partition into a file of its own, with a description to pack them again
    Unpack(UnpackArguments),
    /// Build a firmware file from a folder of partitions
    Pack(PackArguments),
}

#[derive(Args, Debug)]
pub struct FirmwareOptions {
    /// A firmware file (.bin, .exe) or a folder of NN-CCCCCCCC-Name.bin files
    #[arg(value_name = "FIRMWARE|DIRECTORY")]
    pub firmware: PathBuf,
    /// The type of a directory set, 1 to 7 (1 firmware, 2 CD image, 4 web UI, or a sum)
    #[arg(long = "type", value_name = "N", value_parser = clap::value_parser!(u8).range(1..=7))]
    pub image_type: Option<u8>,
    /// Accept bytes behind the last partition
    #[arg(long)]
    pub allow_trailing: bool,
}

#[derive(Args, Debug)]
pub struct UnpackArguments {
    #[command(flatten)]
    pub reading: FirmwareOptions,
    /// The folder to write into; without it, one in the present folder, named as the file without its ending
    #[arg(long, short, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Write .fw files: each with the header and the checksums of its unit, for the decompressed data
    #[arg(long)]
    pub with_headers: bool,
    /// Only this partition, by code or name, such as 00220000 or VxWorks (repeatable)
    #[arg(long, value_name = "CODE|NAME", value_parser = selector)]
    pub only: Vec<PartitionSelector>,
    /// Overwrite files
    #[arg(long)]
    pub force: bool,
}

#[derive(Args, Debug)]
pub struct PackArguments {
    /// A folder of NN-CCCCCCCC-Name.bin or .fw files, such as `firmware unpack` writes
    #[arg(value_name = "FOLDER")]
    pub folder: PathBuf,
    /// The firmware file to build
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// The type, 1 to 7 (1 firmware, 2 CD image, 4 web UI, or a sum); signed or not follows from the data
    #[arg(long = "type", value_name = "N", value_parser = clap::value_parser!(u8).range(1..=7))]
    pub image_type: Option<u8>,
    /// How to store partitions: none, zlib or lzma, for all or for one, such as VxWorks=lzma (repeatable)
    ///
    /// Without it each is stored as firmware.json says, and as it is where that says nothing.
    #[arg(long, value_name = "[CODE|NAME=]HOW", value_parser = compression)]
    pub compress: Vec<(Option<PartitionSelector>, Compression)>,
    /// The product code in every header, such as BV7R11HS
    #[arg(long, value_name = "TEXT", value_parser = text)]
    pub product: Option<String>,
    /// The version in every header, such as 21.180.01.00.00
    #[arg(long = "version", value_name = "TEXT", value_parser = text)]
    pub firmware_version: Option<String>,
    /// The date in every header, such as 2015.11.27
    #[arg(long, value_name = "TEXT", value_parser = text)]
    pub date: Option<String>,
    /// The time in every header, such as 11:20:25
    #[arg(long, value_name = "TEXT", value_parser = text)]
    pub time: Option<String>,
    /// The hardware code in every header, such as HWEW11.1
    #[arg(long, value_name = "TEXT", value_parser = text)]
    pub hardware: Option<String>,
    /// Stored bytes that each checksum covers; 4096 in every modem firmware seen
    #[arg(long, value_name = "BYTES")]
    pub block_size: Option<NonZeroU32>,
    /// Overwrite the file
    #[arg(long)]
    pub force: bool,
}

impl PackArguments {
    pub fn options(&self) -> PackOptions {
        PackOptions {
            image_type: self.image_type,
            compression: self.compress.clone(),
            hardware: self.hardware.clone(),
            date: self.date.clone(),
            time: self.time.clone(),
            product: self.product.clone(),
            version: self.firmware_version.clone(),
            block_size: self.block_size,
        }
    }
}

fn selector(text: &str) -> Result<PartitionSelector, String> {
    PartitionSelector::new(text).ok_or_else(|| "expected the code or the name of a partition".to_owned())
}

fn compression(argument: &str) -> Result<(Option<PartitionSelector>, Compression), String> {
    let (named, how) = match argument.split_once('=') {
        Some((named, how)) => (Some(selector(named)?), how),
        None => (None, argument),
    };
    let how = Compression::named(how).ok_or_else(|| "expected none, zlib or lzma".to_owned())?;
    Ok((named, how))
}

/// A text of a header: what is not printable ASCII could not be shown, and no real header has it.
fn text(argument: &str) -> Result<String, String> {
    if argument.chars().all(|letter| letter.is_ascii_graphic() || letter == ' ') {
        Ok(argument.to_owned())
    } else {
        Err("expected printable ASCII".to_owned())
    }
}
