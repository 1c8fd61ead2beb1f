mod carrier;

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::thread;
use std::time::Duration;

use rustix::termios::{LocalModes, tcgetattr};

use super::*;

fn pty(departure: Departure) -> (Pty, tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let link = folder.path().join("balong-1-1.4-pcui");
    let pty = Pty::new(Some(link.clone()), departure).expect("a pty");
    (pty, folder, link)
}

fn open(link: &PathBuf) -> File {
    OpenOptions::new().read(true).write(true).open(link).expect("the slave opens")
}

fn next(pty: &Pty) -> Act {
    pty.next().expect("no trouble")
}

/// Hands the program this, until it has it all or the bridge is to stop.
fn hear(pty: &Pty, bytes: &[u8]) {
    let mut is_taken = pty.hear(bytes).expect("no trouble");
    while !is_taken && !pty.wake.is_rung() {
        is_taken = pty.hear(&[]).expect("no trouble");
    }
}

fn said(bytes: &'static [u8]) -> Act {
    Act::Said(bytes.into())
}

#[test]
fn a_program_is_seen_to_open_to_speak_and_to_close_and_the_next_one_too() {
    let (pty, _folder, link) = pty(Departure::Pause);
    assert_eq!(pty.lines(), Lines::DOWN);
    for _ in 0..2 {
        let mut program = open(&link);
        assert_eq!((next(&pty), pty.lines()), (Act::Opened, Lines::UP));
        program.write_all(b"ATI\r\n\x11\x13\x03\xff").expect("written");
        assert_eq!(next(&pty), said(b"ATI\r\n\x11\x13\x03\xff"), "in raw mode nothing is changed or acted on");
        drop(program);
        assert_eq!((next(&pty), pty.lines()), (Act::Closed, Lines::DOWN));
    }
}

#[test]
fn a_program_that_waits_for_nothing_is_heard_all_the_same() {
    let (pty, _folder, link) = pty(Departure::Pause);
    open(&link).write_all(b"AT\r").expect("written");
    assert_eq!([next(&pty), next(&pty), next(&pty)], [Act::Opened, said(b"AT\r"), Act::Closed]);
}

#[test]
fn an_opening_wakes_who_waits_for_it() {
    let (pty, _folder, link) = pty(Departure::Pause);
    thread::scope(|scope| {
        let waiting = scope.spawn(|| next(&pty));
        thread::sleep(Duration::from_millis(50));
        let _program = open(&link);
        assert_eq!(waiting.join().expect("no panic"), Act::Opened);
    });
}

#[test]
fn what_one_program_leaves_unread_and_how_it_set_the_tty_does_not_reach_the_next_one() {
    let (pty, _folder, link) = pty(Departure::Pause);
    let program = open(&link);
    assert_eq!(next(&pty), Act::Opened);
    let mut mode = tcgetattr(&program).expect("a tty");
    mode.local_modes |= LocalModes::ECHO | LocalModes::ICANON;
    rustix::termios::tcsetattr(&program, rustix::termios::OptionalActions::Now, &mode).expect("set");
    hear(&pty, b"left\n");
    drop(program);
    // It wanted an echo, so what was heard may come back before the close, as from any tty.
    let mut act = next(&pty);
    while matches!(act, Act::Said(_)) {
        act = next(&pty);
    }
    assert_eq!(act, Act::Closed);
    hear(&pty, b"thrown away");

    let mut program = open(&link);
    assert!(!tcgetattr(&program).expect("a tty").local_modes.intersects(LocalModes::ECHO | LocalModes::ICANON));
    assert_eq!(next(&pty), Act::Opened);
    hear(&pty, b"new");
    let mut heard = [0; 16];
    let length = program.read(&mut heard).expect("read");
    assert_eq!(&heard[..length], b"new");
}

#[test]
fn what_one_program_leaves_unread_does_not_reach_one_that_is_there_at_once_either() {
    let (pty, _folder, link) = pty(Departure::Pause);
    for _ in 0..3 {
        let left = open(&link);
        assert_eq!(next(&pty), Act::Opened);
        hear(&pty, b"CONNECT\r\n");
        drop(left);
        let mut program = open(&link);
        assert_eq!([next(&pty), next(&pty)], [Act::Closed, Act::Opened]);
        hear(&pty, b"OK\r\n");
        let mut heard = [0; 16];
        let length = program.read(&mut heard).expect("read");
        assert_eq!(heard[..length].escape_ascii().to_string(), "OK\\r\\n");
        drop(program);
        assert_eq!(next(&pty), Act::Closed);
    }
}

