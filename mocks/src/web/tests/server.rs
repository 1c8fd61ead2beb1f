//! The web server, asked in plain HTTP.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use super::field;
use crate::web::{WebAccess, WebFacts, WebServer};

/// The answer to one request, head and body; empty when the connection was closed without one.
fn ask(server: &WebServer, method: &str, path: &str, cookie: &str) -> String {
    let mut stream = TcpStream::connect(server.address()).expect("the server listens");
    let request = format!("{method} {path} HTTP/1.1\r\nHost: 192.168.8.1\r\nCookie: {cookie}\r\n\r\n");
    let mut answer = String::new();
    // A server that closes at once may reset the connection: that is no answer either.
    let _ = stream.write_all(request.as_bytes()).and_then(|()| stream.read_to_string(&mut answer));
    answer
}

fn session(server: &WebServer) -> String {
    let answer = ask(server, "GET", "/api/webserver/SesTokInfo", "");
    assert!(field(&answer, "TokInfo").is_some_and(|token| token.len() == 32), "{answer}");
    field(&answer, "SesInfo").expect("a session").to_owned()
}

fn stick(access: WebAccess) -> WebServer {
    WebServer::start(Box::new(move || Some(WebFacts { access, ..WebFacts::e3372h() }))).expect("a port and a thread")
}

#[test]
fn the_information_needs_the_session_and_tells_the_facts() {
    let server = stick(WebAccess::Open);
    for cookie in ["", "SessionID=made-up"] {
        let answer = ask(&server, "GET", "/api/device/information", cookie);
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert_eq!(field(&answer, "code"), Some("125002"));
    }
    let answer = ask(&server, "GET", "/api/device/information", &session(&server));
    assert_eq!(field(&answer, "HardwareVersion"), Some("CL2E3372HM"));
    assert_eq!(field(&answer, "SoftwareVersion"), Some("22.200.15.00.00"));
}

#[test]
fn without_a_login_only_the_public_part_is_told() {
    let server = stick(WebAccess::LoginNeeded);
    let session = session(&server);
    assert_eq!(field(&ask(&server, "GET", "/api/device/information", &session), "code"), Some("100003"));
    let answer = ask(&server, "GET", "/api/device/basic_information", &session);
    assert_eq!(field(&answer, "devicename"), Some("E3372"));
    assert_eq!(field(&answer, "Imei"), None);
}

#[test]
fn closed_firmware_gives_a_session_and_nothing_else() {
    let server = stick(WebAccess::Closed);
    let session = session(&server);
    for path in ["/api/device/information", "/api/device/basic_information", "/api/no/such"] {
        assert_eq!(field(&ask(&server, "GET", path, &session), "code"), Some("125002"), "{path}");
    }
}

#[test]
fn an_unknown_request_is_not_supported_and_an_unknown_page_not_found() {
    let server = stick(WebAccess::Open);
    assert_eq!(field(&ask(&server, "GET", "/api/no/such", ""), "code"), Some("100002"));
    assert_eq!(field(&ask(&server, "DELETE", "/api/device/information", ""), "code"), Some("100002"));
    assert!(ask(&server, "GET", "/no/such", "").starts_with("HTTP/1.1 404 "));
    assert!(ask(&server, "GET", "/", "").contains("<title>"));
}

#[test]
fn a_stick_that_left_answers_nothing_and_has_forgotten_its_sessions_when_it_is_back() {
    const THERE: u8 = 0;
    const AWAY: u8 = 1;
    let state = Arc::new(AtomicU8::new(THERE));
    let seen = Arc::clone(&state);
    let there = move || (seen.load(Ordering::SeqCst) == THERE).then(WebFacts::e3372h);
    let server = WebServer::start(Box::new(there)).expect("a port and a thread");
    let session = session(&server);
    state.store(AWAY, Ordering::SeqCst);
    assert_eq!(ask(&server, "GET", "/api/device/information", &session), "");
    state.store(THERE, Ordering::SeqCst);
    assert_eq!(field(&ask(&server, "GET", "/api/device/information", &session), "code"), Some("125002"));
}

#[test]
fn dropping_the_server_ends_its_thread_even_while_a_client_says_nothing() {
    let asked = Arc::new(());
    let held = Arc::clone(&asked);
    let (served, serving) = mpsc::channel();
    let facts = move || {
        let _held = &held;
        served.send(()).expect("the test listens");
        Some(WebFacts::e3372h())
    };
    let server = WebServer::start(Box::new(facts)).expect("a port and a thread");
    let address = server.address();
    let _silent = TcpStream::connect(address).expect("the server listens");
    serving.recv_timeout(Duration::from_secs(30)).expect("the silent client is being served");
    drop(server);
    assert_eq!(Arc::strong_count(&asked), 1, "the thread must be gone, and what it held with it");
    assert!(TcpStream::connect(address).is_err(), "nothing may listen any more");
}
