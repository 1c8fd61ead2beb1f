//! Whether the udev rules of balong are installed and in force.

use std::fs;
use std::path::{Path, PathBuf};

use super::modem_manager;
use super::udevd::Udevd;
use super::user::User;
use super::{Machine, Report, Subject};
use crate::access::{self, RULES_FILE};

/// Where udev looks for rules, the strongest folder first: of several files of one name only the first one counts.
pub const FOLDERS: &[&str] = &[
    "/etc/udev/rules.d",
    "/run/udev/rules.d",
    "/usr/local/lib/udev/rules.d",
    "/usr/lib/udev/rules.d",
    "/lib/udev/rules.d",
];

/// What became of the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rules {
    /// No file of that name.
    Missing,
    /// All lines are in force.
    InForce(PathBuf),
    /// The file that counts is a link to `/dev/null`, or empty.
    Masked { by: PathBuf },
    /// The file that counts lacks lines that a weaker file has.
    Shadowed { by: PathBuf, hidden: PathBuf },
    /// The only file lacks lines.
    Incomplete(PathBuf),
}

impl Rules {
    pub fn look(machine: &Machine) -> Self {
        let mut files = files(machine, RULES_FILE).into_iter();
        let Some(first) = files.next() else { return Self::Missing };
        if first.text.trim().is_empty() {
            return Self::Masked { by: first.path };
        }
        if first.has_every_rule() {
            return Self::InForce(first.path);
        }
        match files.find(RulesFile::has_every_rule) {
            Some(hidden) => Self::Shadowed { by: first.path, hidden: hidden.path },
            None => Self::Incomplete(first.path),
        }
    }

    /// Whether the rules let a user in: not a word about whether udevd has applied them.
    pub fn is_in_force(&self) -> bool {
        matches!(self, Self::InForce(_))
    }

    /// Rules that are missing are in the way of a user who is not root, and of everybody where `ModemManager` runs.
    pub fn examine(&self, report: &mut Report, user: &User, udevd: &Udevd, manager: Option<&modem_manager::Running>) {
        if !udevd.runs || (user.is_root() && manager.is_none()) {
            return;
        }
        let install = || format!("As root:\n{}", indented(&access::install_command()));
        let (message, remedy) = match self {
            Self::InForce(path) => {
                report.notes.push(format!("The udev rules are in force ({}).", path.display()));
                return;
            }
            Self::Missing => (
                format!(
                    "The udev rules of balong are not installed: there is no {RULES_FILE} in {}.",
                    FOLDERS.join(", ")
                ),
                install(),
            ),
            Self::Masked { by } => (
                format!("The udev rules of balong are switched off: {} is empty or leads to /dev/null.", by.display()),
                format!("As root:\n  rm {} && {}", by.display(), access::APPLY),
            ),
            Self::Shadowed { by, hidden } => (
                format!(
                    "The udev rules of balong in {} are not in force: {} has the same name, comes first, and lacks rules.",
                    hidden.display(),
                    by.display()
                ),
                format!("As root:\n  rm {} && {}", by.display(), access::APPLY),
            ),
            Self::Incomplete(path) => {
                (format!("The udev rules in {} lack some of those of this balong.", path.display()), install())
            }
        };
        report.find(Subject::UdevRule, None, message, remedy);
    }
}

/// One rules file, by the path that the machine has it under.
pub struct RulesFile {
    path: PathBuf,
    text: String,
}

impl RulesFile {
    fn has_every_rule(&self) -> bool {
        let [maintenance, download] = access::ignore_rules();
        let has = |rule: &str| self.text.lines().any(|line| line.trim() == rule);
        access::rule(None).lines().all(has) && has(&maintenance) && has(&download)
    }
}

/// The files of one name, the strongest first. Folders that are links to one another count once.
pub fn files(machine: &Machine, name: &str) -> Vec<RulesFile> {
    let mut seen = Vec::new();
    let mut files = Vec::new();
    for folder in FOLDERS {
        let Ok(real) = fs::canonicalize(machine.path(folder)) else { continue };
        if seen.contains(&real) {
            continue;
        }
        let file = real.join(name);
        seen.push(real);
        // A link that leads nowhere, as to a `/dev/null` of another root, masks as well.
        if fs::symlink_metadata(&file).is_ok() {
            let text = fs::read(&file).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
            files.push(RulesFile { path: Path::new(folder).join(name), text });
        }
    }
    files
}

/// Whether the strongest file of that name holds anything.
pub fn is_installed(machine: &Machine, name: &str) -> bool {
    files(machine, name).first().is_some_and(|file| !file.text.trim().is_empty())
}

/// A command of several lines, as remedies show it. What is indented cannot end a here-document, so its lines stay.
fn indented(command: &str) -> String {
    if command.contains("<<") { command.to_owned() } else { format!("  {command}") }
}
