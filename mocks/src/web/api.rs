//! What the firmware answers to each path.

use std::collections::VecDeque;

use super::http::{Request, Response};
use super::{WebAccess, WebFacts};

/// How many sessions the stick remembers; the oldest is forgotten first.
const SESSIONS: usize = 16;

const NOT_SUPPORTED: u32 = 100_002;
const NO_RIGHTS: u32 = 100_003;
const NO_SESSION: u32 = 125_002;

/// The API of one incarnation of the stick.
#[derive(Default)]
pub(super) struct Api {
    issued: u64,
    sessions: VecDeque<String>,
}

impl Api {
    pub(super) fn answer(&mut self, request: &Request, facts: &WebFacts) -> Response {
        let path = request.path.split('?').next().unwrap_or_default();
        if !path.starts_with("/api/") {
            return page(path);
        }
        let body = match (request.method.as_str(), path) {
            ("GET", "/api/webserver/SesTokInfo") => self.session(),
            _ if facts.access == WebAccess::Closed => refusal(NO_SESSION),
            ("GET", "/api/device/basic_information") => basic_information(facts),
            ("GET", "/api/device/information") if !self.knows(request) => refusal(NO_SESSION),
            ("GET", "/api/device/information") if facts.access == WebAccess::LoginNeeded => refusal(NO_RIGHTS),
            ("GET", "/api/device/information") => information(facts),
            _ => refusal(NOT_SUPPORTED),
        };
        Response { status: "200 OK", kind: "text/xml", body }
    }

    /// Issues a session and a token. They are distinct, not secret: there is nothing here to protect.
    fn session(&mut self) -> String {
        self.issued += 1;
        let session = format!("SessionID={:064x}", self.issued);
        let token = format!("{:032x}", self.issued);
        if self.sessions.len() == SESSIONS {
            self.sessions.pop_front();
        }
        self.sessions.push_back(session.clone());
        response(&[("SesInfo", &session), ("TokInfo", &token)])
    }

    fn knows(&self, request: &Request) -> bool {
        let cookies = request.cookie.iter().flat_map(|cookie| cookie.split(';')).map(str::trim);
        cookies.into_iter().any(|cookie| self.sessions.iter().any(|session| session == cookie))
    }
}

fn information(facts: &WebFacts) -> String {
    response(&[
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
    response(&[
        ("productfamily", "LTE"),
        ("classify", "hilink"),
        ("multimode", "0"),
        ("restore_default_status", "0"),
        ("devicename", &facts.device_name),
        ("SoftwareVersion", &facts.software_version),
        ("WebUIVersion", &facts.web_ui_version),
    ])
}

fn page(path: &str) -> Response {
    let (status, body) = match path {
        "/" | "/html/home.html" => ("200 OK", "<html><head><title>Mobile WiFi</title></head></html>"),
        _ => ("404 Not Found", "<html>Not Found</html>"),
    };
    Response { status, kind: "text/html", body: body.to_owned() }
}

fn refusal(code: u32) -> String {
    format!("{DECLARATION}<error>\r\n<code>{code}</code>\r\n<message></message>\r\n</error>\r\n")
}

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n";

fn response(fields: &[(&str, &str)]) -> String {
    let mut body = format!("{DECLARATION}<response>\r\n");
    for (name, value) in fields {
        let value = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        body += &format!("<{name}>{value}</{name}>\r\n");
    }
    body + "</response>\r\n"
}
