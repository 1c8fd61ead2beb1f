//! Access, the udev rules and `doctor` on a real Linux kernel with a real udevd.
//!
//! One guest is taken through the states that a machine can be in, from no udevd at all to rules that are in force, by
//! the very commands that `doctor` prints. It boots a kernel, so it runs only when it is asked for:
//! `cargo test --test kernel_access -- --ignored`

mod bench;

use bench::{Bench, User};
use hw_tests::Ran;
use hw_tests::images::{images, text};
use serde_json::Value;

/// Ports, counted from 1, and the ids in them.
const BOOT_ROM: usize = 1;
const STICK: usize = 2;
const DOWNLOAD: usize = 3;
const CD: usize = 4;

/// Lists what udev's database gives to the seat's user, or takes from `ModemManager`.
const MARKED: &str = "grep -l 'uaccess\\|ID_MM_DEVICE_IGNORE' /run/udev/data/* | sort";

/// What `doctor` found: subject and port of each, and the finding itself.
fn findings(ran: &Ran) -> Vec<(String, String, Value)> {
    let word = |finding: &Value, field: &str| finding[field].as_str().unwrap_or("-").to_owned();
    let of = |finding: Value| (word(&finding, "subject"), word(&finding, "port"), finding);
    ran.events_named("finding").into_iter().map(of).collect()
}

fn subjects(ran: &Ran) -> Vec<String> {
    findings(ran).into_iter().map(|(subject, port, _)| format!("{subject} {port}")).collect()
}

/// The commands of a remedy, without the words in front of them.
fn commands(finding: &Value) -> String {
    let remedy = finding["remedy"].as_str().expect("a remedy");
    let (words, commands) = remedy.split_once('\n').expect("a command below the words");
    assert!(words.starts_with("As root"), "{remedy}");
    commands.to_owned()
}

#[test]
#[ignore = "boots a Linux kernel in QEMU, after fetching it (70 MB): needs qemu-system-x86 and kmod on a Debian"]
fn a_user_is_let_in_by_the_rules_and_doctor_says_what_is_missing_until_then() {
    let mut bench = Bench::boot();
    without_udevd_root_needs_nothing_and_others_are_told(&mut bench);
    bench.start_udevd();
    without_the_rules_a_user_is_refused_with_the_very_line(&mut bench);
    the_commands_that_doctor_prints_let_the_group_in_on_both_backends(&mut bench);
    the_rules_touch_what_they_should_and_nothing_else(&mut bench);
    modem_manager_is_asked_how_it_will_treat_each_stick(&mut bench);
    a_program_that_has_the_node_open_is_named(&mut bench);
    usb_modeswitch_is_in_the_way_of_the_cd_stage_alone(&mut bench);
    the_user_follows_a_stick_through_a_re_enumeration(&mut bench);
    a_udevd_that_ended_is_missed(&mut bench);
}

fn without_udevd_root_needs_nothing_and_others_are_told(bench: &mut Bench) {
    let ran = bench.balong(User::Root, "nusb", &["doctor"]).expect_exit(0);
    assert!(ran.out.is_empty() && ran.err.contains("Nothing on this machine stands in the way; 4 sticks"), "{ran}");
    let ran = bench.balong(User::Outsider, "nusb", &["doctor"]).expect_exit(4);
    let expected = ["udevd -", "permission 1-1", "permission 1-2", "permission 1-3", "permission 1-4"];
    assert_eq!(subjects(&ran), expected, "{ran}");
}

fn without_the_rules_a_user_is_refused_with_the_very_line(bench: &mut Bench) {
    // Some devices of any machine are the seat's user's already.
    bench.shell(&format!("{MARKED} >/run/marked-before"));
    let lines = balong::access::rule(None);
    for backend in bench::BACKENDS {
        let ran = bench.balong(User::Member, backend, &["info", "--port", "1-2"]).expect_exit(4);
        let error = ran.only("error");
        assert_eq!(error["code"], "no_permission", "{ran}");
        assert!(error["next"].as_str().is_some_and(|next| next.contains(&format!("\n{lines}\n"))), "{ran}");
    }
    let ran = bench.balong(User::Member, "nusb", &["list"]).expect_exit(0);
    for stick in ran.events_named("stick") {
        assert!(stick["interfaces"][0]["access"] == "denied", "{ran}");
    }
    let ran = bench.balong(User::Member, "nusb", &["doctor", "--port", "1-1"]).expect_exit(4);
    assert_eq!(subjects(&ran), ["permission 1-1", "udev_rule -"], "{ran}");
    assert!(commands(&findings(&ran)[0].2).contains(&lines), "{ran}");
}

