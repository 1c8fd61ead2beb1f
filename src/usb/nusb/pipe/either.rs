//! Waiting in one thread for two endpoints.

use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use ::nusb::transfer::Completion;

use super::Endpoint;

/// Where a transfer came back.
#[derive(Debug)]
pub(super) enum Either {
    First(Completion),
    Second(Completion),
}

/// Ends the pause of the thread that waits.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Hands back the oldest transfer of one of two endpoints once it is complete, that of the first where both are. An endpoint
/// with no transfer pending is not waited for.
pub(super) fn wait_for_either(
    first: &mut impl Endpoint,
    second: &mut impl Endpoint,
    within: Duration,
) -> Option<Either> {
    let begun = Instant::now();
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Some(completion) = poll(first, &mut context) {
            return Some(Either::First(completion));
        }
        if let Some(completion) = poll(second, &mut context) {
            return Some(Either::Second(completion));
        }
        let left = within.checked_sub(begun.elapsed()).filter(|left| !left.is_zero())?;
        // One that came back since it was looked at has unparked this thread, and the pause ends at once.
        thread::park_timeout(left);
    }
}

fn poll(endpoint: &mut impl Endpoint, context: &mut Context<'_>) -> Option<Completion> {
    if endpoint.pending() == 0 {
        return None;
    }
    match endpoint.poll(context) {
        Poll::Ready(completion) => Some(completion),
        Poll::Pending => None,
    }
}

#[cfg(test)]
mod tests;
