//! Damaged and hostile files: each says what a careful reader makes of it and what a good message names.
//!
//! Classes: B1 empty things; B2 other kinds of file; B3 cut off; B4 wrong checks; B5 numbers out of range; B6 compressed
//! streams; B7 doubled, missing or misplaced partitions; B8 another chip, or larger than the partition; B9 signature
//! trailers; B10 hostile texts and names; B11 loaders not known to be safe; B13 damaged unit magics and what follows the
//! last unit. The files are small, a few tens of KiB.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::RecipeError;

mod base;
mod checks;
mod cuts;
mod directories;
mod kinds;
mod loaders;
mod magic;
mod sets;
mod signatures;
mod sizes;
mod streams;
mod texts;

/// What a damaged file is meant to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A usbloader file.
    Loader,
    /// A firmware container.
    Firmware,
    /// A folder of bare partitions.
    DirectorySet,
}

/// The bytes of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Damaged {
    /// One file.
    File(Vec<u8>),
    /// A folder: file names and contents.
    Folder(Vec<(OsString, Vec<u8>)>),
}

/// What a careful reader makes of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It cannot be read; the refusal names what is expected.
    Refused,
    /// It may be shown, but must not be sent to a stick without an override. Refusing it at once is right as well.
    RefusedForSending,
    /// It is read, with a warning.
    Warned,
    /// It is read.
    Accepted,
    /// Reading it and refusing it are both right; what matters is how its texts are shown.
    Either,
}

/// One damaged file or folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DamageCase {
    /// Class of the fault, such as "B4".
    pub class: &'static str,
    /// What is wrong with it, in words; no two cases share a name.
    pub name: String,
    /// What it is meant to be.
    pub kind: Kind,
    /// The bytes.
    pub content: Damaged,
    /// What a careful reader makes of it.
    pub verdict: Verdict,
    /// What a good message names: of each group at least one, in either case of letters. Offsets are written "0x5c".
    pub expect: Vec<Vec<String>>,
    /// Some text in it holds control characters, bidirectional overrides or bytes that are no UTF-8; none of them may
    /// reach a terminal as it is.
    pub hostile_text: bool,
    /// Reading it takes seconds.
    pub slow: bool,
}

impl DamageCase {
    fn new(class: &'static str, name: impl Into<String>, kind: Kind, content: Damaged, verdict: Verdict) -> Self {
        Self { class, name: name.into(), kind, content, verdict, expect: Vec::new(), hostile_text: false, slow: false }
    }

    fn firmware(class: &'static str, name: impl Into<String>, bytes: Vec<u8>, verdict: Verdict) -> Self {
        Self::new(class, name, Kind::Firmware, Damaged::File(bytes), verdict)
    }

    fn loader(class: &'static str, name: impl Into<String>, bytes: Vec<u8>, verdict: Verdict) -> Self {
        Self::new(class, name, Kind::Loader, Damaged::File(bytes), verdict)
    }

    /// Adds a group of which a message must name one.
    fn naming<Word: Into<String>>(mut self, group: impl IntoIterator<Item = Word>) -> Self {
        self.expect.push(group.into_iter().map(Into::into).collect());
        self
    }

    const fn hostile(mut self) -> Self {
        self.hostile_text = true;
        self
    }

    /// Whether reading or sending it must be refused.
    #[must_use]
    pub const fn expect_refused(&self) -> bool {
        matches!(self.verdict, Verdict::Refused | Verdict::RefusedForSending)
    }

    /// Whether `message` names everything that a good one does.
    #[must_use]
    pub fn is_explained_by(&self, message: &str) -> bool {
        let message = message.to_lowercase();
        self.expect.iter().all(|group| group.iter().any(|word| message.contains(&word.to_lowercase())))
    }

    /// Writes it into `folder` under a name made of class and name, and says where.
    ///
    /// # Errors
    /// What the file system says.
    pub fn write_into(&self, folder: &Path) -> io::Result<PathBuf> {
        let stem = format!("{} {}", self.class, self.name).replace(' ', "-");
        match &self.content {
            Damaged::File(bytes) => {
                let extension = if bytes.starts_with(b"MZ") { "exe" } else { "bin" };
                let path = folder.join(format!("{stem}.{extension}"));
                fs::write(&path, bytes)?;
                Ok(path)
            }
            Damaged::Folder(files) => {
                let path = folder.join(stem);
                fs::create_dir(&path)?;
                for (name, bytes) in files {
                    fs::write(path.join(name), bytes)?;
                }
                Ok(path)
            }
        }
    }
}

/// Every case, always the same.
///
/// # Errors
/// When a recipe behind them cannot be followed, which the tests rule out.
pub fn cases() -> Result<Vec<DamageCase>, RecipeError> {
    let base = base::Base::new()?;
    Ok([
        kinds::cases(&base)?,
        cuts::cases(&base),
        checks::cases(&base),
        sizes::cases(&base),
        streams::cases()?,
        sets::cases()?,
        signatures::cases()?,
        texts::cases()?,
        magic::cases(&base)?,
        directories::cases(&base)?,
        loaders::cases()?,
    ]
    .concat())
}

#[cfg(test)]
mod tests;