fn the_commands_that_doctor_prints_let_the_group_in_on_both_backends(bench: &mut Bench) {
    // One line lets the user in; it is the rules file as a whole that is asked for after that.
    let ran = bench.balong(User::Member, "nusb", &["doctor", "--port", "1-2"]).expect_exit(4);
    bench.shell(&commands(&findings(&ran)[0].2));
    bench.settle();
    drop(bench.balong(User::Member, "nusb", &["info", "--port", "1-2"]).expect_exit(0));
    let ran = bench.balong(User::Member, "nusb", &["doctor"]).expect_exit(4);
    assert_eq!(subjects(&ran), ["udev_rule -"], "{ran}");
    bench.shell(&commands(&findings(&ran)[0].2));
    bench.settle();

    let ran = bench.balong(User::Member, "nusb", &["doctor"]).expect_exit(0);
    assert!(ran.err.contains("The udev rules are in force (/etc/udev/rules.d/70-balong.rules)"), "{ran}");
    for backend in bench::BACKENDS {
        let ran = bench.balong(User::Member, backend, &["info", "--port", "1-2"]).expect_exit(0);
        assert_eq!(ran.only("info")["mode"], "stick", "{ran}");
        let refused = bench.balong(User::Outsider, backend, &["info", "--port", "1-2"]).expect_exit(4);
        assert_eq!(refused.only("error")["code"], "no_permission", "{refused}");
        let listed = bench.balong(User::Member, backend, &["list"]).expect_exit(0);
        let drivers: Vec<_> = listed.events_named("stick").iter().map(|stick| stick["interfaces"][0].clone()).collect();
        assert_eq!((&drivers[0]["driver"], &drivers[0]["access"]), (&"option".into(), &"granted".into()), "{listed}");
        assert_eq!(
            (&drivers[3]["driver"], &drivers[3]["role"]),
            (&"usb-storage".into(), &"storage".into()),
            "{listed}"
        );
    }
    let ran = bench.balong(User::Outsider, "nusb", &["doctor", "--port", "1-2"]).expect_exit(4);
    assert!(commands(&findings(&ran)[0].2).contains("usermod -aG plugdev 1001"), "{ran}");
}

/// The database and the node of each device, as udevd left them.
fn the_rules_touch_what_they_should_and_nothing_else(bench: &mut Bench) {
    // The file itself, comments and all, in place of what was pasted.
    bench.install_rules();
    for (port, kept) in [(BOOT_ROM, true), (STICK, false), (DOWNLOAD, true), (CD, false)] {
        let known = bench.shell(&format!("udevadm info /sys/bus/usb/devices/1-{port}"));
        assert_eq!(known.contains("E: ID_MM_DEVICE_IGNORE=1"), kept, "port {port}\n{known}");
        assert!(known.contains(":uaccess:"), "port {port}\n{known}");
        assert_eq!(bench.node_permissions(port), "660 plugdev", "port {port}");
        for action in ["add", "change", "move", "bind"] {
            let tested = bench.shell(&format!("udevadm test -a {action} /sys/bus/usb/devices/1-{port} 2>&1"));
            assert_eq!(tested.contains("ID_MM_DEVICE_IGNORE=1"), kept, "port {port}, {action}\n{tested}");
            let complaints: Vec<_> = tested.lines().filter(|line| line.contains("70-balong.rules:")).collect();
            assert!(complaints.iter().all(|line| !line.contains("nvalid") && !line.contains("nknown")), "{tested}");
        }
    }
    let hub = bench.shell("udevadm info /sys/bus/usb/devices/usb1; stat -c '%a %G' /dev/bus/usb/001/001");
    assert!(!hub.contains("ID_MM_") && !hub.contains("uaccess") && hub.ends_with("664 root\n"), "{hub}");
    let touched = bench.shell(&format!("{MARKED} | comm -13 /run/marked-before -"));
    let usb_devices = touched.lines().filter(|file| file.starts_with("/run/udev/data/c189:")).count();
    assert_eq!(
        (usb_devices, touched.lines().count()),
        (4, 4),
        "the sticks, and nothing else of the machine\n{touched}"
    );
}

