//! What becomes of a stick that is watched.

use super::*;

const STORAGE: (u8, u8, u8) = (0x08, 0x06, 0x50);
const SERIAL: (u8, u8, u8) = (0xff, 0xff, 0xff);
/// A modem by the CDC, as no stick with a Balong chip shows one.
const COMMUNICATIONS: (u8, u8, u8) = (0x02, 0x02, 0x01);

fn with(classes: &[(u8, u8, u8)]) -> Attached {
    let interfaces = classes.iter().zip(0..).map(|(&(class, subclass, protocol), number)| Interface {
        number,
        class: ClassTriple::new(class, subclass, protocol),
        driver: None,
    });
    Attached { interfaces: interfaces.collect(), ..Attached::bare(PORT, 4, 0x1d50) }
}

/// What becomes of a stick in its CD stage within so long, on a bus that shows from the first second on what a look gives.
fn watch(within: Duration, later: impl Fn(Duration) -> Option<Attached> + Send + Sync + 'static) -> (Change, Duration) {
    let bus = LookedAt::new(move |now| {
        let shown = if now < Duration::from_secs(1) { Some(with(&[STORAGE])) } else { later(now) };
        Ok(shown.into_iter().collect())
    });
    let follower = Follower::new(&bus, PORT.parse().expect("a port path"), Interrupt::new());
    let change = follower.changes_within(&with(&[STORAGE]), within, &mut Silent).expect("the bus can be looked at");
    (change, bus.now())
}

#[test]
fn a_stick_that_stays_is_watched_for_as_long_as_was_asked_and_no_longer() {
    let within = Duration::from_millis(1250);
    assert_eq!(watch(within, |_| Some(with(&[STORAGE]))), (Change::Stays, within));
}

#[test]
fn other_interfaces_are_another_composition_whatever_they_are() {
    for classes in [&[SERIAL][..], &[SERIAL, STORAGE], &[STORAGE, SERIAL], &[COMMUNICATIONS]] {
        let (change, _) = watch(WITHIN, move |_| Some(with(classes)));
        assert_eq!(change, Change::Recomposed(with(classes)));
    }
}

#[test]
fn a_composition_is_taken_once_all_its_interfaces_are_listed() {
    let until_listed = Duration::from_millis(1005);
    let listing = move |now| Some(with(if now < until_listed { &[SERIAL] } else { &[SERIAL, SERIAL] }));
    assert_eq!(watch(WITHIN, listing).0, Change::Recomposed(with(&[SERIAL, SERIAL])));
}

#[test]
fn a_composition_that_shows_when_time_is_up_counts() {
    let (change, _) = watch(Duration::from_secs(1), |_| Some(with(&[SERIAL])));
    assert_eq!(change, Change::Recomposed(with(&[SERIAL])));
}

#[test]
fn interfaces_that_are_listed_later_than_their_device_are_no_other_composition() {
    let bus = LookedAt::always(&[with(&[STORAGE])]);
    let follower = Follower::new(&bus, PORT.parse().expect("a port path"), Interrupt::new());
    let change = follower.changes_within(&with(&[]), Duration::from_secs(1), &mut Silent);
    assert_eq!(change.expect("the bus can be looked at"), Change::Stays);
}

/// The kernel takes the interfaces off the list before the device.
#[test]
fn a_device_that_loses_its_interfaces_is_leaving_and_not_another_composition() {
    let gone = Duration::from_millis(1500);
    let (change, left) = watch(WITHIN, move |now| (now < gone).then(|| with(&[])));
    assert_eq!((change, left), (Change::Left, gone));
}

#[test]
fn what_shows_another_composition_at_every_look_does_not_prolong_the_watch_for_ever() {
    let flickers = |now: Duration| {
        let class = u8::try_from(now.as_millis() / 10 % 200).expect("small");
        Some(with(&[(0xff, 0x02, class)]))
    };
    let (change, ended) = watch(Duration::from_secs(2), flickers);
    assert_eq!((change, ended), (Change::Stays, Duration::from_secs(2) + SETTLED));
}
