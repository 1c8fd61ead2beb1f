//! Whether a loader leaves the flash alone, and what that verdict rests on.

use std::fmt;

use super::known::Verified;
use super::signature::{Condition, Hit, MOST_HITS};

/// What a loader does to the flash as it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LoaderState {
    /// It erases all of it: a known erase call is there, and live.
    Erases,
    /// The known erase call was taken out.
    Patched,
    /// It was made safe in another known way, or is a file that was verified by hand.
    Safe,
    /// Nothing is known. Such a loader has to be expected to erase.
    Unknown,
}

impl LoaderState {
    /// The word for it, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Erases => "erases",
            Self::Patched => "patched",
            Self::Safe => "safe",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for LoaderState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A place in the second block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Bytes from the start of the block.
    pub block_offset: usize,
    /// Bytes from the start of the file.
    pub file_offset: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "block offset {:#x}, file offset {:#x}", self.block_offset, self.file_offset)
    }
}

/// One thing that the verdict rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// A sentence without its full stop.
    pub sentence: String,
    /// The place in the loader that it speaks of, if any: the instruction, not the signature before it.
    pub place: Option<Place>,
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)?;
        self.place.map_or(Ok(()), |place| write!(f, " ({place})"))
    }
}

/// The verdict over what was found.
pub(super) fn judge(hits: &[Hit], verified: Option<&Verified>) -> LoaderState {
    let erases = |hit: &Hit| matches!(hit.condition, Condition::Erases { .. });
    let odd = |hit: &Hit| matches!(hit.condition, Condition::Unexpected { .. } | Condition::Outside);
    if verified.is_some() {
        LoaderState::Safe
    } else if hits.iter().any(erases) {
        LoaderState::Erases
    } else if hits.is_empty() || hits.len() > MOST_HITS || hits.iter().any(odd) {
        LoaderState::Unknown
    } else if hits.iter().all(|hit| hit.condition == Condition::Patched) {
        LoaderState::Patched
    } else {
        LoaderState::Safe
    }
}

/// What there is to say about it, the weightiest first. `file` is the block's offset in the file.
pub(super) fn evidence(
    hits: &[Hit],
    verified: Option<&Verified>,
    known_as: Option<&str>,
    block: usize,
    file: usize,
) -> Vec<Evidence> {
    let mut evidence = Vec::new();
    let mut say = |sentence: String| evidence.push(Evidence { sentence, place: None });
    if let Some(Verified { name, why, .. }) = verified {
        say(format!("the file is {name} by its git blob id and SHA-256, and its code was verified: {why}"));
    } else if let Some(name) = known_as {
        say(format!("the file is published as {name} (git blob id); a name proves nothing about what it does"));
    }
    if hits.is_empty() && verified.is_none() {
        say(format!("no erase call of a known form in the {block:#x} bytes from file offset {file:#x} on"));
    }
    if hits.len() > MOST_HITS {
        say(format!("more than {MOST_HITS} places look like an erase call, which no real loader has"));
    } else if hits.len() > 1 {
        say(format!("{} places look like an erase call, where a real loader has one", hits.len()));
    }
    evidence.extend(hits.iter().take(MOST_HITS).map(|hit| at_hit(hit, file)));
    evidence
}

/// All of it as one sentence.
pub(super) fn in_one_line(evidence: &[Evidence]) -> String {
    evidence.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn at_hit(hit: &Hit, file: usize) -> Evidence {
    let name = hit.form.name;
    let signature = Place { block_offset: hit.offset, file_offset: file + hit.offset };
    let what = match hit.condition {
        Condition::Erases { found } => format!("the instruction there, {}, erases the whole flash", hex(found)),
        Condition::Patched => "the instruction there is patched and erases nothing".into(),
        Condition::CountsNothing { patched } => format!(
            "the call there is live, but the function that it calls is patched at block offset {patched:#x}, \
             file offset {:#x}, and erases nothing",
            file + patched
        ),
        Condition::Unexpected { found } => {
            format!("the instruction there, {}, is neither the erase call nor its patch", hex(found))
        }
        Condition::Outside => "the instruction to patch would lie outside of the block".into(),
    };
    Evidence {
        sentence: format!("the {name} erase signature is at {signature}; {what}"),
        place: Some(Place { block_offset: hit.instruction, file_offset: file + hit.instruction }),
    }
}

/// An instruction in file order.
pub(super) fn hex(word: [u8; 4]) -> String {
    word.iter().map(|byte| format!("{byte:02x}")).collect()
}
