//! What the stick, the bus and the user can do to a partition being written.

use super::*;

#[test]
fn a_lost_answer_is_not_asked_for_again_by_default() {
    let error = ended([start(), ack(), first(), SILENCE]).expect_err("lost");
    assert!(matches!(error, DownloadError::NoAnswer { during: Command::Data, block: Some(1), wrote: Wrote::Partly }));
    let error = ended([start(), SILENCE]).expect_err("lost");
    assert!(matches!(error, DownloadError::NoAnswer { during: Command::Start, block: None, wrote: Wrote::Unknown }));
}

#[test]
fn a_lost_answer_to_the_end_is_unknown_and_never_success() {
    let error = ended([start(), ack(), first(), ack(), second(), ack(), end(), SILENCE]).expect_err("lost");
    assert!(matches!(error, DownloadError::EndUnknown));
    assert_eq!(error.wrote(), Wrote::Unknown);
}

fn surviving(script: impl IntoIterator<Item = Line>) -> Result<Written, DownloadError> {
    play(small().surviving_one_lost_answer(), script).ended
}

#[test]
fn a_repeated_block_is_followed_by_nothing_before_both_answers_came() {
    let before = [start(), ack(), first(), SILENCE, first(), ack()];
    let after = [ack(), second(), ack(), end(), ack()];
    assert!(surviving(before.into_iter().chain(after)).is_ok());
    let together = [start(), ack(), first(), SILENCE, first(), acks(2), second(), ack(), end(), ack()];
    assert!(surviving(together).is_ok());
}

#[test]
fn a_third_answer_to_a_repeated_block_is_refused() {
    let error = surviving([start(), ack(), first(), SILENCE, first(), acks(3)]).expect_err("three answers");
    assert!(matches!(error, DownloadError::Unasked { during: Command::Data, block: Some(1), .. }));
}

#[test]
fn an_answer_that_stays_lost_is_given_up_after_the_whole_deadline() {
    let script = [start(), ack(), first(), SILENCE, first(), ack(), SILENCE, second(), ack(), end(), ack(), SILENCE];
    assert!(surviving(script).is_ok());
    let late = [start(), ack(), first(), SILENCE, first(), ack(), SILENCE, stray()];
    assert!(matches!(surviving(late), Err(DownloadError::Unasked { block: Some(2), .. })));
}

#[test]
fn an_acknowledgement_that_is_still_owed_never_passes_for_the_answer_to_the_end() {
    let owed = || vec![start(), ack(), first(), SILENCE, first(), ack(), SILENCE, second(), ack(), end(), ack()];
    let refused = surviving(owed().into_iter().chain([nak(7)]));
    assert!(matches!(refused, Err(DownloadError::Refused { during: Command::End, .. })));
    assert!(surviving(owed().into_iter().chain([ack()])).is_ok());
}

#[test]
fn a_block_is_repeated_once_and_only_one_block_of_a_partition() {
    let error = surviving([start(), ack(), first(), SILENCE, first(), SILENCE]).expect_err("lost twice");
    assert!(matches!(error, DownloadError::NoAnswer { block: Some(1), .. }));
    let script = [start(), ack(), first(), SILENCE, first(), acks(2), second(), SILENCE];
    assert!(matches!(surviving(script), Err(DownloadError::NoAnswer { block: Some(2), .. })));
}

#[test]
fn start_and_end_are_never_repeated() {
    assert!(matches!(surviving([start(), SILENCE]), Err(DownloadError::NoAnswer { during: Command::Start, .. })));
    let script = [start(), ack(), first(), ack(), second(), ack(), end(), SILENCE];
    assert!(matches!(surviving(script), Err(DownloadError::EndUnknown)));
}

#[test]
fn a_stray_acknowledgement_never_stands_in_for_the_answer_to_come() {
    let early = ended([stray()]).expect_err("before the start");
    assert!(matches!(early, DownloadError::Unasked { during: Command::Start, wrote: Wrote::Nothing, .. }));
    let between = ended([start(), ack(), first(), ack(), stray()]).expect_err("between two blocks");
    assert!(matches!(between, DownloadError::Unasked { block: Some(2), wrote: Wrote::Partly, .. }));
    let doubled = ended([start(), ack(), first(), acks(2)]).expect_err("two in one");
    assert!(matches!(doubled, DownloadError::Unasked { block: Some(1), .. }));
    let last = ended([start(), ack(), first(), ack(), second(), ack(), stray()]).expect_err("before the end");
    assert!(matches!(last, DownloadError::Unasked { during: Command::End, wrote: Wrote::Partly, .. }));
}

