//! Sample images for a simulated stick, so that the first command of a newcomer needs no files.

use std::path::PathBuf;

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

/// Makes every sample for the model of a simulated stick, in a temporary folder that stays.
pub fn for_stick(stick: &Simulated) -> Result<Samples, Problem> {
    let system = |source| Cause::System { doing: "making sample images".to_owned(), source };
    let folder = tempfile::Builder::new().prefix("balong-samples-").tempdir().map_err(system)?.keep();
    let made = balong_mocks::samples::write_all(&stick.model, &folder).map_err(system)?;
    let to_hilink = matches!(stick.mode.as_str(), "stick" | "serial") && made.hilink.is_some();
    let firmware = match (made.web_ui, made.hilink) {
        (Some(web_ui), Some(hilink)) if to_hilink => vec![web_ui, hilink],
        _ => vec![made.stick],
    };
    Ok(Samples { folder, loader: made.loader, firmware })
}
