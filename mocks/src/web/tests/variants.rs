//! What each kind of web server obeys and refuses.

use std::sync::Mutex;
use std::time::Duration;

use super::field;
use crate::web::{Api, Heard, WebAccess, WebDevice, WebFacts, WebOrder, WebVariant, hash, parse};

const MODE: &str = "/api/device/mode";
const CONTROL: &str = "/api/device/control";
const LOGIN: &str = "/api/user/login";
const INFORMATION: &str = "/api/device/information";

const SOON: Duration = Duration::from_millis(500);

/// A device that takes every order, and its web server.
struct Device {
    variant: WebVariant,
    orders: Mutex<Vec<(WebOrder, Duration)>>,
}

impl WebDevice for Device {
    fn facts(&self) -> Option<WebFacts> {
        let needs_login = self.variant == WebVariant::LoginNeeded;
        let access = if needs_login { WebAccess::LoginNeeded } else { WebAccess::Open };
        Some(WebFacts { variant: self.variant, access, ..WebFacts::e3372h() })
    }

    fn order(&self, order: WebOrder, after: Duration) -> bool {
        self.orders.lock().expect("no test panicked in here").push((order, after));
        true
    }
}

/// A client with one session.
struct Client {
    device: Device,
    api: Api,
    cookie: String,
    token: String,
}

impl Client {
    fn of(variant: WebVariant) -> Self {
        let device = Device { variant, orders: Mutex::default() };
        let mut client = Self { device, api: Api::default(), cookie: String::new(), token: String::new() };
        let answer = client.get("/api/webserver/SesTokInfo");
        client.cookie = field(&answer, "SesInfo").unwrap_or_default().to_owned();
        client.token = field(&answer, "TokInfo").unwrap_or_default().to_owned();
        client
    }

    /// Head and body; empty where nothing is answered.
    fn ask(&mut self, text: &str) -> String {
        let Heard::Request(request) = parse(text.as_bytes()) else { panic!("`{text}` is a request") };
        let response = self.api.answer(&request, &self.device);
        response.map(|response| String::from_utf8(response.bytes()).expect("a text")).unwrap_or_default()
    }

    fn get(&mut self, path: &str) -> String {
        let cookie = self.cookie.clone();
        self.ask(&format!("GET {path} HTTP/1.1\r\nCookie: {cookie}\r\n\r\n"))
    }

    fn post_with(&mut self, path: &str, token: &str, body: &str) -> String {
        let (cookie, length) = (self.cookie.clone(), body.len());
        let head = format!("Cookie: {cookie}\r\n__RequestVerificationToken: {token}\r\nContent-Length: {length}");
        self.ask(&format!("POST {path} HTTP/1.1\r\n{head}\r\n\r\n{body}"))
    }

    /// With the token at hand; the next one comes with the answer.
    fn post(&mut self, path: &str, body: &str) -> String {
        let answer = self.post_with(path, &self.token.clone(), body);
        if let Some(token) = header(&answer, "__RequestVerificationToken") {
            self.token = token.to_owned();
        }
        answer
    }

    fn code(&mut self, path: &str, body: &str) -> Option<u32> {
        field(&self.post(path, body), "code").map(|code| code.parse().expect("a number"))
    }

    fn login(&mut self, user: &str, password: &str) -> String {
        let hash = hash::login(user, password, &self.token);
        let body = format!(
            "<request><Username>{user}</Username><Password>{hash}</Password><password_type>4</password_type></request>"
        );
        self.post(LOGIN, &body)
    }

    fn orders(&self) -> Vec<(WebOrder, Duration)> {
        self.device.orders.lock().expect("no test panicked in here").clone()
    }
}

fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let (head, _) = answer.split_once("\r\n\r\n")?;
    head.lines().filter_map(|line| line.split_once(": ")).find(|(key, _)| *key == name).map(|(_, value)| value)
}

fn switch_mode(kind: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><api version=\"1.0\"><header><function>switchMode</function></header>\
         <body><request><switchType>{kind}</switchType></request></body></api>"
    )
}

