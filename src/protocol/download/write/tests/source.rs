//! Where the blocks come from, and when.

use super::*;
use crate::protocol::Step;

fn failing(size: u32, lengths: &[usize], script: impl IntoIterator<Item = Line>) -> DownloadError {
    let write = WritePartition::new(CODE, size, blocks(lengths), Box::new(|_, _| {}));
    play(write, script).ended.expect_err("the blocks do not fit")
}

#[test]
fn a_source_that_cannot_be_read_costs_nothing() {
    let broken = || io::Error::other("the disk broke");
    let write = WritePartition::new(CODE, 5, [Err(broken())].into_iter(), Box::new(|_, _| {}));
    let error = play(write, []).ended.expect_err("unreadable");
    assert!(matches!(error, DownloadError::Blocks { block: 1, wrote: Wrote::Nothing, .. }));
    assert!(matches!(failing(5, &[], []), DownloadError::Size { announced: 5, found: 0, more: false, .. }));
    assert!(matches!(failing(5000, &[4097], []), DownloadError::BlockLength { length: 4097, .. }));
    assert!(matches!(failing(5, &[0, 5], []), DownloadError::BlockLength { block: 1, length: 0, .. }));
}

#[test]
fn a_source_that_breaks_within_is_told_after_the_answer_in_flight() {
    let source = [Ok(Bytes::from(vec![0x11; 4096])), Err(io::Error::other("the disk broke"))];
    let write = WritePartition::new(CODE, 4101, source.into_iter(), Box::new(|_, _| {}));
    let error = play(write, [start(), ack(), first(), ack()]).ended.expect_err("unreadable");
    assert!(matches!(error, DownloadError::Blocks { block: 2, wrote: Wrote::Partly, .. }));
}

#[test]
fn blocks_must_come_to_exactly_the_announced_size() {
    let begun = || [start(), ack(), first(), ack()];
    let short = failing(4101, &[4096], begun());
    assert!(matches!(short, DownloadError::Size { announced: 4101, found: 4096, more: false, wrote: Wrote::Partly }));
    let long = failing(4101, &[4096, 6], begun());
    assert_eq!(long.to_string(), "the partition was announced with 4101 bytes, but its blocks come to at least 4102");
    let extra = failing(4101, &[4096, 5, 1], [start(), ack(), first(), ack(), second(), ack()]);
    assert!(matches!(extra, DownloadError::Size { more: true, .. }));
}

#[test]
fn the_next_block_is_read_only_while_the_stick_works_on_the_one_before() {
    let events = Rc::new(RefCell::new(Vec::new()));
    let reads = Rc::clone(&events);
    let source = (1..=3).map(move |number| {
        reads.borrow_mut().push(format!("read {number}"));
        Ok::<_, Infallible>(Bytes::from(vec![0x11; 4]))
    });
    let mut write = WritePartition::new(CODE, 12, source, Box::new(|_, _| {}));
    loop {
        let step = write.next();
        let event = match step {
            Step::Finished(_) => break,
            Step::Send { bytes, .. } => {
                events.borrow_mut().push(format!("send {:02x}", bytes[1]));
                continue;
            }
            Step::Receive { within } if within >= SECOND => {
                events.borrow_mut().push("await".to_owned());
                Event::Received(b"\x7e\x02\x6a\xd3\x7e")
            }
            Step::Receive { .. } => Event::TimedOut,
            _ => continue,
        };
        write.handle(event).expect("acknowledged");
    }
    let expected = [
        "read 1", "send 41", "await", "send 42", "read 2", "await", "send 42", "read 3", "await", "send 42", "await",
        "send 43", "await",
    ];
    assert_eq!(*events.borrow(), expected);
}
