//! `load`, `flash` and `convert`: read and check every file, then run the job on each stick.

use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};

use super::arguments::{ConvertOptions, FlashOptions, Global, LoadOptions, LoadingOptions};
use super::connection::Connection;
use super::console::Console;
use super::outcome;
use super::problem::Problem;
use super::reporter::{Consent, Reporter};
use super::selection;
use crate::convert::{self, Entry, Job, in_flashing_order};
use crate::failure::{Cause, Stage};
use crate::image::firmware::{Firmware, ReadOptions};
use crate::image::guard::Overrides;
use crate::image::loader::{self, Loader, Preparation, PreparedLoader};
use crate::image::platform::Model;
use crate::stick::Host;
use crate::usb::PortPath;

/// What was read and checked, for every stick that it goes to.
struct Prepared {
    rows: std::ops::RangeInclusive<Stage>,
    loader: Option<PreparedLoader>,
    loader_path: Option<PathBuf>,
    firmware: Vec<Firmware>,
    entry: Entry,
    model: Option<&'static Model>,
    overrides: Overrides,
    /// What the result is called in JSON.
    outcome: &'static str,
    /// What is asked: "Convert the stick at 1-1.4?"
    verb: &'static str,
}

pub fn load(
    console: &mut Console<'_>,
    host: &Host<'_>,
    connection: &Connection,
    global: &Global,
    options: &LoadOptions,
) -> Result<u8, Problem> {
    let loading = Loading {
        path: &options.loader,
        options: &options.loading,
        fastboot: options.fastboot,
        model: options.model.as_deref(),
        outcome: "loaded",
    };
    let prepared = loading.prepared(console)?;
    let ports = selection::ports_once_back(console, host, global)?;
    each(console, host, connection, global, &ports, prepared)
}

/// The part of a job that sends a loader and nothing else.
pub(super) struct Loading<'o> {
    /// The loader file.
    pub path: &'o Path,
    /// What is to be changed in it, and what is lifted.
    pub options: &'o LoadingOptions,
    /// Whether it is to stay in fastboot.
    pub fastboot: bool,
    /// What the operator says the stick is.
    pub model: Option<&'o str>,
    /// What the result is called in JSON.
    pub outcome: &'static str,
}

impl Loading<'_> {
    /// Reads and checks the loader, and sends it to the stick in one port.
    pub fn run(
        &self,
        console: &mut Console<'_>,
        host: &Host<'_>,
        connection: &Connection,
        global: &Global,
        port: &PortPath,
    ) -> Result<u8, Problem> {
        let prepared = self.prepared(console)?;
        each(console, host, connection, global, std::slice::from_ref(port), prepared)
    }

    fn prepared(&self, console: &mut Console<'_>) -> Result<Prepared, Problem> {
        Ok(Prepared {
            rows: Stage::Load..=Stage::Load,
            loader: Some(read_loader(console, self.path, self.options, self.fastboot)?),
            loader_path: Some(self.path.to_owned()),
            firmware: Vec::new(),
            entry: Entry::Auto,
            model: model(self.model)?,
            overrides: Overrides { allow_erase: self.options.allow_erase, ..Overrides::default() },
            outcome: self.outcome,
            verb: "Send this loader to",
        })
    }
}

pub fn flash(
    console: &mut Console<'_>,
    host: &Host<'_>,
    connection: &Connection,
    global: &Global,
    options: &FlashOptions,
) -> Result<u8, Problem> {
    let reading =
        ReadOptions { allow_trailing: options.flashing.allow_trailing, directory_type: options.flashing.image_type };
    let prepared = Prepared {
        rows: Stage::Flash..=if options.keep { Stage::Flash } else { Stage::Return },
        loader: None,
        loader_path: None,
        firmware: vec![read_firmware(console, &options.firmware, &reading)?],
        entry: Entry::Auto,
        model: model(options.model.as_deref())?,
        overrides: options.flashing.overrides(false),
        outcome: "flashed",
        verb: "Write all this to",
    };
    let ports = selection::ports_once_back(console, host, global)?;
    each(console, host, connection, global, &ports, prepared)
}

pub fn convert(
    console: &mut Console<'_>,
    host: &Host<'_>,
    connection: &Connection,
    global: &Global,
    options: &ConvertOptions,
) -> Result<u8, Problem> {
    let model = model(options.model.as_deref())?;
    if !connection.simulated.is_empty() {
        // Before sample files are made: a job that cannot be meant leaves none behind. A real bus is looked at only after
        // the files were checked.
        selection::ports(host, global)?;
    }
    let (loader_path, paths) = files(console, connection, options)?;
    let reading =
        ReadOptions { allow_trailing: options.flashing.allow_trailing, directory_type: options.flashing.image_type };
    let mut firmware = Vec::new();
    for path in &paths {
        firmware.push(read_firmware(console, path, &reading)?);
    }
    // After the firmware: its decompression takes the most memory, and the loader is held from here on.
    let read = |path: &PathBuf| read_loader(console, path, &options.loading, false);
    let loader = loader_path.as_ref().map(read).transpose()?;
    let prepared = Prepared {
        rows: Stage::Leave..=Stage::Return,
        loader,
        loader_path,
        firmware: in_flashing_order(firmware)?,
        entry: options.entry.into(),
        model,
        overrides: options.flashing.overrides(options.loading.allow_erase),
        outcome: "converted",
        verb: "Convert",
    };
    let ports = selection::ports_once_back(console, host, global)?;
    each(console, host, connection, global, &ports, prepared)
}

