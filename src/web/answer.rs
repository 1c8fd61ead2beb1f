//! The XML that HiLink firmware answers with: one root, and below it plain text fields.

use std::str;

use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, Event};

use super::text;

/// The root of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Root {
    /// The stick did what was asked.
    Response,
    /// The stick refused; the field `code` says why.
    Error,
}

/// One answer, read.
///
/// It has no `Debug`: its fields may identify the owner.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Answer {
    /// What kind of answer it is.
    pub(super) root: Root,
    fields: Vec<(String, String)>,
}

impl Answer {
    /// Reads a body. What is not UTF-8 is replaced, as names may be in any encoding.
    ///
    /// # Errors
    ///
    /// What the body is instead of an answer, to follow "its answer is"; it never quotes a field.
    pub(super) fn read(body: &[u8]) -> Result<Self, String> {
        let body = String::from_utf8_lossy(body);
        let mut reader = Reader::from_str(body.trim_start_matches('\u{feff}'));
        let root = root(&mut reader)?;
        let fields = fields(&mut reader)?;
        Ok(Self { root, fields })
    }

    /// The text of the first field with this name, in either case.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// Reads up to the start of the root element.
fn root(reader: &mut Reader<&[u8]>) -> Result<Root, String> {
    loop {
        match next(reader)? {
            Event::Start(start) => match start.name().as_ref() {
                "response" => return Ok(Root::Response),
                "error" => return Ok(Root::Error),
                other => return Err(format!("an XML document `{}`, not `response` or `error`", text::safe(other))),
            },
            Event::Text(text) if text.trim().is_empty() => {}
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) | Event::DocType(_) => {}
            Event::Eof => return Err("empty".to_owned()),
            _ => return Err("no XML document with fields in it".to_owned()),
        }
    }
}

/// Reads the fields below the root, up to its end. What lies deeper is no field, and is passed over.
fn fields(reader: &mut Reader<&[u8]>) -> Result<Vec<(String, String)>, String> {
    let mut fields = Vec::new();
    let mut field: Option<(String, String)> = None;
    let mut depth = 1_usize;
    loop {
        let piece = match next(reader)? {
            Event::Start(start) => {
                depth += 1;
                if depth == 2 {
                    field = Some((start.name().as_ref().to_owned(), String::new()));
                }
                continue;
            }
            Event::End(_) => {
                depth -= 1;
                match depth {
                    0 => return Ok(fields),
                    1 => fields.extend(field.take()),
                    _ => {}
                }
                continue;
            }
            Event::Text(text) => text.xml10_content().into_owned(),
            Event::CData(text) => text.xml10_content().into_owned(),
            Event::GeneralRef(reference) => resolve(&reference)?,
            Event::Eof => return Err(format!("an XML document cut off at byte {}", reader.buffer_position())),
            Event::Empty(_) | Event::Decl(_) | Event::Comment(_) | Event::PI(_) | Event::DocType(_) => continue,
        };
        if let (2, Some((_, value))) = (depth, &mut field) {
            value.push_str(&piece);
        }
    }
}

/// The next event; an end tag that fits no start tag is an error of the reader.
fn next<'body>(reader: &mut Reader<&'body [u8]>) -> Result<Event<'body>, String> {
    reader.read_event().map_err(|_| format!("no well-formed XML from byte {} on", reader.error_position()))
}

/// A character reference or one of the five entities that need no document type.
fn resolve(reference: &BytesRef<'_>) -> Result<String, String> {
    let unknown = || "an XML document with an unknown entity".to_owned();
    if reference.is_char_ref() {
        return match reference.resolve_char_ref() {
            Ok(Some(character)) => Ok(character.to_string()),
            _ => Err(unknown()),
        };
    }
    resolve_xml_entity(reference).map(str::to_owned).ok_or_else(unknown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn field(body: &str, name: &str) -> Option<String> {
        let answer =
            Answer::read(body.as_bytes()).unwrap_or_else(|why| panic!("{body} must be an answer, but is {why}"));
        answer.field(name).map(str::to_owned)
    }

    fn refused(body: &[u8]) -> String {
        Answer::read(body).err().expect("must not be taken for an answer")
    }

    #[test]
    fn a_field_is_found_by_its_name_in_either_case_and_the_first_one_counts() {
        let body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<response>\r\n<devicename>E3372</devicename>\r\n\
                    <DeviceName>other</DeviceName><Iccid></Iccid><Msisdn/></response>\r\n";
        assert_eq!(field(body, "DeviceName").as_deref(), Some("E3372"));
        assert_eq!(field(body, "Iccid").as_deref(), Some(""));
        assert_eq!(field(body, "Msisdn"), None);
        assert_eq!(field(body, "Imei"), None);
    }

    #[test]
    fn entities_character_references_and_cdata_become_text() {
        let body = "<response><a>x &amp;&#65;&#x42; <![CDATA[<y>]]></a></response>";
        assert_eq!(field(body, "a").as_deref(), Some("x &AB <y>"));
    }

    #[test]
    fn what_lies_deeper_than_a_field_is_not_part_of_it() {
        let body = "<response><list>a<item>b<deeper>c</deeper></item>d</list><item>e</item></response>";
        assert_eq!(field(body, "list").as_deref(), Some("ad"));
        assert_eq!(field(body, "item").as_deref(), Some("e"));
    }

    #[test]
    fn a_refusal_is_told_from_a_response() {
        let answer = Answer::read(b"<error><code>100003</code><message></message></error>").expect("an answer");
        assert_eq!((answer.root, answer.field("code")), (Root::Error, Some("100003")));
    }

    #[test]
    fn what_is_no_answer_is_refused_without_quoting_its_fields() {
        assert_eq!(refused(b""), "empty");
        assert_eq!(refused(b"hello"), "no XML document with fields in it");
        assert_eq!(refused(b"{\"Imei\":\"1\"}"), "no XML document with fields in it");
        assert_eq!(refused(b"<html><body></body></html>"), "an XML document `html`, not `response` or `error`");
        assert_eq!(refused(b"<response><Imei>123</Imei>"), "an XML document cut off at byte 26");
        assert_eq!(refused(b"<response><Imei>123</Name>"), "no well-formed XML from byte 19 on");
        assert_eq!(refused(b"<response><Imei>&own;</Imei></response>"), "an XML document with an unknown entity");
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_replaced() {
        let answer = Answer::read(b"<response><DeviceName>E\xff\xfe3</DeviceName></response>").expect("an answer");
        assert_eq!(answer.field("DeviceName"), Some("E\u{fffd}\u{fffd}3"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn any_bytes_are_read_or_refused_but_never_panic(body in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = Answer::read(&body);
        }

        #[test]
        fn any_heap_of_markup_is_read_or_refused_but_never_panics(
            pieces in prop::collection::vec(prop::sample::select(vec![
                "<response>", "</response>", "<error>", "<a>", "</a>", "<a/>", "<!--", "-->", "<![CDATA[", "]]>",
                "&amp;", "&#x110000;", "&#0;", "&", "<?xml", "?>", "<!DOCTYPE", ">", "<", "text", "é", "\u{0}",
            ]), 0..40),
        ) {
            let _ = Answer::read(pieces.concat().as_bytes());
        }

        #[test]
        fn any_printable_text_survives_escaping_by_the_stick(value in "[ -~é]{0,40}") {
            let body = format!("<response><a>{}</a></response>", quick_xml::escape::escape(value.as_str()));
            prop_assert_eq!(field(&body, "a"), Some(value));
        }
    }
}
