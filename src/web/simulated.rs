//! The web servers of simulated HiLink sticks, on the loopback interface.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use balong_mocks::web::{WebAccess, WebFacts, WebServer};
use balong_mocks::{Bus, Mode};

use super::{WebAddress, WebError, WebReach};
use crate::usb::Attached;

/// One web server a port, started when it is first asked for.
///
/// Each one tells what the stick in its port runs at that moment, and hangs up while no HiLink firmware runs there.
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
                let (bus, path) = (self.bus.clone(), port.clone());
                let started = WebServer::start(Box::new(move || facts(&bus, &path)));
                started.map_err(|source| WebError::Bind { what: "the loopback interface".to_owned(), source })?
            }
        };
        let address = WebAddress { server: server.address(), interface: None, local: None };
        servers.insert(port, server);
        Ok(address)
    }
}

fn facts(bus: &Bus, port: &str) -> Option<WebFacts> {
    let hand = bus.hand(port)?;
    if hand.mode() != Some(Mode::HiLink) {
        return None;
    }
    let firmware = hand.firmware();
    Some(WebFacts {
        device_name: firmware.device.to_owned(),
        hardware_version: firmware.hardware.to_owned(),
        software_version: firmware.software.unwrap_or_default(),
        web_ui_version: firmware.web_ui.unwrap_or_default(),
        imei: firmware.imei.to_owned(),
        access: WebAccess::Open,
        ..WebFacts::e3372h()
    })
}
