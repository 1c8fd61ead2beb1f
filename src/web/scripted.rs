//! A web server for tests that answers each path with the bytes that the test gives it.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use super::WebAddress;

/// What the server does with one request.
pub(crate) enum Reply {
    /// It sends these bytes, as they are, and closes.
    Bytes(Vec<u8>),
    /// It sends `first`, and then `again` without end, each after a pause, until the client has had enough.
    Endless { first: &'static str, again: Vec<u8>, pause: Duration },
    /// It says nothing and keeps the connection.
    Silence,
}

/// A good answer with this body.
pub(crate) fn page(body: impl AsRef<[u8]>) -> Reply {
    let body = body.as_ref();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {}\r\n\r\n", body.len());
    Reply::Bytes([head.as_bytes(), body].concat())
}

/// An answer without a body.
pub(crate) fn status(line: &str) -> Reply {
    Reply::Bytes(format!("HTTP/1.1 {line}\r\nContent-Length: 0\r\n\r\n").into_bytes())
}

/// Starts a server; `reply` is given the whole of each request, head and body. It lives as long as the test program.
pub(crate) fn serve(reply: impl Fn(&str) -> Reply + Send + 'static) -> WebAddress {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port on the loopback interface");
    let server = listener.local_addr().expect("a bound listener has an address");
    thread::spawn(move || {
        for stream in listener.incoming() {
            // A client that hung up in the middle is part of what is tested; the next one is served all the same.
            let _ = stream.and_then(|stream| answer(stream, &reply));
        }
    });
    at(server)
}

/// The address of a server that any interface may lead to.
pub(crate) fn at(server: SocketAddr) -> WebAddress {
    WebAddress { server, interface: None, local: None }
}

fn answer(mut stream: TcpStream, reply: &impl Fn(&str) -> Reply) -> io::Result<()> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let mut request = String::from_utf8_lossy(&head).into_owned();
    let length =
        request.to_ascii_lowercase().lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body)?;
    request.push_str(&String::from_utf8_lossy(&body));
    match reply(&request) {
        Reply::Bytes(bytes) => stream.write_all(&bytes),
        Reply::Endless { first, again, pause } => {
            stream.write_all(first.as_bytes())?;
            loop {
                thread::sleep(pause);
                stream.write_all(&again)?;
            }
        }
        Reply::Silence => stream.read_exact(&mut byte),
    }
}
