//! Memory stays flat, whatever the image.

#[cfg(target_os = "linux")]
#[test]
fn flashing_a_partition_of_100_mib_takes_at_most_48_mib() {
    use balong_mocks::samples::filler::Filler;
    use balong_mocks::samples::firmware::{Compression, Content};
    use balong_mocks::samples::ready::{Variant, recipes, write_firmware};
    use std::process::Stdio;
    use std::time::Duration;

    const MIB: u64 = 1 << 20;
    let temporary = crate::temporary();
    let mut recipe = recipes::e3372h_stick().expect("the recipe is sound");
    let system = recipe.unit_mut(0x0059_0000).expect("the set has a System partition");
    let piece = Filler::bytes("BALONG SAMPLE SYSTEM\n", 1 << 20, 7);
    system.content = Content::Repeated { piece, size: 100 * MIB };
    system.compression = Compression::Lzma { dictionary: 32 << 20 };
    let firmware = write_firmware(temporary.path(), "large", recipe, Variant::default()).expect("a written sample");

    let mut child = crate::balong(&temporary)
        .args(["flash", "--simulate", "e3372h@download"])
        .arg(&firmware.path)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    // The high-water mark only grows, so the last one seen before the end is the peak.
    while child.try_wait().expect("a child").is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
        let kib: u64 = line.trim().trim_end_matches(" kB").parse().unwrap_or_default();
        peak = peak.max(kib);
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().expect("it ended");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    println!("peak memory: {:.1} MiB", peak as f64 / 1024.0);
    assert!(peak > 0 && peak <= 48 * 1024, "peak memory was {peak} KiB");
}
