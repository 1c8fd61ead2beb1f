//! A carrier that comes and goes.

use super::*;

const IN_A_CALL: Signals = Signals { data_carrier_detect: true, data_set_ready: true, ring_indicator: false };
const WITHOUT_ONE: Signals = Signals { data_carrier_detect: false, ..IN_A_CALL };

#[test]
fn a_carrier_that_is_lost_hangs_up_on_the_program_and_the_name_is_free_for_the_next_one() {
    for overtakes in [false, true] {
        let (pty, _folder, link) = pty(Departure::Pause);
        let mut program = open(&link);
        assert_eq!(next(&pty), Act::Opened);
        pty.signalled(WITHOUT_ONE).expect("no trouble");
        assert_eq!(pty.overtakes().expect("no trouble"), None, "there was none to be lost");
        pty.signalled(IN_A_CALL).expect("no trouble");
        pty.signalled(WITHOUT_ONE).expect("no trouble");
        assert!(pty.hear(b"\r\nNO CARRIER\r\n").expect("nobody hears it any more"));
        let act = if overtakes { pty.overtakes().expect("no trouble").expect("it has ended") } else { next(&pty) };
        assert_eq!((&act, act.lines(), pty.lines()), (&Act::LostCarrier, Some(Lines::DOWN), Lines::DOWN));
        let mut byte = [0];
        assert!(matches!(program.read(&mut byte), Ok(0) | Err(_)), "it was hung up");
        let mut program = open(&link);
        program.write_all(b"ATI\r").expect("written");
        assert_eq!([next(&pty), next(&pty), next(&pty)], [Act::Moved, Act::Opened, said(b"ATI\r")]);
    }
}

#[test]
fn a_program_that_ignores_the_lines_of_the_modem_is_told_that_the_carrier_is_lost_and_goes_on() {
    let (pty, _folder, link) = pty(Departure::HangUp);
    let mut program = open(&link);
    assert_eq!(next(&pty), Act::Opened);
    let mut mode = tcgetattr(&program).expect("a tty");
    mode.control_modes |= rustix::termios::ControlModes::CLOCAL;
    rustix::termios::tcsetattr(&program, rustix::termios::OptionalActions::Now, &mode).expect("set");
    pty.signalled(IN_A_CALL).expect("no trouble");
    pty.signalled(WITHOUT_ONE).expect("no trouble");
    hear(&pty, b"NO CARRIER");
    let mut heard = [0; 10];
    program.read_exact(&mut heard).expect("it goes on");
    assert_eq!(&heard, b"NO CARRIER");
    program.write_all(b"ATI\r").expect("written");
    assert_eq!(next(&pty), said(b"ATI\r"));
}

#[test]
fn a_carrier_from_before_a_departure_is_not_lost_afterwards() {
    let (pty, _folder, link) = pty(Departure::Pause);
    let _program = open(&link);
    assert_eq!(next(&pty), Act::Opened);
    pty.signalled(IN_A_CALL).expect("no trouble");
    assert!(!pty.departed().expect("a pause"));
    pty.arrived().expect("no trouble");
    pty.signalled(WITHOUT_ONE).expect("no trouble");
    assert_eq!(pty.overtakes().expect("no trouble"), None);
}

#[test]
fn a_program_that_does_not_read_is_hung_up_on_too() {
    let (pty, _folder, link) = pty(Departure::Pause);
    let _program = open(&link);
    assert_eq!(next(&pty), Act::Opened);
    pty.signalled(IN_A_CALL).expect("no trouble");
    assert!(!pty.hear(&vec![b'.'; 1 << 20]).expect("no trouble"), "no pty holds so much");
    assert!(!pty.hear(&[]).expect("no trouble"), "and it does not read");
    pty.signalled(WITHOUT_ONE).expect("no trouble");
    assert!(pty.hear(&[]).expect("no trouble"), "nobody is to hear the rest");
    assert_eq!(next(&pty), Act::LostCarrier);
}

#[test]
fn the_carrier_of_a_program_that_is_gone_is_not_lost_to_the_next_one() {
    let (pty, _folder, link) = pty(Departure::Pause);
    let program = open(&link);
    assert_eq!(next(&pty), Act::Opened);
    pty.signalled(IN_A_CALL).expect("no trouble");
    drop(program);
    let mut program = open(&link);
    assert_eq!([next(&pty), next(&pty)], [Act::Closed, Act::Opened]);
    // The lines were dropped for the first one, and the modem took its time.
    pty.signalled(WITHOUT_ONE).expect("no trouble");
    program.write_all(b"ATI\r").expect("written");
    assert_eq!(next(&pty), said(b"ATI\r"));
    hear(&pty, b"OK\r\n");
    let mut heard = [0; 4];
    program.read_exact(&mut heard).expect("it goes on");
}

#[test]
fn a_carrier_that_is_lost_as_the_program_leaves_is_nothing_to_the_next_one() {
    let (pty, _folder, link) = pty(Departure::Pause);
    let program = open(&link);
    assert_eq!(next(&pty), Act::Opened);
    pty.signalled(IN_A_CALL).expect("no trouble");
    pty.signalled(WITHOUT_ONE).expect("no trouble");
    drop(program);
    let ended = next(&pty);
    assert!(matches!(ended, Act::LostCarrier | Act::Closed), "{ended:?}");
    let mut program = open(&link);
    program.write_all(b"ATI\r").expect("written");
    let mut acts = std::iter::from_fn(|| Some(next(&pty))).skip_while(|act| *act == Act::Moved);
    assert_eq!((acts.next(), acts.next()), (Some(Act::Opened), Some(said(b"ATI\r"))));
}
