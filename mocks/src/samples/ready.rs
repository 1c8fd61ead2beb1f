//! Ready-made sets for the E3372h and the E3372s: recipes, and functions that write them into a folder.
//!
//! The simulated stick tells what it runs by the version text near the start of the VxWorks partition, and which web UI
//! by the text of the web UI's version partition; both are there. Orders and codes are those of the field, sizes are
//! small enough for a simulated flash of a few seconds.

use std::fs;
use std::path::{Path, PathBuf};

use super::RecipeError;
use super::firmware::{FirmwareDescription, FirmwareRecipe};
use super::loader::{LoaderDescription, LoaderRecipe};

pub mod recipes;

/// How a firmware is wrapped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// A `.BIN` file.
    #[default]
    Bin,
    /// An `.EXE` updater.
    Exe,
    /// A folder of bare partitions.
    Directory,
}

/// Which variant of a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Variant {
    /// How it is wrapped.
    pub form: Form,
    /// Without signature trailer and signed bit.
    pub unsigned: bool,
}

/// A firmware in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleFirmware {
    /// The file, or the folder of a directory set.
    pub path: PathBuf,
    /// What is in it.
    pub description: FirmwareDescription,
}

/// A loader in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleLoader {
    /// The file.
    pub path: PathBuf,
    /// What is in it.
    pub description: LoaderDescription,
}

/// Writes stick firmware 21.180.01.00.00 for the E3372h, signed.
///
/// # Errors
/// What the file system says.
pub fn e3372h_stick(folder: &Path, variant: Variant) -> Result<SampleFirmware, RecipeError> {
    write_firmware(folder, "E3372h_21.180.01.00.00_sample", recipes::e3372h_stick()?, variant)
}

/// Writes HiLink firmware 22.315.01.00.00 for the E3372h, signed.
///
/// # Errors
/// What the file system says.
pub fn e3372h_hilink(folder: &Path, variant: Variant) -> Result<SampleFirmware, RecipeError> {
    write_firmware(folder, "E3372h_22.315.01.00.00_sample", recipes::e3372h_hilink()?, variant)
}

/// Writes web UI 17.100.13.01.03 for the E3372h.
///
/// # Errors
/// What the file system says.
pub fn e3372h_webui(folder: &Path, variant: Variant) -> Result<SampleFirmware, RecipeError> {
    write_firmware(folder, "E3372h_WEBUI_17.100.13.01.03_sample", recipes::e3372h_webui(), variant)
}

/// Writes web UI 17.100.13.01.03 together with a CD image for the E3372h.
///
/// # Errors
/// What the file system says.
pub fn e3372h_webui_with_iso(folder: &Path, variant: Variant) -> Result<SampleFirmware, RecipeError> {
    write_firmware(folder, "E3372h_WEBUI_ISO_17.100.13.01.03_sample", recipes::e3372h_webui_with_iso(), variant)
}

/// Writes stick firmware 21.300.05.00.00 for the E3372s, not signed.
///
/// # Errors
/// What the file system says.
pub fn e3372s_stick(folder: &Path, variant: Variant) -> Result<SampleFirmware, RecipeError> {
    write_firmware(folder, "E3372s_21.300.05.00.00_sample", recipes::e3372s_stick()?, variant)
}

/// Writes a loader for the E3372h that erases the flash unless it is patched.
///
/// # Errors
/// What the file system says.
pub fn e3372h_loader(folder: &Path) -> Result<SampleLoader, RecipeError> {
    write_loader(folder, "usbloader-3372h-sample.bin", &recipes::e3372h_loader())
}

/// Writes a loader for the E3372s that erases the flash unless it is patched.
///
/// # Errors
/// What the file system says.
pub fn e3372s_loader(folder: &Path) -> Result<SampleLoader, RecipeError> {
    write_loader(folder, "usbloader-3372s-sample.bin", &recipes::e3372s_loader())
}

/// Writes any firmware recipe into `folder`, which is created.
///
/// # Errors
/// What the recipe and the file system say.
pub fn write_firmware(
    folder: &Path,
    stem: &str,
    recipe: FirmwareRecipe,
    variant: Variant,
) -> Result<SampleFirmware, RecipeError> {
    fs::create_dir_all(folder)?;
    let recipe = if variant.unsigned { recipe.unsigned() } else { recipe };
    let (path, description) = match variant.form {
        Form::Bin => {
            let path = folder.join(format!("{stem}.bin"));
            let description = recipe.write_file(&path)?;
            (path, description)
        }
        Form::Exe => {
            let path = folder.join(format!("{stem}.exe"));
            let description = recipe.exe().write_file(&path)?;
            (path, description)
        }
        Form::Directory => {
            let path = folder.join(stem);
            let description = recipe.write_directory(&path)?;
            (path, description)
        }
    };
    Ok(SampleFirmware { path, description })
}

/// Writes any loader recipe into `folder`, which is created.
///
/// # Errors
/// What the recipe and the file system say.
pub fn write_loader(folder: &Path, name: &str, recipe: &LoaderRecipe) -> Result<SampleLoader, RecipeError> {
    fs::create_dir_all(folder)?;
    let path = folder.join(name);
    let description = recipe.write_file(&path)?;
    Ok(SampleLoader { path, description })
}

#[cfg(test)]
mod tests;