fn request(name: &str, value: u32) -> String {
    format!("<request><{name}>{value}</{name}></request>")
}

fn is_done(answer: &str) -> bool {
    answer.starts_with("HTTP/1.1 200 ") && field(answer, "response") == Some("OK")
}

#[test]
fn firmware_with_the_cgi_switches_to_debug_and_to_project_mode_and_has_the_pages() {
    for (kind, order) in [("1", WebOrder::Debug), ("0", WebOrder::Project)] {
        let mut client = Client::of(WebVariant::Cgi);
        let answer = client.post("/CGI", &switch_mode(kind));
        assert!(is_done(&answer), "{answer}");
        assert_eq!(client.orders(), [(order, SOON)]);
    }
    let mut client = Client::of(WebVariant::Cgi);
    for (page, kind) in [("switchDebugMode", 1), ("switchProjectMode", 0)] {
        let answer = client.get(&format!("/html/{page}.html"));
        assert!(answer.contains(&format!("<switchType>{kind}</switchType>")), "{answer}");
    }
    assert_eq!(client.code(MODE, &request("mode", 1)), Some(100_002));
    assert_eq!(client.orders(), [], "fetching a page changes nothing");
}

#[test]
fn a_switching_request_that_is_not_understood_is_a_format_error() {
    let mut client = Client::of(WebVariant::Cgi);
    for body in ["", "switchMode", &switch_mode("2"), "<api><header><function>switchMode</function></header></api>"] {
        assert_eq!(client.code("/CGI", body), Some(100_005), "`{body}`");
    }
    assert_eq!(client.code("/CGI", &switch_mode("1").replace("switchMode", "other")), Some(100_002));
    assert_eq!(client.code(CONTROL, "<request><Control>x</Control></request>"), Some(100_005));
    assert_eq!(client.orders(), []);
}

#[test]
fn newer_pages_switch_by_the_mode_api_alone_and_have_no_telnet() {
    let mut client = Client::of(WebVariant::ModeApi);
    assert_eq!(client.code("/CGI", &switch_mode("1")), Some(100_002));
    assert!(client.get("/html/switchDebugMode.html").starts_with("HTTP/1.1 404 "));
    assert_eq!(client.code(MODE, &request("mode", 2)), Some(100_002));
    assert!(is_done(&client.post(MODE, &request("mode", 0))));
    assert!(is_done(&client.post(MODE, &request("mode", 1))));
    assert_eq!(client.orders(), [(WebOrder::Normal, SOON), (WebOrder::Debug, SOON)]);
}

#[test]
fn closed_firmware_tells_everything_switches_nothing_and_restarts() {
    let mut client = Client::of(WebVariant::Closed);
    assert!(field(&client.get(INFORMATION), "Imei").is_some());
    assert_eq!(client.code("/CGI", &switch_mode("0")), Some(100_002));
    assert_eq!(client.code(MODE, &request("mode", 1)), Some(100_002));
    assert_eq!(client.code(CONTROL, &request("Control", 2)), Some(100_002), "factory settings are not simulated");
    assert!(is_done(&client.post(CONTROL, &request("Control", 1))));
    assert!(is_done(&client.post(CONTROL, &request("Control", 4))));
    assert_eq!(client.orders(), [(WebOrder::Restart, SOON), (WebOrder::PowerOff, SOON)]);
}

#[test]
fn before_a_login_nothing_but_the_public_part_is_to_be_had() {
    let mut client = Client::of(WebVariant::LoginNeeded);
    assert_eq!(field(&client.get(INFORMATION), "code"), Some("100003"));
    assert!(field(&client.get("/api/device/basic_information"), "devicename").is_some());
    assert_eq!(client.code(MODE, &request("mode", 1)), Some(125_002));
    assert_eq!(client.code("/CGI", &switch_mode("1")), Some(125_002));
    assert_eq!(client.code(CONTROL, &request("Control", 1)), Some(100_003));
    assert_eq!(client.orders(), []);
}

