//! The client against web servers that behave, that refuse, and that do not.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use super::scripted::{Reply, at, page, serve, status};
use super::session::SESSION_PATH;
use super::*;

/// For servers that never finish an answer.
const SHORT: Duration = Duration::from_millis(200);
/// For the others: long enough for a busy machine.
const LONG: Duration = Duration::from_secs(30);

const SESSION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<response>\r\n\
                       <SesInfo>SessionID=abc+/=</SesInfo>\r\n<TokInfo>t0k</TokInfo>\r\n</response>\r\n";
const INFORMATION: &str = "<response><DeviceName>E3372</DeviceName><SerialNumber>G4PDW00000000001</SerialNumber>\
                           <Imei>004999010640000</Imei><HardwareVersion>CL2E3372HM</HardwareVersion></response>";
const NOT_SUPPORTED: &str = "<error><code>100002</code><message/></error>";

fn ask(address: &WebAddress, within: Duration) -> Result<DeviceInformation, WebError> {
    WebApi::connect_within(address, within)?.information()
}

/// The outcome where every path is answered alike.
fn ask_all(reply: impl Fn() -> Reply + Send + 'static, within: Duration) -> WebError {
    ask(&serve(move |_| reply()), within).expect_err("no answer that a stick would give")
}

#[test]
fn the_session_goes_back_as_a_cookie_and_the_information_comes() {
    let address = serve(|head| match head {
        head if head.starts_with("GET /api/webserver/SesTokInfo HTTP/1.1\r\n") => page(SESSION),
        head if head.starts_with("GET /api/device/information HTTP/1.1\r\n")
            && head.to_ascii_lowercase().contains("\r\ncookie: sessionid=abc+/=\r\n") =>
        {
            page(INFORMATION)
        }
        _ => page("<error><code>125002</code></error>"),
    });
    let information = ask(&address, LONG).expect("the information");
    assert_eq!(information.device_name.as_deref(), Some("E3372"));
    assert_eq!(information.hardware_version.as_deref(), Some("CL2E3372HM"));
    assert_eq!((information.software_version.as_deref(), information.basic_only), (None, false));
    assert_eq!(information.imei(), Some("004999010640000"));
    assert_eq!(information.serial_number(), Some("G4PDW00000000001"));
    let shown = format!("{information:?}");
    assert!(!shown.contains("0049990") && !shown.contains("G4P"), "{shown} must not identify the owner");
}

#[test]
fn old_firmware_without_sessions_is_asked_without_a_cookie() {
    for old in [|| page(NOT_SUPPORTED), || status("404 Not Found"), || status("307 Temporary Redirect")] {
        let address = serve(move |head| match head {
            head if head.contains("SesTokInfo") => old(),
            head if head.to_ascii_lowercase().contains("cookie") => status("400 Bad Request"),
            _ => page(INFORMATION),
        });
        assert_eq!(ask(&address, LONG).expect("the information").device_name.as_deref(), Some("E3372"));
    }
}

#[test]
fn a_session_id_that_no_cookie_may_hold_is_refused() {
    let error = ask_all(|| page("<response><SesInfo>SessionID=a&#13;&#10;Evil: 1</SesInfo></response>"), LONG);
    assert!(matches!(error, WebError::BadSession), "{error:?}");
}

#[test]
fn an_answer_in_chunks_is_put_together() {
    let address = serve(|head| {
        if head.contains("SesTokInfo") {
            return page(SESSION);
        }
        let (first, second) = INFORMATION.split_at(20);
        let chunks = format!("{:x}\r\n{first}\r\n{:X}\r\n{second}\r\n0\r\n\r\n", first.len(), second.len());
        Reply::Bytes(format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}").into_bytes())
    });
    assert_eq!(ask(&address, LONG).expect("the information").device_name.as_deref(), Some("E3372"));
}

#[test]
fn names_that_are_not_utf_8_or_would_steer_a_terminal_are_shown_escaped() {
    let address = serve(|_| page(b"<response><DeviceName>E\xff&#27;[2J</DeviceName></response>"));
    let information = ask(&address, LONG).expect("the information");
    assert_eq!(information.device_name.as_deref(), Some("E\u{fffd}\\u{1b}[2J"));
}

