//! What a guest shall be, and its boot.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::accelerator::Accelerator;
use super::agent::Agent;
use super::initramfs;
use super::machine::{Machine, QEMU};
use super::modules::UsbModules;
use super::packages::Packages;
use super::program::Program;
use super::run::{GuestError, GuestRun};
use super::session::{Guest, Work};

/// How long a program may take where nothing else is said.
const WITHIN: Duration = Duration::from_secs(120);
/// How long the boot may take: four seconds under emulation on an idle machine, and much room for a busy one.
const BOOT_WITHIN: Duration = Duration::from_secs(120);
/// How long a guest lives at most, should nobody end it.
const LIFETIME: Duration = Duration::from_secs(60 * 60);
/// RAM in MiB.
const MEMORY: u32 = 1024;

/// A guest in the making; see [`Guest::builder`].
#[derive(Clone, Debug)]
pub struct GuestBuilder {
    packages: Packages,
    usb_redir: Vec<PathBuf>,
    modules: UsbModules,
    memory: u32,
    program: Option<Program>,
    within: Duration,
    boot_within: Duration,
    lifetime: Duration,
}

impl GuestBuilder {
    pub(super) fn new(packages: &Packages) -> Self {
        Self {
            packages: packages.clone(),
            usb_redir: Vec::new(),
            modules: UsbModules::all(),
            memory: MEMORY,
            program: None,
            within: WITHIN,
            boot_within: BOOT_WITHIN,
            lifetime: LIFETIME,
        }
    }

    /// With the stick of this usbredir server, which must be listening on its Unix socket already. The first one named
    /// is in port 1 of the controller, the next in port 2.
    #[must_use]
    pub fn usb_redir(mut self, socket: impl Into<PathBuf>) -> Self {
        self.usb_redir.push(socket.into());
        self
    }

    /// With these modules loaded; without this, with all of [`super::USB_MODULES`].
    #[must_use]
    pub fn modules(mut self, modules: UsbModules) -> Self {
        self.modules = modules;
        self
    }

    /// With this much RAM, in MiB. What the guest writes to its root lies there too.
    #[must_use]
    pub fn memory(mut self, mebibytes: u32) -> Self {
        self.memory = mebibytes;
        self
    }

    /// The program that [`Self::run`] runs.
    #[must_use]
    pub fn command(mut self, program: Program) -> Self {
        self.program = Some(program);
        self
    }

    /// How long that program may take, not counting the boot; two minutes without this.
    #[must_use]
    pub fn within(mut self, within: Duration) -> Self {
        self.within = within;
        self
    }

    /// How long the boot may take; two minutes without this.
    #[must_use]
    pub fn boot_within(mut self, within: Duration) -> Self {
        self.boot_within = within;
        self
    }

    /// When the guest powers itself off at the latest, even if this process is gone; an hour without this.
    #[must_use]
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Boots, runs the program, and ends the guest.
    ///
    /// # Errors
    ///
    /// No program was named, or the guest does not come up. A program that fails or hangs is no error here.
    pub fn run(self) -> Result<GuestRun, GuestError> {
        let program = self.program.clone().ok_or(GuestError::NoProgram)?;
        let within = self.within;
        self.start()?.run(&program, within)
    }

    /// Boots a guest that stays up until it is dropped.
    ///
    /// # Errors
    ///
    /// The guest does not come up; its console is in the error.
    pub fn start(self) -> Result<Guest, GuestError> {
        let began = Instant::now();
        let folder = TempDir::with_prefix("balong-guest-").map_err(GuestError::host("make a temporary folder"))?;
        let work = Work::new(folder)?;
        let initramfs = work.initramfs();
        let archive = initramfs::build(&self.packages, &self.modules, self.lifetime)?;
        fs::write(&initramfs, archive).map_err(writing(&initramfs))?;
        let machine = Machine {
            accelerator: Accelerator::here(),
            memory: self.memory,
            kernel: self.packages.kernel(),
            initramfs,
            packages: self.packages.folder().to_owned(),
            shared: work.shared(),
            console: work.console(),
            usb_redir: self.usb_redir,
        };
        let said = File::create(work.said()).map_err(writing(&work.said()))?;
        let mut command = Command::new(QEMU);
        command.args(machine.arguments()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(said);
        let mut child = command.spawn().map_err(GuestError::host(format!("start {QEMU}")))?;
        let agent = match (child.stdin.take(), child.stdout.take()) {
            (Some(requests), Some(answers)) => Agent::new(requests, answers),
            // Both were asked for; should one be missing, the boot below ends with "QEMU ended".
            _ => Agent::new(std::io::sink(), std::io::empty()),
        };
        Guest::boot(child, agent, work, began, self.boot_within)
    }
}

fn writing(path: &Path) -> impl FnOnce(std::io::Error) -> GuestError + use<> {
    GuestError::host(format!("write {}", path.display()))
}
