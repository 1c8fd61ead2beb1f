//! The hand and the eye as lines of text: a command a line, an answer in JSON a line.
//!
//! It is what the program `balong-mock` offers on its control channel; `mocks/README.md` lists the commands.

mod command;
mod fault;
mod report;
#[cfg(test)]
mod tests;

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::hand::Hand;
use crate::model::Mode;
use crate::socket::Socket;
use crate::usbredir::Server;

use command::Command;

/// The longest command: one with the bytes of an answer in it.
const LONGEST_LINE: u64 = 64 << 10;

/// Everything that an operator reaches from one place.
#[derive(Clone, Debug)]
pub struct Desk {
    hand: Hand,
    server: Arc<Server>,
    quit: Sender<()>,
}

impl Desk {
    /// A desk for one stick and its server. `quit` hears of it when the operator wants the program to end.
    #[must_use]
    pub fn new(hand: Hand, server: Arc<Server>, quit: Sender<()>) -> Self {
        Self { hand, server, quit }
    }

    /// Carries out one line. `wait` takes as long as it takes; everything else returns at once.
    #[must_use]
    pub fn answer(&self, line: &str) -> Value {
        match command::parse(line).and_then(|command| self.carry_out(command)) {
            Ok(mut answer) => {
                answer["ok"] = true.into();
                answer
            }
            Err(error) => json!({"ok": false, "error": error}),
        }
    }

    fn carry_out(&self, command: Command) -> Result<Value, String> {
        let hand = &self.hand;
        let done = json!({});
        match command {
            Command::Plug(after) => hand.plug_after(after),
            Command::Unplug(after) => hand.unplug_after(after),
            Command::Pad(shorted) => hand.short_pad(shorted),
            Command::Needle(after) => hand.needle(after),
            Command::Miss(after) => hand.clumsy_needle(after),
            Command::Say { interface, bytes, ending } => hand.say(Duration::ZERO, interface, bytes, ending),
            Command::Fault(fault) => hand.inject(fault),
            Command::Wait { mode, within } => return self.wait(mode, within),
            Command::Mode => return Ok(report::presence(hand)),
            Command::Flash => return Ok(report::flash(hand)),
            Command::Transcript => return Ok(report::transcript(hand)),
            Command::Guest => {
                return Ok(json!({"connected": self.server.is_connected(), "trouble": self.server.trouble()}));
            }
            Command::Help => return Ok(json!({"commands": command::HELP})),
            Command::Quit => self.quit.send(()).map_err(|_| "the program is ending already".to_owned())?,
        }
        Ok(done)
    }

    fn wait(&self, mode: Mode, within: Duration) -> Result<Value, String> {
        if self.hand.wait_for(mode, within) {
            return Ok(json!({"mode": mode.to_string()}));
        }
        let now = self.hand.mode().map_or_else(|| "away".to_owned(), |mode| format!("in {mode} mode"));
        Err(format!("not in {mode} mode within {} s; the stick is {now}", within.as_secs_f64()))
    }

    /// Answers every line until there are no more.
    ///
    /// # Errors
    ///
    /// When a line cannot be read, is not UTF-8 or longer than 64 KiB, or its answer cannot be written.
    pub fn converse(&self, input: impl BufRead, mut output: impl Write) -> io::Result<()> {
        let mut input = input;
        loop {
            let mut line = String::new();
            let length = io::Read::take(&mut input, LONGEST_LINE).read_line(&mut line)?;
            if length == 0 {
                return Ok(());
            }
            if length as u64 == LONGEST_LINE && !line.ends_with('\n') {
                let text = format!("a command is longer than {LONGEST_LINE} bytes");
                return Err(io::Error::new(io::ErrorKind::InvalidData, text));
            }
            if !line.trim().is_empty() {
                writeln!(output, "{}", self.answer(&line))?;
                output.flush()?;
            }
        }
    }
}

/// A control channel on a Unix socket, for several operators at once. It accepts no more when it is dropped.
#[derive(Debug)]
pub struct ControlSocket {
    _socket: Socket,
}

impl ControlSocket {
    /// Starts to listen.
    ///
    /// # Errors
    ///
    /// When the socket cannot be made there, or no thread can be started.
    pub fn start(path: &Path, desk: Desk) -> io::Result<Self> {
        let serve = move |stream: &UnixStream| serve_apart(&desk, stream);
        Ok(Self { _socket: Socket::listen(path, "control channel", Box::new(serve))? })
    }
}

/// On a thread of its own, so that somebody who waits for a mode keeps nobody else from bringing it about.
fn serve_apart(desk: &Desk, stream: &UnixStream) {
    let (desk, cloned) = (desk.clone(), stream.try_clone());
    let served = cloned.and_then(|stream| {
        let converse = move || {
            if let Err(error) = desk.converse(BufReader::new(&stream), &stream) {
                // The last word to whoever is still there; one who left needs none.
                let _ = writeln!(&stream, "{}", json!({"ok": false, "error": error.to_string()}));
            }
        };
        thread::Builder::new().name("operator".to_owned()).spawn(converse)
    });
    if let Err(error) = served {
        let _ = writeln!(&mut &*stream, "{}", json!({"ok": false, "error": error.to_string()}));
    }
}
