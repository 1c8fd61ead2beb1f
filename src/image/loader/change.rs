//! What differs from a loader file, to the byte.

/// Bytes of the file that are sent otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where they are in the file.
    pub file_offset: usize,
    /// What is there.
    pub before: Vec<u8>,
    /// What is sent, just as long.
    pub after: Vec<u8>,
    /// What that is good for, as a phrase.
    pub why: String,
}

impl Change {
    /// The bytes that really differ, in rows of at most 16: file offset, what is there, what comes in its place.
    #[must_use]
    pub fn rows(&self) -> Vec<(usize, &[u8], &[u8])> {
        const ROW: usize = 16;
        let mut rows = Vec::new();
        let mut at = 0;
        while at < self.before.len() {
            if self.before[at] == self.after[at] {
                at += 1;
                continue;
            }
            let end = (at + ROW).min(self.before.len());
            let differing = (at..end).rev().find(|&place| self.before[place] != self.after[place]).unwrap_or(at);
            rows.push((self.file_offset + at, &self.before[at..=differing], &self.after[at..=differing]));
            at = differing + 1;
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_leave_out_what_is_the_same_and_are_sixteen_bytes_long_at_most() {
        let mut after = vec![0; 64];
        for at in [3, 5, 18, 19, 50] {
            after[at] = 0xff;
        }
        let change = Change { file_offset: 0x100, before: vec![0; 64], after, why: String::new() };
        let rows: Vec<_> = change.rows().iter().map(|(offset, before, _)| (*offset, before.len())).collect();
        assert_eq!(rows, [(0x103, 16), (0x113, 1), (0x132, 1)]);
    }
}
