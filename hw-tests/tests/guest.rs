//! The guest itself, proven on a kernel. These fetch one and boot it, so they run only when they are asked for:
//! `cargo test -p hw-tests --test guest -- --ignored`

use std::time::Duration;

use balong_mocks::Mode;
use hw_tests::guest::{Ended, Guest, GuestRun, Identity, Packages, Program, SHARED_FOLDER, UsbModules};
use hw_tests::sticks_in_guest::SticksInGuest;

/// Generous: under emulation, on a machine that does other things too.
const WITHIN: Duration = Duration::from_secs(120);

fn packages() -> Packages {
    Packages::ready().unwrap_or_else(|missing| panic!("no guest on this machine: {missing}"))
}

fn shell(script: &str) -> Program {
    Program::new("sh").argument("-c").argument(script)
}

fn run(guest: &mut Guest, program: &Program) -> GuestRun {
    guest.run(program, WITHIN).expect("the guest is up")
}

#[test]
#[ignore = "boots a Linux kernel in QEMU, after fetching it (70 MB): needs qemu-system-x86 and kmod on a Debian"]
fn one_guest_runs_one_program_after_the_other() {
    let modules = UsbModules::all().without("option");
    let mut guest = Guest::builder(&packages()).modules(modules).start().expect("a guest");

    outputs_and_status_come_back(&mut guest);
    the_root_is_this_hosts_and_stays_as_it_is(&mut guest);
    drivers_are_loaded_but_the_one_left_out(&mut guest);
    a_program_can_be_somebody_else(&mut guest);
    one_that_hangs_is_killed_with_its_children_and_the_guest_goes_on(&mut guest);
    programs_run_side_by_side_and_take_signals(&mut guest);
    a_request_that_meets_the_end_of_another_program_is_not_lost(&mut guest);
    a_panic_ends_the_guest_and_is_on_its_console(guest);
}

fn outputs_and_status_come_back(guest: &mut Guest) {
    let ran = run(guest, &shell("cat; echo err >&2; exit 7").input("typed\n"));
    assert_eq!((ran.status(), ran.output.as_str(), ran.errors.as_str()), (Some(7), "typed\n", "err\n"), "{ran}");
    assert_eq!(run(guest, &Program::new("no-such-program-anywhere")).status(), Some(127));
}

fn the_root_is_this_hosts_and_stays_as_it_is(guest: &mut Guest) {
    let here = tempfile::TempDir::new().expect("a temporary folder");
    std::fs::write(here.path().join("file"), "from the host").expect("written");
    let ran = run(guest, &shell("cat file; echo changed >file; cat file").in_folder(here.path()));
    assert_eq!(ran.output, "from the hostchanged\n", "{ran}");
    assert_eq!(std::fs::read_to_string(here.path().join("file")).expect("still there"), "from the host");

    let ran = run(guest, &shell(&format!("uname -r >{SHARED_FOLDER}/release")));
    let release = std::fs::read_to_string(guest.shared_folder().join("release")).expect("written by the guest");
    assert_eq!(release.trim(), packages().kernel_release(), "{ran}");
}

fn drivers_are_loaded_but_the_one_left_out(guest: &mut Guest) {
    let ran = run(guest, &shell("ls /sys/bus/usb/drivers /sys/bus/usb/devices"));
    let listed: Vec<_> = ran.output.lines().collect();
    assert!(["usb-storage", "cdc_ether", "huawei_cdc_ncm", "usb1"].iter().all(|name| listed.contains(name)), "{ran}");
    assert!(!listed.contains(&"option"), "{ran}");
    let ran = run(guest, &shell("/run/guest/applets/modprobe option && ls /sys/bus/usb/drivers"));
    assert!(ran.output.lines().any(|name| name == "option"), "{ran}");
}

fn a_program_can_be_somebody_else(guest: &mut Guest) {
    let identity = Identity { user: 1234, group: 1234, groups: vec!["5678".to_owned()] };
    let ran = run(guest, &shell("id -u; id -G; test -w /dev/bus/usb/001/001").run_as(identity));
    assert_eq!((ran.output.as_str(), ran.status()), ("1234\n1234 5678\n", Some(1)), "{ran}");
}

fn one_that_hangs_is_killed_with_its_children_and_the_guest_goes_on(guest: &mut Guest) {
    let hanging = shell("echo started; sleep 4321 & sleep 4321");
    let ran = guest.run(&hanging, Duration::from_secs(2)).expect("the guest is up");
    assert_eq!((ran.ended, ran.output.as_str()), (Ended::Killed, "started\n"), "{ran}");
    // The pattern does not find itself among the command lines.
    let left = run(guest, &shell("grep -l '432[1]' /proc/[0-9]*/cmdline"));
    assert_eq!(left.output, "", "{left}");
}

