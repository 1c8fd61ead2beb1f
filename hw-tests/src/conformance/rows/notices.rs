//! Row 20: what a modem announces beside its data.

use std::time::Duration;

use balong::usb::{ControlRequest, Heard, PortPath, UsbReceiver, UsbSender};

use super::super::subject::{Kept, PATIENCE, SOON, Subject, check, said, same};

/// SERIAL_STATE up to the number of the interface (USB CDC PSTN 1.2, section 6.5.4).
const SERIAL_STATE: [u8; 4] = [0xa1, 0x20, 0, 0];
/// Its bits: the modem is ready, and has a carrier.
const READY: u16 = 1 << 1;
const CARRIER: u16 = 1 << 0;

/// Commands before and behind one that changes the carrier, and what comes of each: its echo, and `OK`.
const COMMANDS: usize = 20;
const COMMAND: &str = "AT\r";
const ROUNDS: usize = 20;

/// Deadlines that most of what is said comes too late for, in milliseconds.
const DEADLINES: [u64; 4] = [0, 1, 3, 7];

/// Row 20. `&C0` raises the carrier without a call and `&C1` drops it again (V.250, section 6.2.8), so that it changes as often as
/// is wanted, in the middle of answers that are known to the byte. Between rounds several waits time out with everything left
/// queued, and within a round whatever comes too late for one has to come in the next. Then comes a call.
pub(super) fn carrier(subject: &Subject<'_>, modem: &PortPath) -> Kept {
    let (device, interface) = subject.modem(modem)?;
    let (receiver, mut sender) = subject.empty(&device, interface)?.split();
    let mut listener = Listener { subject, receiver, interface, stream: Vec::new(), states: Vec::new() };
    let lines = |sender: &mut dyn UsbSender, up: bool| {
        let request = ControlRequest::control_line_state(interface, up, up);
        sender.control(request, &[], SOON).map(drop).map_err(said("setting the lines"))
    };
    lines(&mut *sender, true)?;
    listener.ask(&mut *sender, "ATE1&C1&D2\r")?;

    for round in 0..ROUNDS {
        let (setting, state) = if round % 2 == 0 { ("AT&C0\r", READY | CARRIER) } else { ("AT&C1\r", READY) };
        listener.ask(&mut *sender, &[&COMMAND.repeat(COMMANDS), setting, &COMMAND.repeat(COMMANDS)].concat())?;
        listener.expect_state(&format!("the state in round {round}"), state)?;
        listener.expect_silence()?;
    }

    // Whoever has no room for the answers learns of the state all the same, and gets them afterwards.
    for (setting, state) in [("AT&C0\r", READY | CARRIER), ("AT&C1\r", READY)] {
        let lines = [setting, &COMMAND.repeat(COMMANDS)].concat();
        listener.say(&mut *sender, &lines)?;
        listener.expect_state_alone(state)?;
        listener.expect_answers(&lines)?;
    }

    sender.send(b"ATD*99#\r", SOON).map_err(said("dialling"))?;
    listener.until("the modem is connected and says something over the call", |stream| {
        let text = String::from_utf8_lossy(stream);
        text.split_once("CONNECT")
            .and_then(|(_, behind)| behind.split_once("\r\n"))
            .is_some_and(|(_, data)| !data.is_empty())
    })?;
    listener.expect_state("the state of the call", READY | CARRIER)?;
    lines(&mut *sender, false)?;
    listener.until("the modem says that the call has ended", |stream| stream.ends_with(b"\r\nNO CARRIER\r\n"))?;
    listener.expect_state("the state after the call", READY)
}

/// Somebody who hears a modem, with deadlines that are always too short.
struct Listener<'a> {
    subject: &'a Subject<'a>,
    receiver: Box<dyn UsbReceiver>,
    interface: u8,
    stream: Vec<u8>,
    states: Vec<u16>,
}

