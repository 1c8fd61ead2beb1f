//! What the boot ROM, the bus and the user can do to an upload.

use super::*;

const SILENCE: Line = Meets(Event::TimedOut);

fn yes() -> Line {
    Hears(vec![0xaa])
}

fn sends(index: usize) -> Line {
    Sends(small_messages()[index].clone())
}

#[test]
fn stale_bytes_of_an_earlier_session_are_dropped_before_the_first_header() {
    let mut script = vec![Early(vec![0x55]), Early(vec![]), Early(vec![0xaa, 0xaa])];
    script.extend(accepted(7));
    assert!(play(upload(small_loader()), script).ended.is_ok());
}

#[test]
fn a_port_that_never_falls_silent_is_refused() {
    let script = (0..65).map(|_| Early(vec![0x55]));
    assert!(matches!(play(upload(small_loader()), script).ended, Err(BootRomError::Unasked { .. })));
}

#[test]
fn a_lost_answer_to_data_is_followed_by_one_new_header_and_the_whole_block() {
    let mut script = accepted(5);
    script.extend([sends(5), SILENCE, sends(3), yes(), sends(4), yes(), sends(5), yes(), sends(6), yes()]);
    let played = play(upload(small_loader()), script);
    assert_eq!(played.ended, Ok(Uploaded { last_answer: LastAnswer::Answered }));
}

#[test]
fn a_late_answer_is_dropped_before_the_new_header() {
    let rest = [SILENCE, Early(vec![0xaa]), sends(0), yes(), sends(1), Hears(vec![0x55])];
    assert_eq!(after_sending(0, rest).ended, Err(BootRomError::Refused { block: 1, packet: Packet::Data(1) }));
}

#[test]
fn a_second_lost_answer_in_the_same_block_means_that_the_rom_is_deaf() {
    let played = after_sending(0, [SILENCE, sends(0), SILENCE]);
    assert_eq!(played.ended, Err(BootRomError::Deaf { block: 1, packet: Packet::Header }));
    let played = after_sending(0, [SILENCE, sends(0), yes(), sends(1), SILENCE]);
    assert_eq!(played.ended, Err(BootRomError::Deaf { block: 1, packet: Packet::Data(1) }));
}

#[test]
fn each_block_has_a_new_header_of_its_own() {
    let mut script = vec![sends(0), SILENCE];
    script.extend(accepted(3));
    script.extend([sends(3), SILENCE, sends(3), yes(), sends(4), yes(), sends(5), yes(), sends(6), yes()]);
    assert!(play(upload(small_loader()), script).ended.is_ok());
}

#[test]
fn a_message_that_the_rom_does_not_take_means_that_it_is_deaf() {
    let script = [SendEnds(small_messages()[0].clone(), Event::SendTimedOut { sent: 0 })];
    let ended = play(upload(small_loader()), script).ended;
    assert_eq!(ended, Err(BootRomError::Deaf { block: 1, packet: Packet::Header }));
}

#[test]
fn a_message_that_the_rom_takes_in_part_ends_the_session() {
    let mut script = accepted(4);
    script.push(SendEnds(small_messages()[4].clone(), Event::SendTimedOut { sent: 512 }));
    let cut = BootRomError::Cut { block: 2, packet: Packet::Data(1), sent: 512, length: 1029 };
    assert_eq!(play(upload(small_loader()), script).ended, Err(cut));
}

#[test]
fn an_end_packet_without_answer_is_never_followed_by_another_upload_of_its_block() {
    assert_eq!(after_sending(2, [SILENCE]).ended, Err(BootRomError::EndUnanswered { block: 1 }));
    let played = after_sending(6, [SILENCE, SILENCE]);
    assert_eq!(played.ended, Err(BootRomError::EndUnanswered { block: 2 }));
    assert_eq!(played.deadlines.last(), Some(&(10 * SECOND)));
}

#[test]
fn a_lost_last_answer_and_a_departure_is_the_normal_end() {
    let lost = Ok(Uploaded { last_answer: LastAnswer::LostButLeft });
    assert_eq!(after_sending(6, [Meets(Event::Gone)]).ended, lost);
    assert_eq!(after_sending(6, [SILENCE, Meets(Event::Gone)]).ended, lost);
}

#[test]
fn a_departure_at_any_other_message_is_named() {
    let left = Err(BootRomError::Left { block: 1, packet: Packet::End });
    assert_eq!(after_sending(2, [Meets(Event::Gone)]).ended, left);
    let script = [SendEnds(small_messages()[0].clone(), Event::Gone)];
    let left = Err(BootRomError::Left { block: 1, packet: Packet::Header });
    assert_eq!(play(upload(small_loader()), script).ended, left);
}

#[test]
fn a_departure_before_the_last_end_packet_was_taken_is_no_success() {
    let mut script = accepted(6);
    script.push(SendEnds(small_messages()[6].clone(), Event::Gone));
    let left = Err(BootRomError::Left { block: 2, packet: Packet::End });
    assert_eq!(play(upload(small_loader()), script).ended, left);
}

#[test]
fn refusals_are_told_apart_by_their_byte() {
    let refused = BootRomError::Refused { block: 2, packet: Packet::Data(1) };
    assert_eq!(after_sending(4, [Hears(vec![0x55])]).ended, Err(refused));
    let secure = BootRomError::SecureBoot { block: 1 };
    assert_eq!(after_sending(2, [Hears(vec![0xee])]).ended, Err(secure));
    let odd = BootRomError::Unexpected { block: 1, packet: Packet::Header, answer: 0xee };
    assert_eq!(after_sending(0, [Hears(vec![0xee])]).ended, Err(odd));
}

#[test]
fn a_second_byte_behind_an_answer_is_refused_by_name() {
    let error = after_sending(0, [Hears(vec![0xaa, 0xaa])]).ended.expect_err("two answers");
    assert_eq!(
        error.to_string(),
        "the stick sent bytes that nobody asked for at the header of block 1 (aaaa); the answers can no longer be told \
         apart"
    );
}

#[test]
fn a_byte_between_answer_and_message_is_refused_by_name() {
    let mut script = accepted(1);
    script.push(Early(vec![0xaa]));
    let unasked = BootRomError::Unasked { block: 1, packet: Packet::Data(1), bytes: vec![0xaa] };
    assert_eq!(play(upload(small_loader()), script).ended, Err(unasked));
}

#[test]
fn an_empty_transfer_means_nothing() {
    let rest = [Hears(vec![]), Hears(vec![]), Hears(vec![0x55])];
    assert!(matches!(after_sending(0, rest).ended, Err(BootRomError::Refused { .. })));
}

#[test]
fn a_stall_ends_the_upload() {
    let stalled = BootRomError::Stalled { block: 1, packet: Packet::Header, direction: Direction::In };
    assert_eq!(after_sending(0, [Meets(Event::Stalled(Direction::In))]).ended, Err(stalled));
}
