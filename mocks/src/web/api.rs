//! What the firmware answers to each path.

use std::time::Duration;

use super::http::{Request, Response, TOKEN};
use super::sessions::{NO_SESSION, Place, Sessions};
use super::switching::{self, NOT_SUPPORTED};
use super::{WebAccess, WebDevice, WebFacts, WebOrder, WebVariant, hash, xml};

const NO_RIGHTS: u32 = 100_003;
const BUSY: u32 = 100_004;
const FORMAT_ERROR: u32 = 100_005;
const WRONG_USER: u32 = 108_001;
const WRONG_PASSWORD: u32 = 108_002;
const LOGGED_IN_ALREADY: u32 = 108_003;
const TOO_MANY_TRIES: u32 = 108_007;

/// The user and the password that every stick leaves the factory with.
const USER: &str = "admin";
const PASSWORD: &str = "admin";
/// How many wrong passwords are looked at before the stick is restarted.
const TRIES: u32 = 5;

/// How long after its answer the stick leaves.
const LEAVES_AFTER: Duration = Duration::from_millis(500);

/// The API of one incarnation of the stick.
#[derive(Debug, Default)]
pub(crate) struct Api {
    incarnation: u32,
    sessions: Sessions,
    wrong_tries: u32,
}

impl Api {
    /// The answer to a request. `None`: nothing is said, as the stick is not there (any more).
    pub(crate) fn answer(&mut self, request: &Request, device: &dyn WebDevice) -> Option<Response> {
        let facts = device.facts()?;
        if facts.incarnation != self.incarnation {
            *self = Self { incarnation: facts.incarnation, ..Self::default() };
        }
        let path = request.path.split('?').next().unwrap_or_default();
        match (request.method.as_str(), path) {
            ("GET", "/api/webserver/SesTokInfo") => Some(Response::xml(self.session(request, &facts))),
            _ if facts.access == WebAccess::Closed && path.starts_with("/api/") => Some(refused(NO_SESSION)),
            ("POST", _) if path == "/CGI" || path.starts_with("/api/") => self.post(path, request, &facts, device),
            ("GET", _) if path.starts_with("/api/") => Some(Response::xml(self.read(path, request, &facts))),
            ("GET", _) => Some(page(path, facts.variant)),
            _ if path.starts_with("/api/") => Some(refused(NOT_SUPPORTED)),
            _ => Some(not_found()),
        }
    }

    fn session(&mut self, request: &Request, facts: &WebFacts) -> String {
        if !facts.variant.has_sessions() {
            return xml::refusal(NOT_SUPPORTED);
        }
        let (session, token) = self.sessions.begin(request);
        xml::response(&[("SesInfo", &session), ("TokInfo", &token)])
    }

    fn read(&self, path: &str, request: &Request, facts: &WebFacts) -> String {
        let session = self.sessions.of(request);
        match path {
            "/api/device/basic_information" => basic_information(facts),
            "/api/device/information" if facts.variant.has_sessions() && session.is_none() => xml::refusal(NO_SESSION),
            "/api/device/information" if self.needs_login(session, facts) => xml::refusal(NO_RIGHTS),
            "/api/device/information" => information(facts),
            _ => xml::refusal(NOT_SUPPORTED),
        }
    }

    /// Whether it would have to be logged in for more than the public part.
    fn needs_login(&self, session: Option<Place>, facts: &WebFacts) -> bool {
        facts.access == WebAccess::LoginNeeded && !self.sessions.is_logged_in(session)
    }

