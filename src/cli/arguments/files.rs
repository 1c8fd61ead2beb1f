//! The options of the commands on files: what is shown of them, and what is written.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::FirmwareOptions;

#[derive(Args, Debug)]
pub struct FirmwareShowOptions {
    #[command(flatten)]
    pub firmware: FirmwareOptions,
    #[command(flatten)]
    pub verdict: ForOptions,
    #[command(flatten)]
    pub map: MapOptions,
}

#[derive(Args, Debug)]
pub struct ForOptions {
    /// Say rule by rule whether it is for this model, such as E3372h, or for the stick in this port
    ///
    /// The rules are those of a job, and so is the exit status: 5 where one stands in the way.
    #[arg(long = "for", value_name = "MODEL|PORT")]
    pub target: Option<String>,
    /// Hold it against this loader too, and draw the map by its partition table
    #[arg(long, value_name = "FILE")]
    pub loader: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct MapOptions {
    /// Draw the flash by its partition table: here, or into a file that ends in .svg
    #[arg(long, value_name = "FILE.svg", num_args = 0..=1, value_parser = svg_file)]
    pub map: Option<Option<PathBuf>>,
    /// Replace the file if it is there
    #[arg(long, requires = "map")]
    pub force: bool,
}

/// A word behind `--map` that is no such file was meant as something else.
fn svg_file(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    let is_svg = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("svg"));
    if is_svg { Ok(path) } else { Err("the file of a map must end in .svg".to_owned()) }
}

#[derive(Debug, Subcommand)]
pub enum LoaderCommand {
    /// Show a loader's blocks, platform, partition table, and whether it is safe
    Show(LoaderShowOptions),
    /// Write a copy that erases nothing, and show every byte that differs
    Patch(LoaderPatchOptions),
    /// Write blocks and partition table into a folder
    Unpack(LoaderUnpackOptions),
    /// Make a loader of such a folder again
    Pack(LoaderPackOptions),
}

#[derive(Args, Debug)]
pub struct LoaderShowOptions {
    /// The loader file
    #[arg(value_name = "LOADER")]
    pub loader: PathBuf,
    #[command(flatten)]
    pub map: MapOptions,
}

#[derive(Args, Debug)]
pub struct LoaderPatchOptions {
    /// The loader file; it stays as it is
    #[arg(value_name = "LOADER")]
    pub loader: PathBuf,
    #[command(flatten)]
    pub output: OutputOptions,
    /// Cut the copy so that it stays in fastboot
    #[arg(long)]
    pub fastboot: bool,
    /// Replace the partition table inside the copy by this one
    #[arg(long, value_name = "FILE")]
    pub partition_table: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct LoaderUnpackOptions {
    /// The loader file
    #[arg(value_name = "LOADER")]
    pub loader: PathBuf,
    #[command(flatten)]
    pub output: OutputOptions,
}

#[derive(Args, Debug)]
pub struct LoaderPackOptions {
    /// A folder that `loader unpack` wrote
    #[arg(value_name = "DIRECTORY")]
    pub folder: PathBuf,
    #[command(flatten)]
    pub output: OutputOptions,
}

#[derive(Args, Debug)]
pub struct OutputOptions {
    /// Where to write to
    #[arg(short = 'o', long = "output", value_name = "PATH")]
    pub to: PathBuf,
    /// Replace files that are there
    #[arg(long)]
    pub force: bool,
}
