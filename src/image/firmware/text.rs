//! Texts of unit headers: shown safely, and taken apart.

/// A text field as it can be shown: up to its first NUL, everything unprintable escaped.
pub(super) fn shown(field: &[u8]) -> String {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    field.get(..end).unwrap_or(field).escape_ascii().to_string()
}

/// The version text of a header.
///
/// The usual form is `:PRODUCT:VERSION`, such as `:BV7R11HS:22.315.01.00.00`; it is split at the last colon. Web UI headers
/// may hold a bare version such as `WEBUI_17.100.13.01.03_HILINK`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct VersionText {
    /// The product code.
    pub(super) product: Option<String>,
    /// The version.
    pub(super) version: Option<String>,
}

impl VersionText {
    pub(super) fn parse(shown: &str) -> Self {
        let some = |text: &str| Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned);
        match shown.strip_prefix(':').map(|text| text.rsplit_once(':').unwrap_or(("", text))) {
            Some((product, version)) => Self { product: some(product), version: some(version) },
            None => Self { product: None, version: some(shown) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_and_bytes_beyond_ascii_are_escaped_and_a_nul_ends_the_text() {
        assert_eq!(shown(b"2015.11.27\0\0\0"), "2015.11.27");
        assert_eq!(shown(b"\x1b[2Jred\x07\xff"), r"\x1b[2Jred\x07\xff");
        assert_eq!(shown(b"\0hidden"), "");
        assert_eq!(shown(b"full"), "full");
    }

    #[test]
    fn the_usual_form_is_split_at_its_last_colon_and_any_other_is_a_version() {
        let parts = |text: &str| {
            let parsed = VersionText::parse(text);
            (parsed.product, parsed.version)
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(parts(":BV7R11HS:22.315.01.00.00"), (some("BV7R11HS"), some("22.315.01.00.00")));
        assert_eq!(parts(":A:B:C"), (some("A:B"), some("C")));
        assert_eq!(parts(":C"), (None, some("C")));
        assert_eq!(parts("WEBUI_17.100.13.01.03_HILINK"), (None, some("WEBUI_17.100.13.01.03_HILINK")));
        assert_eq!(parts(""), (None, None));
        assert_eq!(parts("::"), (None, None));
    }
}
