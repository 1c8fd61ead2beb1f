//! The web servers of simulated HiLink sticks, on the loopback interface.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use balong_mocks::Bus;
use balong_mocks::web::{WebDevice, WebFacts, WebOrder, WebServer};

use super::{WebAddress, WebError, WebReach};
use crate::usb::Attached;

/// One web server a port, started when it is first asked for.
///
/// Each one tells what the stick in its port runs at that moment, hangs up while no HiLink firmware runs there, and lets
/// the stick do what it is asked for.
pub struct SimulatedWeb {
    bus: Bus,
    servers: Mutex<HashMap<String, WebServer>>,
}

impl SimulatedWeb {
    /// The web servers of the sticks on that bus.
    #[must_use]
    pub fn new(bus: Bus) -> Self {
        Self { bus, servers: Mutex::new(HashMap::new()) }
    }
}

impl WebReach for SimulatedWeb {
    fn reach(&self, stick: &Attached) -> Result<WebAddress, WebError> {
        let port = stick.path.to_string();
        let mut servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        let server = match servers.remove(&port) {
            Some(server) => server,
            None => {
                let started = WebServer::start(Box::new(InPort { bus: self.bus.clone(), port: port.clone() }));
                started.map_err(|source| WebError::Bind { what: "the loopback interface".to_owned(), source })?
            }
        };
        let address = WebAddress { server: server.address(), interface: None, local: None };
        servers.insert(port, server);
        Ok(address)
    }
}

/// Whatever stick sits in a port at the moment.
struct InPort {
    bus: Bus,
    port: String,
}

impl WebDevice for InPort {
    fn facts(&self) -> Option<WebFacts> {
        self.bus.hand(&self.port)?.web()
    }

    fn order(&self, order: WebOrder, after: Duration) -> bool {
        self.bus.hand(&self.port).is_some_and(|hand| hand.order(order, after))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use balong_mocks::web::WebVariant;
    use balong_mocks::{Event, Hand, Mode, Model, Pace, Stick, StickOptions};

    use super::*;
    use crate::usb::UsbBus;
    use crate::usb::simulated::SimulatedBus;

    /// A stick in a port, and the way to its web server.
    fn stick(web: WebVariant) -> (Hand, SimulatedWeb, WebAddress) {
        let bus = Bus::new(Pace::Virtual);
        let model = Model::named("e3372h").expect("a model");
        let options = StickOptions { web, ..StickOptions::default() };
        let hand = bus.plug("1-1.4", Stick::new(model, Mode::HiLink, options).expect("a mode that it has"));
        let attached = SimulatedBus::new(bus.clone()).attached().expect("a simulated bus can be listed");
        let servers = SimulatedWeb::new(bus);
        let address = servers.reach(&attached[0]).expect("a web server");
        (hand, servers, address)
    }

    /// The answer; empty where the connection ends without one.
    fn ask(address: &WebAddress, request: &str) -> String {
        let mut stream = TcpStream::connect(address.server).expect("the server listens");
        let mut answer = String::new();
        // A server that closes at once may reset the connection: that is no answer either.
        let _ = stream.write_all(request.as_bytes()).and_then(|()| stream.read_to_string(&mut answer));
        answer
    }

    fn switch(address: &WebAddress) -> String {
        let session = ask(address, "GET /api/webserver/SesTokInfo HTTP/1.1\r\n\r\n");
        let field =
            |name: &str| session.split_once(name).and_then(|(_, rest)| rest.split_once('<')).map(|found| found.0);
        let (cookie, token) = (field("<SesInfo>").expect("a session"), field("<TokInfo>").expect("a token"));
        let body = "<api version=\"1.0\"><header><function>switchMode</function></header>\
                    <body><request><switchType>1</switchType></request></body></api>";
        let head = format!("Cookie: {cookie}\r\n__RequestVerificationToken: {token}\r\nContent-Length: {}", body.len());
        ask(address, &format!("POST /CGI HTTP/1.1\r\n{head}\r\n\r\n{body}"))
    }

    #[test]
    fn what_the_web_server_is_asked_for_is_done_by_the_stick_in_that_port() {
        let (hand, _servers, address) = stick(WebVariant::Cgi);
        assert!(switch(&address).ends_with("<response>OK</response>\r\n"));
        assert_eq!(hand.mode(), Some(Mode::HiLink), "it answers before it leaves");
        hand.bus().sleep(Duration::from_secs(10));
        let came = hand.transcript().into_iter().rev().find_map(|event| match event {
            Event::Attached { product_id, .. } => Some(product_id),
            _ => None,
        });
        assert_eq!(came, Some(0x1566));
    }

    #[test]
    fn a_silent_stick_leaves_and_the_connection_ends_without_an_answer() {
        let (hand, _servers, address) = stick(WebVariant::Silent);
        assert_eq!(switch(&address), "");
        assert_eq!(hand.mode(), None);
        assert_eq!(ask(&address, "GET / HTTP/1.1\r\n\r\n"), "", "nobody answers while it is away");
    }

    #[test]
    fn closed_firmware_stays_as_it_is() {
        let (hand, _servers, address) = stick(WebVariant::OfModel);
        assert!(switch(&address).contains("<code>100002</code>"));
        hand.bus().sleep(Duration::from_secs(10));
        assert_eq!(hand.mode(), Some(Mode::HiLink));
    }
}
