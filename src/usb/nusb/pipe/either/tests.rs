use std::sync::Mutex;
use std::sync::mpsc::channel;

use ::nusb::transfer::Buffer;

use super::super::script::{Script, Turn};
use super::*;
use crate::usb::UsbError;

/// Long enough for any thread to get its turn; nothing waits this long unless a test fails.
const PLENTY: Duration = Duration::from_secs(20);

/// An endpoint with one transfer pending, which another thread completes.
#[derive(Clone, Default)]
struct Remote(Arc<Mutex<(Option<Completion>, Option<Waker>)>>);

impl Remote {
    fn complete(&self, text: &str) {
        let mut state = self.0.lock().expect("no test panics with it");
        state.0 = Some(Completion { buffer: text.as_bytes().to_vec().into(), actual_len: text.len(), status: Ok(()) });
        if let Some(waker) = state.1.take() {
            waker.wake();
        }
    }

    fn is_awaited(&self) -> bool {
        self.0.lock().expect("no test panics with it").1.is_some()
    }
}

impl Endpoint for Remote {
    fn submit(&mut self, _: Buffer) {
        panic!("waiting queues nothing")
    }
    fn pending(&self) -> usize {
        1
    }
    fn wait(&mut self, _: Duration) -> Option<Completion> {
        panic!("it is polled")
    }
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Completion> {
        let mut state = self.0.lock().expect("no test panics with it");
        state.1 = Some(context.waker().clone());
        state.0.take().map_or(Poll::Pending, Poll::Ready)
    }
    fn cancel(&mut self) {
        panic!("waiting cancels nothing")
    }
    fn clear_halt(&mut self) -> Result<(), UsbError> {
        panic!("waiting clears nothing")
    }
}

fn text(either: Option<Either>) -> String {
    let of = |completion: Completion| String::from_utf8_lossy(&completion.buffer[..]).into_owned();
    match either {
        Some(Either::First(completion)) => format!("first {}", of(completion)),
        Some(Either::Second(completion)) => format!("second {}", of(completion)),
        None => "nothing".to_owned(),
    }
}

#[test]
fn whichever_transfer_comes_back_while_both_are_awaited_ends_the_wait_at_once() {
    for name in ["first", "second"] {
        let (mut first, mut second) = (Remote::default(), Remote::default());
        let ends = [first.clone(), second.clone()];
        let (say, said) = channel();
        thread::scope(|scope| {
            scope.spawn(move || {
                let begun = Instant::now();
                while !ends.iter().all(Remote::is_awaited) {
                    assert!(begun.elapsed() < PLENTY, "waited in vain");
                    thread::yield_now();
                }
                ends[usize::from(name == "second")].complete("came");
                say.send(()).expect("somebody asks");
            });
            let begun = Instant::now();
            assert_eq!(text(wait_for_either(&mut first, &mut second, PLENTY * 2)), format!("{name} came"));
            assert!(begun.elapsed() < PLENTY, "only the deadline ended the wait");
            said.recv().expect("it was said");
        });
    }
}

#[test]
fn a_deadline_loses_nothing_that_comes_later() {
    let (mut first, mut second) = (Remote::default(), Remote::default());
    let within = Duration::from_millis(5);
    let begun = Instant::now();
    assert_eq!(text(wait_for_either(&mut first, &mut second, within)), "nothing");
    assert!(begun.elapsed() >= within);
    second.complete("late");
    assert_eq!(text(wait_for_either(&mut first, &mut second, Duration::ZERO)), "second late");
}

#[test]
fn of_two_that_came_the_first_is_handed_back_first_and_the_other_stays() {
    let (mut first, mut second) = (Remote::default(), Remote::default());
    first.complete("one");
    second.complete("two");
    let heard = [(); 3].map(|()| text(wait_for_either(&mut first, &mut second, Duration::ZERO)));
    assert_eq!(heard, ["first one", "second two", "nothing"]);
}

#[test]
fn an_endpoint_with_nothing_queued_is_not_waited_for() {
    let (mut empty, mut queued) = (Script::of([]), Script::of([Turn::brought(b"x")]));
    queued.submit(Buffer::new(16));
    assert_eq!(text(wait_for_either(&mut empty, &mut queued, PLENTY)), "second x");
    assert_eq!(text(wait_for_either(&mut empty, &mut queued, Duration::from_millis(1))), "nothing");
}
