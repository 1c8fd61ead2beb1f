//! Faults of the stick and the bus, each with the outcome that a user is promised.

use std::time::Duration;

use balong_mocks::{Effect, Event, Fault, Mode, Moment, Return, StickOptions};

use super::{assert_flash_holds, events};
use crate::bench::Operator;
use crate::images::{images, text};
use crate::{Bench, Need, Ran};

fn convert(bench: &dyn Bench) -> Ran {
    let (loader, firmware) = (text(&images().loader.path), text(&images().stick.path));
    bench.balong(&[
        "convert",
        "--yes",
        "--format",
        "json",
        "--port",
        bench.port(),
        "--loader",
        loader,
        "--firmware",
        firmware,
    ])
}

fn at(moment: Moment, effect: Effect) -> Fault {
    Fault::At(moment, effect)
}

/// None of these is a reason to fail.
pub fn what_must_be_survived_is_survived(bench: &dyn Bench) {
    let second = Duration::from_secs(1);
    let survived = [
        Fault::StaleBytes { bytes: b"\r\nOK\r\n^RSSI:12\r\n".as_slice().into(), now: false },
        Fault::StallControl,
        at(Moment::BootRomData { block: 1, packet: 5 }, Effect::LoseAnswer),
        at(Moment::BootRomEnd { block: 1 }, Effect::LoseAnswer),
        at(Moment::BootRomHeader { block: 1 }, Effect::DelayAnswer(second * 8)),
        at(Moment::At("AT^DLOADVER?".to_owned()), Effect::Split(1)),
        at(Moment::Hdlc(0x45), Effect::Split(3)),
        at(Moment::PartitionStart { partition: 2 }, Effect::DelayAnswer(second * 20)),
        at(Moment::PartitionData { partition: 2, number: 1 }, Effect::LoseAnswer),
        at(Moment::PartitionData { partition: 2, number: 2 }, Effect::DelayAnswer(second * 31)),
        at(Moment::PartitionEnd { partition: 2 }, Effect::DelayAnswer(second * 50)),
        at(Moment::Hdlc(0x0a), Effect::LoseAnswer),
        Fault::OnReturn(Return::Late(second * 10)),
    ];
    for fault in survived {
        let hand = bench.plug(bench.port(), "e3372h", Mode::BootRom, StickOptions::default());
        let name = format!("{fault:?}");
        hand.inject(fault);
        let ran = convert(bench);
        assert_eq!(ran.exit, 0, "{name}\n{ran}");
        assert_flash_holds(&hand, &images().stick.description);
        hand.unplug();
    }
}

/// The way back from the flash may be late, twice, or through another mode.
pub fn a_crooked_way_back_is_followed(bench: &dyn Bench) {
    for fault in [
        Return::Late(Duration::from_secs(30)),
        Return::Twice,
        Return::Through(Mode::Cd),
        Return::Through(Mode::HiLink),
        Return::Through(Mode::Serial),
    ] {
        let hand = bench.plug(bench.port(), "e3372h", Mode::Download, StickOptions::default());
        let name = format!("{fault:?}");
        hand.inject(Fault::OnReturn(fault));
        let ran = convert(bench);
        assert_eq!(ran.exit, 0, "{name}\n{ran}");
        assert_eq!(ran.only("result")["mode"], "stick", "{name}\n{ran}");
        assert_flash_holds(&hand, &images().stick.description);
        hand.unplug();
    }
}

/// Each of these ends the job, with this exit and this word for what the flash holds.
pub fn what_must_end_the_job_ends_it_honestly(bench: &dyn Bench) {
    let ended = [
        (at(Moment::BootRomData { block: 1, packet: 5 }, Effect::SilenceForGood), 6, "untouched"),
        (at(Moment::BootRomData { block: 0, packet: 1 }, Effect::Refuse(0x55)), 6, "untouched"),
        (at(Moment::BootRomHeader { block: 0 }, Effect::SilenceForGood), 6, "untouched"),
        (at(Moment::BootRomData { block: 1, packet: 9 }, Effect::StallIn), 6, "untouched"),
        (at(Moment::BootRomEnd { block: 1 }, Effect::Refuse(0xee)), 6, "untouched"),
        (at(Moment::At("AT^DATAMODE".to_owned()), Effect::Refuse(0)), 6, "running_from_ram"),
        (at(Moment::PartitionStart { partition: 0 }, Effect::Refuse(7)), 6, "running_from_ram"),
        (at(Moment::PartitionStart { partition: 1 }, Effect::Refuse(2)), 7, "partly_written"),
        (at(Moment::PartitionData { partition: 1, number: 1 }, Effect::Refuse(7)), 7, "partly_written"),
        (at(Moment::PartitionData { partition: 1, number: 1 }, Effect::BadCrc), 7, "partly_written"),
        (at(Moment::PartitionData { partition: 1, number: 1 }, Effect::SilenceForGood), 7, "partly_written"),
        (at(Moment::PartitionData { partition: 1, number: 1 }, Effect::StallOut), 7, "partly_written"),
        (at(Moment::PartitionEnd { partition: 0 }, Effect::Refuse(0x0c)), 7, "partly_written"),
        (at(Moment::PartitionEnd { partition: 0 }, Effect::LoseAnswer), 7, "unknown"),
        (at(Moment::PartitionEnd { partition: 0 }, Effect::Refuse(0x77)), 7, "partly_written"),
        (Fault::OnReturn(Return::WithProductId(0x1506)), 6, "running_from_ram"),
        (Fault::OnReturn(Return::Never), 6, "running_from_ram"),
    ];
    let elsewhere = (Fault::OnReturn(Return::OnPort(bench.vacant().to_owned())), 6, "running_from_ram");
    let can_move = bench.lacks(Need::AnotherPort).is_none();
    for (fault, exit, state) in ended.into_iter().chain(can_move.then_some(elsewhere)) {
        let hand = bench.plug(bench.port(), "e3372h", Mode::BootRom, StickOptions::default());
        let name = format!("{fault:?}");
        hand.inject(fault);
        let ran = convert(bench);
        assert_eq!(ran.exit, exit, "{name}\n{ran}");
        let error = ran.only("error");
        assert_eq!(error["state"], state, "{name}\n{ran}");
        assert!(error["next"].as_str().is_some_and(|next| !next.is_empty()), "{name}\n{ran}");
        hand.unplug();
    }
}

