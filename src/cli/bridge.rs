//! `bridge`: the serial ports of sticks for programs that want a tty, or the network.

use super::arguments::{BridgeOptions, Global};
use super::connection::Connection;
use super::console::Console;
use super::problem::Problem;
use crate::stick::{Host, Role};

/// The first port number where none is given: that of the RFC.
pub const FIRST_PORT: u16 = 2217;

/// What a serial port can be for.
const ROLES: [Role; 6] = [Role::Modem, Role::Pcui, Role::Diagnostic, Role::Shell, Role::Gps, Role::Serial];

#[cfg(not(unix))]
pub fn bridge(_: &mut Console<'_>, _: &Host<'_>, _: &Connection, _: &Global, _: &BridgeOptions) -> Result<u8, Problem> {
    Err(Problem::usage("this system has no pseudo terminals, so there is nothing to bridge to"))
}

#[cfg(unix)]
pub use on_unix::bridge;

#[cfg(unix)]
mod meetings;

#[cfg(unix)]
mod on_unix {
    use std::path::PathBuf;
    use std::sync::mpsc;
    use std::thread;

    use serde_json::json;

    use super::meetings::{Meetings, in_words};
    use super::*;
    use crate::bridge::{Bridge, Event, Place, Planned, ports};
    use crate::cli::selection;
    use crate::failure::{Cause, Failure};
    use crate::follow::describe;
    use crate::stick::{self, BROVI_REASON, Mode, PortError};
    use crate::usb::{Attached, PortPath};

    /// The exit status of a program that was interrupted. Here that is the ordinary end.
    const INTERRUPTED: u8 = 130;

    /// What the threads of the sticks have to say.
    enum Said {
        Event(Event),
        Ended(PortPath, Result<(), Failure>),
    }

    pub fn bridge(
        console: &mut Console<'_>,
        host: &Host<'_>,
        connection: &Connection,
        global: &Global,
        options: &BridgeOptions,
    ) -> Result<u8, Problem> {
        let paths = selection::ports(host, global)?;
        let mut meetings = Meetings::new(console, options, !connection.simulated.is_empty());
        if global.dry_run {
            return plan(console, host, &paths, options, meetings);
        }
        meetings.make_folder(options)?;
        let (mut worst, mut locks, mut bridges) = (0, Vec::new(), Vec::new());
        for path in paths {
            let made = connection.hold(&path).and_then(|lock| {
                let made = make(host, &path, options, &mut meetings).map_err(|cause| at(&path, cause))?;
                Ok((lock, made))
            });
            match made {
                Ok((lock, made)) => {
                    locks.push(lock);
                    bridges.push((path, made));
                }
                Err(failure) => worst = worst.max(console.problem(&Problem { failure })),
            }
        }
        let ended = run(console, host, bridges);
        drop(locks);
        Ok(worst.max(ended))
    }

    /// Runs every bridge on a thread of its own, and tells what they say until the last one has ended.
    fn run(console: &mut Console<'_>, host: &Host<'_>, bridges: Vec<(PortPath, Bridge)>) -> u8 {
        let (say, said) = mpsc::channel();
        let mut worst = 0;
        thread::scope(|scope| {
            for (path, bridge) in bridges {
                let say = say.clone();
                scope.spawn(move || {
                    // Nobody listens any more only once the program ends.
                    let tell = |event| drop(say.send(Said::Event(event)));
                    let ended = bridge.run(host, &tell).map_err(|cause| at(&path, cause));
                    drop(say.send(Said::Ended(path, ended)));
                });
            }
            drop(say);
            for said in said {
                match said {
                    Said::Event(event) => show(console, &event),
                    Said::Ended(path, Ok(())) => {
                        console.line(&format!("{path}: stopped"));
                        worst = worst.max(INTERRUPTED);
                    }
                    Said::Ended(_, Err(failure)) => worst = worst.max(console.problem(&Problem { failure })),
                }
            }
        });
        worst
    }

    fn make(
        host: &Host<'_>,
        path: &PortPath,
        options: &BridgeOptions,
        meetings: &mut Meetings,
    ) -> Result<Bridge, Cause> {
        let device = present(host, path)?;
        let bridge = Bridge::new(device, &options.role, &meetings.next)?;
        meetings.take(bridge.functions().len());
        Ok(bridge)
    }

    fn present(host: &Host<'_>, path: &PortPath) -> Result<Attached, Cause> {
        let here =
            stick::at_path(host.bus, path)?.ok_or_else(|| Cause::NoStick(format!("there is no stick at {path}")))?;
        if Mode::of(&here) == Some(Mode::Unsupported) {
            return Err(PortError::LeftAlone { why: BROVI_REASON }.into());
        }
        Ok(here)
    }