#[test]
fn a_program_that_reads_slowly_makes_the_other_side_wait_and_misses_nothing() {
    let (pty, _folder, link) = pty(Departure::Pause);
    let mut program = open(&link);
    assert_eq!(next(&pty), Act::Opened);
    let whole: Vec<u8> = (0u32..300_000).map(|at| (at * 7 + at / 251).to_le_bytes()[0]).collect();
    thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let mut heard = vec![0; whole.len()];
            thread::sleep(Duration::from_millis(100));
            program.read_exact(&mut heard).expect("all of it");
            heard
        });
        whole.chunks(4096).for_each(|chunk| hear(&pty, chunk));
        assert!(reading.join().expect("no panic") == whole);
    });
}

#[test]
fn what_a_program_did_not_read_before_a_stop_comes_first_afterwards() {
    let (pty, _folder, link) = pty(Departure::Pause);
    let mut program = open(&link);
    assert_eq!(next(&pty), Act::Opened);
    let whole: Vec<u8> = (0u32..200_000).map(|at| (at * 11 + at / 253).to_le_bytes()[0]).collect();
    thread::scope(|scope| {
        let hearing = scope.spawn(|| hear(&pty, &whole));
        thread::sleep(Duration::from_millis(50));
        pty.stop();
        hearing.join().expect("stopped");
    });
    assert_eq!(next(&pty), Act::Stopped);
    pty.resume();
    thread::scope(|scope| {
        let hearing = scope.spawn(|| hear(&pty, b"!"));
        let mut heard = vec![0; whole.len() + 1];
        program.read_exact(&mut heard).expect("all of it");
        hearing.join().expect("heard");
        assert!(heard.strip_suffix(b"!") == Some(&whole[..]));
    });
}

#[test]
fn a_hang_up_ends_the_program_and_the_name_leads_to_a_fresh_pty() {
    let (pty, _folder, link) = pty(Departure::HangUp);
    assert!(!pty.departed().expect("nobody to hang up"));
    let before = fs::read_link(&link).expect("a link");
    let mut program = open(&link);
    assert_eq!(next(&pty), Act::Opened);
    assert!(pty.departed().expect("hung up"));
    let mut heard = [0; 1];
    assert!(matches!(program.read(&mut heard), Ok(0) | Err(_)), "the program is hung up");
    assert_ne!(fs::read_link(&link).expect("a link"), before);
    let _program = open(&link);
    assert_eq!(next(&pty), Act::Opened);
}

#[test]
fn a_program_that_wanted_the_tty_for_itself_alone_does_not_lock_the_next_one_out() {
    let (pty, _folder, link) = pty(Departure::Pause);
    let program = open(&link);
    assert_eq!(next(&pty), Act::Opened);
    rustix::termios::ioctl_tiocexcl(&program).expect("a tty");
    drop(program);
    assert_eq!(next(&pty), Act::Closed);
    let _program = open(&link);
    let mut act = next(&pty);
    if act == Act::Moved {
        // Without privileges only another pty helps.
        act = next(&pty);
    }
    assert_eq!(act, Act::Opened);
}

#[test]
fn a_pause_leaves_program_and_pty_as_they_are() {
    let (pty, _folder, link) = pty(Departure::Pause);
    let before = fs::read_link(&link).expect("a link");
    let mut program = open(&link);
    assert_eq!(next(&pty), Act::Opened);
    assert!(!pty.departed().expect("nothing to do"));
    program.write_all(b"meanwhile").expect("written");
    assert_eq!((next(&pty), fs::read_link(&link).expect("a link")), (said(b"meanwhile"), before));
}

#[test]
#[cfg(target_os = "linux")]
fn what_takes_several_reads_is_one_piece_and_what_comes_later_another() {
    let (pty, _folder, link) = pty(Departure::Pause);
    // One read gives 4095 bytes, and without a reader the pty holds twice that.
    let written: Vec<u8> = (0..7000_u32).map(|number| (number % 251) as u8).collect();
    let mut program = open(&link);
    assert_eq!(next(&pty), Act::Opened);
    program.write_all(&written).expect("the pty holds that much");
    assert_eq!(next(&pty), Act::Said(written.into()));
    program.write_all(b"later").expect("written");
    assert_eq!(next(&pty), said(b"later"));
}

#[test]
fn a_program_that_opens_at_once_after_another_one_closed_is_another_one() {
    let (pty, _folder, link) = pty(Departure::Pause);
    let mut first = open(&link);
    assert_eq!(next(&pty), Act::Opened);
    // Somebody looks at the tty meanwhile, which changes nothing.
    drop(open(&link));
    first.write_all(b"AT+\r").expect("written");
    assert_eq!(next(&pty), said(b"AT+\r"));
    drop(first);
    let mut second = open(&link);
    second.write_all(b"AT\r").expect("written");
    assert_eq!([next(&pty), next(&pty), next(&pty)], [Act::Closed, Act::Opened, said(b"AT\r")]);
    drop(open(&link));
    second.write_all(b"ATI\r").expect("written");
    assert_eq!(next(&pty), said(b"ATI\r"));
}

