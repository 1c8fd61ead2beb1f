//! A guest that is up, and the programs in it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::agent::{Agent, AgentGone};
use super::builder::GuestBuilder;
use super::packages::Packages;
use super::program::Program;
use super::run::{Ended, GuestError, GuestRun, harmless};

/// Where the guest has the folder that [`Guest::shared_folder`] names on the host.
pub const SHARED_FOLDER: &str = "/run/guest/shared";

/// How long the agent may take to start or kill a program before the guest counts as wedged.
const AGENT_WITHIN: Duration = Duration::from_secs(20);

/// A guest that is up. It is killed when this is dropped.
pub struct Guest {
    child: Child,
    agent: Agent,
    work: Work,
    booted_in: Duration,
    agent_within: Duration,
    programs: u32,
}

/// A program that was started in the guest.
#[derive(Debug)]
pub struct Running {
    number: u32,
    process: u32,
    since: Instant,
}

impl Guest {
    /// A guest in the making.
    #[must_use]
    pub fn builder(packages: &Packages) -> GuestBuilder {
        GuestBuilder::new(packages)
    }

    /// Waits until the agent is up.
    pub(super) fn boot(
        child: Child,
        agent: Agent,
        work: Work,
        began: Instant,
        within: Duration,
    ) -> Result<Self, GuestError> {
        let mut guest = Self { child, agent, work, booted_in: Duration::ZERO, agent_within: AGENT_WITHIN, programs: 0 };
        let reason = match guest.agent.is_ready(began + within) {
            Ok(true) => {
                guest.booted_in = began.elapsed();
                return Ok(guest);
            }
            Ok(false) => format!("it was not up after {} s", within.as_secs()),
            Err(gone) => gone.to_string(),
        };
        guest.kill();
        Err(GuestError::NotReady { reason, said: guest.work.text("qemu"), console: guest.console() })
    }

    /// How long it took from nothing to a guest that runs programs.
    #[must_use]
    pub fn booted_in(&self) -> Duration {
        self.booted_in
    }

    /// The host's side of the folder that the guest has at [`SHARED_FOLDER`]; both may write there at any time.
    #[must_use]
    pub fn shared_folder(&self) -> PathBuf {
        self.work.shared()
    }

    /// The console so far.
    #[must_use]
    pub fn console(&self) -> String {
        self.work.text("console")
    }

    /// Runs a program to its end, or kills it when `within` is over.
    ///
    /// # Errors
    ///
    /// The guest is gone. A program that fails or hangs, even one that takes the guest with it, is no error here.
    pub fn run(&mut self, program: &Program, within: Duration) -> Result<GuestRun, GuestError> {
        let running = self.spawn(program)?;
        self.wait(&running, within)
    }

    /// Starts a program and lets it run beside others.
    ///
    /// # Errors
    ///
    /// The guest is gone or does not answer.
    pub fn spawn(&mut self, program: &Program) -> Result<Running, GuestError> {
        self.programs += 1;
        let number = self.programs;
        let folder = self.work.program(number);
        let current = env::current_dir().map_err(GuestError::host("find the current folder"))?;
        let write = |name: &str, contents: &[u8]| {
            let path = folder.join(name);
            fs::write(&path, contents).map_err(GuestError::host(format!("write {}", path.display())))
        };
        fs::create_dir(&folder).map_err(GuestError::host(format!("make {}", folder.display())))?;
        write("script", &program.script(current.as_os_str()))?;
        if !program.given_input().is_empty() {
            write("input", program.given_input())?;
        }
        let since = Instant::now();
        self.agent.request_run(number).map_err(|_| self.gone(&AgentGone::Closed))?;
        match self.agent.process(number, since + self.agent_within) {
            Ok(Some(process)) => Ok(Running { number, process, since }),
            Ok(None) => {
                self.kill();
                Err(self.gone("its agent no longer answers"))
            }
            Err(gone) => Err(self.gone(&gone)),
        }
    }

    /// Waits for a program's end, at most for so long from now; then it is killed with its process group.
    ///
    /// # Errors
    ///
    /// The guest cannot be spoken to any more for another reason than that it ended.
    pub fn wait(&mut self, running: &Running, within: Duration) -> Result<GuestRun, GuestError> {
        let ended = match self.agent.status(running.number, Instant::now() + within) {
            Ok(Some(status)) => Ended::Exited(status),
            Ok(None) => self.kill_program(running),
            Err(AgentGone::Closed) => Ended::GuestEnded,
            Err(gone) => return Err(self.gone(&gone)),
        };
        let took = running.since.elapsed();
        let (output, errors) = (self.output(running), self.errors(running));
        Ok(GuestRun { ended, output, errors, console: self.console(), took })
    }

    /// Whether a program has ended; waits at most for so long, and leaves it alone.
    ///
    /// # Errors
    ///
    /// The guest cannot be spoken to any more for another reason than that it ended.
    pub fn has_ended(&mut self, running: &Running, within: Duration) -> Result<bool, GuestError> {
        match self.agent.status(running.number, Instant::now() + within) {
            Ok(status) => Ok(status.is_some()),
            Err(AgentGone::Closed) => Ok(true),
            Err(gone) => Err(self.gone(&gone)),
        }
    }

