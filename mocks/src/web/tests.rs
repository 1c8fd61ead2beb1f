//! The web server: its variants without sockets, and the server on the loopback interface.

mod server;
mod variants;

/// The text of a field in an answer.
fn field<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = answer.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(value, _)| value)
}
