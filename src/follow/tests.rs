//! What the port shows and when, and what the follower makes of it.

mod change;

use super::*;
use crate::usb::looked_at::LookedAt;
use crate::usb::{ClassTriple, Interface, UsbError};

const PORT: &str = "1-1.4";
const WITHIN: Duration = Duration::from_secs(90);

fn stick(address: u8, product_id: u16) -> Attached {
    let serial = |number| Interface { number, class: ClassTriple::new(0xff, 0xff, 0xff), driver: None };
    Attached { interfaces: vec![serial(0), serial(1)], ..Attached::bare(PORT, address, product_id) }
}

/// The stick as it was, nothing from the first second on, and what a look shows from then on.
fn port(later: impl Fn(Duration) -> Option<Attached> + Send + Sync + 'static) -> LookedAt {
    LookedAt::new(move |now| {
        let shown = if now < Duration::from_secs(1) { Some(stick(4, 0x1506)) } else { later(now) };
        Ok(shown.into_iter().collect())
    })
}

struct Silent;
impl Waiting for Silent {}

fn follow(bus: &LookedAt, is_eager: bool, judge: impl Fn(&Attached) -> Verdict) -> Result<Attached, FollowError> {
    let follower = Follower::new(bus, PORT.parse().expect("a port path"), Interrupt::new());
    let follower = if is_eager { follower.eager() } else { follower };
    follower.next_incarnation(&stick(4, 0x1506), "in download mode", WITHIN, &mut Silent, &mut |found| judge(found))
}

#[test]
fn what_came_just_before_the_deadline_is_taken_once_it_has_settled() {
    for is_eager in [false, true] {
        let bus = port(|now| (now >= WITHIN - Duration::from_millis(5)).then(|| stick(5, 0x1442)));
        let back = follow(&bus, is_eager, |_| Verdict::Arrived).expect("it came in time");
        assert_eq!(back.id(), "12d1:1442");
        assert!(bus.now() < WITHIN + Duration::from_secs(1), "{:?}", bus.now());
    }
}

#[test]
fn what_never_settles_ends_the_wait_all_the_same() {
    let bus = port(|now| Some(stick(u8::try_from(now.as_millis() / 100 % 100).expect("small"), 0x1442)));
    let error = follow(&bus, false, |_| Verdict::Arrived).expect_err("it comes and goes");
    assert!(matches!(error, FollowError::NeverCame { .. }), "{error}");
    assert!(bus.now() <= WITHIN + UNLISTED + POLL, "{:?}", bus.now());
}

#[test]
fn what_is_passed_over_at_the_deadline_does_not_prolong_the_wait() {
    let bus = port(|now| (now >= WITHIN - Duration::from_millis(350)).then(|| stick(5, 0x14dc)));
    let error = follow(&bus, false, |_| Verdict::KeepWaiting("the pad was missed".to_owned())).expect_err("no");
    assert!(error.to_string().ends_with("; what is there now is 12d1:14dc (HiLink mode)"), "{error}");
    assert!(bus.now() <= WITHIN + POLL, "{:?}", bus.now());
}

#[test]
fn a_stick_that_stays_away_and_one_that_never_left_are_told_apart() {
    let away = follow(&port(|_| None), false, |_| Verdict::Arrived).expect_err("nothing came");
    assert!(away.to_string().ends_with("did not come back in download mode within 90 s; the port is empty"), "{away}");
    let stays = LookedAt::always(&[stick(4, 0x1506)]);
    let stays = follow(&stays, false, |_| Verdict::Arrived).expect_err("it stays");
    assert!(stays.to_string().ends_with("; it never left"), "{stays}");
}

#[test]
fn a_bus_that_cannot_be_looked_at_ends_the_wait() {
    let bus = LookedAt::new(|_| Err(UsbError::NoUsb { source: None }));
    assert!(matches!(follow(&bus, false, |_| Verdict::Arrived), Err(FollowError::Usb(_))));
}
