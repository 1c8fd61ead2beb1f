//! Carrying bytes between the programs and one incarnation of the stick: one thread a direction and port.
//!
//! Nothing is buffered here beyond what is on its way at once. Towards the program, a thread receives only after the program
//! took what came before, so a program that does not read makes the stick wait; towards the stick, a thread reads the
//! program only after the stick took what came before. All of them sleep until the system wakes them, but for a look once
//! a second on a stick that says nothing, and for what a pty does not tell.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;

use super::program::{AT_ONCE, Act, Program};
use crate::failure::Cause;
use crate::serial::{Lines, SerialReceiver, SerialSender};
use crate::usb::UsbError;

/// How long the stick may say nothing before it is looked whether the bridge goes on.
const IDLE: Duration = Duration::from_secs(1);

/// How long a stick may take nothing before it is looked what the program does meanwhile.
const STUCK: Duration = Duration::from_secs(5);

/// How the relaying ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// A stop was asked for.
    Stopped,
    /// The stick left the bus.
    Left,
    /// It cannot go on.
    Failed(Cause),
}

/// What all threads of one stick share.
pub(super) struct Run {
    programs: Vec<Arc<dyn Program>>,
    is_over: AtomicBool,
    why: Mutex<Option<Ended>>,
}

impl Run {
    /// A run that is not over, with programs that can be waited for.
    pub(super) fn new(programs: Vec<Arc<dyn Program>>) -> Self {
        for program in &programs {
            program.resume();
        }
        Self { programs, is_over: AtomicBool::new(false), why: Mutex::new(None) }
    }

