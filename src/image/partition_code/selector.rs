//! How a person names a partition: by its code or by its name.

use std::fmt;

use super::PartitionCode;

/// A code in hex, such as `00110000` or `0x110000`, or a name in either case of letters, with or without `_R11`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionSelector(String);

impl PartitionSelector {
    /// What a person typed; `None` for nothing.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// Whether this partition is meant. Some names stand for several codes.
    #[must_use]
    pub fn matches(&self, code: PartitionCode) -> bool {
        let digits = self.0.strip_prefix("0x").unwrap_or(&self.0);
        let is_hex = digits.len() <= 8 && digits.chars().all(|digit| digit.is_ascii_hexdigit());
        if is_hex && u32::from_str_radix(digits, 16) == Ok(code.0) {
            return true;
        }
        let name = code.name();
        let short = name.rsplit_once("_R").map_or(&*name, |(short, _)| short);
        self.0.eq_ignore_ascii_case(&name) || self.0.eq_ignore_ascii_case(short)
    }
}

impl fmt::Display for PartitionSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_debug())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selects(text: &str, code: u32) -> bool {
        PartitionSelector::new(text).unwrap().matches(PartitionCode(code))
    }

    #[test]
    fn a_partition_is_named_by_code_or_by_name_in_any_case_with_or_without_its_chip() {
        for text in ["00220000", "220000", "0x220000", "VxWorks_R11", "vxworks_r11", "VXWORKS"] {
            assert!(selects(text, 0x22_0000), "{text}");
        }
        for text in ["22", "0x", "VxWork", "_R11", "00000220000", "+220000"] {
            assert!(!selects(text, 0x22_0000), "{text}");
        }
        assert!(selects("vxworks", 0x04_0000) && selects("oeminfo", 0x0a_0000) && selects("oeminfo", 0x55_0000));
        assert!(selects("U00abcdef", 0xab_cdef) && selects("abcdef", 0xab_cdef));
        assert_eq!(PartitionSelector::new("  "), None);
    }
}
