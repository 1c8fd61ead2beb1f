//! As much of HTTP/1.1 as one request a connection needs. No sockets here: bytes in, bytes out.

/// The longest head of a request, and the longest body.
const LONGEST: usize = 16 * 1024;

/// The header by which tokens go back and forth.
pub(super) const TOKEN: &str = "__RequestVerificationToken";

/// A request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    /// The value of the `Cookie` header.
    pub(super) cookie: Option<String>,
    /// The value of the token header.
    pub(super) token: Option<String>,
    /// What is not UTF-8 is replaced.
    pub(super) body: String,
}

/// What the bytes are that came so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// The beginning of a request.
    Incomplete,
    /// No request, whatever follows.
    Nonsense,
    /// A whole one.
    Request(Request),
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Response {
    /// Such as `200 OK`.
    pub(super) status: &'static str,
    /// The media type.
    pub(super) kind: &'static str,
    /// Further headers, by name and value.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Response {
    /// An answer of the API.
    pub(super) fn xml(body: String) -> Self {
        Self { status: "200 OK", kind: "text/xml", headers: Vec::new(), body }
    }

    /// A web page.
    pub(super) fn page(status: &'static str, body: impl Into<String>) -> Self {
        Self { status, kind: "text/html", headers: Vec::new(), body: body.into() }
    }

    /// The answer to what is no request.
    pub(crate) fn bad_request() -> Self {
        Self::page("400 Bad Request", "<html>Bad Request</html>")
    }

    /// As it goes over the wire. The connection is closed behind it.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let Self { status, kind, headers, body } = self;
        let length = body.len();
        let mut text = format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n");
        for (name, value) in headers {
            text += &format!("{name}: {value}\r\n");
        }
        (text + "Connection: close\r\n\r\n" + body).into_bytes()
    }
}

/// Reads a request from its beginning.
pub(crate) fn parse(bytes: &[u8]) -> Heard {
    let mut lines = Lines { bytes, at: 0 };
    let Some(first) = lines.next() else { return incomplete(bytes) };
    let words: Vec<&str> = first.split_ascii_whitespace().collect();
    let [method, path, "HTTP/1.1" | "HTTP/1.0"] = words[..] else { return Heard::Nonsense };
    let mut request = Request { method: method.to_owned(), path: path.to_owned(), ..Request::default() };
    let mut length = 0;
    loop {
        let Some(line) = lines.next() else { return incomplete(bytes) };
        if line.is_empty() {
            break;
        }
        let Some((name, value)) = line.split_once(':') else { return Heard::Nonsense };
        let value = value.trim();
        if name.eq_ignore_ascii_case("cookie") {
            request.cookie = Some(value.to_owned());
        } else if name.eq_ignore_ascii_case(TOKEN) {
            request.token = Some(value.to_owned());
        } else if name.eq_ignore_ascii_case("content-length") {
            match value.parse() {
                Ok(declared) if declared <= LONGEST => length = declared,
                _ => return Heard::Nonsense,
            }
        }
    }
    if lines.at > LONGEST {
        return Heard::Nonsense;
    }
    match bytes.get(lines.at..lines.at + length) {
        Some(body) => Heard::Request(Request { body: String::from_utf8_lossy(body).into_owned(), ..request }),
        None => Heard::Incomplete,
    }
}

fn incomplete(bytes: &[u8]) -> Heard {
    if bytes.len() > LONGEST { Heard::Nonsense } else { Heard::Incomplete }
}

/// The whole lines of a head, without their ends.
struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Lines<'_> {
    fn next(&mut self) -> Option<String> {
        let rest = &self.bytes[self.at..];
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        self.at += end + 1;
        Some(String::from_utf8_lossy(&rest[..end]).trim_end().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_with_its_cookie_its_token_and_its_body() {
        let text = "POST /api/x HTTP/1.1\r\nHost: 192.168.8.1\r\ncookie:  SessionID=1 \r\n\
                    __requestverificationtoken: t0k\r\nContent-Length: 3\r\n\r\nabc";
        let expected = Request {
            method: "POST".to_owned(),
            path: "/api/x".to_owned(),
            cookie: Some("SessionID=1".to_owned()),
            token: Some("t0k".to_owned()),
            body: "abc".to_owned(),
        };
        for end in 0..text.len() {
            assert_eq!(parse(&text.as_bytes()[..end]), Heard::Incomplete, "cut at byte {end}");
        }
        assert_eq!(parse(text.as_bytes()), Heard::Request(expected));
    }

    #[test]
    fn what_is_no_request_or_has_no_end_is_refused() {
        for text in [
            "GET /\r\n\r\n",
            "GET / HTTP/2\r\n\r\n",
            "GET / HTTP/1.1\r\nno colon\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n",
        ] {
            assert_eq!(parse(text.as_bytes()), Heard::Nonsense, "`{text}` must be refused");
        }
        for end in ["", "\r\n\r\n"] {
            let endless = format!("GET / HTTP/1.1\r\nX: {}{end}", "y".repeat(20_000));
            assert_eq!(parse(endless.as_bytes()), Heard::Nonsense, "a head of more than 16 KiB must be refused");
        }
    }

    #[test]
    fn an_answer_says_how_long_it_is_and_that_it_is_the_last() {
        let headers = vec![(TOKEN.to_owned(), "next".to_owned())];
        let response = Response { headers, ..Response::xml("<a/>".to_owned()) };
        let expected = "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 4\r\n\
                        __RequestVerificationToken: next\r\nConnection: close\r\n\r\n<a/>";
        assert_eq!(String::from_utf8_lossy(&response.bytes()), expected);
    }
}
