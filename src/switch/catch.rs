//! Waiting for a stick to be plugged in, to be told before the system's own switcher tells it something else.

use std::time::Duration;

use super::Place;
use crate::failure::Cause;
use crate::stick::{self, Host, Mode};
use crate::usb::{Attached, PortPath, UsbBus};

/// How long somebody has to plug the stick in.
const WITHIN: Duration = Duration::from_secs(600);

/// How often the bus is looked at: a desktop's switcher needs about a second, so this is no bottleneck.
const POLL: Duration = Duration::from_millis(20);

/// How long a stick in another mode must have been there before it is taken as it is: its virtual CD is over already.
const TOO_LATE: Duration = Duration::from_millis(1500);

/// Waits until a stick is plugged in, into one port or into any, and returns it at once where it shows its virtual CD.
///
/// One that shows something else was switched by somebody faster, or has no virtual CD; it is returned a moment later, for
/// the job to go on from there. What is on the bus when the wait begins does not count, however it looks. `waiting` is told
/// how long it has been.
///
/// # Errors
///
/// [`Cause::Interrupted`], [`Cause::NotPluggedIn`] when none came in time, and those of the bus.
pub fn catch(
    host: &Host<'_>,
    path: Option<&PortPath>,
    waiting: &mut dyn FnMut(Duration, Duration),
) -> Result<Attached, Cause> {
    let start = host.bus.now();
    let mut before = present(host.bus)?;
    let mut late: Option<(Attached, Duration)> = None;
    loop {
        let passed = host.bus.now().saturating_sub(start);
        if host.interrupt.requested() {
            return Err(Cause::Interrupted);
        }
        if passed >= WITHIN {
            let minutes = WITHIN.as_secs() / 60;
            let port = path.map(|path| format!(" at {path}")).unwrap_or_default();
            return Err(Cause::NotPluggedIn(format!("no stick was plugged in{port} within {minutes} minutes")));
        }
        waiting(passed, WITHIN);
        let now = present(host.bus)?;
        let is_new = |found: &&Attached| !before.iter().any(|known| is_same(known, found));
        let wanted = |found: &&Attached| path.is_none_or(|path| found.path == *path);
        let came = || now.iter().filter(is_new).filter(wanted);
        if let Some(caught) = came().find(|found| is_virtual_cd(found)) {
            return Ok(caught.clone());
        }
        late = match (came().next(), late) {
            (Some(found), Some((known, since))) if is_same(&known, found) => {
                if passed.saturating_sub(since) >= TOO_LATE {
                    return Ok(found.clone());
                }
                Some((known, since))
            }
            (Some(found), _) => Some((found.clone(), passed)),
            (None, _) => None,
        };
        // A host may give an address again; a stick that left is forgotten, so that it counts when it comes back.
        before.retain(|known| now.iter().any(|found| is_same(known, found)));
        host.bus.sleep(POLL);
    }
}

fn present(bus: &dyn UsbBus) -> Result<Vec<Attached>, Cause> {
    Ok(stick::sticks(bus)?)
}

fn is_same(known: &Attached, found: &Attached) -> bool {
    (&known.path, known.address, known.product_id) == (&found.path, found.address, found.product_id)
}

/// Listed with its interfaces: the kernel lists a device a moment before those.
fn is_virtual_cd(found: &Attached) -> bool {
    let place = Place::of(found);
    place.mode == Mode::Cd && !found.interfaces.is_empty()
}
