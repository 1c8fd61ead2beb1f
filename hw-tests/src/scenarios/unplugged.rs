//! The stick is pulled at each stage: the exit code is right, and the same command again completes the job.

use balong_mocks::{Effect, Fault, Mode, Moment, Return, StickOptions};

use super::assert_flash_holds;
use crate::Bench;
use crate::bench::Operator;
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
    let job =
        ["convert", "--yes", "--format", "json", "--port", bench.port(), "--loader", loader, "--firmware", firmware];
    for case in cases() {
        let hand = bench.plug(bench.port(), "e3372h", Mode::BootRom, StickOptions::default());
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
    let hand = bench.plug(bench.port(), "e3372h", Mode::Download, StickOptions::default());
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
    let hand = bench.plug(bench.port(), "e3372h", Mode::Download, StickOptions::default());
    hand.inject(Fault::OnReturn(Return::Never));
    let ran = bench.balong(&["flash", text(&images().stick.path), "--yes", "--format", "json"]).expect_exit(8);
    let error = ran.only("error");
    assert_eq!((&error["code"], &error["state"]), (&"stick_did_not_return".into(), &"written".into()), "{ran}");
    assert!(error["message"].as_str().is_some_and(|text| text.contains("90 s")), "{ran}");
}

/// Nobody shorts the pad: the wait ends, and nothing was sent.
pub fn a_needle_that_never_comes_ends_with_exit_6(bench: &dyn Bench) {
    bench.operator(Operator::Left);
    let hand = bench.plug(bench.port(), "e3372h", Mode::HiLink, StickOptions::default());
    let (loader, firmware) = (text(&images().loader.path), text(&images().stick.path));
    let ran = bench
        .balong(&["convert", "--yes", "--format", "json", "--loader", loader, "--firmware", firmware])
        .expect_exit(6);
    assert_eq!(ran.only("error")["state"], "untouched", "{ran}");
    super::assert_nothing_dangerous_was_sent(&hand);
}

fn both_containers(bench: &dyn Bench) -> Vec<&'static str> {
    let (loader, web_ui, hilink) = (&images().loader.path, &images().web_ui.path, &images().hilink.path);
    let firmware = ["--firmware", text(web_ui), "--firmware", text(hilink)];
    let mut job = vec!["convert", "--yes", "--format", "json", "--port", bench.port(), "--loader", text(loader)];
    job.extend(firmware);
    job
}

/// Two containers, pulled in the second: the first one is written once more, and the second one finished.
pub fn a_job_of_two_containers_pulled_in_the_second_is_completed_too(bench: &dyn Bench) {
    for partition in [2, 5] {
        let hand = bench.plug(bench.port(), "e3372h", Mode::Stick, StickOptions::default());
        let moment = Moment::PartitionData { partition, number: 1 };
        hand.inject(Fault::At(moment, Effect::UnplugAfter));
        let ran = bench.balong(&both_containers(bench)).expect_exit(7);
        assert_eq!(ran.only("error")["state"], "partly_written", "{ran}");
        hand.plug();
        bench.until("the stick is back on the bus", &|| hand.mode().is_some());
        let again = bench.balong(&both_containers(bench)).expect_exit(0);
        assert_eq!(again.only("result")["mode"], "hilink", "{again}");
        assert_flash_holds(&hand, &images().web_ui.description);
        assert_flash_holds(&hand, &images().hilink.description);
        hand.unplug();
    }
}

/// After the first of two containers the flash holds a mixture, whatever comes then: never "everything was written".
pub fn after_the_first_of_two_containers_nothing_counts_as_written(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::Download, StickOptions::default());
    hand.inject(Fault::OnReturn(Return::Never));
    let ran = bench.balong(&both_containers(bench)).expect_exit(7);
    assert_eq!(ran.only("error")["state"], "partly_written", "{ran}");
}

/// Two containers and no loader: what cannot be finished is not begun.
pub fn two_containers_without_a_loader_are_not_begun(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::Download, StickOptions::default());
    let job: Vec<_> = both_containers(bench)
        .into_iter()
        .filter(|word| *word != "--loader" && *word != text(&images().loader.path))
        .collect();
    let ran = bench.balong(&job).expect_exit(2);
    assert!(ran.only("error")["message"].as_str().is_some_and(|text| text.contains("--loader")), "{ran}");
    super::assert_nothing_dangerous_was_sent(&hand);
}

/// Another stick in the port after the flash is not the one that was written.
pub fn another_stick_in_the_port_after_the_flash_is_exit_8(bench: &dyn Bench) {
    let other = balong_mocks::Model::named("e3372s").expect("a model");
    for directory in [false, true] {
        let hand = bench.plug(bench.port(), "e3372h", Mode::Download, StickOptions::default());
        hand.inject(Fault::OnReturn(Return::AsModel(other)));
        let firmware = if directory { &images().stick_directory } else { &images().stick };
        let ran = bench
            .balong(&["flash", text(&firmware.path), "--yes", "--force-product", "--format", "json"])
            .expect_exit(8);
        assert_eq!(ran.only("error")["code"], "another_stick", "{ran}");
        hand.unplug();
    }
}

/// A loader that erases, sent on request: then nobody can say that nothing was written.
pub fn an_erasing_loader_that_was_allowed_is_never_reported_as_harmless(bench: &dyn Bench) {
    use balong_mocks::samples::loader::{EraseCall, EraseSignature, EraseSite};
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let mut recipe = balong_mocks::samples::ready::recipes::e3372h_loader();
    recipe.erase_sites.push(EraseSite::new(EraseSignature::V7R11, EraseCall::Unpatched).at(0x8000));
    let loader = balong_mocks::samples::ready::write_loader(folder.path(), "erases.bin", &recipe).expect("a loader");
    let hand = bench.plug(bench.port(), "e3372h", Mode::BootRom, StickOptions::default());
    let job = ["load", text(&loader.path), "--yes", "--format", "json"];
    let refused = bench.balong(&job).expect_exit(5);
    assert!(refused.only("error")["message"].as_str().is_some_and(|text| text.contains("--allow-erase")), "{refused}");
    super::assert_nothing_dangerous_was_sent(&hand);
    let allowed: Vec<_> = job.into_iter().chain(["--allow-erase"]).collect();
    let ran = bench.balong(&allowed).expect_exit(0);
    assert!(hand.flash().erased_by_loader());
    assert_eq!(ran.only("result")["state"], "unknown", "{ran}");
}