/// The files that were named, or sample images for a simulated stick.
fn files(
    console: &mut Console<'_>,
    connection: &Connection,
    options: &ConvertOptions,
) -> Result<(Option<PathBuf>, Vec<PathBuf>), Problem> {
    let is_complete = !options.firmware.is_empty() && (options.loader.is_some() || connection.simulated.is_empty());
    if is_complete {
        return Ok((options.loader.clone(), options.firmware.clone()));
    }
    #[cfg(feature = "simulate")]
    if let Some(stick) = connection.simulated.first() {
        let samples = super::samples::for_stick(stick)?;
        console.tell(&format!(
            "Sample images (nobody's firmware, made for the simulated stick) are in {}; they stay there, delete them when done",
            samples.folder.display()
        ));
        if !options.firmware.is_empty() {
            console
                .tell("note: no --loader was given, so a sample loader stands in; a real stick may need --loader FILE");
        } else if options.loader.is_some() {
            console.tell("note: no --firmware was given, so sample firmware stands in");
        }
        let firmware = if options.firmware.is_empty() { samples.firmware } else { options.firmware.clone() };
        return Ok((Some(options.loader.clone().unwrap_or(samples.loader)), firmware));
    }
    let _ = console;
    Err(Problem::usage("which firmware? --firmware FILE (and --loader FILE, where the way goes through the boot ROM)"))
}

fn read_loader(
    console: &mut Console<'_>,
    path: &Path,
    options: &LoadingOptions,
    fastboot: bool,
) -> Result<PreparedLoader, Problem> {
    let partition_table = options.partition_table.as_deref().map(loader::read_partition_table).transpose();
    let partition_table = partition_table.map_err(Cause::Loader)?;
    let loader = Loader::read(path).map_err(Cause::Loader)?;
    let prepared = loader
        .prepare(&Preparation { fastboot, partition_table, allow_erase: options.allow_erase, ..Preparation::default() })
        .map_err(Cause::Loader)?;
    if options.allow_erase {
        console.tell("WARNING: --allow-erase: this loader may erase the whole flash, calibration and identity of the stick included.");
    }
    Ok(prepared)
}

/// Reads and checks a firmware file, with a bar: a large one takes seconds.
pub(super) fn read_firmware(
    console: &mut Console<'_>,
    path: &Path,
    options: &ReadOptions,
) -> Result<Firmware, Problem> {
    let bar = ProgressBar::new(0).with_message(format!("checking {}", path.display()));
    if let Ok(style) = ProgressStyle::with_template("{msg} {bar:24} {percent:>3} %") {
        bar.set_style(style.progress_chars("=> "));
    }
    let bar = console.bar(bar).clone();
    let firmware = Firmware::verify(path, options, &mut |read, total| {
        bar.set_length(total);
        bar.set_position(read);
    });
    console.clear_bar();
    Ok(firmware.map_err(Cause::Firmware)?)
}

fn model(name: Option<&str>) -> Result<Option<&'static Model>, Problem> {
    let Some(name) = name else { return Ok(None) };
    let known = crate::image::platform::MODELS.iter().map(|model| model.name).collect::<Vec<_>>().join(", ");
    Model::named(name)
        .map(Some)
        .ok_or_else(|| Problem::usage(format!("`{}` is no model that is known; {known} are", name.escape_default())))
}

/// Runs the job on each stick. One that fails does not keep the others from theirs; the worst exit status counts.
fn each(
    console: &mut Console<'_>,
    host: &Host<'_>,
    connection: &Connection,
    global: &Global,
    ports: &[PortPath],
    mut prepared: Prepared,
) -> Result<u8, Problem> {
    let consent = Consent { dry_run: global.dry_run, given: global.yes || !connection.simulated.is_empty() };
    let mut worst = 0;
    for (index, path) in ports.iter().enumerate() {
        let is_last = index + 1 == ports.len();
        let job = Job {
            path: path.clone(),
            rows: prepared.rows.clone(),
            // The last stick takes the loader itself, so that its memory can be given back before the flash begins.
            loader: if is_last { prepared.loader.take() } else { prepared.loader.clone() },
            loader_path: prepared.loader_path.as_deref(),
            firmware: &prepared.firmware,
            entry: prepared.entry,
            model: prepared.model,
            overrides: prepared.overrides,
        };
        if !prepared.rows.contains(&Stage::Load) {
            let firmware: Vec<_> = prepared.firmware.iter().map(|one| one.path().display().to_string()).collect();
            console.recover_with(format!(
                "balong convert --port {path} --loader LOADER --firmware {}",
                firmware.join(" --firmware ")
            ));
        }
        let mut reporter = Reporter::new(console, connection, consent, prepared.verb, &host.interrupt);
        let ended = connection.hold(path).and_then(|_lock| convert::run(host, job, &mut reporter));
        drop(reporter);
        let exit = outcome::show(console, path, prepared.outcome, ended);
        worst = worst.max(exit);
    }
    Ok(worst)
}
