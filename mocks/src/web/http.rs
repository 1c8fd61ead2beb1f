//! As much of HTTP/1.1 as one request a connection needs.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// How long a client may be silent.
const PATIENCE: Duration = Duration::from_secs(2);
/// The longest head of a request, and the longest body.
const LONGEST: u64 = 16 * 1024;

/// The head of a request.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    /// The value of the `Cookie` header.
    pub(super) cookie: Option<String>,
}

/// An answer.
pub(super) struct Response {
    /// Such as `200 OK`.
    pub(super) status: &'static str,
    /// The media type.
    pub(super) kind: &'static str,
    pub(super) body: String,
}

/// Reads one request, has it answered, and closes.
pub(super) fn answer(stream: &TcpStream, with: impl FnOnce(&Request) -> Response) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let Response { status, kind, body } = match read(&mut BufReader::new(stream))? {
        Some(request) => with(&request),
        None => Response { status: "400 Bad Request", kind: "text/html", body: "<html>Bad Request</html>".to_owned() },
    };
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close");
    let mut stream = stream;
    stream.write_all(format!("{head}\r\n\r\n{body}").as_bytes())
}

/// `None` when it is no request.
fn read(stream: &mut impl BufRead) -> io::Result<Option<Request>> {
    let mut head = stream.by_ref().take(LONGEST);
    let mut line = String::new();
    head.read_line(&mut line)?;
    let mut words = line.split_ascii_whitespace();
    let (Some(method), Some(path), Some("HTTP/1.1" | "HTTP/1.0"), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Ok(None);
    };
    let mut request = Request { method: method.to_owned(), path: path.to_owned(), cookie: None };
    let mut length = 0;
    loop {
        line.clear();
        if head.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let Some((name, value)) = line.split_once(':') else { return Ok(None) };
        match name.to_ascii_lowercase().as_str() {
            "cookie" => request.cookie = Some(value.trim().to_owned()),
            "content-length" => match value.trim().parse::<u64>() {
                Ok(declared) if declared <= LONGEST => length = declared,
                _ => return Ok(None),
            },
            _ => {}
        }
    }
    // Left unread, the body would make the system reset the connection, and the answer could be lost.
    io::copy(&mut stream.take(length), &mut io::sink())?;
    Ok(Some(request))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<Request> {
        read(&mut text.as_bytes()).expect("a text can be read")
    }

    #[test]
    fn a_request_is_read_with_its_cookie() {
        let request = parsed("GET /api/x HTTP/1.1\r\nHost: 192.168.8.1\r\ncookie:  SessionID=1 \r\n\r\n");
        let expected =
            Request { method: "GET".to_owned(), path: "/api/x".to_owned(), cookie: Some("SessionID=1".into()) };
        assert_eq!(request, Some(expected));
    }

    #[test]
    fn what_is_no_request_or_has_no_end_is_refused() {
        for text in [
            "",
            "GET /\r\n\r\n",
            "GET / HTTP/2\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\n",
            "GET / HTTP/1.1\r\nno colon\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n",
        ] {
            assert_eq!(parsed(text), None, "`{text}` must be refused");
        }
        let endless = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "y".repeat(20_000));
        assert_eq!(parsed(&endless), None, "a head of more than 16 KiB must be refused");
    }
}
