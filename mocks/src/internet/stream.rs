//! The stream that everybody knows: the characters of RFC 864, lines of 72 that begin one character later each time.

use sha2::{Digest, Sha256};

/// The printable characters of ASCII, from the blank.
const CHARACTERS: u64 = 95;
const FIRST: u8 = b' ';
const WIDTH: u64 = 72;
/// A line and its end.
const LINE: u64 = WIDTH + 2;

/// One byte of the stream, by its place.
fn byte(place: u64) -> u8 {
    let (line, column) = (place / LINE, place % LINE);
    match column {
        // Less than 95 fits into a byte.
        0..WIDTH => FIRST + ((line + column) % CHARACTERS) as u8,
        WIDTH => b'\r',
        _ => b'\n',
    }
}

/// Fills a buffer with what begins at that place.
pub(super) fn fill(place: u64, buffer: &mut [u8]) {
    for (place, slot) in (place..).zip(buffer) {
        *slot = byte(place);
    }
}

/// The SHA-256 of the first so many bytes, in hexadecimal.
pub(super) fn digest(length: u64) -> String {
    let mut digest = Sha256::new();
    let mut buffer = [0; 4096];
    let mut place = 0;
    while place < length {
        let part = usize::try_from(length - place).unwrap_or(usize::MAX).min(buffer.len());
        fill(place, &mut buffer[..part]);
        digest.update(&buffer[..part]);
        place += part as u64;
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_are_those_that_rfc_864_shows() {
        let mut lines = [0; 148];
        fill(0, &mut lines);
        let text = String::from_utf8_lossy(&lines);
        let (first, second) = text.split_once("\r\n").expect("two lines");
        assert_eq!(first, " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefg");
        assert!(second.starts_with("!\"#$%") && second.ends_with("h\r\n"), "{second}");
        let mut later = [0; 10];
        fill(95 * 74, &mut later);
        assert_eq!(&later, b" !\"#$%&'()", "after 95 lines it begins anew");
    }

    #[test]
    fn the_digest_of_nothing_is_the_published_one() {
        assert_eq!(digest(0), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_ne!(digest(4096), digest(4097));
    }
}