#[test]
fn after_the_login_both_of_its_tokens_are_good_for_one_request_each() {
    let mut client = Client::of(WebVariant::LoginNeeded);
    let answer = client.login("admin", "admin");
    assert!(is_done(&answer), "{answer}");
    assert_eq!(header(&answer, "__RequestVerificationToken"), None, "the two have names of their own");
    let token = |number| header(&answer, &format!("__RequestVerificationToken{number}")).expect("a token").to_owned();
    let (one, two) = (token("one"), token("two"));
    assert!(field(&client.get(INFORMATION), "Imei").is_some());
    assert!(is_done(&client.post_with(CONTROL, &one, &request("Control", 1))));
    assert!(is_done(&client.post_with(MODE, &two, &request("mode", 1))));
    assert_eq!(client.orders(), [(WebOrder::Restart, SOON), (WebOrder::Debug, SOON)]);
}

#[test]
fn a_wrong_login_says_what_is_wrong_and_five_of_them_are_enough() {
    let mut client = Client::of(WebVariant::LoginNeeded);
    assert_eq!(client.code(LOGIN, "<request><Username>admin</Username></request>"), Some(100_005));
    for (user, code) in
        [("root", "108001"), ("admin", "108002"), ("admin", "108002"), ("admin", "108002"), ("admin", "108002")]
    {
        assert_eq!(field(&client.login(user, "guess"), "code"), Some(code));
    }
    assert_eq!(field(&client.login("admin", "admin"), "code"), Some("108007"));
    assert_eq!(field(&client.get(INFORMATION), "code"), Some("100003"));
}

#[test]
fn silent_firmware_is_read_and_answers_no_switching_request() {
    for (path, body) in [("/CGI", switch_mode("1")), (MODE, request("mode", 1))] {
        let mut client = Client::of(WebVariant::Silent);
        assert!(field(&client.get(INFORMATION), "Imei").is_some());
        assert_eq!(client.post(path, &body), "");
        assert_eq!(client.orders(), [(WebOrder::Debug, Duration::ZERO)]);
    }
}

#[test]
fn old_firmware_knows_no_sessions_and_wants_no_tokens() {
    let mut client = Client::of(WebVariant::OldNoSession);
    assert_eq!(client.cookie, "");
    assert_eq!(field(&client.get("/api/webserver/SesTokInfo"), "code"), Some("100002"));
    assert!(field(&client.get(INFORMATION), "Imei").is_some());
    assert!(is_done(&client.post("/CGI", &switch_mode("0"))));
    assert_eq!(client.orders(), [(WebOrder::Project, SOON)]);
}

#[test]
fn a_token_is_good_for_one_request_and_the_next_one_comes_with_its_answer() {
    let mut client = Client::of(WebVariant::Closed);
    let first = client.token.clone();
    assert!(is_done(&client.post(CONTROL, &request("Control", 1))));
    assert_ne!(client.token, first);
    let code = |answer: String| field(&answer, "code").map(str::to_owned);
    assert_eq!(code(client.post_with(CONTROL, &first, &request("Control", 1))).as_deref(), Some("125001"));
    assert_eq!(code(client.post_with(CONTROL, "made-up", &request("Control", 1))).as_deref(), Some("125003"));
    client.cookie = "SessionID=made-up".to_owned();
    assert_eq!(code(client.post_with(CONTROL, &first, &request("Control", 1))).as_deref(), Some("125002"));
    assert_eq!(client.orders().len(), 1, "none of these was carried out");
}

#[test]
fn a_stick_that_cannot_now_says_that_it_is_busy() {
    let mut client = Client::of(WebVariant::Closed);
    let Heard::Request(request) = parse(
        format!(
            "POST {CONTROL} HTTP/1.1\r\nCookie: {}\r\n__RequestVerificationToken: {}\r\nContent-Length: 39\r\n\r\n\
             <request><Control>1</Control></request>",
            client.cookie, client.token
        )
        .as_bytes(),
    ) else {
        panic!("a request")
    };
    let tells = || Some(WebFacts::e3372h());
    let answer = client.api.answer(&request, &tells).expect("an answer").bytes();
    assert_eq!(field(&String::from_utf8_lossy(&answer), "code"), Some("100004"));
}