/// A fused stick says EE to a patched loader; the message says what that means.
pub fn secure_boot_is_named(bench: &dyn Bench) {
    let options = StickOptions { secure_boot: true, ..StickOptions::default() };
    let _hand = bench.plug(bench.port(), "e3372h", Mode::BootRom, options);
    let ran = convert(bench).expect_exit(6);
    assert!(ran.only("error")["message"].as_str().is_some_and(|message| message.contains("secure boot")), "{ran}");
}

/// A message of the boot ROM is never repeated, but for one header.
pub fn silence_of_the_boot_rom_is_followed_by_at_most_one_header(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::BootRom, StickOptions::default());
    hand.inject(at(Moment::BootRomData { block: 0, packet: 1 }, Effect::LoseAnswer));
    let _ = convert(bench);
    let headers =
        events(&hand).into_iter().filter(|event| matches!(event, Event::BootRomHeader { mode: 1, .. })).count();
    assert!(headers <= 2, "{headers} headers were sent");
}

/// A pad that was missed: the person is told, and the second try goes on with the job.
pub fn a_missed_pad_is_said_and_the_next_try_counts(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::HiLink, StickOptions::default());
    bench.operator(Operator::MissesOnce);
    let ran = convert(bench).expect_exit(0);
    assert!(ran.err.contains("the pad did not touch ground"), "{ran}");
    assert_flash_holds(&hand, &images().stick.description);
}

/// A stick left in HDLC by a killed run is found there, without re-plugging.
pub fn a_stick_left_in_hdlc_is_taken_up_again(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::Download, StickOptions::default());
    hand.inject(at(Moment::PartitionData { partition: 2, number: 1 }, Effect::Refuse(7)));
    let job = ["flash", text(&images().stick.path), "--yes", "--format", "json"];
    let _ = bench.balong(&job).expect_exit(7);
    let _ = bench.balong(&job).expect_exit(0);
    assert_flash_holds(&hand, &images().stick.description);
}

/// A stop that was asked for before the first frame: 130, and the stick is as it was.
pub fn an_interrupt_before_anything_was_sent_is_130(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::BootRom, StickOptions::default());
    let interrupt = balong::protocol::Interrupt::new();
    interrupt.request();
    let (loader, firmware) = (text(&images().loader.path), text(&images().stick.path));
    let job = ["convert", "--yes", "--format", "json", "--loader", loader, "--firmware", firmware];
    let ran = bench.balong_interruptible(&job, &interrupt).expect_exit(130);
    assert_eq!(ran.only("error")["code"], "interrupted", "{ran}");
    super::assert_nothing_dangerous_was_sent(&hand);
}

/// Another program on one of the stick's ports does not keep the job from the flashing port.
pub fn a_held_port_beside_the_flashing_port_is_no_obstacle(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::Download, StickOptions::default());
    hand.inject(at(Moment::PartitionData { partition: 2, number: 1 }, Effect::Refuse(7)));
    let job = ["flash", text(&images().stick.path), "--keep", "--yes", "--format", "json"];
    let _ = bench.balong(&job).expect_exit(7);
    hand.hold(0, "ModemManager");
    let _ = bench.balong(&job).expect_exit(0);
    assert_flash_holds(&hand, &images().stick.description);
}

/// Permission that comes late on the way back is waited for.
pub fn permission_that_comes_late_on_the_way_back_is_waited_for(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::Download, StickOptions::default());
    hand.deny_access_for(Duration::from_secs(10));
    let ran = convert(bench).expect_exit(0);
    assert_eq!(ran.only("result")["mode"], "stick", "{ran}");
}

/// Permission that never comes is named, with the remedy, whatever the flash holds by then.
pub fn permission_that_never_comes_is_named_with_its_remedy(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::Download, StickOptions::default());
    hand.deny_access_for(Duration::from_secs(3600));
    let ran = convert(bench).expect_exit(8);
    let error = ran.only("error");
    assert_eq!((&error["code"], &error["state"]), (&"no_permission".into(), &"written".into()), "{ran}");
    assert!(error["next"].as_str().is_some_and(|next| next.contains("70-balong.rules")), "{ran}");
}
