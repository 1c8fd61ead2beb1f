use super::*;
use crate::usb::{Access, ClassTriple, Interface};

fn stick(path: &str, address: u8, driver: Option<&str>) -> Attached {
    let interface = Interface { number: 0, class: ClassTriple::new(0xff, 0xff, 0xff), driver: driver.map(Into::into) };
    Attached { interfaces: vec![interface], access: Access::Granted, ..Attached::bare(path, address, 0x1443) }
}

#[test]
fn a_stick_that_stays_as_it_is_is_no_change() {
    let sticks = [stick("1-1", 4, Some("option"))];
    assert_eq!(changes(&sticks, &sticks.clone()), []);
}

#[test]
fn a_driver_that_binds_is_a_change() {
    let (before, now) = ([stick("1-1", 4, None)], [stick("1-1", 4, Some("option"))]);
    assert_eq!(changes(&before, &now), [Change::Changed(&now[0])]);
    let expected = "1-1      12d1:1443  changed  boot ROM: 0 bootrom (option)  (this user may open it)";
    assert_eq!(line(&Change::Changed(&now[0])), expected);
}

#[test]
fn a_new_address_in_the_same_port_is_a_departure_and_an_arrival() {
    let (before, now) = ([stick("1-1", 4, None)], [stick("1-1", 5, None)]);
    assert_eq!(changes(&before, &now), [Change::Left(&before[0]), Change::Came(&now[0])]);
    assert_eq!(line(&Change::Left(&before[0])), "1-1      12d1:1443  left     boot ROM");
}

#[test]
fn a_stick_whose_interfaces_are_still_to_come_is_told_without_them() {
    let bare = Attached::bare("1-1", 4, 0x1443);
    assert_eq!(line(&Change::Came(&bare)), "1-1      12d1:1443  came     boot ROM: no interfaces yet");
}

#[cfg(feature = "simulate")]
mod on_the_simulated_bus {
    use std::io::{self, Write};

    use balong_mocks::{Bus, Hand, Mode, Model, Pace, Stick, StickOptions};

    use super::super::POLL;
    use crate::cli::{Connection, Streams, run};
    use crate::protocol::Interrupt;

    /// Standard output in front of somebody who types Ctrl-C when they see this many lines, or leaves.
    struct Reader {
        text: String,
        lines: usize,
        interrupt: Interrupt,
        leaves: bool,
    }

    impl Write for Reader {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.leaves && self.text.lines().count() >= self.lines {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            self.text.push_str(&String::from_utf8_lossy(bytes));
            if !self.leaves && self.text.lines().count() >= self.lines {
                self.interrupt.request();
            }
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn watch(arguments: &[&str], lines: usize, leaves: bool, prepare: impl FnOnce(&Hand)) -> (u8, String, String) {
        let bus = Bus::new(Pace::Virtual);
        let model = Model::named("e3372h").expect("a model");
        let hand =
            bus.plug("1-1.4", Stick::new(model, Mode::BootRom, StickOptions::default()).expect("it has that mode"));
        prepare(&hand);
        let interrupt = Interrupt::new();
        let mut out = Reader { text: String::new(), lines, interrupt: interrupt.clone(), leaves };
        let mut err = Vec::new();
        let given = ["balong", "list", "--watch"].iter().chain(arguments).map(Into::into);
        let streams = Streams {
            out: &mut out,
            err: &mut err,
            answers: None,
            input: crate::cli::Input::Nothing,
            terminal: false,
            screen: None,
        };
        let exit = run(given.collect::<Vec<_>>(), streams, Some(Connection::over(&bus, Vec::new())), &interrupt);
        (exit, out.text, String::from_utf8_lossy(&err).into_owned())
    }

    #[test]
    fn it_lists_then_tells_a_departure_and_a_return_until_it_is_interrupted() {
        let (exit, out, err) = watch(&["--format", "json"], 3, false, |hand| {
            hand.unplug_after(POLL * 10);
            hand.plug_after(POLL * 30);
        });
        let events: Vec<serde_json::Value> =
            out.lines().map(|line| serde_json::from_str(line).expect("one JSON object a line")).collect();
        let told: Vec<_> = events.iter().map(|event| (event["event"].as_str(), event["port"].as_str())).collect();
        let expected = [(Some("stick"), Some("1-1.4")), (Some("gone"), Some("1-1.4")), (Some("stick"), Some("1-1.4"))];
        assert_eq!(told, expected, "{out}");
        assert_eq!((events[1]["mode"].as_str(), events[1]["schema"].as_u64()), (Some("bootrom"), Some(1)));
        assert_eq!((exit, err.as_str()), (130, ""));
    }

    #[test]
    fn in_text_a_change_is_one_line() {
        let (exit, out, _) = watch(&[], 3, false, |hand| hand.unplug_after(POLL * 10));
        assert_eq!(out.lines().last(), Some("1-1.4    12d1:1443  left     boot ROM"), "{out}");
        assert_eq!(exit, 130);
    }

    #[test]
    fn it_ends_without_a_word_when_nobody_reads_any_more() {
        let (exit, out, err) = watch(&["--format", "json"], 1, true, |hand| hand.unplug_after(POLL * 10));
        assert_eq!((exit, out.lines().count(), err.as_str()), (0, 1, ""), "{out}");
    }
}
