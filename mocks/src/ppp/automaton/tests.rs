//! The table of RFC 1661, section 4.1, by what goes over the wire.

use super::*;
use crate::ppp::packet::Choice;

const NOW: Duration = Duration::ZERO;

/// Agrees to option 1, suggests 9 for option 2, refuses all others.
#[derive(Debug, Default)]
struct Simple {
    refused: bool,
}

impl Negotiation for Simple {
    fn wanted(&self) -> Vec<Choice> {
        if self.refused { Vec::new() } else { vec![Choice::new(1, [7])] }
    }

    fn judge(&mut self, choices: &[Choice]) -> Verdict {
        let of = |kind: u8| choices.iter().find(|choice| choice.kind == kind);
        if let Some(choice) = choices.iter().find(|choice| choice.kind > 2) {
            return Verdict::Refuse(vec![choice.clone()]);
        }
        if of(2).is_some_and(|choice| choice.value != [9]) {
            return Verdict::Suggest(vec![Choice::new(2, [9])]);
        }
        Verdict::Agree
    }

    fn suggested(&mut self, _: &[Choice]) {}

    fn refused(&mut self, _: &[Choice]) {
        self.refused = true;
    }

    fn agreed(&mut self) {}
}

type Subject = Automaton<Simple>;

fn stopped() -> Subject {
    Automaton::stopped(Simple::default())
}

fn hear(subject: &mut Subject, code: u8, identifier: u8, data: &[u8]) {
    assert!(subject.receive(&Packet::new(code, identifier, data.to_vec()), NOW));
}

/// Codes, identifiers and data of what it says.
fn said(subject: &mut Subject) -> Vec<(u8, u8, Vec<u8>)> {
    subject.packets().into_iter().map(|packet| (packet.code, packet.identifier, packet.data)).collect()
}

fn opened() -> Subject {
    let mut subject = stopped();
    subject.open(NOW);
    hear(&mut subject, packet::CONFIGURE_REQUEST, 1, &[1, 3, 0]);
    hear(&mut subject, packet::CONFIGURE_ACK, 1, &[1, 3, 7]);
    assert_eq!((subject.state(), subject.changes()), (State::Opened, vec![Change::Up]));
    subject.packets();
    subject
}

#[test]
fn a_stopped_one_that_is_asked_asks_and_agrees() {
    let mut subject = stopped();
    hear(&mut subject, packet::CONFIGURE_REQUEST, 5, &[1, 3, 0]);
    assert_eq!(said(&mut subject), [(1, 1, vec![1, 3, 7]), (2, 5, vec![1, 3, 0])]);
    assert_eq!(subject.state(), State::AckSent);
    hear(&mut subject, packet::CONFIGURE_ACK, 1, &[1, 3, 7]);
    assert!(subject.is_open() && subject.next().is_none());
}

#[test]
fn an_answer_with_another_identifier_or_other_options_is_dropped() {
    let mut subject = stopped();
    subject.open(NOW);
    hear(&mut subject, packet::CONFIGURE_ACK, 2, &[1, 3, 7]);
    hear(&mut subject, packet::CONFIGURE_ACK, 1, &[1, 3, 8]);
    hear(&mut subject, packet::CONFIGURE_NAK, 9, &[1, 3, 8]);
    assert_eq!(subject.state(), State::RequestSent);
    hear(&mut subject, packet::CONFIGURE_ACK, 1, &[1, 3, 7]);
    assert_eq!(subject.state(), State::AckReceived);
}

#[test]
fn options_that_are_refused_go_first_and_then_those_with_other_values() {
    let mut subject = stopped();
    subject.open(NOW);
    subject.packets();
    hear(&mut subject, packet::CONFIGURE_REQUEST, 1, &[2, 3, 1, 5, 2]);
    hear(&mut subject, packet::CONFIGURE_REQUEST, 2, &[2, 3, 1]);
    hear(&mut subject, packet::CONFIGURE_REQUEST, 3, &[2, 3, 9]);
    assert_eq!(said(&mut subject), [(4, 1, vec![5, 2]), (3, 2, vec![2, 3, 9]), (2, 3, vec![2, 3, 9])]);
}

#[test]
fn what_does_not_converge_is_refused_in_the_end() {
    let mut subject = stopped();
    subject.open(NOW);
    subject.packets();
    for identifier in 0..7 {
        hear(&mut subject, packet::CONFIGURE_REQUEST, identifier, &[2, 3, 1]);
    }
    let codes: Vec<u8> = said(&mut subject).into_iter().map(|(code, ..)| code).collect();
    assert_eq!(codes, [3, 3, 3, 3, 3, 4, 4]);
}

