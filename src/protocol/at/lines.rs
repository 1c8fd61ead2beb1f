//! Lines out of what an AT port sends.

use crate::protocol::text::readable;

/// What a stick reports on its own, whatever was asked (Huawei and 3GPP TS 27.007 report names).
const REPORTS: &[&str] = &[
    "^ANLEVEL",
    "^BOOT",
    "^CERSSI",
    "^CSNR",
    "^DSDORMANT",
    "^DSFLOWRPT",
    "^EARST",
    "^HCSQ",
    "^HCSQEX",
    "^LTERSRP",
    "^MODE",
    "^NDISEND",
    "^NDISSTAT",
    "^NWTIME",
    "^PLMN",
    "^RFSWITCH",
    "^RSSI",
    "^RSSILVL",
    "^SIMST",
    "^SMMEMFULL",
    "^SRVST",
    "^STIN",
    "^THERM",
    "^WEND",
    "+CBM",
    "+CDS",
    "+CDSI",
    "+CEREG",
    "+CGEV",
    "+CGREG",
    "+CIEV",
    "+CLIP",
    "+CMT",
    "+CMTI",
    "+CREG",
    "+CUSD",
    "RING",
];

/// The longest line that is put together. A longer one is cut into pieces of this length.
const LONGEST_LINE: usize = 16 * 1024;

/// Puts lines together from chunks of any size.
///
/// A line is ended by a line feed; a carriage return in it ends one too, once the line feed is there. Empty lines are
/// dropped. All text is escaped: no control character of the stick's is left in it.
#[derive(Debug, Default)]
pub struct LineSplitter {
    buffer: Vec<u8>,
}

impl LineSplitter {
    /// A splitter that holds nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a chunk, and gives the lines that it completes.
    pub fn push(&mut self, chunk: &[u8]) -> Vec<String> {
        self.buffer.extend_from_slice(chunk);
        let end = self.buffer.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let mut lines = split(&self.buffer[..end]);
        self.buffer.drain(..end);
        while self.buffer.len() >= LONGEST_LINE {
            let piece: Vec<u8> = self.buffer.drain(..LONGEST_LINE).collect();
            lines.extend(split(&piece));
        }
        lines
    }

    /// What has come of a line whose end has not, as it came.
    #[must_use]
    pub fn unfinished(&self) -> &[u8] {
        &self.buffer
    }

    /// Takes what is left, ended or not.
    pub fn rest(&mut self) -> Vec<String> {
        split(&std::mem::take(&mut self.buffer))
    }
}

fn split(bytes: &[u8]) -> Vec<String> {
    let pieces = bytes.split(|byte| matches!(byte, b'\r' | b'\n'));
    pieces.map(|piece| readable(piece).trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// Whether a line is a report that the command did not ask for.
pub(super) fn is_report(line: &str, command: &str) -> bool {
    let name = line.split(':').next().unwrap_or(line).trim_end();
    REPORTS.contains(&name) && !command.to_ascii_uppercase().contains(name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_is_given_when_its_line_feed_is_there_and_not_before() {
        let mut splitter = LineSplitter::new();
        assert!(splitter.push(b"\r\n+CSQ: 1").is_empty());
        assert!(splitter.push(b"7,99\r").is_empty());
        assert_eq!(splitter.push(b"\n\r\nOK"), ["+CSQ: 17,99"]);
        assert_eq!(splitter.unfinished(), b"OK");
        assert_eq!(splitter.rest(), ["OK"]);
        assert!(splitter.rest().is_empty());
    }

    #[test]
    fn a_line_without_end_is_cut_and_takes_no_more_room() {
        let mut splitter = LineSplitter::new();
        let lines = splitter.push(&vec![b'x'; 3 * LONGEST_LINE + 5]);
        assert_eq!(lines.iter().map(String::len).collect::<Vec<_>>(), [LONGEST_LINE; 3]);
        assert_eq!(splitter.unfinished(), b"xxxxx");
    }

    proptest! {
        #[test]
        fn lines_do_not_depend_on_where_the_chunks_are_cut(
            bytes in prop::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), any::<u8>()], 0..400),
            cuts in prop::collection::vec(0usize..400, 0..20),
        ) {
            let mut whole = LineSplitter::new();
            let mut expected = whole.push(&bytes);
            expected.extend(whole.rest());
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.sort_unstable();
            let mut pieces = LineSplitter::new();
            let (mut lines, mut from) = (Vec::new(), 0);
            for cut in cuts.into_iter().chain([bytes.len()]) {
                lines.extend(pieces.push(&bytes[from..cut]));
                from = cut;
            }
            lines.extend(pieces.rest());
            prop_assert_eq!(lines, expected);
        }

        #[test]
        fn no_control_character_and_no_empty_line_comes_out(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let mut splitter = LineSplitter::new();
            let mut lines = splitter.push(&bytes);
            lines.extend(splitter.rest());
            prop_assert!(lines.iter().all(|line| !line.is_empty() && !line.contains(char::is_control)));
        }
    }
}
