//! Runs a program of this host in a guest:
//! `cargo run -p hw-tests --example guest -- [OPTION...] -- COMMAND ARGUMENT...`

use std::error::Error;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use hw_tests::guest::{Guest, GuestBuilder, Identity, Packages, Program, UsbModules};

const USAGE: &str = "\
Boots a Linux kernel in QEMU and runs a program of this host in it.

usage: guest [OPTION...] -- COMMAND ARGUMENT...

  --usb-redir SOCKET   a stick from a usbredir server; repeatable, the first one is in port 1
  --without MODULE     do not load this module; repeatable
  --package NAME       lay a package of Debian over the host's files; repeatable
  --user NUMBER        run it as this user instead of root
  --within SECONDS     kill it after so long (120)
  --console            show the guest's console too

Exit status: the program's own; 124 if it was killed; 125 if the guest did not come up; 2 for these arguments.
";

/// What the command line asks for.
struct Request {
    usb_redir: Vec<String>,
    modules: UsbModules,
    packages: Vec<String>,
    within: Duration,
    console: bool,
    program: Program,
}

fn main() -> ExitCode {
    let request = match request(std::env::args_os().skip(1)) {
        Ok(request) => request,
        Err(fault) => {
            eprintln!("guest: {fault}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(&request) {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            eprintln!("guest: {error}");
            let mut source = error.source();
            while let Some(cause) = source {
                eprintln!("  because: {cause}");
                source = cause.source();
            }
            ExitCode::from(125)
        }
    }
}

fn run(request: &Request) -> Result<u8, Box<dyn Error>> {
    let names: Vec<_> = request.packages.iter().map(String::as_str).collect();
    let packages = Packages::ready_with(&names)?;
    let mut guest = builder(&packages, request).start()?;
    let ran = guest.run(&request.program, request.within)?;
    io::stdout().write_all(ran.output.as_bytes())?;
    io::stderr().write_all(ran.errors.as_bytes())?;
    if request.console || ran.status().is_none() {
        eprintln!("--- console of the guest\n{}", ran.console);
    }
    let (boot, took) = (guest.booted_in().as_secs_f32(), ran.took.as_secs_f32());
    eprintln!("guest: {}; boot {boot:.1} s, program {took:.1} s", ran.ended);
    Ok(ran.status().unwrap_or(124))
}

fn builder(packages: &Packages, request: &Request) -> GuestBuilder {
    let builder = Guest::builder(packages).modules(request.modules.clone());
    request.usb_redir.iter().fold(builder, GuestBuilder::usb_redir)
}

fn request(mut arguments: impl Iterator<Item = OsString>) -> Result<Request, String> {
    let (mut usb_redir, mut packages, mut modules) = (Vec::new(), Vec::new(), UsbModules::all());
    let (mut user, mut within, mut console) = (None, Duration::from_secs(120), false);
    while let Some(option) = arguments.next().filter(|option| option != "--") {
        let option = option.to_string_lossy().into_owned();
        let mut value = || arguments.next().and_then(|value| value.into_string().ok());
        let mut value = || value().ok_or_else(|| format!("`{option}` needs a value"));
        let number = |text: String| text.parse::<u32>().map_err(|_| format!("`{text}` is no number"));
        match option.as_str() {
            "--usb-redir" => usb_redir.push(value()?),
            "--without" => modules = modules.without(&value()?),
            "--package" => packages.push(value()?),
            "--user" => user = Some(number(value()?)?),
            "--within" => within = Duration::from_secs(number(value()?)?.into()),
            "--console" => console = true,
            _ => return Err(format!("`{option}` is no option; the command comes after `--`")),
        }
    }
    let command = arguments.next().ok_or("no command; it comes after `--`")?;
    let mut program = Program::new(command).arguments(arguments);
    if let Some(user) = user {
        program = program.run_as(Identity::number(user));
    }
    Ok(Request { usb_redir, modules, packages, within, console, program })
}
