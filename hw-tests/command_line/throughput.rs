//! How fast a firmware is verified, beside what a digest of the same file takes. Nothing is asserted but success: run it with
//! `cargo test --release --test command_line throughput -- --ignored --nocapture`.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use balong_mocks::samples::firmware::{Compression, Content};
use balong_mocks::samples::ready::{Variant, recipes, write_firmware};

/// Stored bytes of the partition that makes the container large.
const SIZE: u64 = 60 << 20;

/// The time that a command takes; the best of three, so that the file is in memory.
fn best_of_three(mut command: impl FnMut() -> Command) -> Duration {
    let once = || {
        let begun = Instant::now();
        let status = command().stdout(Stdio::null()).status().expect("it runs");
        assert!(status.success(), "it ended with {status}");
        begun.elapsed()
    };
    std::iter::repeat_with(once).take(3).min().unwrap_or_default()
}

fn print(what: &str, bytes: u64, time: Duration) {
    let mib = bytes as f64 / f64::from(1 << 20);
    println!("  {what:32} {:8.1} ms {:8.1} MiB/s", time.as_secs_f64() * 1000.0, mib / time.as_secs_f64());
}

fn measure(folder: &Path, name: &str, compression: Compression, size: u64, temporary: &tempfile::TempDir) {
    let mut recipe = recipes::e3372h_stick().expect("the recipe is sound");
    let system = recipe.unit_mut(0x0059_0000).expect("the set has a System partition");
    system.content = Content::Filler { banner: "BALONG SAMPLE SYSTEM\n".to_owned(), size, seed: 7 };
    system.compression = compression;
    let sample = write_firmware(folder, name, recipe, Variant::default()).expect("a written sample");
    let (stored, plain) = (sample.description.length, sample.description.plain_size());
    println!("{name}: {stored} bytes stored, {plain} bytes when written");
    let sha256sum = best_of_three(|| {
        let mut command = Command::new("sha256sum");
        command.arg(&sample.path);
        command
    });
    let verify = best_of_three(|| {
        let mut command = crate::balong(temporary);
        command.args(["firmware", "verify"]).arg(&sample.path);
        command
    });
    print("sha256sum, of stored bytes", stored, sha256sum);
    print("firmware verify, of stored bytes", stored, verify);
    print("firmware verify, of plain bytes", plain, verify);
}

#[test]
#[ignore = "a measurement: it prints, and asserts nothing about time"]
fn the_throughput_of_verify_beside_that_of_sha256sum() {
    let temporary = crate::temporary();
    let folder = temporary.path();
    // Filler compresses to a bit less than half.
    measure(folder, "raw", Compression::None, SIZE, &temporary);
    measure(folder, "zlib", Compression::Zlib, 2 * SIZE, &temporary);
    measure(folder, "lzma", Compression::Lzma { dictionary: 8 << 20 }, 2 * SIZE, &temporary);
}
