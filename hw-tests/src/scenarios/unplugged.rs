//! The stick is pulled at each stage: the exit code is right, and the same command again completes the job.

use balong_mocks::{Effect, Fault, Mode, Moment, Return, StickOptions};

use super::{PORT, assert_flash_holds};
use crate::Bench;
use crate::images::{images, text};

/// Where it is pulled, what the exit must be, and what the message must say of the flash.
struct Case {
    what: &'static str,
    fault: Fault,
    exit: u8,
    state: &'static str,
}

fn pulled(what: &'static str, moment: Moment, effect: Effect, exit: u8, state: &'static str) -> Case {
    Case { what, fault: Fault::At(moment, effect), exit, state }
}

fn cases() -> Vec<Case> {
    use Effect::{UnplugAfter, UnplugBefore};
    let last = images().stick.description.units.len() - 1;
    vec![
        pulled("at the first header", Moment::BootRomHeader { block: 0 }, UnplugBefore, 6, "untouched"),
        pulled("after raminit", Moment::BootRomEnd { block: 0 }, UnplugAfter, 6, "untouched"),
        pulled(
            "in the middle of the loader",
            Moment::BootRomData { block: 1, packet: 100 },
            UnplugBefore,
            6,
            "untouched",
        ),
        Case {
            what: "while the loader starts",
            fault: Fault::OnReturn(Return::Unplugged),
            exit: 6,
            state: "running_from_ram",
        },
        pulled("at AT^DLOADVER?", Moment::At("AT^DLOADVER?".to_owned()), UnplugBefore, 6, "running_from_ram"),
        pulled("at AT^DATAMODE", Moment::At("AT^DATAMODE".to_owned()), UnplugBefore, 6, "running_from_ram"),
        pulled("at the product request", Moment::Hdlc(0x45), UnplugBefore, 6, "running_from_ram"),
        pulled("at the first partition's start", Moment::PartitionStart { partition: 0 }, UnplugBefore, 7, "unknown"),
        pulled(
            "in the first partition",
            Moment::PartitionData { partition: 0, number: 3 },
            UnplugBefore,
            7,
            "partly_written",
        ),
        pulled(
            "in a later partition",
            Moment::PartitionData { partition: 3, number: 2 },
            UnplugAfter,
            7,
            "partly_written",
        ),
        pulled("after the last block", Moment::PartitionEnd { partition: last }, UnplugBefore, 7, "unknown"),
        pulled("after the last confirmation", Moment::Hdlc(0x0a), UnplugBefore, 8, "written"),
    ]
}

/// Every stage, one fresh stick each.
pub fn the_same_command_completes_the_job_wherever_it_was_pulled(bench: &dyn Bench) {
    let (loader, firmware) = (text(&images().loader.path), text(&images().stick.path));
    let job = ["convert", "--yes", "--format", "json", "--port", PORT, "--loader", loader, "--firmware", firmware];
    for case in cases() {
        let hand = bench.plug(PORT, "e3372h", Mode::BootRom, StickOptions::default());
        hand.inject(case.fault);
        let ran = bench.balong(&job).expect_exit(case.exit);
        let error = ran.only("error");
        assert_eq!(error["state"], case.state, "pulled {}\n{ran}", case.what);
        if case.exit == 7 {
            let said = format!("{}{}", error["message"], error["next"]);
            assert!(
                said.contains("byte") && said.contains("balong convert"),
                "partition, byte and next command\n{ran}"
            );
        }
        // The person plugs it in again, with the pad shorted where nothing of the flash can start.
        hand.short_pad(case.state == "untouched" || case.state == "running_from_ram");
        hand.plug();
        bench.until("the stick is back on the bus", &|| hand.mode().is_some());
        hand.short_pad(false);
        let again = bench.balong(&job);
        assert_eq!(again.exit, 0, "pulled {}, then the same command\n{again}", case.what);
        assert_flash_holds(&hand, &images().stick.description);
        hand.unplug();
    }
}

/// It is back on the bus, but with another version than was written: exit 8.
pub fn another_version_than_was_written_is_exit_8(bench: &dyn Bench) {
    let hand = bench.plug(PORT, "e3372h", Mode::Download, StickOptions::default());
    hand.inject(Fault::OnReturn(Return::WithVersion("21.180.99.00.00".to_owned())));
    let ran = bench.balong(&["flash", text(&images().stick.path), "--yes", "--format", "json"]).expect_exit(8);
    let error = ran.only("error");
    assert_eq!(error["code"], "wrong_version", "{ran}");
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|text| text.contains("21.180.99.00.00") && text.contains("21.180.01.00.00"))
    );
}

/// It never comes back: a bounded wait, stated in the message, and exit 8.
pub fn a_stick_that_never_comes_back_is_exit_8(bench: &dyn Bench) {
    let hand = bench.plug(PORT, "e3372h", Mode::Download, StickOptions::default());
    hand.inject(Fault::OnReturn(Return::Never));
    let ran = bench.balong(&["flash", text(&images().stick.path), "--yes", "--format", "json"]).expect_exit(8);
    let error = ran.only("error");
    assert_eq!((&error["code"], &error["state"]), (&"stick_did_not_return".into(), &"written".into()), "{ran}");
    assert!(error["message"].as_str().is_some_and(|text| text.contains("90 s")), "{ran}");
}

/// Nobody shorts the pad: the wait ends, and nothing was sent.
pub fn a_needle_that_never_comes_ends_with_exit_6(bench: &dyn Bench) {
    let hand = bench.plug(PORT, "e3372h", Mode::HiLink, StickOptions::default());
    let (loader, firmware) = (text(&images().loader.path), text(&images().stick.path));
    let ran = bench
        .balong(&["convert", "--yes", "--format", "json", "--loader", loader, "--firmware", firmware])
        .expect_exit(6);
    assert_eq!(ran.only("error")["state"], "untouched", "{ran}");
    super::assert_nothing_dangerous_was_sent(&hand);
}
