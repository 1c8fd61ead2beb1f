//! As much of XML as the firmware speaks: elements with text in them.

/// The declaration in front of every answer.
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n";

/// A response with these fields.
pub(super) fn response(fields: &[(&str, &str)]) -> String {
    let mut body = format!("{DECLARATION}<response>\r\n");
    for (name, value) in fields {
        let value = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        body += &format!("<{name}>{value}</{name}>\r\n");
    }
    body + "</response>\r\n"
}

/// The answer to a request that was carried out.
pub(super) fn done() -> String {
    format!("{DECLARATION}<response>OK</response>\r\n")
}

/// A refusal with this code.
pub(super) fn refusal(code: u32) -> String {
    format!("{DECLARATION}<error>\r\n<code>{code}</code>\r\n<message></message>\r\n</error>\r\n")
}

/// The text of the first element at this path from the root, without the space around it. `None`: there is none, or the
/// document is not well-formed.
pub(super) fn text(document: &str, path: &[&str]) -> Option<String> {
    let mut open: Vec<&str> = Vec::new();
    let (mut found, mut complete) = (None::<String>, false);
    let mut rest = document.trim_start_matches('\u{feff}');
    while let Some((before, markup)) = rest.split_once('<') {
        if open.is_empty() && !before.trim().is_empty() {
            return None;
        }
        if open == path && !complete {
            found.get_or_insert_default().push_str(before);
        }
        let end = if markup.starts_with("!--") { "-->" } else { ">" };
        let (tag, after) = markup.split_once(end)?;
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            complete |= open == path;
            if open.pop() != Some(name.trim_end()) {
                return None;
            }
        } else if !tag.starts_with(['?', '!']) && !tag.ends_with('/') {
            open.push(tag.split_ascii_whitespace().next()?);
        }
    }
    let sound = open.is_empty() && rest.trim().is_empty();
    found.filter(|_| sound).map(|text| unescaped(text.trim()))
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_element_is_found_by_its_path_whatever_stands_around_it() {
        let body = "<?xml version=\"1.0\"?>\r\n<api version=\"1.0\"><header><function>switchMode</function></header>\
                    <!-- > --><body><empty/><request><switchType> 1 </switchType></request></body></api>\n";
        assert_eq!(text(body, &["api", "body", "request", "switchType"]).as_deref(), Some("1"));
        assert_eq!(text(body, &["api", "header", "function"]).as_deref(), Some("switchMode"));
        assert_eq!(text(body, &["api", "function"]), None);
        assert_eq!(text("<a><b>x &amp;&lt;y</b><b>z</b></a>", &["a", "b"]).as_deref(), Some("x &<y"));
    }

    #[test]
    fn what_is_not_well_formed_has_no_text() {
        for document in ["", "hello", "<a>1", "<a>1</b>", "<a>1</a><b>", "x<a>1</a>", "<a>1</a>x", "<a"] {
            assert_eq!(text(document, &["a"]), None, "`{document}` is not well-formed");
        }
    }

    #[test]
    fn values_are_escaped_on_the_way_out() {
        assert!(response(&[("Name", "a<b>&c")]).contains("<Name>a&lt;b&gt;&amp;c</Name>"));
        assert_eq!(text(&response(&[("Name", "a<b>&c")]), &["response", "Name"]).as_deref(), Some("a<b>&c"));
        assert_eq!(text(&refusal(100_002), &["error", "code"]).as_deref(), Some("100002"));
        assert_eq!(text(&done(), &["response"]).as_deref(), Some("OK"));
    }

    proptest! {
        #[test]
        fn any_heap_of_markup_is_read_or_refused_but_never_panics(
            pieces in prop::collection::vec(prop::sample::select(vec![
                "<a>", "</a>", "<b>", "</b>", "<a/>", "<!--", "-->", "<?", "?>", ">", "<", "text", "&amp;", "</", "<>",
            ]), 0..30),
        ) {
            let _ = text(&pieces.concat(), &["a", "b"]);
        }
    }
}