/// udev's database is the real one; the program is one of the right name, because only its being there is asked.
fn modem_manager_is_asked_how_it_will_treat_each_stick(bench: &mut Bench) {
    bench.start_something_named("ModemManager");
    let ran = bench.balong(User::Root, "nusb", &["doctor"]).expect_exit(0);
    for said in
        ["1-1: ModemManager (process", "leaves the 12d1:1443 alone", "1-2: ModemManager", "may use the 12d1:1506"]
    {
        assert!(ran.err.contains(said), "`{said}`\n{ran}");
    }
    bench.shell("mv /etc/udev/rules.d/70-balong.rules /root/");
    bench.reload();
    let ran = bench.balong(User::Root, "nusb", &["doctor"]).expect_exit(4);
    assert_eq!(subjects(&ran), ["udev_rule -", "modem_manager 1-1", "modem_manager 1-3"], "{ran}");
    assert!(findings(&ran)[1].2["message"].as_str().is_some_and(|said| said.contains("/dev/ttyUSB")), "{ran}");
    bench.shell("mv /root/70-balong.rules /etc/udev/rules.d/; killall ModemManager");
    bench.reload();
}

fn a_program_that_has_the_node_open_is_named(bench: &mut Bench) {
    let holding = bench.hold_open(STICK);
    let ran = bench.balong(User::Root, "nusb", &["doctor"]).expect_exit(4);
    assert_eq!(subjects(&ran), ["holder 1-2"], "{ran}");
    let message = findings(&ran)[0].2["message"].as_str().unwrap_or_default().to_owned();
    assert!(message.contains("`sleep 1234`") && message.contains("/dev/bus/usb/001/"), "{ran}");
    bench.shell(&commands(&findings(&ran)[0].2));
    bench.wait(&holding);
    drop(bench.balong(User::Root, "nusb", &["doctor"]).expect_exit(0));
}

fn usb_modeswitch_is_in_the_way_of_the_cd_stage_alone(bench: &mut Bench) {
    bench.shell("rm /etc/udev/rules.d/40-usb_modeswitch.rules");
    let ran = bench.balong(User::Member, "nusb", &["doctor"]).expect_exit(4);
    assert_eq!(subjects(&ran), ["usb_modeswitch 1-4"], "{ran}");
    bench.shell(&commands(&findings(&ran)[0].2));
    let ran = bench.balong(User::Member, "nusb", &["doctor"]).expect_exit(0);
    assert!(ran.err.contains("/etc/usb_modeswitch.conf says DisableSwitching"), "{ran}");
}

/// Boot ROM to download mode: a new device node, which udevd gives to the group while the program waits for it.
fn the_user_follows_a_stick_through_a_re_enumeration(bench: &mut Bench) {
    let loader = text(&images().loader.path);
    let watching = bench.watch();
    let ran = bench.balong(User::Member, "nusb", &["load", loader, "--yes", "--port", "1-1"]).expect_exit(0);
    assert_eq!(ran.only("result")["mode"], "download", "{ran}");
    let ran = bench.balong(User::Member, "libusb", &["info", "--port", "1-1"]).expect_exit(0);
    assert_eq!(ran.only("info")["mode"], "download", "{ran}");
    let told = bench.interrupt(&watching).expect_exit(130);
    let of_it: Vec<_> = told.events().into_iter().filter(|event| event["port"] == "1-1").collect();
    assert_eq!((&of_it[0]["event"], &of_it[0]["mode"]), (&"stick".into(), &"bootrom".into()), "{told}");
    assert!(of_it.iter().any(|event| event["event"] == "gone" && event["mode"] == "bootrom"), "{told}");
    let last = of_it.last().expect("one at least");
    assert_eq!((&last["event"], &last["mode"]), (&"stick".into(), &"download".into()), "{told}");
    assert_eq!(
        (&last["interfaces"][0]["driver"], &last["interfaces"][0]["access"]),
        (&"option".into(), &"granted".into())
    );
}

fn a_udevd_that_ended_is_missed(bench: &mut Bench) {
    bench.shell("killall systemd-udevd; while pidof systemd-udevd; do sleep 0.1; done");
    let ran = bench.balong(User::Member, "nusb", &["doctor"]).expect_exit(4);
    assert_eq!(subjects(&ran), ["udevd -"], "{ran}");
    bench.shell(&commands(&findings(&ran)[0].2));
    drop(bench.balong(User::Member, "nusb", &["doctor"]).expect_exit(0));
}