fn programs_run_side_by_side_and_take_signals(guest: &mut Guest) {
    let waiting = shell("trap 'echo caught; exit 3' TERM; echo up; while :; do sleep 0.1; done");
    let waiting = guest.spawn(&waiting).expect("the guest is up");
    let ran = run(guest, &shell(&format!("until grep -q up {SHARED_FOLDER}/*/output; do sleep 0.1; done")));
    assert_eq!(ran.status(), Some(0), "{ran}");
    guest.signal(&waiting, "TERM").expect("the guest is up");
    let ran = guest.wait(&waiting, WITHIN).expect("the guest is up");
    assert_eq!((ran.status(), ran.output.as_str()), (Some(3), "up\ncaught\n"), "{ran}");
}

fn a_request_that_meets_the_end_of_another_program_is_not_lost(guest: &mut Guest) {
    let mut waiting = guest.spawn(&Program::new("cat")).expect("the guest is up");
    for round in 0..60 {
        // The agent's child ends just when the next line comes in.
        let next = guest.spawn(&Program::new("sleep").argument("1000")).expect("the guest is up");
        guest.wait(&waiting, WITHIN).expect("the guest is up");
        guest.signal(&next, "TERM").expect("the guest is up");
        waiting = next;
        assert!(guest.spawn(&Program::new("true")).is_ok(), "round {round}");
    }
    let last = guest.wait(&waiting, WITHIN).expect("the guest is up");
    assert_eq!(last.status(), Some(128 + 15), "{last}");
}

fn a_panic_ends_the_guest_and_is_on_its_console(mut guest: Guest) {
    let ran = run(&mut guest, &shell("echo c >/proc/sysrq-trigger"));
    assert_eq!(ran.ended, Ended::GuestEnded, "{ran}");
    assert!(ran.console.contains("Kernel panic"), "{ran}");
    let gone = guest.run(&Program::new("true"), WITHIN).expect_err("there is no guest any more");
    assert!(gone.to_string().starts_with("the guest is gone: QEMU ended"), "{gone}");
}

#[test]
#[ignore = "boots a Linux kernel in QEMU, after fetching it (70 MB): needs qemu-system-x86 and kmod on a Debian"]
fn a_guest_that_cannot_come_up_is_killed_and_shown_with_its_console() {
    let builder = Guest::builder(&packages()).modules(UsbModules::only([])).boot_within(Duration::from_secs(1));
    let error = builder.command(Program::new("true")).run().expect_err("no guest is up after a second");
    assert!(error.to_string().starts_with("the guest did not come up: it was not up after 1 s"), "{error}");

    let builder = Guest::builder(&packages()).usb_redir("/nonexistent/stick.socket");
    let error = builder.command(Program::new("true")).run().expect_err("there is no such server").to_string();
    assert!(error.starts_with("the guest did not come up: QEMU ended") && error.contains("stick.socket"), "{error}");
}

/// Asks the web server of the stick in port 1-$1 through that stick's own card, then orders it to power off.
const POWER_OFF: &str = r#"
card=$(basename /sys/bus/usb/devices/1-$1:1.0/net/*)
ping -c 1 -I "$card" 192.168.8.1 >/dev/null || echo "no answer to ping through $card"
ip route replace 192.168.8.1/32 dev "$card"
ask() { /run/guest/applets/wget -q -O - "$@"; }
session=$(ask http://192.168.8.1/api/webserver/SesTokInfo)
cookie=$(echo "$session" | sed -n 's|.*<SesInfo>\(.*\)</SesInfo>.*|\1|p')
token=$(echo "$session" | sed -n 's|.*<TokInfo>\(.*\)</TokInfo>.*|\1|p')
ask --header "Cookie: $cookie" http://192.168.8.1/api/device/information
ask --header "Cookie: $cookie" --header "__RequestVerificationToken: $token" \
    --post-data '<request><Control>4</Control></request>' http://192.168.8.1/api/device/control
"#;

#[test]
#[ignore = "boots a Linux kernel in QEMU, after fetching it (70 MB): needs qemu-system-x86 and kmod on a Debian"]
fn each_of_two_sticks_gives_an_address_and_serves_its_web_page_over_its_own_card() {
    let mut sticks = SticksInGuest::boot(&[], 1, &[("e3372h", Mode::HiLink), ("e3372h-open", Mode::HiLink)]);
    sticks.until("both cards have an address", |sticks| {
        let ran = sticks.shell("ip -4 addr");
        ran.output.matches("inet 192.168.8.100/24 ").count() == 2
    });
    for port in [2, 1] {
        let ran = sticks.shell(&format!("set -- {port}\n{POWER_OFF}"));
        assert!(ran.output.contains("<HardwareVersion>CL2E3372HM</HardwareVersion>"), "{ran}");
        assert!(ran.output.contains("<response>OK</response>"), "{ran}");
        assert!(!ran.output.contains("no answer"), "{ran}");
        sticks.until("the stick that was told so is off", |sticks| sticks.hand(port).mode().is_none());
        let other = if port == 2 { Some(Mode::HiLink) } else { None };
        assert_eq!(sticks.hand(3 - port).mode(), other, "the other stick was told nothing");
    }
}
