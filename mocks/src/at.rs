//! The AT ports of running firmware: command mode, and the calls that are dialled on them.
//!
//! | module | what it is |
//! |---|---|
//! | `commands` | a command line cut into commands |
//! | `profile` | what the basic commands set, for one port |
//! | `radio` | what all ports share |
//! | `network` | the commands of mobile networks |
//! | `huawei` | Huawei's own commands |
//! | `result` | the forms of an answer |
//! | `escape` | the way out of data mode |

mod commands;
mod escape;
mod huawei;
mod network;
mod profile;
mod radio;
mod result;
#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::call::Call;
use crate::firmware::FirmwareFacts;
use crate::reaction::{Reaction, Then};
use crate::settings::Settings;

use commands::{Action, Command};
use escape::Escape;
use profile::{OnDrop, Profile};
pub(crate) use radio::Radio;
use result::Final;

/// A longer line is no command; it is thrown away.
const LONGEST_LINE: usize = 2048;
const BACKSPACE: u8 = 8;

/// What the interpreter tells, and what it may change.
#[derive(Debug)]
pub(crate) struct Ground<'a> {
    /// What `AT^FHVER` calls the stick.
    pub(crate) variant: &'static str,
    pub(crate) facts: FirmwareFacts,
    /// The functions of the composition that it shows now.
    pub(crate) functions: Vec<&'static str>,
    pub(crate) settings: &'a mut Settings,
    pub(crate) radio: &'a mut Radio,
    /// How many ports have a call.
    pub(crate) calls: usize,
    /// A number that other sticks do not have.
    pub(crate) seed: u32,
    /// The network asks for a name and a password.
    pub(crate) wants_login: bool,
    pub(crate) now: Duration,
    /// What follows the answer.
    pub(crate) then: Then,
}

/// What became of bytes that came to a port.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// So many were data of the call. Fewer than came: the rest has no room for now.
    Data(usize),
    /// So many ended a line, which is to be carried out.
    Line(usize, Vec<u8>),
    /// All of them are the beginning of a line; this is said back.
    Part(Vec<u8>),
}

/// One AT port, with a state of its own.
#[derive(Debug)]
pub(crate) struct AtPort {
    line: Vec<u8>,
    /// How much of the line was said back already.
    echoed: usize,
    profile: Profile,
    call: Option<Call>,
    /// In data mode, with what watches for the end of it.
    data: Option<Escape>,
    /// The host's terminal is ready, as it told last.
    ready: bool,
    /// The line state that the host was told.
    announced: u16,
}

impl AtPort {
    pub(crate) fn new() -> Self {
        Self {
            line: Vec::new(),
            echoed: 0,
            profile: Profile::default(),
            call: None,
            data: None,
            ready: false,
            announced: 0,
        }
    }

    /// Takes as much of what came as belongs together: data, or a line up to its end.
    pub(crate) fn take(&mut self, bytes: &[u8], now: Duration) -> Taken {
        if let Some((call, escape)) = self.call.as_mut().zip(self.data.as_mut()) {
            let taken = call.take(bytes, now);
            escape.hear(&bytes[..taken], now);
            return Taken::Data(taken);
        }
        for (index, &byte) in bytes.iter().enumerate() {
            match byte {
                b'\r' => return Taken::Line(index + 1, std::mem::take(&mut self.line)),
                b'\n' => {}
                BACKSPACE => {
                    self.line.pop();
                    self.echoed = self.echoed.min(self.line.len());
                }
                _ if self.line.len() < LONGEST_LINE => self.line.push(byte),
                _ => {
                    self.line.clear();
                    self.echoed = 0;
                }
            }
        }
        let part = self.line[self.echoed..].to_vec();
        self.echoed = self.line.len();
        Taken::Part(if self.profile.echo { part } else { Vec::new() })
    }

    /// Carries out one line.
    pub(crate) fn answer(&mut self, line: &[u8], ground: &mut Ground<'_>) -> Reaction {
        let echoed = std::mem::take(&mut self.echoed).min(line.len());
        let echo = if self.profile.echo { [&line[echoed..], b"\r"].concat() } else { Vec::new() };
        // A line without the prefix is no command line. A terminal that echoes what the modem says would otherwise be
        // told that this is wrong, and echo that as well.
        let Some(commands) = commands::split(&String::from_utf8_lossy(line)) else {
            return if echo.is_empty() { Reaction::silence() } else { Reaction::answer(echo) };
        };
        let (lines, result) = self.carry_out_all(commands, ground);
        let answer = [echo, self.profile.forms().write(&lines, result).into_bytes()].concat();
        let reaction = if answer.is_empty() { Reaction::silence() } else { Reaction::answer(answer) };
        reaction.then(std::mem::replace(&mut ground.then, Then::Stay))
    }

    /// One after the other, up to the first that fails or leads into data mode.
    fn carry_out_all(&mut self, commands: Vec<Command>, ground: &mut Ground<'_>) -> (Vec<String>, Final) {
        let mut lines = Vec::new();
        for command in commands {
            match self.carry_out(command, ground) {
                Ok(mut more) => lines.append(&mut more),
                Err(result) => return (lines, result),
            }
        }
        (lines, Final::Ok)
    }

    fn carry_out(&mut self, command: Command, ground: &mut Ground<'_>) -> network::Answer {
        match command {
            Command::Malformed => Err(Final::Error),
            Command::Dial(number) => Err(self.dial(&number, ground)),
            Command::Register { number, action: Action::Set(value) } => {
                self.profile.set_register(number, &value).map(|()| Vec::new()).ok_or(Final::Error)
            }
            Command::Register { number, .. } => {
                let value = self.profile.register(number).ok_or(Final::Error)?;
                Ok(vec![format!("{value:03}")])
            }
            Command::Extended { name, action } => {
                let network = network::carry_out(&name, &action, &mut self.profile, ground);
                network.or_else(|| huawei::carry_out(&name, &action, ground)).unwrap_or(Err(Final::Error))
            }
            Command::Basic { name, number } => self.basic(&name, number, ground),
        }
    }

