//! Sizes for people, in powers of 1024.

/// A size such as `44 bytes`, `128 KiB` or `1.5 MiB`.
pub(super) fn size_text(bytes: u64) -> String {
    const KIB: u64 = 1 << 10;
    const MIB: u64 = 1 << 20;
    match bytes {
        1 => "1 byte".to_owned(),
        0 => "0 KiB".to_owned(),
        small if small < KIB => format!("{small} bytes"),
        // What would be rounded up to 1024 KiB is shown as MiB.
        middle if middle < MIB - KIB / 20 => format!("{} KiB", tenths(middle, KIB)),
        large => format!("{} MiB", tenths(large, MIB)),
    }
}

/// With one decimal, unless that is a zero.
fn tenths(bytes: u64, unit: u64) -> String {
    let tenths = (u128::from(bytes) * 10 + u128::from(unit) / 2) / u128::from(unit);
    match tenths % 10 {
        0 => (tenths / 10).to_string(),
        decimal => format!("{}.{decimal}", tenths / 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_one_decimal_where_it_says_something() {
        let cases = [
            (0, "0 KiB"),
            (1, "1 byte"),
            (1023, "1023 bytes"),
            (1024, "1 KiB"),
            (4530, "4.4 KiB"),
            (0x2_0000, "128 KiB"),
            ((1 << 20) - 1, "1 MiB"),
            (1 << 20, "1 MiB"),
            (0x18_0000, "1.5 MiB"),
            (u64::from(u32::MAX), "4096 MiB"),
        ];
        for (bytes, expected) in cases {
            assert_eq!(size_text(bytes), expected);
        }
    }
}
