//! pppd over the modem port, and what a network is for over it.

use hw_tests::guest::{Program, Running};

use crate::bench::Bench;

/// Debian's pppd, and the ping that tells lost answers.
pub const PACKAGES: &[&str] = &["ppp", "libpcap0.8", "libdbus-1-3", "iputils-ping"];

/// What pppd says to the modem.
const CHAT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/hw-tests/kernel_serial/chat");

/// The status of a pppd that was ended by a signal.
const TERMINATED: u8 = 5;

/// The status of a pppd whose modem hung up.
pub const HUNG_UP: u8 = 16;

/// A host of the simulated internet.
const HOST: &str = "192.0.2.1";

/// Dials, and waits until the call is up. `lines` is pppd's option for what it does with the modem's lines, of which a pty has
/// none: `modem` or `local`.
pub fn dial(bench: &mut Bench, link: &str, lines: &str) -> Running {
    let prepared = bench.0.shell("mkdir -p /run/lock; modprobe -a ppp_generic ppp_async slhc");
    assert_eq!(prepared.status(), Some(0), "{prepared}");
    let connect = format!("/usr/sbin/chat -v -f {CHAT}");
    let pppd = Program::new("/usr/sbin/pppd").arguments([link, "115200", "crtscts", lines, "lock", "nodetach"]);
    let pppd = pppd.arguments(["noauth", "noipdefault", "defaultroute", "connect", &connect]);
    let call = bench.0.start(&pppd);
    bench.until_said(&call, "remote IP address");
    call
}

/// So many pings, none of them lost.
pub fn ping(bench: &mut Bench, count: u32) {
    let pings = bench.0.shell(&format!("ping -n -q -i 0.002 -c {count} {HOST}"));
    let sum = pings.output.lines().find(|line| line.contains("packets transmitted")).unwrap_or_default();
    let expected = format!("{count} packets transmitted, {count} received, 0% packet loss");
    assert!(sum.starts_with(&expected), "{pings}");
    println!("    {sum}");
}

/// A file of so many MiB, whole.
pub fn download(bench: &mut Bench, mebibytes: u32) {
    let fetched = bench.0.shell(&format!(
        "wget -S -O /dev/shm/file http://{HOST}/{mebibytes}M && wc -c </dev/shm/file && sha256sum /dev/shm/file; rm /dev/shm/file"
    ));
    let of_header = fetched.errors.lines().find_map(|line| line.trim().strip_prefix("X-SHA256: "));
    let of_header = of_header.unwrap_or_else(|| panic!("no digest in the header\n{fetched}"));
    let (size, digest) = fetched.output.split_once('\n').unwrap_or_default();
    assert_eq!(size.trim().parse(), Ok(u64::from(mebibytes) << 20), "{fetched}");
    assert!(digest.starts_with(of_header.trim()) && of_header.trim().len() == 64, "{fetched}");
    println!("    {mebibytes} MiB by wget in {:.1} s, its SHA-256 as the header says", fetched.took.as_secs_f64());
}

/// Ends the call, by the program's end.
pub fn end(bench: &mut Bench, call: &Running) {
    bench.0.signal(call, "TERM");
    let _ = bench.0.wait(call).expect_exit(TERMINATED);
}