#[test]
fn a_refused_option_is_left_out_of_the_next_request() {
    let mut subject = stopped();
    subject.open(NOW);
    hear(&mut subject, packet::CONFIGURE_REJECT, 1, &[1, 3, 7]);
    assert_eq!(said(&mut subject), [(1, 1, vec![1, 3, 7]), (1, 2, vec![])]);
}

#[test]
fn a_request_without_an_answer_is_repeated_ten_times_and_then_it_gives_up() {
    let mut subject = stopped();
    subject.open(NOW);
    let mut now = NOW;
    while let Some(due) = subject.next() {
        assert_eq!(due, now + RESTART);
        now = due;
        subject.tick(now - Duration::from_nanos(1));
        subject.tick(now);
    }
    assert_eq!(said(&mut subject).len(), MAX_CONFIGURE as usize);
    assert_eq!((subject.state(), subject.changes()), (State::Stopped, vec![Change::Finished]));
}

#[test]
fn a_new_request_takes_an_open_one_down_and_up_again() {
    let mut subject = opened();
    hear(&mut subject, packet::CONFIGURE_REQUEST, 8, &[1, 3, 1]);
    assert_eq!((subject.state(), subject.changes()), (State::AckSent, vec![Change::Down]));
    assert_eq!(said(&mut subject), [(1, 2, vec![1, 3, 7]), (2, 8, vec![1, 3, 1])]);
    hear(&mut subject, packet::CONFIGURE_ACK, 2, &[1, 3, 7]);
    assert_eq!(subject.changes(), [Change::Up]);
}

#[test]
fn an_end_that_is_asked_for_is_acknowledged_and_waited_out() {
    let mut subject = opened();
    hear(&mut subject, packet::TERMINATE_REQUEST, 40, b"bye");
    assert_eq!(said(&mut subject), [(6, 40, vec![])]);
    assert_eq!((subject.state(), subject.changes()), (State::Stopping, vec![Change::Down]));
    subject.tick(RESTART);
    assert_eq!((subject.state(), subject.changes()), (State::Stopped, vec![Change::Finished]));
}

#[test]
fn an_end_of_its_own_is_asked_for_twice() {
    let mut subject = opened();
    subject.close(NOW);
    subject.tick(RESTART);
    subject.tick(RESTART * 2);
    subject.tick(RESTART * 3);
    assert_eq!(said(&mut subject), [(5, 2, vec![]), (5, 3, vec![])]);
    assert_eq!((subject.state(), subject.changes()), (State::Closed, vec![Change::Down, Change::Finished]));
    let mut acknowledged = opened();
    acknowledged.close(NOW);
    hear(&mut acknowledged, packet::TERMINATE_ACK, 2, &[]);
    assert_eq!((acknowledged.state(), acknowledged.next()), (State::Closed, None));
    hear(&mut acknowledged, packet::CONFIGURE_REQUEST, 3, &[]);
    assert_eq!(said(&mut acknowledged).last(), Some(&(6, 3, vec![])), "what is closed says so");
}

#[test]
fn an_acknowledged_end_that_nobody_asked_for_begins_anew() {
    let mut subject = opened();
    hear(&mut subject, packet::TERMINATE_ACK, 9, &[]);
    assert_eq!((subject.state(), subject.changes()), (State::RequestSent, vec![Change::Down]));
    assert_eq!(said(&mut subject).len(), 1);
}

#[test]
fn a_code_that_is_not_known_is_sent_back_and_one_that_all_must_know_ends_everything() {
    let mut subject = opened();
    let strange = Packet::new(77, 3, vec![1, 2]);
    assert!(!subject.receive(&strange, NOW));
    subject.reject_code(&strange);
    assert_eq!(said(&mut subject), [(7, 2, vec![77, 3, 0, 6, 1, 2])]);
    hear(&mut subject, packet::CODE_REJECT, 1, &[12, 0, 0, 4]);
    assert!(subject.is_open(), "codes above 7 are nothing that one must know");
    hear(&mut subject, packet::CODE_REJECT, 1, &[1, 0, 0, 4]);
    assert_eq!(subject.state(), State::Stopping);
}

#[test]
fn options_of_impossible_lengths_get_no_answer() {
    let mut subject = stopped();
    subject.open(NOW);
    subject.packets();
    hear(&mut subject, packet::CONFIGURE_REQUEST, 1, &[1, 9, 0]);
    assert_eq!((said(&mut subject), subject.state()), (vec![], State::RequestSent));
}