    /// Ends it, for the first reason that is given.
    pub(super) fn end(&self, why: Ended) {
        self.why.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
        self.is_over.store(true, Ordering::SeqCst);
        for program in &self.programs {
            program.stop();
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    /// Why it ended; none of its threads is left by now.
    pub(super) fn why(&self) -> Ended {
        let why = self.why.lock().unwrap_or_else(PoisonError::into_inner).take();
        why.unwrap_or(Ended::Stopped)
    }

    fn end_by(&self, trouble: Trouble) {
        self.end(match trouble {
            Trouble::Usb(UsbError::Gone) => Ended::Left,
            Trouble::Usb(error) => Ended::Failed(error.into()),
            Trouble::System(source) => {
                Ended::Failed(Cause::System { doing: "speaking to the program at the port".to_owned(), source })
            }
        });
    }

    /// Carries what the stick says, until the run is over.
    pub(super) fn listen(&self, program: &dyn Program, mut receiver: SerialReceiver) {
        let mut carry = || -> Result<(), Trouble> {
            // What an earlier run could not hand over.
            program.hear(&[])?;
            while !self.is_over() {
                if let Some(chunk) = receiver.receive(IDLE)? {
                    let (said, trouble) = gathered(chunk, || receiver.receive(Duration::ZERO));
                    program.hear(&said)?;
                    trouble?;
                }
            }
            Ok(())
        };
        if let Err(trouble) = carry() {
            self.end_by(trouble);
        }
    }

    /// Carries what the program says, and its lines, until the run is over. Then the lines are dropped. `moved` is told when
    /// the program is to be met elsewhere.
    pub(super) fn speak(&self, program: &dyn Program, mut sender: SerialSender, moved: impl Fn()) {
        let mut carry = || -> Result<(), Trouble> {
            // A program that was there before the stick came back.
            let mut lines = program.lines();
            if lines != Lines::DOWN {
                sender.set_lines(lines)?;
            }
            loop {
                let act = match program.next()? {
                    Act::Stopped => break,
                    Act::Said(bytes) => {
                        lines = self.send(program, &mut sender, bytes, lines)?;
                        continue;
                    }
                    Act::Moved => {
                        moved();
                        continue;
                    }
                    act => act,
                };
                if let Some(wanted) = act.lines() {
                    lines = drive(&mut sender, wanted)?;
                }
            }
            if lines != Lines::DOWN {
                sender.set_lines(Lines::DOWN)?;
            }
            Ok(())
        };
        if let Err(trouble) = carry() {
            self.end_by(trouble);
        }
    }

    /// Sends what the program said, and gives the lines as they are afterwards. While the stick takes nothing, the program
    /// may still drive the lines, and one that closes the port takes along what it had said.
    fn send(
        &self,
        program: &dyn Program,
        sender: &mut SerialSender,
        mut bytes: Bytes,
        mut lines: Lines,
    ) -> Result<Lines, Trouble> {
        loop {
            let mut overtakes = Ok(None);
            let taken = sender.send_all(&bytes, |idle| {
                if idle >= STUCK && matches!(overtakes, Ok(None)) {
                    overtakes = program.overtakes();
                }
                !self.is_over() && matches!(overtakes, Ok(None))
            })?;
            bytes = bytes.slice(taken..);
            let act = overtakes?;
            if let Some(wanted) = act.as_ref().and_then(Act::lines) {
                lines = drive(sender, wanted)?;
            }
            if act == Some(Act::Closed) {
                tracing::info!(length = bytes.len(), "the stick did not take what a program said that is gone");
                return Ok(lines);
            }
            if bytes.is_empty() {
                return Ok(lines);
            }
            if self.is_over() {
                program.take_back(bytes);
                return Ok(lines);
            }
        }
    }
}

/// Drives the lines as the program wants them, and gives them as they are then.
fn drive(sender: &mut SerialSender, wanted: Lines) -> Result<Lines, Trouble> {
    tracing::info!(?wanted, "lines");
    sender.set_lines(wanted)?;
    Ok(wanted)
}

/// A chunk, and what is here already behind it, so that the program is woken once for all of it. Trouble is told behind what
/// was said before it.
fn gathered(first: Bytes, mut next: impl FnMut() -> Result<Option<Bytes>, UsbError>) -> (Bytes, Result<(), UsbError>) {
    let (mut length, mut chunks) = (first.len(), vec![first]);
    let mut trouble = Ok(());
    while length < AT_ONCE {
        match next() {
            Ok(Some(chunk)) => {
                length += chunk.len();
                chunks.push(chunk);
            }
            Ok(None) => break,
            Err(error) => {
                trouble = Err(error);
                break;
            }
        }
    }
    let said = if chunks.len() == 1 { chunks.pop() } else { None };
    (said.unwrap_or_else(|| chunks.concat().into()), trouble)
}

/// What keeps a thread from going on.
enum Trouble {
    Usb(UsbError),
    System(io::Error),
}

impl From<UsbError> for Trouble {
    fn from(error: UsbError) -> Self {
        Self::Usb(error)
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was gathered of these chunks, of which the first has come.
    fn gather(chunks: &[&'static [u8]], end: Result<(), UsbError>) -> (Vec<u8>, Result<(), UsbError>) {
        let mut chunks = chunks.iter().map(|&chunk| Bytes::from_static(chunk));
        let first = chunks.next().expect("a chunk");
        let mut end = Some(end);
        let (said, trouble) = gathered(first, || match chunks.next() {
            Some(chunk) => Ok(Some(chunk)),
            None => end.take().expect("nobody asks again").map(|()| None),
        });
        (said.to_vec(), trouble)
    }

    #[test]
    fn chunks_that_are_here_are_handed_over_together_and_in_their_order() {
        assert!(matches!(gather(&[b"alone"], Ok(())), (said, Ok(())) if said == b"alone"));
        assert!(matches!(gather(&[b"one,", b"two,", b"three"], Ok(())), (said, Ok(())) if said == b"one,two,three"));
    }

    #[test]
    fn what_was_said_before_the_stick_left_is_not_lost_with_it() {
        let (said, trouble) = gather(&[b"the last ", b"words"], Err(UsbError::Gone));
        assert_eq!(said, b"the last words");
        assert!(matches!(trouble, Err(UsbError::Gone)));
    }

    #[test]
    fn no_more_is_gathered_than_is_carried_at_once() {
        let piece = Bytes::from_static(&[7; 4096]);
        let mut asked = 0;
        let (said, _) = gathered(piece.clone(), || {
            asked += 1;
            Ok(Some(piece.clone()))
        });
        assert_eq!((said.len(), asked), (AT_ONCE, 3));
    }
}
