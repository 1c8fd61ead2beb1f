//! The first HDLC questions: is this the download protocol, and which product is it?

use std::time::Duration;

use bytes::Bytes;

use super::question::{Heard, Question};
use super::{Command, DownloadError, RefusalCode, Wrote};
use crate::protocol::text::{hexadecimal, readable};
use crate::protocol::{Conversation, Event, Step};

/// For a port that may not speak HDLC at all.
const PROBE_WITHIN: Duration = Duration::from_secs(3);
/// For a port that does; today's tools wait as long.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// How many frames that are no version answer may come in front of it. A half-sent frame of an earlier program is
/// answered by one refusal at most.
const MOST_ODD: u32 = 8;

/// The length of the version text in every known device.
const VERSION_LENGTH: u8 = 0x0f;

/// The 0c question: looks past what a half-sent frame of an earlier program still provokes.
struct VersionQuestion {
    question: Question,
    odd: u32,
    seen: Option<Heard>,
}

enum Version {
    Pending,
    Text(Bytes),
    None(Heard),
}

impl VersionQuestion {
    fn new(within: Duration) -> Self {
        Self { question: Question::new(&[0x0c], within).dropping_stale().flagged(), odd: 0, seen: None }
    }

    fn handle(&mut self, event: Event<'_>) -> Version {
        let mut heard = self.question.handle(event);
        loop {
            match heard {
                Heard::Nothing => return Version::Pending,
                Heard::Frame(Ok(payload)) if is_version(&payload) => return self.alone(payload),
                Heard::Frame(_) => {
                    self.odd += 1;
                    if self.odd > MOST_ODD {
                        return Version::None(heard);
                    }
                    self.seen = Some(heard);
                    heard = self.question.more().map_or(Heard::Nothing, Heard::Frame);
                }
                Heard::Silence => return Version::None(self.seen.take().unwrap_or(Heard::Silence)),
                other => return Version::None(other),
            }
        }
    }

    fn alone(&mut self, payload: Bytes) -> Version {
        match self.question.leftover() {
            None => Version::Text(payload.slice(2..)),
            Some(bytes) => Version::None(Heard::Unasked(bytes)),
        }
    }
}

/// `0d length text`, with a length that fits.
fn is_version(payload: &[u8]) -> bool {
    matches!(payload, [0x0d, length, text @ ..] if usize::from(*length) == text.len() && !text.is_empty())
}

/// What a port answers to a version question in HDLC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProbeAnswer {
    /// This is the port of a stick in download mode.
    Hdlc {
        /// The protocol's name, escaped; `7200B--SKCBADZM` on every known device.
        protocol: String,
    },
    /// Nothing.
    Silent,
    /// Frames, but no version; the start of the last one in hexadecimal.
    SomethingElse {
        /// The bytes.
        seen: String,
    },
}

/// Asks a port that is silent to AT whether it speaks HDLC already.
pub struct HdlcProbe {
    version: VersionQuestion,
    outcome: Option<ProbeAnswer>,
}

impl HdlcProbe {
    /// The question.
    #[must_use]
    pub fn new() -> Self {
        Self { version: VersionQuestion::new(PROBE_WITHIN), outcome: None }
    }
}

impl Default for HdlcProbe {
    fn default() -> Self {
        Self::new()
    }
}

impl Conversation for HdlcProbe {
    type Output = ProbeAnswer;
    type Error = DownloadError;

    fn next(&mut self) -> Step<ProbeAnswer> {
        self.outcome.take().map_or_else(|| self.version.question.next(), Step::Finished)
    }

    fn handle(&mut self, event: Event<'_>) -> Result<(), DownloadError> {
        self.outcome = match self.version.handle(event) {
            Version::Pending => None,
            Version::Text(text) if text.len() == usize::from(VERSION_LENGTH) => {
                Some(ProbeAnswer::Hdlc { protocol: readable(&text) })
            }
            Version::Text(text) => Some(ProbeAnswer::SomethingElse { seen: hexadecimal(&text) }),
            Version::None(Heard::Silence) => Some(ProbeAnswer::Silent),
            Version::None(Heard::Frame(Ok(payload))) => {
                Some(ProbeAnswer::SomethingElse { seen: hexadecimal(&payload) })
            }
            Version::None(heard) => {
                return Err(DownloadError::of(heard, Command::Version, None, Wrote::Nothing));
            }
        };
        Ok(())
    }
}

/// What the download daemon says of itself and its stick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceIdentity {
    /// The protocol's name, escaped; `7200B--SKCBADZM` on every known device.
    pub protocol: String,
    /// The product id without the word HUAWEI in front of it, escaped, such as `BV7R11HS`. `None` where the stick does
    /// not know the question, or leaves it empty.
    pub product: Option<String>,
}

/// Opens an HDLC session: two flags, the version question, the product question.
pub struct Hello {
    version: VersionQuestion,
    product: Question,
    protocol: Option<String>,
    outcome: Option<DeviceIdentity>,
}

impl Hello {
    /// The two questions.
    #[must_use]
    pub fn new() -> Self {
        Self {
            version: VersionQuestion::new(ANSWER_WITHIN),
            product: Question::new(&[0x45], ANSWER_WITHIN),
            protocol: None,
            outcome: None,
        }
    }

    fn hear_product(&mut self, event: Event<'_>) -> Result<Option<String>, Heard> {
        let product = match self.product.handle(event) {
            Heard::Nothing => return Err(Heard::Nothing),
            Heard::Frame(Ok(payload)) => match &payload[..] {
                [0x45, text @ ..] => product_of(text),
                other if RefusalCode::of_answer(other) == Some(RefusalCode(0x06)) => None,
                _ => return Err(Heard::Frame(Ok(payload))),
            },
            other => return Err(other),
        };
        self.product.leftover().map_or(Ok(product), |bytes| Err(Heard::Unasked(bytes)))
    }
}

/// `HUAWEI ` and the id, padded with zeros.
fn product_of(text: &[u8]) -> Option<String> {
    let end = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
    let text = readable(&text[..end]);
    let id = text.strip_prefix("HUAWEI").unwrap_or(&text).trim();
    (!id.is_empty()).then(|| id.to_owned())
}

impl Default for Hello {
    fn default() -> Self {
        Self::new()
    }
}

impl Conversation for Hello {
    type Output = DeviceIdentity;
    type Error = DownloadError;

    fn next(&mut self) -> Step<DeviceIdentity> {
        match (self.outcome.take(), &self.protocol) {
            (Some(identity), _) => Step::Finished(identity),
            (None, None) => self.version.question.next(),
            (None, Some(_)) => self.product.next(),
        }
    }

    fn handle(&mut self, event: Event<'_>) -> Result<(), DownloadError> {
        let Some(protocol) = &self.protocol else {
            match self.version.handle(event) {
                Version::Pending => {}
                Version::Text(text) => self.protocol = Some(readable(&text)),
                Version::None(heard) => {
                    return Err(DownloadError::of(heard, Command::Version, None, Wrote::Nothing));
                }
            }
            return Ok(());
        };
        let protocol = protocol.clone();
        match self.hear_product(event) {
            Ok(product) => self.outcome = Some(DeviceIdentity { protocol, product }),
            Err(Heard::Nothing) => {}
            Err(heard) => return Err(DownloadError::of(heard, Command::Product, None, Wrote::Nothing)),
        }
        Ok(())
    }
}
