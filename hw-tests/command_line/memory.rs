//! Memory stays flat, whatever the image.
#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use balong_mocks::samples::filler::Filler;
use balong_mocks::samples::firmware::{Compression, Content};
use balong_mocks::samples::ready::{Variant, recipes, write_firmware, write_loader};

const MIB: u64 = 1 << 20;

/// The most that the program may take, in KiB.
const LIMIT: u64 = 48 * 1024;

/// Stick firmware with a System partition of 100 MiB, in LZMA with the largest dictionary that is accepted.
fn large_firmware(folder: &Path) -> std::path::PathBuf {
    let mut recipe = recipes::e3372h_stick().expect("the recipe is sound");
    let system = recipe.unit_mut(0x0059_0000).expect("the set has a System partition");
    let piece = Filler::bytes("BALONG SAMPLE SYSTEM\n", 1 << 20, 7);
    system.content = Content::Repeated { piece, size: 100 * MIB };
    system.compression = Compression::Lzma { dictionary: 32 << 20 };
    write_firmware(folder, "large", recipe, Variant::default()).expect("a written sample").path
}

/// Runs a command to its end, and returns its peak memory in KiB.
fn peak_of(command: &mut Command) -> u64 {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it runs");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    // The high-water mark only grows, so the last one seen before the end is the peak.
    while child.try_wait().expect("a child").is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
        peak = peak.max(line.trim().trim_end_matches(" kB").parse().unwrap_or_default());
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().expect("it ended");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    println!("peak memory: {:.1} MiB", peak as f64 / 1024.0);
    peak
}

#[test]
fn flashing_a_partition_of_100_mib_takes_at_most_48_mib() {
    let temporary = crate::temporary();
    let firmware = large_firmware(temporary.path());
    let peak = peak_of(crate::balong(&temporary).args(["flash", "--simulate", "e3372h@download"]).arg(firmware));
    assert!(peak > 0 && peak <= LIMIT, "peak memory was {peak} KiB");
}

/// What the file commands take. The largest dictionary takes most of it for reading; packing has a smaller one of its own.
#[test]
fn reading_unpacking_and_packing_a_partition_of_100_mib_takes_at_most_48_mib() {
    let temporary = crate::temporary();
    let firmware = large_firmware(temporary.path());
    let folder = temporary.path().join("unpacked");
    let at_most = |name: &str, command: &mut Command| {
        let peak = peak_of(command.arg("--format").arg("json"));
        println!("  that was firmware {name}");
        assert!(peak > 0 && peak <= LIMIT, "the peak memory of {name} was {peak} KiB");
    };
    let firmware_command = |name: &str| {
        let mut command = crate::balong(&temporary);
        command.args(["firmware", name]);
        command
    };
    at_most("verify", firmware_command("verify").arg(&firmware));
    at_most("show", firmware_command("show").arg(&firmware));
    at_most("unpack", firmware_command("unpack").arg(&firmware).arg("-o").arg(&folder));
    for how in ["none", "zlib", "lzma"] {
        let packed = temporary.path().join(how);
        let mut command = firmware_command("pack");
        command.arg(&folder).arg("-o").arg(&packed).args(["--compress", how]);
        at_most(&format!("pack --compress {how}"), &mut command);
        std::fs::remove_file(packed).expect("packed");
    }
    let headed = temporary.path().join("headed");
    at_most(
        "unpack --with-headers",
        firmware_command("unpack").arg(&firmware).arg("--with-headers").arg("-o").arg(headed),
    );
}

/// The simulated stick in the same process keeps the loader too, so this limit is wider than what a real stick sees.
#[test]
fn the_whole_job_with_a_loader_of_7_mib_takes_little_more() {
    let temporary = crate::temporary();
    let firmware = large_firmware(temporary.path());
    let mut recipe = recipes::e3372h_loader();
    recipe.usbldr_size = 7 << 20;
    let loader = write_loader(temporary.path(), "large-loader.bin", &recipe).expect("a written loader").path;
    let mut job = crate::balong(&temporary);
    let peak = peak_of(
        job.args(["convert", "--simulate", "e3372h"]).arg("--loader").arg(loader).arg("--firmware").arg(firmware),
    );
    assert!(peak > 0 && peak <= LIMIT + 8 * 1024, "peak memory was {peak} KiB");
}
