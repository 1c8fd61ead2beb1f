//! The escape from data mode: three plus signs, with silence before and after.

use std::time::Duration;

const SIGN: u8 = b'+';
const SIGNS: u8 = 3;

/// Watches what the host sends in data mode.
#[derive(Debug)]
pub(super) struct Escape {
    guard: Duration,
    last: Duration,
    signs: u8,
}

impl Escape {
    /// `guard` is how long the silences last.
    pub(super) fn new(guard: Duration, now: Duration) -> Self {
        Self { guard, last: now, signs: 0 }
    }

    /// Bytes came. Signs that are as far apart as the guard time do not belong together.
    pub(super) fn hear(&mut self, bytes: &[u8], now: Duration) {
        for byte in bytes {
            let silence = now.saturating_sub(self.last) >= self.guard;
            self.signs = match (*byte, self.signs) {
                (SIGN, _) if silence => 1,
                (SIGN, 1..SIGNS) => self.signs + 1,
                _ => 0,
            };
            self.last = now;
        }
    }

    /// When the silence behind three signs has lasted long enough.
    pub(super) fn due(&self) -> Option<Duration> {
        (self.signs == SIGNS).then(|| self.last + self.guard)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUARD: Duration = Duration::from_secs(1);

    fn due(spoken: &[(u64, &[u8])]) -> Option<Duration> {
        let mut escape = Escape::new(GUARD, Duration::ZERO);
        for (at, bytes) in spoken {
            escape.hear(bytes, Duration::from_millis(*at));
        }
        escape.due()
    }

    #[test]
    fn three_signs_between_silences_are_an_escape_at_once_or_one_by_one() {
        assert_eq!(due(&[(0, b"data"), (1000, b"+++")]), Some(Duration::from_secs(2)));
        assert_eq!(due(&[(1000, b"+"), (1500, b"+"), (2400, b"+")]), Some(Duration::from_millis(3400)));
    }

    #[test]
    fn without_silence_before_or_with_anything_else_they_are_data() {
        assert_eq!(due(&[(0, b"data"), (999, b"+++")]), None);
        assert_eq!(due(&[(1000, b"++")]), None);
        assert_eq!(due(&[(1000, b"++++")]), None);
        assert_eq!(due(&[(1000, b"+++"), (1999, b"x")]), None);
        assert_eq!(due(&[(1000, b"++x+")]), None);
        assert_eq!(due(&[(1000, b"x+++")]), None);
        assert_eq!(due(&[(1000, b"+"), (2000, b"++")]), None, "the first sign is too far away");
        assert_eq!(due(&[(1000, b"+"), (2000, b"++"), (2100, b"+")]), Some(Duration::from_millis(3100)));
    }
}
