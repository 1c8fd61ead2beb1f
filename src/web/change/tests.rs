//! Every way in which a changing request can end, against a server that says what the test gives it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use super::super::WebAddress;
use super::super::scripted::{Reply, page, serve, status};
use super::*;

const SHORT: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_secs(30);

const OK: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><response>OK</response>";
const NOT_SUPPORTED: &str = "<error><code>100002</code><message></message></error>";

/// The requests that a server was asked, each as it came.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    fn note(&self, request: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(request.to_owned());
    }

    /// The first line of each, without the protocol.
    fn lines(&self) -> Vec<String> {
        let heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heard.iter().filter_map(|request| Some(request.lines().next()?.rsplit_once(' ')?.0.to_owned())).collect()
    }

    /// The changing requests.
    fn posts(&self) -> Vec<String> {
        let heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heard.iter().filter(|request| request.starts_with("POST ")).cloned().collect()
    }

    /// The value of a header in each changing request.
    fn sent(&self, name: &str) -> Vec<Option<String>> {
        let value = |request: &String| {
            let mut lines = request.lines().filter_map(|line| line.split_once(": "));
            lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
        };
        self.posts().iter().map(value).collect()
    }
}

/// A session and a token that name how many there were before.
fn session(number: usize) -> Reply {
    page(format!("<response><SesInfo>SessionID=s{number}</SesInfo><TokInfo>t{number}</TokInfo></response>"))
}

/// A stick with sessions that gives these answers to changing requests, the last one again and again.
fn stick(answers: Vec<fn() -> Reply>) -> (WebAddress, Heard) {
    let heard = Heard::default();
    let noted = heard.clone();
    let address = serve(move |request| {
        let sessions = noted.lines().iter().filter(|line| line.contains("SesTokInfo")).count();
        let posts = noted.posts().len();
        noted.note(request);
        match request {
            _ if request.starts_with("GET /api/webserver/SesTokInfo ") => session(sessions),
            _ if request.starts_with("POST ") => answers[posts.min(answers.len() - 1)](),
            _ if request.starts_with("GET /html/switch") => page("<html><script/></html>"),
            _ => status("404 Not Found"),
        }
    });
    (address, heard)
}

fn api(address: &WebAddress, within: Duration) -> WebApi {
    WebApi::connect_within(address, within).expect("a server")
}

fn refused(code: &'static str) -> Reply {
    page(format!("<error><code>{code}</code><message></message></error>"))
}

#[test]
fn each_way_sends_its_own_request_with_the_session_and_its_token() {
    let body = |heard: &Heard| heard.posts()[0].split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
    let ways = [
        (WebMode::Debug, SwitchWay::Cgi, "POST /CGI", "<switchType>1</switchType>"),
        (WebMode::Project, SwitchWay::Cgi, "POST /CGI", "<switchType>0</switchType>"),
        (WebMode::Debug, SwitchWay::Page, "POST /CGI", "<switchType>1</switchType>"),
        (WebMode::Project, SwitchWay::Page, "POST /CGI", "<switchType>0</switchType>"),
        (WebMode::Debug, SwitchWay::ModeApi, "POST /api/device/mode", "<mode>1</mode>"),
    ];
    for (mode, way, line, part) in ways {
        let (address, heard) = stick(vec![|| page(OK)]);
        let outcome = api(&address, LONG).switch(mode, way);
        assert!(matches!(outcome, Ok(WebOutcome::Accepted)), "{mode:?} {way:?}: {outcome:?}");
        assert_eq!(heard.lines().last().map(String::as_str), Some(line));
        assert!(body(&heard).is_some_and(|body| body.contains(part)), "{part} must be in {:?}", heard.posts());
        assert_eq!(heard.sent("Cookie"), [Some("SessionID=s0".to_owned())]);
        assert_eq!(heard.sent(crate::web::token::HEADER), [Some("t0".to_owned())]);
    }
}

#[test]
fn the_cgi_request_is_the_xml_that_the_pages_send() {
    let Order { path, body } = WebMode::Debug.cgi();
    assert_eq!(path, "/CGI");
    let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><api version=\"1.0\"><header><function>switchMode\
                    </function></header><body><request><switchType>1</switchType></request></body></api>";
    assert_eq!(body, expected);
}

#[test]
fn the_page_way_looks_for_the_page_of_its_mode_first() {
    let (address, heard) = stick(vec![|| page(OK)]);
    api(&address, LONG).switch(WebMode::Project, SwitchWay::Page).expect("accepted");
    assert_eq!(heard.lines()[1..], ["GET /html/switchProjectMode.html", "POST /CGI"]);
}

