//! What port 80 says: a page, and files of any size out of the known stream.

use super::stream;

/// The longest head of a request.
pub(super) const LONGEST: usize = 4096;
/// The largest file: its digest is worked out while the request waits.
const LARGEST: u64 = 64 << 20;

const PAGE: &str = "<html>The simulated network. <a href=\"/10M\">/10M</a> has ten times 1048576 bytes; /1 to /64M work \
    as well. The header X-SHA256 is the digest of what follows.</html>\n";

/// The head of an answer, and how much of the stream follows it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) head: Vec<u8>,
    pub(super) length: u64,
}

/// The answer to what came so far. `None`: a request that is not yet whole.
pub(super) fn answer(heard: &[u8]) -> Option<Answer> {
    let end = heard.windows(4).position(|bytes| bytes == b"\r\n\r\n");
    let Some(end) = end else {
        return (heard.len() >= LONGEST).then(|| text("431 Request Header Fields Too Large", ""));
    };
    let head = String::from_utf8_lossy(&heard[..end]);
    let words: Vec<&str> = head.lines().next().unwrap_or_default().split_ascii_whitespace().collect();
    let [method @ ("GET" | "HEAD"), path, "HTTP/1.0" | "HTTP/1.1"] = words[..] else {
        return Some(text("400 Bad Request", "Bad Request\n"));
    };
    let body = method == "GET";
    Some(match (path, size(path)) {
        ("/", _) => text("200 OK", PAGE),
        (_, Some(length)) => {
            let digest = stream::digest(length);
            let head = headers("200 OK", "application/octet-stream", length, &format!("X-SHA256: {digest}\r\n"));
            Answer { head, length: if body { length } else { 0 } }
        }
        _ => text("404 Not Found", "Not Found\n"),
    })
}

/// The size that a path such as `/10M` stands for.
fn size(path: &str) -> Option<u64> {
    let digits = path.strip_prefix('/')?;
    let (digits, factor) = match digits.as_bytes().last()? {
        b'k' | b'K' => (&digits[..digits.len() - 1], 1 << 10),
        b'M' => (&digits[..digits.len() - 1], 1 << 20),
        _ => (digits, 1),
    };
    let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    let length = digits.parse::<u64>().ok().filter(|_| all_digits)?.checked_mul(factor)?;
    (length <= LARGEST).then_some(length)
}

fn text(status: &str, body: &str) -> Answer {
    let mut head = headers(status, "text/html", body.len() as u64, "");
    head.extend_from_slice(body.as_bytes());
    Answer { head, length: 0 }
}

fn headers(status: &str, kind: &str, length: u64, more: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n{more}Connection: close\r\n\r\n")
        .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_as_long_as_its_name_says() {
        for (path, length) in [("/0", Some(0)), ("/10M", Some(10 << 20)), ("/64M", Some(64 << 20)), ("/3k", Some(3072))]
        {
            assert_eq!(size(path), length, "{path}");
        }
        for path in ["/", "/65M", "/M", "/-1", "/+1", "/10G", "10M", "/18446744073709551615M"] {
            assert_eq!(size(path), None, "{path}");
        }
    }

    #[test]
    fn a_request_is_answered_once_it_is_whole() {
        assert_eq!(answer(b"GET /5 HTTP/1.1\r\nHost: x\r\n"), None);
        let whole = answer(b"GET /5 HTTP/1.1\r\nHost: x\r\n\r\n").expect("an answer");
        let head = String::from_utf8(whole.head).expect("text");
        assert!(head.contains("Content-Length: 5\r\n") && head.contains(&stream::digest(5)), "{head}");
        assert_eq!(whole.length, 5);
        assert_eq!(answer(b"HEAD /5 HTTP/1.1\r\n\r\n").map(|answer| answer.length), Some(0));
        for (request, status) in
            [("GET /no HTTP/1.1\r\n\r\n", "404"), ("POST / HTTP/1.1\r\n\r\n", "400"), ("\r\n\r\n", "400")]
        {
            let head = answer(request.as_bytes()).expect("an answer").head;
            assert!(String::from_utf8_lossy(&head).starts_with(&format!("HTTP/1.1 {status} ")), "{request:?}");
        }
        assert!(answer(&[b'x'; LONGEST]).is_some(), "it does not collect for ever");
    }
}
