//! The IPv4 routes of Linux, as `/proc/net/route` shows them.

use std::net::Ipv4Addr;

/// The route is usable (`RTF_UP`).
const UP: u32 = 0x0001;
/// The route refuses what it matches (`RTF_REJECT`).
const REJECT: u32 = 0x0200;

/// One route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route {
    /// The name of the network interface.
    pub(super) interface: String,
    destination: Ipv4Addr,
    gateway: Ipv4Addr,
    mask: Ipv4Addr,
}

impl Route {
    /// Whether its destination is on the wire itself, with no gateway before it.
    pub(super) fn on_link(&self) -> bool {
        self.gateway.is_unspecified()
    }

    /// Whether it is for every address that has no better route.
    pub(super) fn is_default(&self) -> bool {
        self.mask.is_unspecified()
    }

    /// Whether it is for this address.
    pub(super) fn contains(&self, address: Ipv4Addr) -> bool {
        address & self.mask == self.destination
    }
}

/// The usable routes of a table. The heading and lines of another shape are passed over.
pub(super) fn read(table: &str) -> Vec<Route> {
    table.lines().filter_map(route).collect()
}

/// Columns: Iface Destination Gateway Flags RefCnt Use Metric Mask, the addresses in hex.
fn route(line: &str) -> Option<Route> {
    let mut columns = line.split_whitespace();
    let interface = columns.next()?.to_owned();
    let destination = address(columns.next()?)?;
    let gateway = address(columns.next()?)?;
    let flags = u32::from_str_radix(columns.next()?, 16).ok()?;
    let mask = address(columns.nth(3)?)?;
    (flags & UP != 0 && flags & REJECT == 0).then_some(Route { interface, destination, gateway, mask })
}

/// The kernel prints the four bytes as one number of the machine's own byte order.
fn address(hex: &str) -> Option<Ipv4Addr> {
    u32::from_str_radix(hex, 16).ok().map(|number| Ipv4Addr::from(number.to_ne_bytes()))
}

/// Where the web server behind this interface is: its gateway, else the first address of its network.
pub(super) fn server(routes: &[Route], interface: &str) -> Option<Ipv4Addr> {
    let own = || routes.iter().filter(|route| route.interface == interface);
    // A default route's gateway is the stick itself; any other gateway may lie behind it.
    let gateway = own().find(|route| route.is_default() && !route.on_link()).map(|route| route.gateway);
    let first = || {
        let network =
            own().find(|route| route.on_link() && !route.is_default() && route.mask != Ipv4Addr::BROADCAST)?;
        Some(Ipv4Addr::from_bits(network.destination.to_bits() | 1))
    };
    gateway.or_else(first)
}
