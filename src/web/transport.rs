//! TCP connections that leave through the network interface of one stick.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport};

use super::{WebAddress, WebError};

/// The one address that there is: nothing is ever looked up by name.
#[derive(Debug)]
pub(super) struct Literal(pub(super) SocketAddr);

impl Resolver for Literal {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut addresses = self.empty();
        addresses.push(self.0);
        Ok(addresses)
    }
}

/// Opens connections to one web server, bound to its interface.
#[derive(Debug)]
pub(super) struct Bound(WebAddress);

impl Bound {
    pub(super) fn new(address: &WebAddress) -> Self {
        Self(address.clone())
    }
}

impl Connector for Bound {
    type Out = Connection;

    fn connect(&self, details: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<Connection>, ureq::Error> {
        let ours = |error: WebError| ureq::Error::Other(Box::new(error));
        let server = self.0.server;
        let unreachable = |source| ours(WebError::Unreachable { server, source });
        let socket =
            Socket::new(Domain::for_address(server), Type::STREAM, Some(Protocol::TCP)).map_err(unreachable)?;
        let to_interface = |interface: &str| bind_to_interface(&socket, interface);
        let to_local = |local: Ipv4Addr| socket.bind(&SocketAddr::from((local, 0)).into());
        bind(&self.0, to_interface, to_local).map_err(ours)?;
        let within = left(details.timeout)?;
        // A deadline that passes here is another error than one that passes later: nothing was sent yet.
        socket.connect_timeout(&server.into(), within).map_err(unreachable)?;
        let buffers = LazyBuffers::new(details.config.input_buffer_size(), details.config.output_buffer_size());
        Ok(Some(Connection { stream: socket.into(), buffers }))
    }
}

/// Ties a socket to the interface, or where that is not permitted to the local address that stands in for it.
///
/// Linux permits the former to everyone since 5.7, and to root before.
fn bind(
    address: &WebAddress,
    to_interface: impl FnOnce(&str) -> io::Result<()>,
    to_local: impl FnOnce(Ipv4Addr) -> io::Result<()>,
) -> Result<(), WebError> {
    if let Some(interface) = &address.interface {
        match to_interface(interface) {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() != io::ErrorKind::PermissionDenied => {
                return Err(WebError::Bind { what: format!("network interface {interface}"), source: error });
            }
            Err(_) if address.local.is_none() => return Err(WebError::Ambiguous { interface: interface.clone() }),
            Err(error) => tracing::debug!(%interface, %error, "binding to the local address instead"),
        }
    }
    let Some(local) = address.local else { return Ok(()) };
    to_local(local).map_err(|source| WebError::Bind { what: format!("local address {local}"), source })
}

#[cfg(target_os = "linux")]
fn bind_to_interface(socket: &Socket, interface: &str) -> io::Result<()> {
    socket.bind_device(Some(interface.as_bytes()))
}

#[cfg(not(target_os = "linux"))]
fn bind_to_interface(_: &Socket, _: &str) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// One connection.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    buffers: LazyBuffers,
}

impl Transport for Connection {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.stream.set_write_timeout(Some(left(timeout.for_write())?))?;
        self.stream.write_all(&self.buffers.output()[..amount]).map_err(|error| timed(error, timeout))
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        let timeout = timeout.for_read();
        let within = left(timeout)?;
        let started = Instant::now();
        loop {
            // A signal ends a read early; it must not begin the wait anew.
            let remaining = within.checked_sub(started.elapsed()).filter(|remaining| !remaining.is_zero());
            let remaining = remaining.ok_or(ureq::Error::Timeout(timeout.reason))?;
            self.stream.set_read_timeout(Some(remaining))?;
            match self.stream.read(self.buffers.input_append_buf()) {
                Ok(amount) => {
                    self.buffers.input_appended(amount);
                    return Ok(amount > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(timed(error, timeout)),
            }
        }
    }

    fn is_open(&mut self) -> bool {
        // Only asked before a connection is used again, and none is.
        false
    }
}

/// What is left of the request's time. A system takes a time-out of zero for "wait for ever".
fn left(timeout: NextTimeout) -> Result<Duration, ureq::Error> {
    if timeout.after.is_zero() { Err(ureq::Error::Timeout(timeout.reason)) } else { Ok(*timeout.after) }
}

/// Linux reports a socket's time-out as "would block".
fn timed(error: io::Error, timeout: NextTimeout) -> ureq::Error {
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => ureq::Error::Timeout(timeout.reason),
        _ => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCAL: Ipv4Addr = Ipv4Addr::new(192, 168, 8, 100);

    fn address(interface: Option<&str>, local: Option<Ipv4Addr>) -> WebAddress {
        let server = SocketAddr::from(([192, 168, 8, 1], 80));
        WebAddress { server, interface: interface.map(str::to_owned), local }
    }

    fn denied(_: &str) -> io::Result<()> {
        Err(io::ErrorKind::PermissionDenied.into())
    }

    #[test]
    fn without_permission_for_the_interface_its_own_address_stands_in() {
        let mut bound = None;
        let outcome = bind(&address(Some("eth1"), Some(LOCAL)), denied, |local| {
            bound = Some(local);
            Ok(())
        });
        assert!(outcome.is_ok(), "{outcome:?}");
        assert_eq!(bound, Some(LOCAL));
    }

    #[test]
    fn without_permission_and_without_an_address_of_its_own_an_interface_is_ambiguous() {
        let outcome = bind(&address(Some("eth1"), None), denied, |_| panic!("nothing to bind to"));
        assert!(matches!(outcome, Err(WebError::Ambiguous { interface }) if interface == "eth1"));
    }

    #[test]
    fn an_interface_that_left_is_an_error_and_nothing_stands_in() {
        let gone = |_: &str| Err(io::ErrorKind::NotFound.into());
        let outcome = bind(&address(Some("eth1"), Some(LOCAL)), gone, |_| panic!("nothing may stand in"));
        assert!(matches!(outcome, Err(WebError::Bind { what, .. }) if what == "network interface eth1"));
    }

    #[test]
    fn an_interface_that_was_bound_needs_no_local_address() {
        let outcome = bind(&address(Some("eth1"), Some(LOCAL)), |_| Ok(()), |_| panic!("bound already"));
        assert!(outcome.is_ok(), "{outcome:?}");
    }
}