#[test]
fn a_page_that_is_missing_or_leads_elsewhere_is_named_and_nothing_is_asked() {
    for gone in ["404 Not Found", "307 Temporary Redirect"] {
        let heard = Heard::default();
        let noted = heard.clone();
        let address = serve(move |request| {
            noted.note(request);
            if request.contains("SesTokInfo") { session(0) } else { status(gone) }
        });
        let error = api(&address, LONG).switch(WebMode::Debug, SwitchWay::Page).expect_err("no page");
        assert!(matches!(error, WebError::MissingPage { path: DEBUG_PAGE, .. }), "{error:?}");
        assert!(heard.posts().is_empty(), "{:?}", heard.posts());
        let error = api(&address, LONG).switch(WebMode::Debug, SwitchWay::Cgi).expect_err("no CGI");
        assert!(matches!(error, WebError::MissingPage { path: CGI_PATH, .. }), "{error:?}");
    }
}

#[test]
fn the_mode_request_knows_no_project_mode_and_says_so_before_anything_is_sent() {
    let (address, heard) = stick(vec![|| page(OK)]);
    let mut api = api(&address, LONG);
    let before = heard.lines();
    let error = api.switch(WebMode::Project, SwitchWay::ModeApi).expect_err("no such way");
    assert_eq!(error.to_string(), "/api/device/mode knows no way into the project mode");
    assert_eq!(heard.lines(), before);
}

#[test]
fn a_stick_that_hangs_up_falls_silent_or_babbles_leaves_it_unclear_and_is_not_asked_again() {
    let ends: [fn() -> Reply; 5] = [
        || Reply::Bytes(Vec::new()),
        || Reply::Silence,
        || Reply::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<response>".to_vec()),
        || Reply::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec()),
        || page("<api version=\"1.0\"><body><response>OK</response></body></api>"),
    ];
    for end in ends {
        let (address, heard) = stick(vec![end]);
        let outcome = api(&address, SHORT).switch(WebMode::Debug, SwitchWay::Cgi);
        assert!(matches!(outcome, Ok(WebOutcome::Unclear(_))), "{outcome:?}");
        assert_eq!(heard.posts().len(), 1, "what may have been heard is never sent again");
    }
}

#[test]
fn a_stale_session_or_token_is_renewed_once() {
    let refusals: [fn() -> Reply; 3] = [|| refused("125001"), || refused("125002"), || refused("125003")];
    for refusal in refusals {
        let (address, heard) = stick(vec![refusal, || page(OK)]);
        let outcome = api(&address, LONG).restart();
        assert!(matches!(outcome, Ok(WebOutcome::Accepted)), "{outcome:?}");
        let sent = |numbers: [&str; 2]| numbers.map(|text| Some(text.to_owned()));
        assert_eq!(heard.sent(crate::web::token::HEADER), sent(["t0", "t1"]));
        assert_eq!(heard.sent("Cookie"), sent(["SessionID=s0", "SessionID=s1"]));
    }
}

#[test]
fn a_second_refusal_of_the_session_is_the_end_and_says_that_a_login_may_be_wanted() {
    let (address, heard) = stick(vec![|| refused("125002")]);
    let error = api(&address, LONG).switch(WebMode::Debug, SwitchWay::ModeApi).expect_err("refused");
    assert!(matches!(error, WebError::Refused { path: MODE_PATH, refusal: Refusal::WrongSession }), "{error:?}");
    assert_eq!(heard.posts().len(), 2);
    assert!(error.advice().is_some_and(|advice| advice.contains("login counts for the browser alone")));
}

#[test]
fn a_refused_session_followed_by_silence_is_unclear_and_not_sent_a_third_time() {
    let (address, heard) = stick(vec![|| refused("125003"), || Reply::Bytes(Vec::new())]);
    let outcome = api(&address, LONG).restart();
    assert!(matches!(outcome, Ok(WebOutcome::Unclear(WebError::NoAnswer { path: CONTROL_PATH, .. }))), "{outcome:?}");
    assert_eq!(heard.posts().len(), 2);
}

#[test]
fn any_other_refusal_is_named_at_once() {
    let refusals: [(fn() -> Reply, Refusal); 4] = [
        (|| page(NOT_SUPPORTED), Refusal::NotSupported),
        (|| refused("100003"), Refusal::NoRights),
        (|| refused("100004"), Refusal::Busy),
        (|| refused("113018"), Refusal::Other("113018".to_owned())),
    ];
    for (answer, expected) in refusals {
        let (address, heard) = stick(vec![answer]);
        let error = api(&address, LONG).restart().expect_err("refused");
        assert!(
            matches!(&error, WebError::Refused { path: CONTROL_PATH, refusal } if *refusal == expected),
            "{error:?}"
        );
        assert_eq!(heard.posts().len(), 1);
    }
}

