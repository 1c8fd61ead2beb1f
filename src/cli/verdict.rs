//! `firmware show --for`: what the guard would say, rule by rule.

use serde_json::json;

use super::arguments::{ForOptions, Global};
use super::connection::Connection;
use super::console::Console;
use super::problem::Problem;
use crate::failure::Cause;
use crate::image::firmware::Firmware;
use crate::image::guard::{self, Finding, LoaderFacts, Overrides, StickIdentity, Subject};
use crate::image::loader::{Loader, LoaderError, Preparation, PreparedLoader};
use crate::image::partition_table::PartitionTable;
use crate::image::platform::Model;
use crate::stick::{self, Host, Mode};
use crate::usb::PortPath;

/// Whom the firmware is held against.
enum For {
    Model(&'static Model),
    Port(PortPath),
}

/// Whether a stick on the bus is to be asked.
pub fn asks_a_stick(options: &ForOptions) -> bool {
    matches!(named(options), Ok(Some(For::Port(_))))
}

/// The way to the stick, where one is to be asked.
pub struct Way<'a> {
    pub host: &'a Host<'a>,
    pub connection: &'a Connection,
}

/// Everything that the firmware is held against.
pub struct Parties {
    named: Option<For>,
    stick: Option<StickIdentity>,
    /// The loader, and what came of making it fit to be sent.
    loader: Option<(Loader, Result<PreparedLoader, LoaderError>)>,
}

impl Parties {
    /// Reads the loader and what else the options name. No stick is asked by this.
    pub fn read(options: &ForOptions) -> Result<Self, Problem> {
        let named = named(options)?;
        let loader = options.loader.as_deref().map(Loader::read).transpose().map_err(Cause::Loader)?;
        let loader = match loader.map(|loader| (loader.prepare(&Preparation::default()), loader)) {
            None => None,
            Some((prepared @ (Ok(_) | Err(LoaderError::NotKnownSafe { .. })), loader)) => Some((loader, prepared)),
            // It cannot bring download mode, whatever a rule says.
            Some((Err(error), _)) => return Err(Cause::Loader(error).into()),
        };
        Ok(Self { named, stick: None, loader })
    }

    /// Asks the stick that was named who it is.
    pub fn ask(&mut self, console: &mut Console<'_>, way: &Way<'_>) -> Result<(), Problem> {
        if let Some(For::Port(port)) = &self.named {
            self.stick = ask(console, way, port)?;
        }
        Ok(())
    }

    /// The partition table of the loader.
    pub fn table(&self) -> Option<&PartitionTable> {
        self.loader.as_ref().and_then(|(loader, _)| loader.partition_table()).map(|located| &located.table)
    }

    /// Shows what every rule finds. What would stop a job stops this too, with the same exit status.
    pub fn judge(&self, console: &mut Console<'_>, firmware: &Firmware, overrides: &Overrides) -> Result<(), Problem> {
        let loader = self.loader.as_ref().map(|(loader, prepared)| match prepared {
            Ok(prepared) => LoaderFacts::from(prepared),
            Err(error) => LoaderFacts::unprepared(loader, error),
        });
        let model = match self.named {
            Some(For::Model(model)) => Some(model),
            _ => None,
        };
        let subject = Subject { firmware: Some(firmware), loader, model, stick: self.stick.as_ref() };
        console.line("");
        for finding in guard::judge(&subject, overrides) {
            show(console, &finding);
        }
        guard::admit(&subject, overrides)?;
        console.line("A job with these files is let pass, as far as this tells.");
        Ok(())
    }
}

fn show(console: &mut Console<'_>, finding: &Finding) {
    console.event(
        "rule",
        json!({
            "rule": finding.rule.word(),
            "verdict": finding.ruling.word(),
            "why": finding.why,
            "lifted_by": finding.lifted_by(),
            "lifted": finding.lifted,
            "stands_in_the_way": finding.stands_in_the_way(),
        }),
    );
    let lifted = match (finding.lifted_by(), finding.lifted) {
        (None, _) if finding.objection.is_some() => "; nothing lifts this".to_owned(),
        (None, _) => String::new(),
        (Some(option), true) => format!("; lifted by {option}"),
        (Some(option), false) => format!("; {option} lifts this"),
    };
    console.line(&format!("  {:<11}  {:<25}  {}{lifted}", finding.ruling, finding.rule, finding.why));
}

fn named(options: &ForOptions) -> Result<Option<For>, Problem> {
    let Some(text) = options.target.as_deref() else { return Ok(None) };
    if let Some(model) = Model::named(text) {
        return Ok(Some(For::Model(model)));
    }
    text.parse().map(|port| Some(For::Port(port))).map_err(|_| {
        let known = crate::image::platform::MODELS.iter().map(|model| model.name).collect::<Vec<_>>().join(", ");
        Problem::usage(format!(
            "`{}` is neither a port such as 1-1.4 nor a model that is known; {known} are",
            text.escape_default()
        ))
    })
}

/// Asks the stick who it is. One that cannot say so yet is not held against the firmware: a job asks it later, before
/// anything is written.
fn ask(console: &mut Console<'_>, way: &Way<'_>, port: &PortPath) -> Result<Option<StickIdentity>, Problem> {
    let _lock = way.connection.hold(port)?;
    let here = stick::at_path(way.host.bus, port)?;
    let here = here.ok_or_else(|| Cause::NoStick(format!("there is no stick at {port}")))?;
    let mode = Mode::of(&here);
    let identified = match mode {
        Some(Mode::Fastboot) => None,
        _ => stick::identify(way.host, &here).map_err(Cause::from)?,
    };
    if identified.is_none() {
        let place = mode.map_or_else(|| "a mode that is not known".to_owned(), Mode::place);
        console.tell(&format!(
            "note: the stick at {port} is in {place}, where it does not say who it is; a job asks it before anything is written"
        ));
    }
    Ok(identified.map(|identified| identified.identity))
}

/// Whether there is anything to hold the firmware against.
pub fn is_asked(options: &ForOptions) -> bool {
    options.target.is_some() || options.loader.is_some()
}

/// What a file may be read with, and so lifts.
pub fn overrides(options: &super::arguments::FirmwareOptions) -> Overrides {
    Overrides { allow_trailing: options.allow_trailing, ..Overrides::default() }
}

/// The global options are not needed where no stick is asked.
pub fn conflicts(global: &Global, options: &ForOptions) -> Result<(), Problem> {
    if asks_a_stick(options) && (global.all || !global.port.is_empty()) {
        return Err(Problem::usage("--for names the port already; --port and --all do not belong beside it"));
    }
    Ok(())
}
