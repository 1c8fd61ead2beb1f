//! What the owner of a stick allows, and the program run on that stick with everything that it says kept.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use hw_tests::Ran;

/// One stick, and how far its owner lets these tests go.
pub struct Owner {
    /// The port of the stick, of `BALONG_STICK`.
    pub port: String,
    folder: PathBuf,
    runs: AtomicU32,
}

/// The files that may be written, of `BALONG_LOADER` and `BALONG_FIRMWARE`.
pub struct Files {
    loader: Option<String>,
    firmware: String,
}

impl Owner {
    /// What the environment says; the reason in words where there is no stick.
    pub fn here() -> Result<Self, String> {
        let port = variable("BALONG_STICK").ok_or("BALONG_STICK=PORT is not set, such as BALONG_STICK=1-1.4")?;
        let folder = tempfile::Builder::new().prefix("balong-stick-").tempdir();
        // Kept: the owner is to read it, and to send it.
        let folder = folder.map_err(|error| format!("no folder for what the runs say: {error}"))?.keep();
        Ok(Self { port, folder, runs: AtomicU32::new(0) })
    }

    /// The files, for a look.
    pub fn files(&self) -> Result<Files, String> {
        let firmware = variable("BALONG_FIRMWARE").ok_or("BALONG_FIRMWARE=FILE is not set")?;
        Ok(Files { loader: variable("BALONG_LOADER"), firmware })
    }

    /// The files, where they may be written.
    pub fn files_to_write(&self) -> Result<Files, String> {
        match variable("BALONG_MAY_WRITE").as_deref() {
            Some("1") => self.files(),
            _ => Err("BALONG_MAY_WRITE=1 is not set: nothing is written".to_owned()),
        }
    }

    /// Where the outputs of every run are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs the program on the stick.
    pub fn balong(&self, backend: &str, arguments: &[&str]) -> Ran {
        self.balong_watched(backend, arguments, &mut |_, _| {})
    }

    /// The same; each line of its output is shown to `watch`, with the number of the process.
    ///
    /// Standard error goes on to the terminal, since the program may need a hand on the stick.
    pub fn balong_watched(&self, backend: &str, arguments: &[&str], watch: &mut dyn FnMut(&str, u32)) -> Ran {
        let number = self.runs.fetch_add(1, Ordering::SeqCst) + 1;
        let mut command = Command::new(env!("CARGO_BIN_EXE_balong"));
        command.args(["--backend", backend, "--format", "json", "--port", &self.port, "-v"]).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let errors = BufReader::new(child.stderr.take().expect("it is piped"));
        let told = thread::spawn(move || {
            let mut told = String::new();
            for line in errors.lines().map_while(Result::ok) {
                eprintln!("{line}");
                told = told + &line + "\n";
            }
            told
        });
        let mut out = String::new();
        for line in BufReader::new(child.stdout.take().expect("it is piped")).lines().map_while(Result::ok) {
            watch(&line, child.id());
            out = out + &line + "\n";
        }
        let status = child.wait().expect("it ends");
        let err = told.join().expect("its reader does not panic");
        let said =
            format!("balong {}\n{status}\n--- standard output\n{out}--- standard error\n{err}", arguments.join(" "));
        let file = self.folder.join(format!("{number:02}-{backend}-{}.txt", arguments.first().unwrap_or(&"nothing")));
        fs::write(&file, said).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        Ran { exit: status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX), out, err }
    }

    /// The stick as `list` shows it, with its drivers.
    pub fn listed(&self, backend: &str) -> serde_json::Value {
        let ran = self.balong(backend, &["list"]).expect_exit(0);
        let found = ran.events_named("stick").into_iter().find(|stick| stick["port"] == self.port.as_str());
        found.unwrap_or_else(|| panic!("there is no stick at {}\n{ran}", self.port))
    }
}

impl Files {
    /// The arguments of `convert`.
    pub fn job(&self) -> Vec<&str> {
        let loader = self.loader.iter().flat_map(|loader| ["--loader", loader.as_str()]);
        ["convert", "--firmware", self.firmware.as_str()].into_iter().chain(loader).collect()
    }
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
