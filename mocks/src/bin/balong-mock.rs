//! A simulated Balong stick for virtual machines.

use std::process::ExitCode;

#[cfg(unix)]
fn main() -> ExitCode {
    program::main()
}

#[cfg(not(unix))]
fn main() -> ExitCode {
    eprintln!("balong-mock needs Unix sockets, which this system does not have");
    ExitCode::FAILURE
}

#[cfg(unix)]
mod program {
    use std::io::{self, BufRead, BufReader, Write};
    use std::os::unix::net::UnixStream;
    use std::path::{Path, PathBuf};
    use std::process::ExitCode;
    use std::sync::{Arc, mpsc};
    use std::thread;

    use balong_mocks::control::{ControlSocket, Desk};
    use balong_mocks::model::ModeError;
    use balong_mocks::usbredir::Server;
    use balong_mocks::web::WebVariant;
    use balong_mocks::{Bus, Mode, Model, Pace, Stick, StickOptions};
    use clap::{Args, Parser, Subcommand};

    /// A simulated Balong stick for virtual machines.
    #[derive(Debug, Parser)]
    #[command(name = "balong-mock", version)]
    struct Arguments {
        #[command(subcommand)]
        task: Task,
    }

    #[derive(Debug, Subcommand)]
    enum Task {
        /// Serve a stick to a virtual machine, until `quit` on the control channel or a signal.
        Serve(ServeArguments),
        /// Send one command to a control channel and print the answer.
        Tell {
            /// The socket that was given to `serve --control`.
            socket: PathBuf,
            /// The command, such as: needle 8s
            #[arg(required = true)]
            words: Vec<String>,
        },
    }

    #[derive(Debug, Args)]
    struct ServeArguments {
        /// Where QEMU finds the stick: a Unix socket that is made here.
        #[arg(long, value_name = "SOCKET")]
        usbredir: PathBuf,
        /// Where the operator's commands come in: a Unix socket that is made here, or - for standard input.
        #[arg(long, value_name = "SOCKET")]
        control: Option<PathBuf>,
        /// Which stick: a name, or the id of a known device in its CD stage, such as 12d1:14b5.
        #[arg(long, default_value = "e3372h", value_parser = model)]
        model: Model,
        /// The mode that it starts in, unless that is the model's usual one; `conformance` is no stick, but the test device
        /// of the conformance list.
        #[arg(long, value_parser = mode)]
        mode: Option<Mode>,
        /// How many times faster than life the stick's own time runs.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        speed: u32,
        /// Put it behind a full-speed hub: packets of 64 bytes.
        #[arg(long)]
        full_speed: bool,
        /// Blow its fuses: the boot ROM refuses loaders that are unsigned or were patched.
        #[arg(long)]
        secure_boot: bool,
        /// Let its download daemon demand a signature.
        #[arg(long)]
        demands_signature: bool,
        /// Build no card reader in: HiLink firmware works as 14db.
        #[arg(long)]
        no_card_reader: bool,
        /// Let only the vendor request 40/A1 lead it out of its virtual CD.
        #[arg(long)]
        leaves_by_request_only: bool,
        /// Stall that vendor request, and obey it all the same.
        #[arg(long)]
        stalls_leave_request: bool,
        /// Let GET_MAX_LUN lead it out of its virtual CD once the vendor request C0/EE came.
        #[arg(long)]
        leaves_by_unit_count: bool,
        /// Let the SCSI commands BB and A2 lead it out of its virtual CD.
        #[arg(long)]
        without_autorun: bool,
        /// Let the network ask whoever dials for a name and a password (PAP). Any will do.
        #[arg(long)]
        wants_login: bool,
        /// Put a loop-back plug into each diagnostic port: every byte that is sent to one comes back.
        #[arg(long)]
        loops_back: bool,
        /// Another firmware version than the model's usual one.
        #[arg(long, value_name = "VERSION")]
        software: Option<String>,
        /// Another web UI version than the usual one.
        #[arg(long, value_name = "VERSION")]
        web_ui: Option<String>,
        /// What the web server of HiLink firmware lets a client do: of-model, cgi, mode-api, closed, login-needed, silent,
        /// old-no-session.
        #[arg(long, value_name = "KIND", default_value = "of-model")]
        web: WebVariant,
    }

