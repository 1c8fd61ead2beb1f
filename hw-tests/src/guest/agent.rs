//! The conversation with the agent in the guest: lines over a serial port.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Instant;

/// What the agent says.
#[derive(Debug, PartialEq, Eq)]
enum Message {
    Ready,
    Started { number: u32, process: u32 },
    Ended { number: u32, status: u8 },
}

/// The conversation is over.
#[derive(Debug, thiserror::Error)]
pub enum AgentGone {
    /// The serial port was closed: QEMU is gone.
    #[error("QEMU ended")]
    Closed,
    /// The agent said something else than it should.
    #[error("its agent said `{0}`, which means nothing")]
    Nonsense(String),
}

/// The host's end of the conversation, and all that was heard so far.
pub struct Agent {
    requests: Box<dyn Write + Send>,
    messages: Receiver<Result<Message, AgentGone>>,
    ready: bool,
    started: HashMap<u32, u32>,
    ended: HashMap<u32, u8>,
}

impl Agent {
    /// Talks over these two ends; `answers` is read until it ends, which is when QEMU does.
    pub fn new(requests: impl Write + Send + 'static, answers: impl Read + Send + 'static) -> Self {
        let (sender, messages) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(answers).split(b'\n') {
                let Ok(line) = line else { break };
                // Nobody listens any more: the guest was dropped.
                if sender.send(parse(&line)).is_err() {
                    break;
                }
            }
        });
        let (started, ended) = (HashMap::new(), HashMap::new());
        Self { requests: Box::new(requests), messages, ready: false, started, ended }
    }

    /// Asks for a program whose script lies in this folder of the share.
    pub fn request_run(&mut self, number: u32) -> io::Result<()> {
        self.request(&format!("run {number}"))
    }

    /// Asks for a signal; a negative process is a process group.
    pub fn request_signal(&mut self, name: &str, process: i64) -> io::Result<()> {
        self.request(&format!("signal {name} {process}"))
    }

    /// Whether the agent is up; waits until the deadline.
    pub fn is_ready(&mut self, deadline: Instant) -> Result<bool, AgentGone> {
        self.listen(deadline, |agent| agent.ready.then_some(())).map(|heard| heard.is_some())
    }

    /// The process number of a program; waits until it was started or the deadline is over.
    pub fn process(&mut self, number: u32, deadline: Instant) -> Result<Option<u32>, AgentGone> {
        self.listen(deadline, |agent| agent.started.get(&number).copied())
    }

    /// The status of a program; waits until it ended or the deadline is over.
    pub fn status(&mut self, number: u32, deadline: Instant) -> Result<Option<u8>, AgentGone> {
        self.listen(deadline, |agent| agent.ended.get(&number).copied())
    }

    fn request(&mut self, line: &str) -> io::Result<()> {
        self.requests.write_all(format!("{line}\n").as_bytes())?;
        self.requests.flush()
    }

    /// Hears everything that was said already, then waits for what is looked for.
    fn listen<T>(&mut self, deadline: Instant, look: impl Fn(&Self) -> Option<T>) -> Result<Option<T>, AgentGone> {
        loop {
            if let Some(found) = look(self) {
                return Ok(Some(found));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match self.messages.recv_timeout(left) {
                Ok(message) => self.hear(message?),
                Err(RecvTimeoutError::Timeout) => return Ok(None),
                Err(RecvTimeoutError::Disconnected) => return Err(AgentGone::Closed),
            }
        }
    }

    fn hear(&mut self, message: Message) {
        match message {
            Message::Ready => self.ready = true,
            Message::Started { number, process } => drop(self.started.insert(number, process)),
            Message::Ended { number, status } => drop(self.ended.insert(number, status)),
        }
    }
}

fn parse(line: &[u8]) -> Result<Message, AgentGone> {
    let text = String::from_utf8_lossy(line);
    let words: Vec<_> = text.split_whitespace().collect();
    let message = match words.as_slice() {
        ["ready"] => Some(Message::Ready),
        ["started", number, process] => {
            number.parse().and_then(|number| process.parse().map(|process| Message::Started { number, process })).ok()
        }
        ["ended", number, status] => {
            number.parse().and_then(|number| status.parse().map(|status| Message::Ended { number, status })).ok()
        }
        _ => None,
    };
    message.ok_or_else(|| AgentGone::Nonsense(text.escape_default().to_string()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn agent(answers: &'static [u8]) -> Agent {
        Agent::new(io::sink(), answers)
    }

    /// Far enough for a thread of this process, never waited for by a test that passes.
    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(20)
    }

    #[test]
    fn answers_of_programs_side_by_side_are_told_apart() {
        let mut agent = agent(b"ready\nstarted 2 71\r\nstarted 1 70\nended 2 0\nended 1 137\n");
        assert!(agent.is_ready(soon()).expect("open"));
        assert_eq!(agent.status(1, soon()).expect("open"), Some(137));
        assert_eq!(agent.status(2, soon()).expect("open"), Some(0));
        assert_eq!(agent.process(1, soon()).expect("open"), Some(70));
        assert_eq!(agent.process(2, soon()).expect("open"), Some(71));
    }

    #[test]
    fn an_end_without_an_answer_is_a_closed_conversation() {
        let mut agent = agent(b"ready\nstarted 1 70\n");
        assert!(matches!(agent.status(1, soon()), Err(AgentGone::Closed)));
    }

    #[test]
    fn silence_is_no_answer_at_the_deadline() {
        let (silent, _open) = io::pipe().expect("a pipe");
        let mut agent = Agent::new(io::sink(), silent);
        assert!(!agent.is_ready(Instant::now()).expect("open"));
    }

    #[test]
    fn a_line_that_is_no_answer_is_shown_escaped() {
        let mut agent = agent(b"ended 1 256\x07\n");
        let gone = agent.is_ready(soon()).expect_err("no message");
        assert_eq!(gone.to_string(), "its agent said `ended 1 256\\u{7}`, which means nothing");
    }

    #[test]
    fn a_request_is_one_line() {
        let (mut heard, requests) = io::pipe().expect("a pipe");
        let mut agent = Agent::new(requests, io::empty());
        agent.request_run(3).expect("written");
        agent.request_signal("KILL", -70).expect("written");
        drop(agent);
        let mut text = String::new();
        heard.read_to_string(&mut text).expect("read");
        assert_eq!(text, "run 3\nsignal KILL -70\n");
    }
}
