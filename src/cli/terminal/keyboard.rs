//! Standard input, read on a thread of its own: a read cannot be broken off.

use std::io::{ErrorKind, Read};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};

use crate::cli::Input;

/// How many chunks may wait; who types faster than the stick listens is held up.
const MOST_WAITING: usize = 16;
const CHUNK: usize = 4096;

/// What came from standard input.
#[derive(Debug, PartialEq, Eq)]
pub enum Typed {
    Bytes(Vec<u8>),
    End,
}

/// Where what is typed arrives.
pub struct Keyboard(Receiver<Vec<u8>>);

impl Keyboard {
    /// Begins to read. The thread ends with the input, or at the first chunk that nobody takes any more.
    pub fn reading(input: Input) -> Self {
        let (sender, receiver) = sync_channel(MOST_WAITING);
        match input {
            Input::Nothing => {}
            Input::Piped(source) => drop(std::thread::spawn(move || pass_on(source, &sender))),
            Input::Terminal => drop(std::thread::spawn(move || pass_on(std::io::stdin(), &sender))),
        }
        Self(receiver)
    }

    /// What was typed since the last look; `None` where nothing was.
    pub fn look(&self) -> Option<Typed> {
        match self.0.try_recv() {
            Ok(bytes) => Some(Typed::Bytes(bytes)),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Typed::End),
        }
    }
}

fn pass_on(mut source: impl Read, sender: &SyncSender<Vec<u8>>) {
    let mut buffer = vec![0; CHUNK];
    loop {
        match source.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) if sender.send(buffer[..count].to_vec()).is_ok() => {}
            Ok(_) => return,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // A terminal that was closed ends like one that was left.
            Err(error) => return tracing::debug!(%error, "standard input ended"),
        }
    }
}