#[test]
fn a_program_that_is_there_before_the_pty_was_reset_keeps_the_mode_that_it_chose() {
    let (pty, _folder, link) = pty(Departure::Pause);
    let program = open(&link);
    assert_eq!(next(&pty), Act::Opened);
    drop(program);
    assert_eq!(pty.master().next(&pty.wake).expect("no trouble"), Act::Closed);
    let program = open(&link);
    let mut mode = tcgetattr(&program).expect("a tty");
    mode.local_modes |= LocalModes::ICANON;
    rustix::termios::tcsetattr(&program, rustix::termios::OptionalActions::Now, &mode).expect("set");
    pty.reset().expect("left as it is");
    assert!(tcgetattr(&program).expect("a tty").local_modes.contains(LocalModes::ICANON));
}

#[test]
fn the_speed_0_drops_the_lines_until_there_is_another_one_and_is_not_left_to_the_next_program() {
    let (pty, _folder, link) = pty(Departure::Pause);
    let program = open(&link);
    assert_eq!(next(&pty), Act::Opened);
    let set_speed = |speed| {
        let mut mode = tcgetattr(&program).expect("a tty");
        mode.set_speed(speed).expect("a speed");
        rustix::termios::tcsetattr(&program, rustix::termios::OptionalActions::Now, &mode).expect("set");
    };
    set_speed(0);
    assert_eq!((next(&pty), pty.lines()), (Act::Drives(Lines::DOWN), Lines::DOWN));
    set_speed(9600);
    assert_eq!((next(&pty), pty.lines()), (Act::Drives(Lines::UP), Lines::UP));
    set_speed(0);
    assert_eq!(pty.overtakes().expect("no trouble"), Some(Act::Drives(Lines::DOWN)));
    drop(program);
    assert_eq!(next(&pty), Act::Closed);
    let program = open(&link);
    assert_ne!(tcgetattr(&program).expect("a tty").output_speed(), 0);
    assert_eq!((next(&pty), pty.lines()), (Act::Opened, Lines::UP));
}

#[test]
fn a_program_that_closes_overtakes_what_it_said_before() {
    let (pty, _folder, link) = pty(Departure::Pause);
    let mut program = open(&link);
    assert_eq!(next(&pty), Act::Opened);
    program.write_all(b"AT+CMGS=1\r").expect("written");
    assert_eq!(pty.overtakes().expect("no trouble"), None);
    assert_eq!(next(&pty), said(b"AT+CMGS=1\r"));
    program.write_all(b"the rest").expect("written");
    drop(program);
    assert_eq!((pty.overtakes().expect("no trouble"), pty.lines()), (Some(Act::Closed), Lines::DOWN));
    let mut program = open(&link);
    program.write_all(b"ATI\r").expect("written");
    assert_eq!([next(&pty), next(&pty)], [Act::Opened, said(b"ATI\r")]);
}

#[test]
fn what_the_stick_did_not_take_is_said_first_the_next_time() {
    let (pty, _folder, link) = pty(Departure::Pause);
    let mut program = open(&link);
    assert_eq!(next(&pty), Act::Opened);
    pty.take_back(bytes::Bytes::from_static(b"before"));
    program.write_all(b"after").expect("written");
    assert_eq!([next(&pty), next(&pty)], [said(b"before"), said(b"after")]);
}

#[test]
fn while_the_stick_is_away_what_a_program_said_goes_with_it_and_the_next_ones_words_stay() {
    let (pty, _folder, link) = pty(Departure::Pause);
    let first = open(&link);
    assert_eq!(next(&pty), Act::Opened);
    pty.take_back(bytes::Bytes::from_static(b"not taken"));
    (&first).write_all(b"AT^RESET\r").expect("written");
    thread::scope(|scope| {
        let minding = scope.spawn(|| pty.mind());
        drop(first);
        until("the first one is out", || !pty.master().is_open());
        let mut second = open(&link);
        second.write_all(b"ATH\r").expect("written");
        // The kernel hands them over a moment later.
        until("its words are there", || pty.master().holds() > 0);
        drop(second);
        until("the second one is out", || !pty.master().is_open() && pty.master().holds() == 0);
        let mut stays = open(&link);
        stays.write_all(b"ATI\r").expect("written");
        until("the third one is in", || pty.lines() == Lines::UP);
        pty.stop();
        minding.join().expect("no panic").expect("minded");
        pty.resume();
        assert_eq!((next(&pty), pty.lines()), (said(b"ATI\r"), Lines::UP));
    });
}

/// Waits until this is so.
fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = std::time::Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(30), "not within half a minute: {what}");
        thread::sleep(Duration::from_millis(1));
    }
}