impl Listener<'_> {
    /// Sends command lines, and hears the answers to all of them.
    fn ask(&mut self, sender: &mut dyn UsbSender, lines: &str) -> Kept {
        self.say(sender, lines)?;
        self.expect_answers(lines)
    }

    /// Sends command lines.
    fn say(&self, sender: &mut dyn UsbSender, lines: &str) -> Kept {
        sender.send(lines.as_bytes(), SOON).map_err(said("sending commands"))
    }

    /// Hears exactly their echoes and as many times `OK`.
    fn expect_answers(&mut self, lines: &str) -> Kept {
        let answers: Vec<String> = lines.split_inclusive('\r').map(|line| format!("{line}\r\nOK\r\n")).collect();
        let expected = answers.concat();
        self.until(&format!("{} bytes of answers came", expected.len()), |stream| stream.len() >= expected.len())?;
        same("what was answered", &std::mem::take(&mut self.stream), expected.as_bytes())
    }

    /// Hears that the state has become another. The one before may be told first, as it is to whoever begins to listen.
    fn expect_state(&mut self, what: &str, expected: u16) -> Kept {
        self.hear_until(what, |listener| listener.states.contains(&expected))?;
        let states = std::mem::take(&mut self.states);
        let is_told = states == [expected] || states == [expected ^ CARRIER, expected];
        check(is_told, || format!("{what} was told as {states:?}, not as {expected}"))
    }

    /// Learns that the state has become another, and takes nothing else.
    fn expect_state_alone(&mut self, expected: u16) -> Kept {
        let give_up = self.subject.bus.now() + PATIENCE;
        loop {
            match self.receiver.notice().map_err(said("asking for a notification alone"))? {
                Some(notice) => {
                    let state = self.state(&notice)?;
                    return check(state == expected, || format!("the state alone is {state}, not {expected}"));
                }
                None => self.subject.bus.sleep(Duration::from_millis(10)),
            }
            check(self.subject.bus.now() < give_up, || format!("waited {} s for the state alone", PATIENCE.as_secs()))?;
        }
    }

    /// Hears that nothing comes.
    fn expect_silence(&mut self) -> Kept {
        for milliseconds in DEADLINES {
            let heard = self.receiver.hear(Duration::from_millis(milliseconds)).map_err(said("hearing nothing"))?;
            check(heard.is_none(), || format!("{heard:02x?} came of nothing"))?;
        }
        Ok(())
    }

    /// Hears until the stream is so.
    fn until(&mut self, what: &str, is_so: impl Fn(&[u8]) -> bool) -> Kept {
        self.hear_until(what, |listener| is_so(&listener.stream))
    }

    fn hear_until(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) -> Kept {
        let give_up = self.subject.bus.now() + PATIENCE;
        let mut deadlines = DEADLINES.iter().cycle();
        while !is_so(self) {
            check(self.subject.bus.now() < give_up, || {
                let heard = self.stream.escape_ascii();
                format!("waited {} s until {what}; heard {:?} and {heard}", PATIENCE.as_secs(), self.states)
            })?;
            let within = Duration::from_millis(deadlines.next().copied().unwrap_or_default());
            match self.receiver.hear(within).map_err(said("hearing"))? {
                Some(Heard::Chunk(chunk)) => self.stream.extend_from_slice(&chunk),
                Some(Heard::Notice(notice)) => self.states.push(self.state(&notice)?),
                None => {}
            }
        }
        Ok(())
    }

    /// The state that a notification tells.
    fn state(&self, notice: &[u8]) -> Result<u16, String> {
        let expected = [&SERIAL_STATE[..], &[self.interface, 0, 2, 0]].concat();
        match notice.split_at_checked(expected.len()) {
            Some((front, &[low, high])) if front == expected => Ok(u16::from_le_bytes([low, high])),
            _ => Err(format!("{notice:02x?} is no SERIAL_STATE of interface {}", self.interface)),
        }
    }
}
