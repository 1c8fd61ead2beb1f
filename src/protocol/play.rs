//! A stage for conversations in tests: what must be sent, and what is heard, from a script.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::{Conversation, Event, Step};

/// A wait of at most this long listens for what nobody asked for: silence there needs no line in the script.
const LISTENING: Duration = Duration::from_millis(250);

/// One line of a script.
#[derive(Clone, Debug)]
pub(super) enum Line {
    /// The conversation must send exactly this, and the stick takes it.
    Sends(Vec<u8>),
    /// The conversation must send exactly this, and this comes of it.
    SendEnds(Vec<u8>, Event<'static>),
    /// The conversation waits for an answer and hears this chunk.
    Hears(Vec<u8>),
    /// The conversation listens before it asks, and hears this.
    Early(Vec<u8>),
    /// The conversation waits for an answer, and this comes of it.
    Meets(Event<'static>),
}

/// How a play ended.
pub(super) struct Played<T, E> {
    /// What the conversation yielded.
    pub ended: Result<T, E>,
    /// The deadline of each send and of each wait for an answer, in order; listening is left out.
    pub deadlines: Vec<Duration>,
    /// How long it listened for what nobody asked for, each time.
    pub listened: Vec<Duration>,
}

/// Plays a conversation against a script, to the end of both.
pub(super) fn play<C: Conversation>(
    mut conversation: C,
    script: impl IntoIterator<Item = Line>,
) -> Played<C::Output, C::Error> {
    let mut script: VecDeque<Line> = script.into_iter().collect();
    let mut deadlines = Vec::new();
    let mut listened = Vec::new();
    let ended = loop {
        let line;
        let event = match conversation.next() {
            Step::Finished(output) => break Ok(output),
            Step::Pause(_) => continue,
            Step::Control { request, .. } => panic!("a control request nobody expected: {request:?}"),
            Step::Send { bytes, within } => {
                deadlines.push(within);
                line = script.pop_front();
                match &line {
                    Some(Line::Sends(expected)) => {
                        assert_eq!(hex(&bytes), hex(expected), "the transfer sent");
                        continue;
                    }
                    Some(Line::SendEnds(expected, event)) => {
                        assert_eq!(hex(&bytes), hex(expected), "the transfer sent");
                        *event
                    }
                    other => panic!("sent {} where the script has {other:?}", hex(&bytes)),
                }
            }
            Step::Receive { within } if within <= LISTENING => {
                listened.push(within);
                let early = matches!(script.front(), Some(Line::Early(_)));
                line = if early { script.pop_front() } else { None };
                match &line {
                    Some(Line::Early(chunk)) => Event::Received(chunk),
                    _ => Event::TimedOut,
                }
            }
            Step::Receive { within } => {
                deadlines.push(within);
                line = script.pop_front();
                match &line {
                    Some(Line::Hears(chunk)) => Event::Received(chunk),
                    Some(Line::Meets(event)) => *event,
                    other => panic!("waits for an answer where the script has {other:?}"),
                }
            }
        };
        if let Err(error) = conversation.handle(event) {
            break Err(error);
        }
    };
    assert!(script.is_empty(), "the conversation ended before {script:?}");
    Played { ended, deadlines, listened }
}

/// Lets `answer` say something to each transfer (nothing: silence to the deadline), and returns the transfers.
pub(super) fn converse<C: Conversation>(
    mut conversation: C,
    mut answer: impl FnMut(&[u8]) -> Vec<u8>,
) -> (Result<C::Output, C::Error>, Vec<Bytes>) {
    let mut sent = Vec::new();
    let mut said = Vec::new();
    let ended = loop {
        let heard;
        let event = match conversation.next() {
            Step::Finished(output) => break Ok(output),
            Step::Pause(_) => continue,
            Step::Control { request, .. } => panic!("a control request nobody expected: {request:?}"),
            Step::Send { bytes, .. } => {
                said = answer(&bytes);
                sent.push(bytes);
                continue;
            }
            Step::Receive { within } if within <= LISTENING => Event::TimedOut,
            Step::Receive { .. } => {
                heard = std::mem::take(&mut said);
                if heard.is_empty() { Event::TimedOut } else { Event::Received(&heard) }
            }
        };
        if let Err(error) = conversation.handle(event) {
            break Err(error);
        }
    };
    (ended, sent)
}

/// Bytes from hexadecimal.
pub(super) fn unhex(text: &str) -> Vec<u8> {
    assert_eq!(text.len() % 2, 0, "`{text}` has half a byte");
    let digits = |at| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal");
    (0..text.len()).step_by(2).map(digits).collect()
}

/// Hexadecimal from bytes.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The SHA-256 of all the chunks together, in hexadecimal.
pub(super) fn digest<B: AsRef<[u8]>>(chunks: &[B]) -> String {
    let mut digest = Sha256::new();
    chunks.iter().for_each(|chunk| digest.update(chunk));
    hex(&digest.finalize())
}
