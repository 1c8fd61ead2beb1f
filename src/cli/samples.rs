//! Sample images for a simulated stick, so that the first command of a newcomer needs no files.

use std::error::Error;
use std::path::{Path, PathBuf};

use balong_mocks::samples::ready::{self, Form, Variant};

use super::connection::Simulated;
use super::problem::Problem;
use crate::failure::Cause;

/// Where they are, and which of them turn the simulated stick around.
pub struct Samples {
    /// The folder with all of them.
    pub folder: PathBuf,
    /// The loader.
    pub loader: PathBuf,
    /// The containers for the way that the stick's present mode suggests.
    pub firmware: Vec<PathBuf>,
}

/// Makes samples for the model of a simulated stick, in a temporary folder that stays, for rehearsals to go on with.
///
/// Besides what the conversion uses there is the same stick firmware as an updater (`.exe`) and as a folder.
pub fn for_stick(stick: &Simulated) -> Result<Samples, Problem> {
    let system = |error: Box<dyn Error + Send + Sync>| Cause::System {
        doing: "making sample images".to_owned(),
        source: std::io::Error::other(error),
    };
    let folder =
        tempfile::Builder::new().prefix("balong-samples-").tempdir().map_err(|error| system(error.into()))?.keep();
    let (loader, firmware) = write(stick, &folder).map_err(system)?;
    Ok(Samples { folder, loader, firmware })
}

fn write(stick: &Simulated, folder: &Path) -> Result<(PathBuf, Vec<PathBuf>), Box<dyn Error + Send + Sync>> {
    let plain = Variant::default();
    if stick.model == "e3372s" {
        let firmware = ready::e3372s_stick(folder, plain)?.path;
        return Ok((ready::e3372s_loader(folder)?.path, vec![firmware]));
    }
    let loader = ready::e3372h_loader(folder)?.path;
    let to_stick = ready::e3372h_stick(folder, plain)?.path;
    ready::e3372h_stick(folder, Variant { form: Form::Exe, ..plain })?;
    ready::e3372h_stick(folder, Variant { form: Form::Directory, ..plain })?;
    let web_ui = ready::e3372h_webui(folder, plain)?.path;
    let to_hilink = ready::e3372h_hilink(folder, plain)?.path;
    let runs_stick_firmware = matches!(stick.mode.as_str(), "stick" | "serial");
    Ok((loader, if runs_stick_firmware { vec![web_ui, to_hilink] } else { vec![to_stick] }))
}
