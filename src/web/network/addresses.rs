//! The host's own IPv4 addresses, as Linux shows them in `/proc/net/fib_trie`.

use std::net::Ipv4Addr;

/// The addresses that are this host's own, each once.
///
/// The file is a tree of `|-- ADDRESS` leaves, each with lines such as `/32 host LOCAL` below it, once for each table.
pub(super) fn local(trie: &str) -> Vec<Ipv4Addr> {
    let mut leaf = None;
    let mut own = Vec::new();
    for line in trie.lines().map(str::trim) {
        if let Some(address) = line.strip_prefix("|-- ") {
            leaf = address.parse::<Ipv4Addr>().ok();
        } else if line == "/32 host LOCAL" {
            own.extend(leaf.filter(|address| !own.contains(address)));
        }
    }
    own
}