#[test]
fn the_beginning_of_another_frame_behind_an_answer_is_refused() {
    let error = ended([start(), Hears(unhex("7e026ad37e026a"))]).expect_err("more to come");
    assert!(matches!(error, DownloadError::Unasked { during: Command::Start, .. }));
}

#[test]
fn refusals_say_during_what_and_whether_anything_was_written() {
    let at_start = ended([start(), nak(7)]).expect_err("refused");
    assert!(matches!(at_start, DownloadError::Refused { during: Command::Start, code: RefusalCode(7), .. }));
    assert_eq!(at_start.wrote(), Wrote::Nothing);
    let at_block = ended([start(), ack(), first(), nak(4)]).expect_err("refused");
    assert!(at_block.to_string().contains("data of the partition (42), block 1: code 04, data too short"));
    assert_eq!(at_block.wrote(), Wrote::Partly);
    let at_end = ended([start(), ack(), first(), ack(), second(), ack(), end(), nak(0x0c)]).expect_err("refused");
    assert_eq!(at_end.wrote(), Wrote::Partly);
    assert!(at_end.to_string().contains("the firmware was modified"));
    assert!(at_end.advice().is_some_and(|advice| advice.contains("signature is announced afresh")));
}

#[test]
fn an_answer_that_is_none_is_shown() {
    let odd = ended([start(), Hears(encode(&[2, 2]).to_vec())]).expect_err("no answer");
    assert!(matches!(odd, DownloadError::Unexpected { answer, .. } if answer == "0202"));
    let damaged = ended([start(), ack(), first(), Hears(unhex("7e026bd37e"))]).expect_err("damaged");
    assert!(matches!(damaged, DownloadError::BadFrame { block: Some(1), .. }));
    let mut endless = vec![0x7e];
    endless.resize(9000, 0x11);
    let error = ended([start(), Hears(endless)]).expect_err("endless");
    assert!(matches!(error, DownloadError::BadFrame { source: FrameError::TooLong, .. }));
}

#[test]
fn a_departure_says_what_may_have_been_written() {
    let wrote = |script: Vec<Line>| ended(script).expect_err("left").wrote();
    let frame = |line| match line {
        Sends(bytes) => SendEnds(bytes, Event::Gone),
        other => other,
    };
    let gone = || Meets(Event::Gone);
    assert_eq!(wrote(vec![frame(start())]), Wrote::Nothing);
    assert_eq!(wrote(vec![start(), gone()]), Wrote::Unknown);
    assert_eq!(wrote(vec![start(), ack(), first(), gone()]), Wrote::Partly);
    assert_eq!(wrote(vec![start(), ack(), first(), ack(), second(), ack(), frame(end())]), Wrote::Partly);
    assert_eq!(wrote(vec![start(), ack(), first(), ack(), second(), ack(), end(), gone()]), Wrote::Unknown);
}

#[test]
fn a_stall_and_a_frame_taken_in_part_end_the_partition() {
    let stalled = ended([start(), ack(), first(), Meets(Event::Stalled(Direction::In))]).expect_err("stalled");
    assert!(matches!(stalled, DownloadError::Stalled { direction: Direction::In, block: Some(1), .. }));
    let Sends(frame) = first() else { panic!("a frame") };
    let length = frame.len();
    let script = [start(), ack(), SendEnds(frame, Event::SendTimedOut { sent: 512 })];
    let cut = ended(script).expect_err("cut");
    assert!(matches!(cut, DownloadError::ShortSend { sent: 512, length: all, .. } if all == length));
}

#[test]
fn empty_transfers_mean_nothing() {
    let nothing = || Hears(vec![]);
    let script = [Early(vec![]), start(), nothing(), ack(), first(), ack(), second(), nothing(), ack(), end(), ack()];
    assert!(ended(script).is_ok());
}
