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

/// One line of what an AT port sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its text, escaped: no control character of the stick's is left in it.
    pub text: String,
    /// Whether it is the text of the report in front of it, as of a message that came in. Whatever it reads, it is no answer.
    pub of_report: bool,
}

/// Puts lines together from chunks of any size.
///
/// A line is ended by a line feed; a carriage return in it ends one too, once the line feed is there. Empty lines are
/// dropped. All text is escaped: no control character of the stick's is left in it.
#[derive(Debug, Default)]
pub struct LineSplitter {
    buffer: Vec<u8>,
    /// The next line is the text of a report, be it empty.
    text_follows: bool,
}

impl LineSplitter {
    /// A splitter that holds nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a chunk, and gives the lines that it completes.
    pub fn push(&mut self, chunk: &[u8]) -> Vec<Line> {
        self.buffer.extend_from_slice(chunk);
        let end = self.buffer.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let ended: Vec<u8> = self.buffer.drain(..end).collect();
        let mut lines = Vec::new();
        for line in ended.split_inclusive(|byte| *byte == b'\n') {
            lines.extend(self.split(line));
        }
        while self.buffer.len() >= LONGEST_LINE {
            let piece: Vec<u8> = self.buffer.drain(..LONGEST_LINE).collect();
            lines.extend(self.split(&piece));
        }
        lines
    }

    /// What has come of a line whose end has not, as it came.
    #[must_use]
    pub fn unfinished(&self) -> &[u8] {
        &self.buffer
    }

    /// Takes what is left, ended or not.
    pub fn rest(&mut self) -> Vec<Line> {
        let rest = std::mem::take(&mut self.buffer);
        self.split(&rest)
    }

    /// The lines of what ends at most one line feed.
    fn split(&mut self, bytes: &[u8]) -> Vec<Line> {
        let of_report = self.text_follows;
        let pieces = bytes.split(|byte| matches!(byte, b'\r' | b'\n'));
        let texts = pieces.map(|piece| readable(piece).trim().to_owned()).filter(|text| !text.is_empty());
        let lines: Vec<_> = texts.map(|text| Line { text, of_report }).collect();
        let ended = bytes.ends_with(b"\n");
        self.text_follows =
            if of_report { !ended } else { ended && lines.last().is_some_and(|line| announces_text(&line.text)) };
        lines
    }
}

/// Whether the next line is the text of this report: a message, in either mode, or a delivery report as a PDU, which has its
/// length alone in front (3GPP TS 27.005, sections 3.4.1 and 4.1).
fn announces_text(line: &str) -> bool {
    let Some((name, values)) = line.split_once(':') else { return false };
    match name.trim_end() {
        "+CMT" | "+CBM" => true,
        "+CDS" => !values.contains(','),
        _ => false,
    }
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

    fn texts(lines: Vec<Line>) -> Vec<String> {
        lines.into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn the_line_behind_a_message_report_belongs_to_it_even_if_it_is_empty() {
        let told = |text: &str| {
            let lines = LineSplitter::new().push(text.as_bytes());
            lines.into_iter().map(|line| (line.text, line.of_report)).collect::<Vec<_>>()
        };
        let line = |text: &str, of_report| (text.to_owned(), of_report);
        let message = "+CMT: \"+49\",,\"26/11/25,10:00:00+04\"";
        assert_eq!(
            told(&format!("\r\n{message}\r\nOK\r\n\r\nERROR\r\n")),
            [line(message, false), line("OK", true), line("ERROR", false)]
        );
        assert_eq!(told(&format!("\r\n{message}\r\n\r\n\r\nOK\r\n")), [line(message, false), line("OK", false)]);
        assert_eq!(told("+CDS: 25\r\nOK\r\n")[1], line("OK", true));
        assert_eq!(told("+CDS: 6,12,\"+49\",145\r\nOK\r\n")[1], line("OK", false));
        assert_eq!(told("+CBM: 88\r\nOK\r\n")[1], line("OK", true));
        assert_eq!(told("+CMTI: \"SM\",3\r\nOK\r\n")[1], line("OK", false));
    }

    #[test]
    fn a_line_is_given_when_its_line_feed_is_there_and_not_before() {
        let mut splitter = LineSplitter::new();
        assert!(splitter.push(b"\r\n+CSQ: 1").is_empty());
        assert!(splitter.push(b"7,99\r").is_empty());
        assert_eq!(texts(splitter.push(b"\n\r\nOK")), ["+CSQ: 17,99"]);
        assert_eq!(splitter.unfinished(), b"OK");
        assert_eq!(texts(splitter.rest()), ["OK"]);
        assert!(splitter.rest().is_empty());
    }

    #[test]
    fn a_line_without_end_is_cut_and_takes_no_more_room() {
        let mut splitter = LineSplitter::new();
        let lines = splitter.push(&vec![b'x'; 3 * LONGEST_LINE + 5]);
        assert_eq!(lines.iter().map(|line| line.text.len()).collect::<Vec<_>>(), [LONGEST_LINE; 3]);
        assert_eq!(splitter.unfinished(), b"xxxxx");
    }

    proptest! {
        #[test]
        fn lines_do_not_depend_on_where_the_chunks_are_cut(
            parts in prop::collection::vec(
                prop_oneof![
                    Just(b"\r".to_vec()),
                    Just(b"\n".to_vec()),
                    Just(b"+CMT: ,24".to_vec()),
                    any::<u8>().prop_map(|byte| vec![byte]),
                ],
                0..200,
            ),
            cuts in prop::collection::vec(0usize..400, 0..20),
        ) {
            let bytes = parts.concat();
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
            prop_assert!(lines.iter().all(|line| !line.text.is_empty() && !line.text.contains(char::is_control)));
        }
    }
}