    /// Sends a signal to the program, by its name without `SIG`: `TERM`, `INT`, `KILL`.
    ///
    /// # Errors
    ///
    /// The guest is gone.
    pub fn signal(&mut self, running: &Running, name: &str) -> Result<(), GuestError> {
        let process = i64::from(running.process);
        self.agent.request_signal(name, process).map_err(|_| self.gone(&AgentGone::Closed))
    }

    /// What a program wrote to its standard output so far.
    #[must_use]
    pub fn output(&self, running: &Running) -> String {
        self.work.program_text(running.number, "output")
    }

    /// What a program wrote to its standard error so far.
    #[must_use]
    pub fn errors(&self, running: &Running) -> String {
        self.work.program_text(running.number, "errors")
    }

    fn kill_program(&mut self, running: &Running) -> Ended {
        let asked = self.agent.request_signal("KILL", -i64::from(running.process));
        let ended = asked.is_ok().then(|| self.agent.status(running.number, Instant::now() + self.agent_within));
        if let Some(Ok(Some(_))) = ended {
            return Ended::Killed;
        }
        self.kill();
        Ended::Wedged
    }

    fn kill(&mut self) {
        // Both fail only where QEMU was waited for already.
        drop(self.child.kill());
        drop(self.child.wait());
    }

    fn gone(&self, reason: impl ToString) -> GuestError {
        GuestError::Gone { reason: reason.to_string(), said: self.work.text("qemu"), console: self.console() }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The host's files of one guest; gone when it is.
pub struct Work(TempDir);

impl Work {
    /// Makes the shared folder in it.
    pub fn new(folder: TempDir) -> Result<Self, GuestError> {
        let work = Self(folder);
        fs::create_dir(work.shared()).map_err(GuestError::host("make the shared folder"))?;
        Ok(work)
    }

    /// The first file system.
    pub fn initramfs(&self) -> PathBuf {
        self.0.path().join("initramfs")
    }

    /// What the guest writes on its console.
    pub fn console(&self) -> PathBuf {
        self.0.path().join("console")
    }

    /// What QEMU itself says.
    pub fn said(&self) -> PathBuf {
        self.0.path().join("qemu")
    }

    /// What guest and host share.
    pub fn shared(&self) -> PathBuf {
        self.0.path().join("shared")
    }

    fn program(&self, number: u32) -> PathBuf {
        self.shared().join(number.to_string())
    }

    fn program_text(&self, number: u32, name: &str) -> String {
        text(&self.program(number).join(name))
    }

    fn text(&self, name: &str) -> String {
        text(&self.0.path().join(name))
    }
}

/// A report must not fail for want of a part of it: where a file cannot be read, that is its text.
fn text(path: &Path) -> String {
    fs::read(path).map_or_else(|error| format!("({} cannot be read: {error})", path.display()), |read| harmless(&read))
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::process::{Command, Stdio};

    use super::*;

    /// A guest whose machine is a program that only waits, and whose agent says this and then nothing more.
    fn guest(said: &[u8]) -> (Result<Guest, GuestError>, io::PipeWriter) {
        let child = Command::new("sleep").arg("600").stdin(Stdio::null()).spawn().expect("a process");
        let (answers, mut agent) = io::pipe().expect("a pipe");
        io::Write::write_all(&mut agent, said).expect("written");
        let work = Work::new(TempDir::new().expect("a temporary folder")).expect("a shared folder");
        fs::write(work.console(), "booting\r\nhalf way").expect("written");
        fs::write(work.said(), "").expect("written");
        let within = Duration::from_secs(if said.is_empty() { 0 } else { 20 });
        (Guest::boot(child, Agent::new(io::sink(), answers), work, Instant::now(), within), agent)
    }

    fn ended(guest: &mut Guest) -> bool {
        guest.child.try_wait().expect("a process").is_some()
    }

    #[test]
    fn a_guest_that_does_not_come_up_is_shown_with_its_console() {
        let (guest, _agent) = guest(b"");
        let error = guest.err().expect("nobody said that it is up");
        let expected = "the guest did not come up: it was not up after 0 s\n--- QEMU said\n\n\
                        --- end of the console\nbooting\nhalf way";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn a_guest_that_does_not_even_kill_a_program_is_killed_and_shown_with_its_console() {
        let (guest, _agent) = guest(b"ready\nstarted 1 70\n");
        let mut guest = guest.expect("it is up");
        let running = guest.spawn(&Program::new("true")).expect("it was started");
        fs::write(guest.work.program(1).join("output"), "so far").expect("written");
        assert!(!ended(&mut guest));
        guest.agent_within = Duration::ZERO;
        let ran = guest.wait(&running, Duration::ZERO).expect("a run");
        assert_eq!(
            (ran.ended, ran.output.as_str(), ran.console.as_str()),
            (Ended::Wedged, "so far", "booting\nhalf way")
        );
        assert!(ended(&mut guest));
    }

    #[test]
    fn a_guest_that_starts_nothing_any_more_is_gone() {
        let (guest, _agent) = guest(b"ready\n");
        let mut guest = guest.expect("it is up");
        guest.agent_within = Duration::ZERO;
        let error = guest.spawn(&Program::new("true")).expect_err("nothing was started").to_string();
        assert!(error.starts_with("the guest is gone: its agent no longer answers"), "{error}");
        assert!(ended(&mut guest));
    }
}
