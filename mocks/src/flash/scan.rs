//! Finds a version text in data that streams by.

/// Looks for the first text of one form, across any cut of the data.
#[derive(Debug)]
pub(crate) struct Scanner {
    find: Find,
    kept: Vec<u8>,
    found: Option<String>,
}

/// Finds where a text starts and ends. The flag: nothing follows, so a text that reaches the last byte is complete.
type Find = fn(&[u8], bool) -> Option<(usize, usize)>;

/// No text that is looked for is longer.
const LONGEST: usize = 64;

impl Scanner {
    /// `21.180.01.00.00` and the like: 21 (stick) or 22 (HiLink), then 3, 2, 2 and 2 or 3 digits.
    pub(crate) fn software() -> Self {
        Self { find: software, kept: Vec::new(), found: None }
    }

    /// What stands between `WEBUI_` and the next `_`, such as `17.100.13.01.03`.
    pub(crate) fn web_ui() -> Self {
        Self { find: web_ui, kept: Vec::new(), found: None }
    }

    pub(crate) fn push(&mut self, data: &[u8]) {
        if self.found.is_some() {
            return;
        }
        self.kept.extend_from_slice(data);
        self.look(false);
        let surplus = self.kept.len().saturating_sub(LONGEST);
        self.kept.drain(..surplus);
    }

    /// The text, once everything went by.
    pub(crate) fn finish(mut self) -> Option<String> {
        if self.found.is_none() {
            self.look(true);
        }
        self.found
    }

    fn look(&mut self, at_end: bool) {
        if let Some((start, end)) = (self.find)(&self.kept, at_end) {
            // Both forms consist of digits and dots.
            self.found = Some(String::from_utf8_lossy(&self.kept[start..end]).into_owned());
        }
    }
}

fn software(data: &[u8], at_end: bool) -> Option<(usize, usize)> {
    (0..data.len()).find_map(|start| {
        let fresh = start == 0 || !data[start - 1].is_ascii_digit();
        let end = version_end(&data[start..]).filter(|_| fresh)? + start;
        (at_end || end < data.len()).then_some((start, end))
    })
}

fn version_end(data: &[u8]) -> Option<usize> {
    if !data.starts_with(b"21.") && !data.starts_with(b"22.") {
        return None;
    }
    let mut at = 2;
    for digits in [3, 2, 2, 2] {
        let field = data.get(at..=at + digits)?;
        let good = field[0] == b'.' && field[1..].iter().all(u8::is_ascii_digit);
        at = good.then_some(at + digits + 1)?;
    }
    let third = data.get(at).is_some_and(u8::is_ascii_digit);
    Some(at + usize::from(third))
}

fn web_ui(data: &[u8], at_end: bool) -> Option<(usize, usize)> {
    const MARK: &[u8] = b"WEBUI_";
    let start = data.windows(MARK.len()).position(|window| window == MARK)? + MARK.len();
    let length = data[start..].iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    let end = start + length;
    (length > 0 && (at_end || end < data.len())).then_some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scan(mut scanner: Scanner, pieces: &[&[u8]]) -> Option<String> {
        for piece in pieces {
            scanner.push(piece);
        }
        scanner.finish()
    }

    #[test]
    fn what_only_looks_like_a_version_is_passed_over() {
        let data: &[u8] = b"23.180.01.00.00 121.180.01.00.00 21.18.01.00.00 22.315.01.00.143 21.180.01.00.00";
        assert_eq!(scan(Scanner::software(), &[data]).as_deref(), Some("22.315.01.00.143"));
        assert_eq!(scan(Scanner::software(), &[b"no version here"]), None);
    }

    #[test]
    fn the_web_ui_version_stands_between_two_underscores() {
        let data: &[u8] = b"..WEBUI_17.100.13.01.03_HILINK..";
        assert_eq!(scan(Scanner::web_ui(), &[data]).as_deref(), Some("17.100.13.01.03"));
    }

    proptest! {
        #[test]
        fn any_cut_finds_the_same_text(before in 0usize..200, cuts in prop::collection::vec(0usize..260, 0..5)) {
            let mut data = vec![b'.'; before];
            data.extend(b"21.180.01.00.00");
            data.resize(data.len() + 40, b'x');
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(data.len())).collect();
            cuts.sort_unstable();
            let mut scanner = Scanner::software();
            let mut from = 0;
            for cut in cuts {
                scanner.push(&data[from..cut]);
                from = cut;
            }
            scanner.push(&data[from..]);
            let found = scanner.finish();
            prop_assert_eq!(found.as_deref(), Some("21.180.01.00.00"));
        }
    }
}
