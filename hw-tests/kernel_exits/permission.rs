//! Permission on a system where udev grants it a while after the kernel has made the node.

use hw_tests::guest::{Identity, Program};
use hw_tests::images::images;
use hw_tests::scenarios::assert_flash_holds;

use crate::bench::{Bench, USER, assert_converted, convert};

/// Does what udevd would do with our rules, a second late: gives each new node of the bus to the user.
const LATE_UDEVD: &str = "\
known=$(echo /dev/bus/usb/001/*)
while :; do
    for node in /dev/bus/usb/001/*; do
        case \" $known \" in
        *\" $node \"*) ;;
        *) known=\"$known $node\"; (sleep 1; chown \"$1\" \"$node\") & ;;
        esac
    done
    sleep 0.05
done";

/// Plugs the stick in again with its boot pad shorted, and waits until the kernel has it.
fn into_boot_rom(bench: &mut Bench, port: usize) {
    let hand = bench.hand(port).clone();
    hand.unplug();
    hand.short_pad(true);
    hand.plug();
    assert!(hand.wait_until_attached().is_some(), "it is plugged in again");
    hand.short_pad(false);
    bench.until_listed(port, "bootrom");
}

pub fn that_comes_late_is_waited_for(bench: &mut Bench, port: usize) {
    let udevd = Program::new("sh").arguments(["-c", LATE_UDEVD, "udevd", &USER.to_string()]);
    let udevd = bench.spawn(&udevd);
    into_boot_rom(bench, port);
    let convert = bench.balong(port, &convert()).argument("-vv").run_as(Identity::number(USER));
    let ran = bench.run_program(&convert).expect_exit(0);
    assert_converted(&ran);
    assert_flash_holds(bench.hand(port), &images().stick.description);
    assert!(ran.err.contains("trying again"), "permission was denied at first\n{ran}");
    bench.signal(&udevd, "KILL");
    let _ = bench.wait(&udevd);
}

pub fn that_never_comes_is_named_with_its_remedy(bench: &mut Bench, port: usize) {
    into_boot_rom(bench, port);
    let ran = bench.run_as_user(port, &convert()).expect_exit(4);
    let error = ran.only("error");
    assert_eq!((&error["code"], &error["state"]), (&"no_permission".into(), &"untouched".into()), "{ran}");
    let next = error["next"].as_str().unwrap_or_default();
    assert!(next.contains("/dev/bus/usb/001/") && next.contains("70-balong.rules"), "{ran}");
}