    /// What would be bridged, and where programs would meet it.
    fn plan(
        console: &mut Console<'_>,
        host: &Host<'_>,
        paths: &[PortPath],
        options: &BridgeOptions,
        mut meetings: Meetings,
    ) -> Result<u8, Problem> {
        for path in paths {
            let device = present(host, path).map_err(|cause| at(path, cause))?;
            let functions = ports(&device, &options.role).map_err(|cause| at(path, cause))?;
            let numbered = functions.iter().zip(0u16..);
            let places = numbered.map(|(function, number)| meetings.next.planned(path, function, number));
            let places: Vec<_> = places.collect::<Result<_, _>>().map_err(|cause| at(path, cause))?;
            meetings.take(functions.len());
            let names: Vec<_> = functions.iter().map(|function| &function.name).collect();
            let told = functions.iter().zip(&places).map(|(function, place)| {
                let (link, address) = match place {
                    Planned::Link(link) => (Some(link.to_string_lossy()), None),
                    Planned::Address(address) => (None, Some(address.to_string())),
                };
                json!({ "role": function.name, "interface": function.interface, "link": link, "address": address })
            });
            let told: Vec<_> = told.collect();
            let port = path.to_string();
            console
                .event("plan", json!({ "port": port, "mode": mode(&device).word(), "roles": names, "places": told }));
            for (name, place) in names.iter().zip(&places) {
                console.line(&format!("{path}: {name} would be {}", in_words(place)));
            }
        }
        console.line("Nothing was sent, and nothing was made: this was the plan (--dry-run).");
        Ok(0)
    }

    fn show(console: &mut Console<'_>, event: &Event) {
        match event {
            Event::Ready { port, function, place } => {
                let (path, link, address) = match place {
                    Place::Pty { path, link } => (Some(path), link.as_ref(), None),
                    Place::Network { address } => (None, None, Some(address)),
                };
                let text = |path: &PathBuf| path.to_string_lossy().into_owned();
                console.event(
                    "bridge",
                    json!({
                        "port": port.to_string(),
                        "role": function.name,
                        "interface": function.interface,
                        "path": path.map(text),
                        "link": link.map(text),
                        "address": address.map(ToString::to_string),
                    }),
                );
                let meeting = match (path, link, address) {
                    (Some(path), Some(link), _) => format!("{} (now {})", link.display(), path.display()),
                    (Some(path), None, _) => path.display().to_string(),
                    (None, _, address) => address.map(|address| format!("rfc2217://{address}")).unwrap_or_default(),
                };
                console.line(&format!("{port}: {} is {meeting}", function.name));
            }
            Event::Gone(device) => {
                console.event("gone", ids(device));
                console.line(&format!("{}: the stick left; waiting for it in the same port", device.path));
            }
            Event::Back(device) => {
                console.event("back", ids(device));
                console.line(&format!("{}: it is back, as {}", device.path, describe(device)));
            }
            Event::Remark { port, text } => console.tell(&format!("{port}: {text}")),
        }
    }

    fn ids(device: &Attached) -> serde_json::Value {
        json!({
            "port": device.path.to_string(),
            "vendor_id": format!("{:04x}", device.vendor_id),
            "product_id": format!("{:04x}", device.product_id),
            "mode": mode(device).word(),
        })
    }

    fn mode(device: &Attached) -> Mode {
        Mode::of(device).unwrap_or(Mode::Unknown)
    }

    fn at(path: &PortPath, cause: Cause) -> Failure {
        Failure { port: Some(path.clone()), ..Failure::from(cause) }
    }
}

/// A role, or the name of a port, which is a role and the number of an interface: `modem`, `serial-2`.
pub fn role(text: &str) -> Result<String, String> {
    let word = match text.rsplit_once('-') {
        Some((word, number)) if number.parse::<u8>().is_ok() => word,
        _ => text,
    };
    if ROLES.iter().any(|role| role.word() == word) {
        return Ok(text.to_owned());
    }
    let known: Vec<_> = ROLES.iter().map(|role| role.word()).collect();
    Err(format!(
        "it is none of {}, nor one of them with the number of an interface, such as serial-2",
        known.join(", ")
    ))
}

/// An address, with or without a port number: `127.0.0.1`, `[::1]:4000`, `::1`.
pub fn tcp_address(text: &str) -> Result<std::net::SocketAddr, String> {
    let whole = text.parse::<std::net::SocketAddr>();
    let alone = || text.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    match whole {
        Ok(address) => Ok(address),
        Err(_) => alone()
            .map(|address| (address, FIRST_PORT).into())
            .map_err(|_| "it is no address such as 127.0.0.1, 127.0.0.1:2217 or [::1]:2217".to_owned()),
    }
}

#[cfg(test)]
mod tests;
