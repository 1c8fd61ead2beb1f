//! Texts of unit headers: shown safely, and taken apart.

/// A text field as it can be shown: up to its first NUL, everything unprintable escaped.
pub(super) fn shown(field: &[u8]) -> String {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    field.get(..end).unwrap_or(field).escape_ascii().to_string()
}

/// The bytes of a text that [`shown`] made. `None` if it holds anything but printable ASCII, or an escape that there is
/// none of.
pub(super) fn unescaped(shown: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(shown.len());
    let mut letters = shown.bytes();
    while let Some(letter) = letters.next() {
        let byte = match letter {
            b'\\' => match letters.next()? {
                b't' => b'\t',
                b'r' => b'\r',
                b'n' => b'\n',
                quoted @ (b'\'' | b'"' | b'\\') => quoted,
                b'x' => {
                    let digit = |letter: u8| char::from(letter).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                    16 * digit(letters.next()?)? + digit(letters.next()?)?
                }
                _ => return None,
            },
            b' '..=b'~' => letter,
            _ => return None,
        };
        bytes.push(byte);
    }
    Some(bytes)
}

/// A version text with its product or its version replaced: what is not given stays.
pub(super) fn replaced(text: &str, product: Option<&str>, version: Option<&str>) -> String {
    let parsed = VersionText::parse(text);
    let product = product.map(str::to_owned).or(parsed.product);
    let version = version.map(str::to_owned).or(parsed.version).unwrap_or_default();
    match product {
        Some(product) => format!(":{product}:{version}"),
        None => version,
    }
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
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_field_without_a_nul_comes_back_from_its_escaped_form(field: Vec<u8>) {
            let field: Vec<u8> = field.into_iter().filter(|byte| *byte != 0).collect();
            prop_assert_eq!(unescaped(&shown(&field)), Some(field));
        }
    }

    #[test]
    fn escapes_that_there_are_none_of_are_refused() {
        for bad in ["\\", "\\q", "\\x", "\\x1", "\\xg1", "\u{e4}", "\n"] {
            assert_eq!(unescaped(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn product_and_version_are_replaced_one_by_one() {
        let text = ":BV7R11HS:21.180";
        assert_eq!(replaced(text, None, Some("22.1")), ":BV7R11HS:22.1");
        assert_eq!(replaced(text, Some("BV7R11W"), None), ":BV7R11W:21.180");
        assert_eq!(replaced("", Some("BV7R11W"), Some("1")), ":BV7R11W:1");
        assert_eq!(replaced("WEBUI_17", None, None), "WEBUI_17");
        assert_eq!(replaced("WEBUI_17", None, Some("WEBUI_18")), "WEBUI_18");
    }

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