#[test]
fn restart_is_control_1() {
    let (address, heard) = stick(vec![|| page(OK)]);
    assert!(matches!(api(&address, LONG).restart(), Ok(WebOutcome::Accepted)));
    assert!(heard.posts()[0].ends_with("<request><Control>1</Control></request>"), "{:?}", heard.posts());
}

#[test]
fn the_next_request_takes_the_token_that_came_with_the_last_answer_and_none_twice() {
    let with_token = || {
        let head = "HTTP/1.1 200 OK\r\n__RequestVerificationToken: next1#next2\r\n";
        Reply::Bytes(format!("{head}Content-Length: {}\r\n\r\n{OK}", OK.len()).into_bytes())
    };
    let (address, heard) = stick(vec![with_token, || page(OK)]);
    let mut api = api(&address, LONG);
    for _ in 0..4 {
        api.restart().expect("accepted");
    }
    // After the list is used up, a fresh session brings the fourth one.
    let expected = ["t0", "next1", "next2", "t1"].map(|token| Some(token.to_owned()));
    assert_eq!(heard.sent(crate::web::token::HEADER), expected);
}

/// A stick without sessions, whose home page is this.
fn old_stick(home: fn() -> Reply) -> (WebAddress, Heard) {
    let heard = Heard::default();
    let noted = heard.clone();
    let address = serve(move |request| {
        noted.note(request);
        match request {
            _ if request.starts_with("GET /html/home.html ") => home(),
            _ if request.starts_with("POST ") => page(OK),
            _ => page(NOT_SUPPORTED),
        }
    });
    (address, heard)
}

#[test]
fn old_firmware_keeps_its_token_and_its_session_on_the_home_page() {
    let (address, heard) = old_stick(|| {
        let body = "<html><head><meta name=\"csrf_token\" content=\"home1\"/></head></html>";
        let head = "HTTP/1.1 200 OK\r\nSet-Cookie: SessionID=old; path=/\r\n";
        Reply::Bytes(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes())
    });
    api(&address, LONG).restart().expect("accepted");
    assert_eq!(heard.lines(), ["GET /api/webserver/SesTokInfo", "GET /html/home.html", "POST /api/device/control"]);
    assert_eq!(heard.sent(crate::web::token::HEADER), [Some("home1".to_owned())]);
    assert_eq!(heard.sent("Cookie"), [Some("SessionID=old".to_owned())]);
}

#[test]
fn the_very_old_firmware_is_asked_without_session_and_token() {
    for home in [|| page("<html/>"), || status("404 Not Found")] {
        let (address, heard) = old_stick(home);
        api(&address, LONG).switch(WebMode::Debug, SwitchWay::Cgi).expect("accepted");
        assert_eq!((heard.sent(crate::web::token::HEADER), heard.sent("Cookie")), (vec![None], vec![None]));
    }
}

#[test]
fn a_home_page_that_never_ends_is_read_only_so_far() {
    let (address, _) = old_stick(|| Reply::Endless {
        first: "HTTP/1.1 200 OK\r\n\r\n<meta name=\"csrf_token\" content=\"a\">",
        again: vec![b' '; 4096],
        pause: Duration::ZERO,
    });
    assert!(matches!(api(&address, LONG).restart(), Ok(WebOutcome::Accepted)));
}

#[test]
fn a_token_that_no_header_may_hold_is_named_and_nothing_is_asked() {
    let heard = Heard::default();
    let noted = heard.clone();
    let address = serve(move |request| {
        noted.note(request);
        page("<response><SesInfo>SessionID=a</SesInfo><TokInfo>t&#13;&#10;Evil: 1</TokInfo></response>")
    });
    let error = api(&address, LONG).restart().expect_err("no such token");
    assert!(matches!(error, WebError::BadToken), "{error:?}");
    assert!(heard.posts().is_empty());
}

#[test]
fn a_server_that_is_not_reached_was_asked_nothing() {
    let (address, _) = stick(vec![|| page(OK)]);
    let mut api = api(&address, LONG);
    // Bound but not listening: no other test can be given this port meanwhile.
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).expect("a port on the loopback interface");
    let server = socket.local_addr().expect("a bound socket has an address").as_socket().expect("an IPv4 one");
    let nowhere = WebAddress { server, ..address };
    api.exchange = crate::web::exchange::Exchange::new(&nowhere, SHORT);
    let error = api.restart().expect_err("nobody there");
    assert!(matches!(error, WebError::Unreachable { .. }), "{error:?}");
}