#[test]
fn a_web_page_is_no_hilink_stick() {
    let error = ask_all(|| page("<html><head><title>Router</title></head></html>"), LONG);
    assert!(matches!(error, WebError::NotHiLink { .. }), "{error:?}");
    assert!(error.to_string().ends_with("is an XML document `html`, not `response` or `error`"), "{error}");
}

#[test]
fn a_server_without_the_page_is_shown_with_its_status() {
    let error = ask_all(|| status("404 Not Found"), LONG);
    assert!(matches!(error, WebError::Status { status: 404, path: INFORMATION_PATH, .. }), "{error:?}");
}

#[test]
fn garbage_is_not_http() {
    let error = ask_all(|| Reply::Bytes(b"220 mail.example ESMTP\r\n\r\n".to_vec()), LONG);
    assert!(matches!(error, WebError::NotHttp { .. }), "{error:?}");
}

#[test]
fn a_silent_server_ends_at_the_deadline() {
    let error = ask_all(|| Reply::Silence, SHORT);
    assert!(matches!(error, WebError::TimedOut { path: SESSION_PATH, within: SHORT, .. }), "{error:?}");
}

#[test]
fn a_server_that_keeps_dribbling_ends_at_the_same_deadline() {
    for first in ["HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nX: y\r\n\r\n"] {
        let dribble = move || Reply::Endless { first, again: b"X: y\r\n".to_vec(), pause: Duration::from_millis(20) };
        let error = ask_all(dribble, SHORT);
        assert!(matches!(error, WebError::TimedOut { path: SESSION_PATH, .. }), "{error:?}");
    }
}