    fn post(&mut self, path: &str, request: &Request, facts: &WebFacts, device: &dyn WebDevice) -> Option<Response> {
        let mut session = None;
        if facts.variant.has_sessions() {
            match self.sessions.spend(request) {
                Ok(place) => session = Some(place),
                Err(code) => return Some(refused(code)),
            }
        }
        let barred = self.needs_login(session, facts);
        let switches = matches!(path, "/CGI" | "/api/device/mode");
        let order = match (path, session) {
            ("/api/user/login", Some(place)) => return Some(self.login(place, request)),
            _ if barred && switches => Err(NO_SESSION),
            _ if barred => Err(NO_RIGHTS),
            ("/CGI", _) => switching::by_cgi(facts.variant, &request.body),
            ("/api/device/mode", _) => switching::by_mode_api(facts.variant, &request.body),
            ("/api/device/control", _) => switching::by_control(&request.body),
            _ => Err(NOT_SUPPORTED),
        };
        let silent = switches && facts.variant == WebVariant::Silent;
        let after = if silent { Duration::ZERO } else { LEAVES_AFTER };
        let mut response = match order {
            Ok(order) if !device.order(order, after) => refused(BUSY),
            Ok(_) if silent => return None,
            Ok(_) => Response::xml(xml::done()),
            Err(code) => refused(code),
        };
        if let Some(place) = session {
            response.headers.push((TOKEN.to_owned(), self.sessions.next_token(place)));
        }
        Some(response)
    }

    /// With `password_type` 4 alone. Its two tokens come under names of their own.
    fn login(&mut self, place: Place, request: &Request) -> Response {
        let field = |name| xml::text(&request.body, &["request", name]);
        let fields = field("Username").zip(field("Password")).zip(field("password_type"));
        let expected = hash::login(USER, PASSWORD, request.token.as_deref().unwrap_or_default());
        let code = match fields {
            Some(_) if self.wrong_tries >= TRIES => Some(TOO_MANY_TRIES),
            Some(_) if self.sessions.is_logged_in(Some(place)) => Some(LOGGED_IN_ALREADY),
            Some(((user, password), kind)) if kind == "4" => {
                let wrong =
                    if user != USER { Some(WRONG_USER) } else { (password != expected).then_some(WRONG_PASSWORD) };
                self.wrong_tries = if wrong.is_some() { self.wrong_tries + 1 } else { 0 };
                wrong
            }
            _ => Some(FORMAT_ERROR),
        };
        let (mut response, names): (_, &[&str]) = match code {
            None => {
                self.sessions.log_in(place);
                (Response::xml(xml::done()), &["one", "two"])
            }
            Some(code) => (refused(code), &[""]),
        };
        for name in names {
            response.headers.push((format!("{TOKEN}{name}"), self.sessions.next_token(place)));
        }
        response
    }
}

fn information(facts: &WebFacts) -> String {
    xml::response(&[
        ("DeviceName", &facts.device_name),
        ("SerialNumber", &facts.serial_number),
        ("Imei", &facts.imei),
        ("Imsi", ""),
        ("Iccid", ""),
        ("Msisdn", ""),
        ("HardwareVersion", &facts.hardware_version),
        ("SoftwareVersion", &facts.software_version),
        ("WebUIVersion", &facts.web_ui_version),
        ("ProductFamily", "LTE"),
        ("Classify", "hilink"),
    ])
}

/// The public part. Its element names are partly lower case in the firmware too.
fn basic_information(facts: &WebFacts) -> String {
    xml::response(&[
        ("productfamily", "LTE"),
        ("classify", "hilink"),
        ("multimode", "0"),
        ("restore_default_status", "0"),
        ("devicename", &facts.device_name),
        ("SoftwareVersion", &facts.software_version),
        ("WebUIVersion", &facts.web_ui_version),
    ])
}

fn page(path: &str, variant: WebVariant) -> Response {
    match path {
        "/" | "/html/home.html" => Response::page("200 OK", "<html><head><title>Mobile WiFi</title></head></html>"),
        "/html/switchDebugMode.html" if variant.has_cgi() => Response::page("200 OK", switching::page(WebOrder::Debug)),
        "/html/switchProjectMode.html" if variant.has_cgi() => {
            Response::page("200 OK", switching::page(WebOrder::Project))
        }
        _ => not_found(),
    }
}

fn not_found() -> Response {
    Response::page("404 Not Found", "<html>Not Found</html>")
}

fn refused(code: u32) -> Response {
    Response::xml(xml::refusal(code))
}
