//! The requests that change something, read out of their bodies.

use super::xml::text;
use super::{WebOrder, WebVariant};

pub(super) const NOT_SUPPORTED: u32 = 100_002;
const FORMAT_ERROR: u32 = 100_005;

/// `POST /CGI`: function `switchMode` with `switchType` 1 (debug) or 0 (project).
///
/// # Errors
///
/// The code of the refusal, as with the others.
pub(super) fn by_cgi(variant: WebVariant, body: &str) -> Result<WebOrder, u32> {
    if !variant.has_cgi() {
        return Err(NOT_SUPPORTED);
    }
    let function = text(body, &["api", "header", "function"]).ok_or(FORMAT_ERROR)?;
    let kind = text(body, &["api", "body", "request", "switchType"]);
    match (function.as_str(), kind.as_deref()) {
        ("switchMode", Some("1")) => Ok(WebOrder::Debug),
        ("switchMode", Some("0")) => Ok(WebOrder::Project),
        ("switchMode", _) => Err(FORMAT_ERROR),
        _ => Err(NOT_SUPPORTED),
    }
}

/// `POST /api/device/mode`: 0 normal, 1 debug; 2 (telnet) is not for this stick.
pub(super) fn by_mode_api(variant: WebVariant, body: &str) -> Result<WebOrder, u32> {
    if !variant.has_mode_api() {
        return Err(NOT_SUPPORTED);
    }
    match number(body, "mode")? {
        0 => Ok(WebOrder::Normal),
        1 => Ok(WebOrder::Debug),
        _ => Err(NOT_SUPPORTED),
    }
}

/// `POST /api/device/control`: 1 restarts, 4 powers off. What else there is (factory settings, backups) is not simulated.
pub(super) fn by_control(body: &str) -> Result<WebOrder, u32> {
    match number(body, "Control")? {
        1 => Ok(WebOrder::Restart),
        4 => Ok(WebOrder::PowerOff),
        _ => Err(NOT_SUPPORTED),
    }
}

fn number(body: &str, name: &str) -> Result<u32, u32> {
    text(body, &["request", name]).and_then(|text| text.parse().ok()).ok_or(FORMAT_ERROR)
}

/// A page that makes a browser send the `POST /CGI`. Fetching it alone changes nothing.
pub(super) fn page(order: WebOrder) -> String {
    let kind = if order == WebOrder::Debug { 1 } else { 0 };
    format!(
        "<html><head><title>switch mode</title><script>\n\
         var body = '<?xml version=\"1.0\" encoding=\"UTF-8\"?><api version=\"1.0\"><header><function>switchMode</function>'\n\
         + '</header><body><request><switchType>{kind}</switchType></request></body></api>';\n\
         var request = new XMLHttpRequest(); request.open('POST', '/CGI'); request.send(body);\n\
         </script></head></html>\n"
    )
}