#[test]
fn a_server_that_hangs_up_gave_no_answer() {
    let error = ask_all(|| Reply::Bytes(Vec::new()), LONG);
    assert!(matches!(error, WebError::NoAnswer { path: SESSION_PATH, .. }), "{error:?}");
    let error = ask_all(|| Reply::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<response>".to_vec()), LONG);
    assert!(matches!(error, WebError::NoAnswer { .. }), "{error:?}");
}

#[test]
fn a_body_of_64_kib_is_read_and_one_byte_more_is_refused() {
    let padded = |length: usize| {
        let padding = " ".repeat(length - INFORMATION.len());
        move |_: &str| page(format!("{INFORMATION}{padding}"))
    };
    let limit = usize::try_from(BODY_LIMIT).expect("64 KiB fits any machine");
    assert!(ask(&serve(padded(limit)), LONG).is_ok());
    let error = ask(&serve(padded(limit + 1)), LONG).expect_err("too long");
    assert!(matches!(error, WebError::TooLarge { limit: BODY_LIMIT, .. }), "{error:?}");
}

#[test]
fn an_endless_body_is_cut_off_by_its_length_not_by_patience() {
    let first = "HTTP/1.1 200 OK\r\n\r\n";
    let error = ask_all(move || Reply::Endless { first, again: vec![b' '; 4096], pause: Duration::ZERO }, LONG);
    assert!(matches!(error, WebError::TooLarge { path: SESSION_PATH, .. }), "{error:?}");
}

#[test]
fn endless_headers_are_cut_off_too() {
    let first = "HTTP/1.1 200 OK\r\n";
    let error = ask_all(move || Reply::Endless { first, again: b"X: y\r\n".repeat(700), pause: Duration::ZERO }, LONG);
    assert!(matches!(error, WebError::NotHttp { .. }), "{error:?}");
}

#[test]
fn an_unknown_refusal_is_shown_as_it_came() {
    let error = ask_all(|| page("<error><code>113018</code></error>"), LONG);
    assert_eq!(error.to_string(), "the stick refused /api/webserver/SesTokInfo with code `113018`, which is not known");
    let error = ask_all(|| page("<error><message>x</message></error>"), LONG);
    assert!(error.to_string().ends_with("its answer to /api/device/information is an error without a code"), "{error}");
}

#[test]
fn a_port_where_nothing_listens_is_unreachable() {
    // Bound but not listening: no other test can be given this port meanwhile.
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).expect("a port on the loopback interface");
    let server = socket.local_addr().expect("a bound socket has an address").as_socket().expect("an IPv4 one");
    let address = at(server);
    let error = ask(&address, LONG).expect_err("nobody there");
    assert!(matches!(error, WebError::Unreachable { .. }), "{error:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_socket_leaves_through_the_interface_that_is_named_or_not_at_all() {
    let plain = serve(|head| if head.contains("SesTokInfo") { page(SESSION) } else { page(INFORMATION) });
    let through = |interface: &str| WebAddress {
        interface: Some(interface.to_owned()),
        local: Some(Ipv4Addr::LOCALHOST),
        ..plain.clone()
    };
    assert!(ask(&through("lo"), LONG).is_ok());
    // A kernel before 5.7 does not even look the name up without the permission to bind, and the address stands in.
    match ask(&through("no-such-card"), LONG) {
        Err(WebError::Bind { what, .. }) => assert_eq!(what, "network interface no-such-card"),
        outcome => assert!(outcome.is_ok(), "{outcome:?}"),
    }
}

#[test]
fn the_debug_text_of_a_connection_shows_that_there_is_a_session_but_not_which() {
    let api = WebApi::connect_within(&serve(|_| page(SESSION)), LONG).expect("a session");
    let shown = format!("{api:?}");
    assert!(shown.contains("session: true") && !shown.contains("abc"), "{shown}");
}

#[cfg(feature = "simulate")]
mod against_the_simulated_stick {
    use super::*;
    use balong_mocks::web::{WebAccess, WebFacts, WebServer};

    fn stick(access: WebAccess) -> WebServer {
        WebServer::start(Box::new(move || Some(WebFacts { access, ..WebFacts::e3372h() }))).expect("a web server")
    }

    #[test]
    fn an_open_stick_tells_everything() {
        let server = stick(WebAccess::Open);
        let information = ask(&at(server.address()), LONG).expect("the information");
        let facts = WebFacts::e3372h();
        assert_eq!(information.device_name, Some(facts.device_name));
        assert_eq!(information.hardware_version, Some(facts.hardware_version));
        assert_eq!(information.software_version, Some(facts.software_version));
        assert_eq!(information.web_ui_version, Some(facts.web_ui_version));
        assert_eq!(information.serial_number(), Some(facts.serial_number.as_str()));
        assert_eq!(information.imei(), Some(facts.imei.as_str()));
        assert_eq!(information.classify.as_deref(), Some("hilink"));
        assert_eq!(information.product_family.as_deref(), Some("LTE"));
        assert!(!information.basic_only);
    }

    #[test]
    fn a_stick_that_needs_a_login_tells_its_versions_but_not_its_hardware_or_identity() {
        let server = stick(WebAccess::LoginNeeded);
        let information = ask(&at(server.address()), LONG).expect("the basic information");
        assert!(information.basic_only);
        assert_eq!(information.software_version, Some(WebFacts::e3372h().software_version));
        assert_eq!(information.classify.as_deref(), Some("hilink"));
        assert_eq!((information.hardware_version.as_deref(), information.imei()), (None, None));
    }

    #[test]
    fn a_closed_stick_refuses_by_name() {
        let server = stick(WebAccess::Closed);
        let error = ask(&at(server.address()), LONG).expect_err("a refusal");
        assert!(
            matches!(error, WebError::Refused { path: INFORMATION_PATH, refusal: Refusal::WrongSession }),
            "{error:?}"
        );
    }

    #[test]
    fn a_stick_that_left_gives_no_answer() {
        let server = WebServer::start(Box::new(|| None)).expect("a web server");
        let error = ask(&at(server.address()), LONG).expect_err("nobody there");
        assert!(matches!(error, WebError::NoAnswer { .. }), "{error:?}");
    }
}
