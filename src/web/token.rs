//! The tokens of the web interface: each one permits one changing request.
//!
//! Where they come from depends on the age of the firmware: from the session request, from the head of the home page, or,
//! for the next request, from the headers of the last answer. The very old firmware knows none.

use super::WebError;

/// The header in which a token goes out, and in which the next one comes back.
pub(super) const HEADER: &str = "__RequestVerificationToken";

/// The headers of an answer that may hold tokens: in pairs after a login, else the plain one.
const PAIR: [&str; 2] = ["__RequestVerificationTokenone", "__RequestVerificationTokentwo"];

/// The longest token that is sent. Real ones have 32 or 48 characters.
const LONGEST: usize = 256;

/// How many tokens are kept of one answer. Real ones bring one, two, or after a login about thirty.
const MOST: usize = 64;

/// The tokens in the headers of an answer; `header` looks one up by its name.
pub(super) fn in_headers<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Vec<String> {
    let pair: Vec<String> = PAIR.iter().filter_map(|name| header(name)).flat_map(list).take(MOST).collect();
    if pair.is_empty() { header(HEADER).into_iter().flat_map(list).take(MOST).collect() } else { pair }
}

/// The tokens in one text, which may be a list with `#` between them.
pub(super) fn list(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split('#').map(str::trim).filter(|token| !token.is_empty()).map(str::to_owned)
}

/// The tokens in the head of a home page: `<meta name="csrf_token" content="...">`.
pub(super) fn in_page(page: &[u8]) -> Vec<String> {
    let page = String::from_utf8_lossy(page);
    // Only ASCII letters change, so that places in one are places in the other.
    let lower = page.to_ascii_lowercase();
    let tags = lower.match_indices("<meta").filter_map(|(at, start)| {
        let tag = &page[at + start.len()..];
        tag.split_once('>').map(|(inside, _)| inside)
    });
    let tokens = tags.filter(|tag| attribute(tag, "name").is_some_and(|name| name.eq_ignore_ascii_case("csrf_token")));
    tokens.filter_map(|tag| attribute(tag, "content")).flat_map(list).take(MOST).collect()
}

/// The value of an attribute in the inside of a tag, quoted or not.
fn attribute<'t>(tag: &'t str, wanted: &str) -> Option<&'t str> {
    let is_space = |character: char| character.is_ascii_whitespace();
    let mut rest = tag;
    loop {
        rest = rest.trim_start_matches(|character: char| is_space(character) || character == '/');
        if rest.is_empty() {
            return None;
        }
        let end = rest.find(|character: char| is_space(character) || character == '=').unwrap_or(rest.len());
        let (name, behind) = rest.split_at(end);
        let Some(value) = behind.trim_start_matches(is_space).strip_prefix('=') else {
            rest = behind;
            continue;
        };
        let value = value.trim_start_matches(is_space);
        let (value, behind) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value[1..].split_once(quote)?,
            _ => value.split_at(value.find(is_space).unwrap_or(value.len())),
        };
        if name.eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = behind;
    }
}

/// A token that a header may hold.
///
/// # Errors
///
/// [`WebError::BadToken`].
pub(super) fn checked(token: String) -> Result<String, WebError> {
    let fits = token.len() <= LONGEST && token.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { Ok(token) } else { Err(WebError::BadToken) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn headers(given: &[(&'static str, &'static str)]) -> Vec<String> {
        in_headers(|name| given.iter().find(|(key, _)| *key == name).map(|(_, value)| *value))
    }

    #[test]
    fn the_next_token_is_in_the_header_of_the_same_name_alone_or_in_a_list() {
        assert_eq!(headers(&[(HEADER, "abc")]), ["abc"]);
        assert_eq!(headers(&[(HEADER, "abc#def##ghi#")]), ["abc", "def", "ghi"]);
        assert!(headers(&[]).is_empty());
    }

    #[test]
    fn a_pair_of_tokens_goes_before_the_list_that_holds_them_too() {
        let given = [(HEADER, "x#y"), (PAIR[0], "one"), (PAIR[1], "two")];
        assert_eq!(headers(&given), ["one", "two"]);
    }

    #[test]
    fn every_token_of_a_home_page_is_found_however_its_tag_is_written() {
        let page = b"<html><HEAD><meta charset=utf-8><meta name=\"csrf_token\" content=\"a1+/=\"/>\n\
                     <META content='b2' NAME=csrf_token><meta name=csrf_token content = c3 ><meta name=\"author\" \
                     content=\"d4\"><meta name=\"csrf_token\" content=\"\"></head></html>";
        assert_eq!(in_page(page), ["a1+/=", "b2", "c3"]);
        assert!(in_page(b"<html><body>csrf_token content=\"a\"</body></html>").is_empty());
        assert!(in_page(b"<meta name=\"csrf_token\" content=\"cut off").is_empty());
    }

    #[test]
    fn a_token_that_would_make_a_second_header_is_refused() {
        assert!(checked("aB3+/=".to_owned()).is_ok());
        for bad in ["a\r\nEvil: 1", "a b", "é", &"x".repeat(257)] {
            assert!(matches!(checked(bad.to_owned()), Err(WebError::BadToken)), "`{bad}` must be refused");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn any_bytes_are_no_more_than_so_many_tokens_without_separators(page in prop::collection::vec(any::<u8>(), 0..400)) {
            let tokens = in_page(&page);
            prop_assert!(tokens.len() <= MOST && tokens.iter().all(|token| !token.is_empty() && !token.contains('#')));
        }

        #[test]
        fn any_heap_of_tags_is_read_to_its_end(
            pieces in prop::collection::vec(prop::sample::select(vec![
                "<meta", "<META ", ">", "/", " ", "name", "=", "\"", "'", "csrf_token", "content", "é", "\u{130}", "#", "x",
                "name=csrf_token ", "content=\"t\"", "\n",
            ]), 0..60),
        ) {
            let tokens = in_page(pieces.concat().as_bytes());
            prop_assert!(tokens.len() <= MOST);
        }

        #[test]
        fn a_token_in_a_page_and_in_a_header_reads_back_as_it_was(token in "[A-Za-z0-9+/=]{1,64}", before in "[ -~&&[^<#]]{0,30}") {
            let page = format!("{before}<meta name=\"csrf_token\" content=\"{token}\">");
            prop_assert_eq!(in_page(page.as_bytes()), vec![token.clone()]);
            let listed = format!("{token}#{token}");
            prop_assert_eq!(in_headers(|name| (name == HEADER).then_some(listed.as_str())), vec![token.clone(), token]);
        }
    }
}
