//! The other programs on this machine, and which of them have a file open, by Linux's `/proc`.
//!
//! On other systems there is no such tree, and every look finds nothing.

use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Where the kernel shows its processes.
pub const PROC: &str = "/proc";

/// How much of a command line is shown.
const SHOWN: usize = 80;

/// One running program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its process id.
    pub id: u32,
    /// The name that the kernel has for it, of at most 15 bytes.
    pub name: String,
    /// Its command line, one word an entry; empty for a thread of the kernel.
    pub command: Vec<String>,
}

impl fmt::Display for Process {
    /// The command, shortened and with control characters escaped, and the process id.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let command = if self.command.is_empty() { self.name.clone() } else { self.command.join(" ") };
        let mut shown: String = command.chars().take(SHOWN).flat_map(char::escape_debug).collect();
        if command.chars().count() > SHOWN {
            shown.push_str(" ...");
        }
        write!(f, "`{shown}` (process {})", self.id)
    }
}

/// Who has some files open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holders {
    /// Each program with the file that it has open, by process id.
    pub found: Vec<(Process, PathBuf)>,
    /// Programs, of other users as a rule, whose open files this user may not see.
    pub hidden: usize,
}

/// Every process, by id.
#[must_use]
pub fn all(proc: &Path) -> Vec<Process> {
    let entries = fs::read_dir(proc).into_iter().flatten().filter_map(Result::ok);
    let mut ids: Vec<u32> = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    ids.sort_unstable();
    ids.into_iter().filter_map(|id| process(proc, id)).collect()
}

/// Which programs other than this one have any of `files` open.
#[must_use]
pub fn holders(proc: &Path, files: &[PathBuf]) -> Holders {
    let mut holders = Holders::default();
    for process in all(proc).into_iter().filter(|process| process.id != std::process::id()) {
        match fs::read_dir(proc.join(process.id.to_string()).join("fd")) {
            Ok(descriptors) => {
                let open = descriptors.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
                let mut open: Vec<_> = open.filter(|file| files.contains(file)).collect();
                open.sort();
                open.dedup();
                holders.found.extend(open.into_iter().map(|file| (process.clone(), file)));
            }
            // It has just ended.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            // A thread of the kernel has no files.
            Err(_) => holders.hidden += usize::from(!process.command.is_empty()),
        }
    }
    holders
}

fn process(proc: &Path, id: u32) -> Option<Process> {
    let folder = proc.join(id.to_string());
    let name = fs::read(folder.join("comm")).ok()?;
    let command = fs::read(folder.join("cmdline")).unwrap_or_default();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let command = command.split(|byte| *byte == 0).map(text).collect::<Vec<_>>();
    let words = command.len() - command.iter().rev().take_while(|word| word.is_empty()).count();
    Some(Process { id, name: text(name.trim_ascii_end()), command: command[..words].to_vec() })
}

impl Process {
    /// The file name of the program, whole where the command line has it, else as the kernel cut it.
    #[must_use]
    pub fn program(&self) -> &str {
        let file = self.command.first().and_then(|word| Path::new(word).file_name()).and_then(OsStr::to_str);
        file.unwrap_or(&self.name)
    }
}

#[cfg(all(test, unix))]
pub(crate) mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    /// A process in a made-up tree, with these files open.
    pub(crate) fn add(proc: &Path, id: u32, command: &str, open: &[&str]) {
        let folder = proc.join(id.to_string());
        fs::create_dir_all(folder.join("fd")).expect("a folder");
        let program = command.split('\0').next().filter(|word| !word.is_empty()).unwrap_or("kthreadd");
        let name = program.rsplit('/').next().unwrap_or(program);
        fs::write(folder.join("comm"), format!("{name}\n")).expect("a file");
        fs::write(folder.join("cmdline"), format!("{command}\0")).expect("a file");
        for (number, file) in open.iter().enumerate() {
            symlink(file, folder.join("fd").join(number.to_string())).expect("a link");
        }
    }

    #[test]
    fn a_program_that_has_the_file_open_is_named_with_its_command_and_process() {
        let proc = tempfile::tempdir().expect("a temporary folder");
        add(proc.path(), 70, "/usr/bin/minicom\0-D\0/dev/ttyUSB0", &["/dev/null", "/dev/ttyUSB0", "/dev/ttyUSB0"]);
        add(proc.path(), 9, "cat", &["/dev/ttyUSB1"]);
        let holders = holders(proc.path(), &["/dev/ttyUSB0".into(), "/dev/bus/usb/001/004".into()]);
        let shown: Vec<_> = holders.found.iter().map(|(process, file)| (process.to_string(), file.clone())).collect();
        assert_eq!(shown, [("`/usr/bin/minicom -D /dev/ttyUSB0` (process 70)".into(), "/dev/ttyUSB0".into())]);
        assert_eq!((holders.found[0].0.program(), holders.hidden), ("minicom", 0));
    }

    #[test]
    fn this_very_program_holds_nothing_against_itself() {
        let proc = tempfile::tempdir().expect("a temporary folder");
        add(proc.path(), std::process::id(), "balong", &["/dev/ttyUSB0"]);
        assert_eq!(holders(proc.path(), &["/dev/ttyUSB0".into()]), Holders::default());
    }

    #[test]
    fn programs_whose_files_cannot_be_seen_are_counted_and_kernel_threads_are_not() {
        let proc = tempfile::tempdir().expect("a temporary folder");
        for (id, command) in [(2, ""), (71, "/usr/sbin/pppd")] {
            add(proc.path(), id, command, &[]);
            let descriptors = proc.path().join(id.to_string()).join("fd");
            fs::remove_dir(&descriptors).expect("empty");
            // Stands for a folder that this user may not read; root, who may run this test, may read every folder.
            fs::write(&descriptors, "").expect("a file");
        }
        assert_eq!(holders(proc.path(), &["/dev/ttyUSB0".into()]).hidden, 1);
    }

    #[test]
    fn odd_command_lines_are_shortened_and_escaped() {
        let process = |command: &[&str]| Process {
            id: 5,
            name: "short".into(),
            command: command.iter().map(|&word| word.to_owned()).collect(),
        };
        assert_eq!(process(&[]).to_string(), "`short` (process 5)");
        assert_eq!(process(&["a\nb\u{1b}[2J"]).to_string(), r"`a\nb\u{1b}[2J` (process 5)");
        assert_eq!(process(&["x".repeat(200).as_str()]).to_string(), format!("`{} ...` (process 5)", "x".repeat(80)));
    }

    #[test]
    fn there_is_nothing_to_see_where_there_is_no_such_tree() {
        assert_eq!(all(Path::new("/nonexistent/proc")), Vec::new());
    }
}
