//! Numbers that name a stick or its owner, kept out of a recording.

use std::borrow::Cow;

/// Digits in a row, in what a stick says, that are taken for the number of a device, a card or a subscriber, and masked:
/// an IMEI has 15 (14 without its check digit), an IMSI up to 15, a card number 19 or 20. No version and no size that a
/// stick tells is that long.
pub const IDENTITY_DIGITS: usize = 14;

/// How many digits at the end of a chunk may stay: the rest of the number may come with the next one, when this one is
/// written already.
const LOOSE_DIGITS: usize = 4;

/// Masks long numbers in a stream that comes in chunks.
#[derive(Clone, Debug, Default)]
pub(super) struct Mask {
    /// Digits in a row at the end of what came so far.
    running: usize,
}

impl Mask {
    /// The chunk with its long numbers masked, and how many digits that are. A chunk without one is handed back as it is.
    ///
    /// Of a number that comes in pieces, at most the first four digits stay.
    pub(super) fn apply<'a>(&mut self, chunk: &'a [u8]) -> (Cow<'a, [u8]>, usize) {
        let mut masked = Cow::Borrowed(chunk);
        let (mut count, mut start) = (0, 0);
        while start < chunk.len() {
            let length = chunk[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            let end = start + length;
            let whole = self.running + length;
            let is_open = end == chunk.len();
            let is_long = whole >= IDENTITY_DIGITS || is_open && whole > LOOSE_DIGITS;
            if length > 0 && is_long {
                masked.to_mut()[start..end].fill(b'*');
                count += length;
            }
            self.running = if is_open { whole } else { 0 };
            start = end + 1;
        }
        (masked, count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn masked(chunks: &[&str]) -> Vec<String> {
        let mut mask = Mask::default();
        let mut apply = |chunk: &&str| String::from_utf8(mask.apply(chunk.as_bytes()).0.into_owned()).expect("ASCII");
        chunks.iter().map(&mut apply).collect()
    }

    #[test]
    fn an_imei_is_masked_and_versions_are_not() {
        let said = "\r\nIMEI: 868575027654321\r\nRevision: 22.200.15.00.00\r\n20160926150344\r\n";
        assert_eq!(masked(&[said]), ["\r\nIMEI: ***************\r\nRevision: 22.200.15.00.00\r\n**************\r\n"]);
        assert_eq!(masked(&["1234567890123\r\n"]), ["1234567890123\r\n"]);
        assert_eq!(Mask::default().apply(b"\r\n8685750276543210\r\n").1, 16);
    }

    #[test]
    fn of_a_number_that_comes_in_pieces_at_most_the_first_four_digits_stay() {
        assert_eq!(masked(&["IMEI: 868", "575027654321\r\n2.0\r\n"]), ["IMEI: 868", "************\r\n2.0\r\n"]);
        assert_eq!(masked(&["868575027", "654321\r\n"]), ["*********", "******\r\n"]);
        assert_eq!(masked(&["8", "6", "85", "75", "0", "27654321\r\n"]), ["8", "6", "85", "**", "*", "********\r\n"]);
    }

    #[test]
    fn what_is_no_text_and_short_answers_in_pieces_stay() {
        assert_eq!(masked(&["2.", "0", "\r\n", "OK", "\r\n"]), ["2.", "0", "\r\n", "OK", "\r\n"]);
        let binary = [0x7e, 0x02, 0x6a, 0xd3, 0x7e];
        assert_eq!(Mask::default().apply(&binary), (Cow::Borrowed(&binary[..]), 0));
    }

    proptest! {
        #[test]
        fn wherever_a_long_number_is_cut_no_more_than_four_of_its_digits_are_readable(
            digits in "[0-9]{14,20}",
            cuts in prop::collection::vec(1_usize..8, 0..20),
        ) {
            let said = format!("\r\n{digits}\r\n");
            let (mut rest, mut chunks) = (said.as_str(), Vec::new());
            for cut in cuts {
                let (chunk, behind) = rest.split_at(cut.min(rest.len()));
                chunks.push(chunk);
                rest = behind;
            }
            chunks.push(rest);
            let shown = masked(&chunks).concat();
            prop_assert_eq!(shown.len(), said.len());
            prop_assert!(shown.bytes().filter(u8::is_ascii_digit).count() <= 4, "{}", shown);
        }

        #[test]
        fn what_holds_no_long_number_stays_as_it_is(said in "([0-9]{0,13}[^0-9]){0,20}") {
            let (shown, count) = Mask::default().apply(said.as_bytes());
            prop_assert_eq!((&*shown, count), (said.as_bytes(), 0));
        }
    }
}
