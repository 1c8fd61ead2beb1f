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
use crate::serial::{Lines, SerialReceiver, SerialSender, Signals};
use crate::usb::{Heard, UsbError};

/// How long the stick may say nothing before it is looked whether the bridge goes on.
const IDLE: Duration = Duration::from_secs(1);

/// How long a stick may take nothing before it is looked what the program does meanwhile.
const STUCK: Duration = Duration::from_secs(5);

/// The most notifications that are taken in at once: lines that flutter shall not keep back what is said.
const MOST_NOTICES: usize = 4;

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
            self.hand_over(program, &mut receiver, &[])?;
            while !self.is_over() {
                let Some(heard) = receiver.hear(IDLE)? else { continue };
                let Gathered { said, notices, trouble } = Gathered::behind(heard, || receiver.hear(Duration::ZERO));
                self.hand_over(program, &mut receiver, &said)?;
                notices.iter().try_for_each(|notice| announce(program, notice))?;
                trouble?;
            }
            Ok(())
        };
        if let Err(trouble) = carry() {
            self.end_by(trouble);
        }
    }

    /// Hands the program what the stick said. One that does not read may be hung up on meanwhile.
    fn hand_over(&self, program: &dyn Program, receiver: &mut SerialReceiver, said: &[u8]) -> Result<(), Trouble> {
        let mut is_taken = program.hear(said)?;
        while !is_taken && !self.is_over() {
            match receiver.notice() {
                Ok(Some(notice)) => announce(program, &notice)?,
                Ok(None) => is_taken = program.hear(&[])?,
                Err(error) => {
                    // What was said before is kept for it.
                    let mut rest = Vec::new();
                    while let Ok(Some(chunk)) = receiver.receive(Duration::ZERO) {
                        rest.extend(chunk);
                    }
                    program.hear(&rest)?;
                    return Err(error.into());
                }
            }
        }
        Ok(())
    }

    /// Carries what the program says, and its lines, until the run is over. Then the lines are dropped. `tell` is told when the
    /// program was hung up on, and when it is to be met elsewhere.
    pub(super) fn speak(&self, program: &dyn Program, mut sender: SerialSender, tell: impl Fn(&Act)) {
        let mut carry = || -> Result<(), Trouble> {
            // A program that was there before the stick came back.
            let mut lines = program.lines();
            if lines != Lines::DOWN {
                sender.set_lines(lines)?;
            }
            loop {
                match program.next()? {
                    Act::Stopped => break,
                    Act::Said(bytes) => lines = self.send(program, &mut sender, bytes, lines, &tell)?,
                    act => lines = obey(&act, &mut sender, lines, &tell)?,
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
        tell: &impl Fn(&Act),
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
            if let Some(act) = &act {
                lines = obey(act, sender, lines, tell)?;
            }
            if matches!(act, Some(Act::Closed | Act::LostCarrier)) {
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

/// Tells the program of the stick's lines, if that is what it announces.
fn announce(program: &dyn Program, notice: &[u8]) -> io::Result<()> {
    let Some(signals) = Signals::of_notice(notice) else { return Ok(()) };
    tracing::info!(?signals, "the stick drives its lines");
    program.signalled(signals)
}

/// Tells of an act, and drives the lines as it asks for, if it does. Gives them as they are then.
fn obey(act: &Act, sender: &mut SerialSender, lines: Lines, tell: &impl Fn(&Act)) -> Result<Lines, Trouble> {
    tell(act);
    let Some(wanted) = act.lines() else { return Ok(lines) };
    tracing::info!(?wanted, "lines");
    sender.set_lines(wanted)?;
    Ok(wanted)
}

/// What is here already of what the stick says, so that the program is woken once for all of it.
///
/// Nothing tells which of a chunk and a notification was said first. Chunks are handed over before, so that a program that
/// reads hears the last words of a call before it is hung up on. What it has not read by then goes, as on any tty.
struct Gathered {
    /// Chunks, in their order.
    said: Bytes,
    /// Notifications, in theirs.
    notices: Vec<Bytes>,
    /// What came behind both.
    trouble: Result<(), UsbError>,
}

impl Gathered {
    /// What was heard first, and what is here behind it.
    fn behind(first: Heard, mut next: impl FnMut() -> Result<Option<Heard>, UsbError>) -> Self {
        let (mut length, mut chunks, mut notices) = (0, Vec::new(), Vec::new());
        let mut heard = Ok(Some(first));
        let trouble = loop {
            match heard {
                Ok(Some(Heard::Chunk(chunk))) => {
                    length += chunk.len();
                    chunks.push(chunk);
                }
                Ok(Some(Heard::Notice(notice))) => notices.push(notice),
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
            if length >= AT_ONCE || notices.len() >= MOST_NOTICES {
                break Ok(());
            }
            heard = next();
        };
        let said = if chunks.len() == 1 { chunks.pop() } else { None };
        Self { said: said.unwrap_or_else(|| chunks.concat().into()), notices, trouble }
    }
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

    fn chunk(bytes: &'static [u8]) -> Heard {
        Heard::Chunk(Bytes::from_static(bytes))
    }

    /// What is gathered of this, of which the first has come.
    fn gather(heard: Vec<Heard>, end: Result<(), UsbError>) -> Gathered {
        let mut heard = heard.into_iter();
        let first = heard.next().expect("something");
        let mut end = Some(end);
        Gathered::behind(first, || match heard.next() {
            Some(heard) => Ok(Some(heard)),
            None => end.take().expect("nobody asks again").map(|()| None),
        })
    }

    #[test]
    fn chunks_that_are_here_are_handed_over_together_and_in_their_order() {
        assert_eq!(gather(vec![chunk(b"alone")], Ok(())).said, "alone");
        let gathered = gather(vec![chunk(b"one,"), chunk(b"two,"), chunk(b"three")], Ok(()));
        assert_eq!((&*gathered.said, gathered.notices.len()), (&b"one,two,three"[..], 0));
    }

    #[test]
    fn what_was_said_before_the_stick_left_is_not_lost_with_it() {
        let gathered = gather(vec![chunk(b"the last "), chunk(b"words")], Err(UsbError::Gone));
        assert_eq!(gathered.said, "the last words");
        assert!(matches!(gathered.trouble, Err(UsbError::Gone)));
    }

    #[test]
    fn notifications_are_told_in_their_order_behind_all_that_was_said() {
        let notice = |text: &'static [u8]| Heard::Notice(Bytes::from_static(text));
        let gathered = gather(vec![chunk(b"the last "), notice(b"up"), notice(b"down"), chunk(b"words")], Ok(()));
        assert_eq!(
            (&*gathered.said, &*gathered.notices),
            (&b"the last words"[..], &[Bytes::from("up"), "down".into()][..])
        );
        let fluttering = Gathered::behind(notice(b"up"), || Ok(Some(notice(b"down"))));
        assert_eq!((fluttering.said.len(), fluttering.notices.len()), (0, MOST_NOTICES));
    }

    #[test]
    fn no_more_is_gathered_than_is_carried_at_once() {
        let piece = Heard::Chunk(Bytes::from_static(&[7; 4096]));
        let mut asked = 0;
        let gathered = Gathered::behind(piece.clone(), || {
            asked += 1;
            Ok(Some(piece.clone()))
        });
        assert_eq!((gathered.said.len(), asked), (AT_ONCE, 3));
    }
}
