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
