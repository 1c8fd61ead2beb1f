//! Where programs meet the ports of the sticks that are bridged, as the arguments say.

use std::net::SocketAddr;
use std::path::Path;

use crate::bridge::{Meeting, Planned, make_folder, make_usual_folder, usual_folder};
use crate::cli::arguments::BridgeOptions;
use crate::cli::console::Console;
use crate::failure::Cause;

/// The places for the ports of one stick after the other.
pub(super) struct Meetings {
    pub(super) next: Meeting,
}

impl Meetings {
    /// Those that the arguments name. Nothing is made yet.
    pub(super) fn new(console: &mut Console<'_>, options: &BridgeOptions, simulated: bool) -> Self {
        if let Some(first) = options.tcp {
            if !first.ip().is_loopback() {
                console.tell(&format!(
                    "note: whoever reaches {} over the network can use these ports, without a password",
                    first.ip()
                ));
            }
            return Self { next: Meeting::Network { first } };
        }
        // A link must lead where it says from everywhere.
        let named = options.link.as_ref().map(|folder| std::path::absolute(folder).unwrap_or_else(|_| folder.clone()));
        Self { next: Meeting::Ptys { links: named.unwrap_or_else(usual_folder), simulated } }
    }

    /// Makes the folder for the links, where there are to be some.
    pub(super) fn make_folder(&self, options: &BridgeOptions) -> Result<(), Cause> {
        match &self.next {
            Meeting::Ptys { links, .. } if options.link.is_some() => make_folder(links),
            Meeting::Ptys { links, .. } => make_usual(links),
            Meeting::Network { .. } => Ok(()),
        }
    }

    /// So many places of the network are taken.
    pub(super) fn take(&mut self, ports: usize) {
        if let Meeting::Network { first } = &mut self.next
            && first.port() != 0
        {
            let taken = u16::try_from(ports).unwrap_or(u16::MAX);
            *first = SocketAddr::new(first.ip(), first.port().saturating_add(taken));
        }
    }
}

fn make_usual(folder: &Path) -> Result<(), Cause> {
    make_usual_folder(folder).map_err(|source| Cause::System {
        doing: format!("making the folder {} for links; --link names another one, which", folder.display()),
        source,
    })
}

/// A place that is not made yet, for people.
pub(super) fn in_words(place: &Planned) -> String {
    match place {
        Planned::Link(link) => link.display().to_string(),
        Planned::Address(address) if address.port() == 0 => {
            format!("rfc2217://{address}, where 0 stands for a number that is free")
        }
        Planned::Address(address) => format!("rfc2217://{address}"),
    }
}