    fn model(name: &str) -> Result<Model, String> {
        Model::named(name).ok_or_else(|| {
            let names = Model::names().join(", ");
            format!("there is no such model; the models are {names}, and the ids of known devices, such as 12d1:14b5")
        })
    }

    fn mode(name: &str) -> Result<Mode, String> {
        if name == "conformance" {
            Ok(Mode::Conformance)
        } else {
            name.parse().map_err(|error: ModeError| error.to_string())
        }
    }

    pub(super) fn main() -> ExitCode {
        let done = match Arguments::parse().task {
            Task::Serve(arguments) => serve(arguments).map(|()| true),
            Task::Tell { socket, words } => tell(&socket, &words),
        };
        match done {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(message) => {
                eprintln!("error: {message}");
                ExitCode::FAILURE
            }
        }
    }

    fn serve(arguments: ServeArguments) -> Result<(), String> {
        let ServeArguments { usbredir, control, model, mode, speed, .. } = arguments;
        let mode = mode.unwrap_or_else(|| model.usual_mode());
        let options = StickOptions {
            secure_boot: arguments.secure_boot,
            demands_signature: arguments.demands_signature,
            full_speed: arguments.full_speed,
            card_reader: !arguments.no_card_reader,
            leaves_by_request_only: arguments.leaves_by_request_only,
            stalls_leave_request: arguments.stalls_leave_request,
            leaves_by_unit_count: arguments.leaves_by_unit_count,
            without_autorun: arguments.without_autorun,
            wants_login: arguments.wants_login,
            loops_back: arguments.loops_back,
            software: arguments.software,
            web_ui: arguments.web_ui,
            web: arguments.web,
            ..StickOptions::default()
        };
        let stick = Stick::new(model, mode, options).map_err(|error| error.to_string())?;
        let hand = Bus::new(Pace::Scaled { speed }).plug("1-1", stick);
        let server = Server::start(&usbredir, &hand).map_err(|error| cannot_listen(&usbredir, &error))?;
        let (quit, ended) = mpsc::channel();
        let desk = Desk::new(hand, Arc::new(server), quit);
        let mut socket = None;
        match control {
            None => {}
            Some(path) if path.as_os_str() == "-" => {
                let desk = desk.clone();
                thread::spawn(move || {
                    if let Err(error) = desk.converse(io::stdin().lock(), io::stdout()) {
                        eprintln!("error: the control channel ended: {error}");
                    }
                });
            }
            Some(path) => {
                let started = ControlSocket::start(&path, desk.clone());
                socket = Some(started.map_err(|error| cannot_listen(&path, &error))?);
            }
        }
        announce(&usbredir, model, mode);
        // The desk here holds a sender, so this waits for somebody who says quit.
        let waited = ended.recv().map_err(|error| error.to_string());
        drop((socket, desk));
        waited
    }

    fn cannot_listen(path: &Path, error: &io::Error) -> String {
        format!("cannot listen at {}: {error}", path.display())
    }

    fn announce(path: &Path, model: Model, mode: Mode) {
        eprintln!("{} in {mode} mode. Arguments for QEMU:", model.device);
        eprintln!("  -chardev socket,id=stick,path={}", path.display());
        eprintln!("  -device qemu-xhci,id=xhci -device usb-redir,chardev=stick,bus=xhci.0,port=4");
    }

    /// `false`: the command was refused.
    fn tell(socket: &Path, words: &[String]) -> Result<bool, String> {
        let failed = |error: io::Error| format!("the control channel {}: {error}", socket.display());
        let stream = UnixStream::connect(socket).map_err(failed)?;
        writeln!(&stream, "{}", words.join(" ")).map_err(failed)?;
        let mut answer = String::new();
        BufReader::new(&stream).read_line(&mut answer).map_err(failed)?;
        if answer.is_empty() {
            return Err(format!("the control channel {} ended without an answer", socket.display()));
        }
        let accepted: serde_json::Value = serde_json::from_str(&answer).map_err(|error| error.to_string())?;
        write!(io::stdout(), "{answer}").map_err(|error| error.to_string())?;
        Ok(accepted["ok"] == true)
    }
}