    fn basic(&mut self, name: &str, number: u32, ground: &Ground<'_>) -> network::Answer {
        match (name, number) {
            ("I", _) => Ok(identity(&ground.facts)),
            ("H", 0) => {
                self.call = None;
                Ok(Vec::new())
            }
            ("O", 0) if self.call.is_some() => {
                self.data = Some(Escape::new(self.profile.guard(), ground.now));
                Err(Final::Connect)
            }
            // Nobody ever calls, and there is nothing to go back to.
            ("O" | "A", 0) => Err(Final::NoCarrier),
            _ => {
                self.profile.set(name, number).ok_or(Final::Error)?;
                if name == "Z" {
                    self.call = None;
                }
                Ok(Vec::new())
            }
        }
    }

    /// Data calls alone: `*99#` for the first context, `*99***2#` for another.
    fn dial(&mut self, number: &str, ground: &Ground<'_>) -> Final {
        if self.call.is_some() {
            return Final::Error;
        }
        // Tone or pulse, and what makes a number easier to read.
        let digits: String = number.chars().filter(|digit| !" -TtPp".contains(*digit)).collect();
        let context = match digits.strip_prefix("*99").and_then(|rest| rest.strip_suffix('#')) {
            Some("") => Some(1),
            Some(rest) => rest.strip_prefix("***").and_then(|digits| digits.parse().ok()),
            None => None,
        };
        // There is one modem behind all ports.
        if ground.calls > 0 || !context.is_some_and(|context| ground.radio.carries(context)) {
            return Final::NoCarrier;
        }
        self.call = Some(Call::new(ground.seed, ground.wants_login, ground.now));
        self.data = Some(Escape::new(self.profile.guard(), ground.now));
        Final::Connect
    }

    /// Whether there is a call, in data mode or not.
    pub(crate) fn has_call(&self) -> bool {
        self.call.is_some()
    }

    /// Whether everything on the port is data of the call.
    pub(crate) fn is_in_data_mode(&self) -> bool {
        self.data.is_some()
    }

    /// When the port does something by itself. With `room` for what it would say, what the call has to do counts too.
    pub(crate) fn next(&self, room: bool) -> Option<Duration> {
        let escape = self.data.as_ref()?.due();
        let call = self.call.as_ref().filter(|_| room).and_then(Call::next);
        [escape, call].into_iter().flatten().min()
    }

    /// Does what is due; gives what the port says by itself, nothing if there is nothing for now.
    pub(crate) fn run(&mut self, now: Duration) -> Vec<u8> {
        let escaped = self.escape(now);
        if !escaped.is_empty() {
            return escaped;
        }
        let Some(call) = self.call.as_mut().filter(|_| self.data.is_some()) else { return Vec::new() };
        let said = call.run(now);
        if !said.is_empty() {
            return said;
        }
        if call.is_over() {
            return self.hang_up();
        }
        Vec::new()
    }

    /// The way out of data mode, if it is due: the call stays.
    pub(crate) fn escape(&mut self, now: Duration) -> Vec<u8> {
        let due = self.data.as_ref().and_then(Escape::due);
        if due.is_none_or(|due| due > now) {
            return Vec::new();
        }
        self.data = None;
        self.profile.forms().code(Final::Ok).into_bytes()
    }

    /// The network ends the call. One that waits in command mode ends at once: nobody would hear a farewell.
    pub(crate) fn end_call(&mut self, now: Duration) -> Vec<u8> {
        match &mut self.call {
            Some(call) if self.data.is_some() => {
                call.close(now);
                Vec::new()
            }
            Some(_) => self.hang_up(),
            None => Vec::new(),
        }
    }

    /// The host says whether its terminal is ready. What the drop does is up to `AT&D`.
    pub(crate) fn set_ready(&mut self, ready: bool) -> Option<Vec<u8>> {
        let drops = std::mem::replace(&mut self.ready, ready) && !ready;
        if !drops || self.call.is_none() {
            return None;
        }
        match self.profile.on_drop() {
            OnDrop::Nothing => None,
            OnDrop::CommandMode => {
                let left = self.data.take();
                left.map(|_| self.profile.forms().code(Final::Ok).into_bytes())
            }
            OnDrop::HangUp => Some(self.hang_up()),
        }
    }

    fn hang_up(&mut self) -> Vec<u8> {
        (self.call, self.data) = (None, None);
        self.profile.forms().code(Final::NoCarrier).into_bytes()
    }

    /// The line state (CDC PSTN 1.20, section 6.5.4) if the host was told another: bit 0 is the carrier, bit 1 says that
    /// the modem is ready.
    pub(crate) fn line_state(&mut self) -> Option<u16> {
        let carrier = !self.profile.shows_carrier || self.call.is_some();
        let state = u16::from(carrier) | 1 << 1;
        (std::mem::replace(&mut self.announced, state) != state).then_some(state)
    }

    /// The host has forgotten what it was told.
    pub(crate) fn forget_line_state(&mut self) {
        self.announced = 0;
    }
}

fn identity(facts: &FirmwareFacts) -> Vec<String> {
    vec![
        "Manufacturer: huawei".to_owned(),
        format!("Model: {}", facts.device),
        format!("Revision: {}", facts.software.as_deref().unwrap_or("")),
        format!("IMEI: {}", facts.imei),
        "+GCAP: +CGSM,+DS,+ES".to_owned(),
    ]
}
