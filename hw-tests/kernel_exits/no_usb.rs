//! A machine without USB.

use std::time::Duration;

use hw_tests::guest::{Guest, Program};
use hw_tests::images::{images, text};

use crate::bench::guest_without_usb;

const WITHIN: Duration = Duration::from_secs(60);

#[test]
#[ignore = "boots a Linux kernel in QEMU, after fetching it (70 MB): needs qemu-system-x86 and kmod on a Debian"]
fn a_machine_without_usb_is_said_in_one_sentence_by_both_backends() {
    let mut guest = guest_without_usb();
    let backends: &[&str] = &[
        #[cfg(feature = "nusb")]
        "nusb",
        #[cfg(feature = "libusb")]
        "libusb",
    ];
    for backend in backends {
        is_said_in_one_sentence(&mut guest, backend);
    }
}

fn is_said_in_one_sentence(guest: &mut Guest, backend: &str) {
    let balong = || Program::new(env!("CARGO_BIN_EXE_balong")).arguments(["--backend", backend]);
    let listed = guest.run(&balong().argument("list"), WITHIN).expect("the guest is up");
    assert_eq!(listed.status(), Some(0), "{backend}: {listed}");
    assert!(listed.output.starts_with("This machine has no USB bus"), "{backend}: {listed}");
    assert_eq!((listed.output.lines().count(), listed.errors.as_str()), (1, ""), "{backend}: {listed}");

    let flash = ["flash", "--yes", text(&images().stick.path)];
    for port in [&[][..], &["--port", "1-1"]] {
        let ran = guest.run(&balong().arguments(flash).arguments(port), WITHIN).expect("the guest is up");
        assert_eq!(ran.status(), Some(3), "{backend} {port:?}: {ran}");
        assert!(
            ran.errors.contains("no USB bus") && ran.errors.contains("USB controller"),
            "{backend} {port:?}: {ran}"
        );
        assert!(!ran.errors.contains("panicked"), "{backend} {port:?}: {ran}");
    }
}
