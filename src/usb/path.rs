//! The physical port that a stick sits in.

use std::fmt;
use std::str::FromStr;

/// A bus number and the chain of ports from its root hub, written like Linux's sysfs: `1-1.4`.
///
/// It is the same text from every backend, before and after a re-enumeration.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PortPath {
    bus: u8,
    ports: Vec<u8>,
}

/// A text that is no port path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no port path; one looks like 1-1.4 (bus, then ports), as `balong list` shows it")]
pub struct PortPathError(String);

impl PortPath {
    /// A path from a bus number and the ports from the root hub outwards.
    ///
    /// `None` when there are no ports (a root hub), more than seven (USB allows no deeper chain), or a port 0.
    #[must_use]
    pub fn new(bus: u8, ports: &[u8]) -> Option<Self> {
        let plausible = !ports.is_empty() && ports.len() <= 7 && !ports.contains(&0);
        plausible.then(|| Self { bus, ports: ports.to_vec() })
    }

    /// The bus number.
    #[must_use]
    pub fn bus(&self) -> u8 {
        self.bus
    }

    /// The ports from the root hub outwards.
    #[must_use]
    pub fn ports(&self) -> &[u8] {
        &self.ports
    }
}

impl fmt::Display for PortPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-", self.bus)?;
        for (index, port) in self.ports.iter().enumerate() {
            let dot = if index == 0 { "" } else { "." };
            write!(f, "{dot}{port}")?;
        }
        Ok(())
    }
}

impl FromStr for PortPath {
    type Err = PortPathError;

    fn from_str(text: &str) -> Result<Self, PortPathError> {
        let refuse = || PortPathError(text.escape_default().to_string());
        let number = |digits: &str| -> Option<u8> {
            let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            let canonical = digits == "0" || !digits.starts_with('0');
            (plain && canonical).then(|| digits.parse().ok()).flatten()
        };
        let (bus, ports) = text.split_once('-').ok_or_else(refuse)?;
        let bus = number(bus).ok_or_else(refuse)?;
        let ports: Option<Vec<u8>> = ports.split('.').map(number).collect();
        ports.and_then(|ports| Self::new(bus, &ports)).ok_or_else(refuse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_path_behind_a_hub_reads_back_as_written() {
        let path: PortPath = "1-1.4".parse().expect("a plain path");
        assert_eq!((path.bus(), path.ports(), path.to_string().as_str()), (1, &[1, 4][..], "1-1.4"));
    }

    #[test]
    fn what_sysfs_never_writes_is_refused() {
        for text in [
            "",
            "1",
            "1-",
            "-1",
            "usb1",
            "1-1.",
            "1-.1",
            "1-0",
            "1-1.04",
            "1-1:1.0",
            "256-1",
            "1-1.2.3.4.5.6.7.8",
            "+1-1",
        ] {
            assert!(text.parse::<PortPath>().is_err(), "`{text}` must be refused");
        }
    }

    proptest! {
        #[test]
        fn any_path_survives_the_way_through_text(bus in 0u8.., ports in prop::collection::vec(1u8.., 1..=7)) {
            let path = PortPath::new(bus, &ports).expect("plausible by construction");
            prop_assert_eq!(path.to_string().parse::<PortPath>(), Ok(path));
        }
    }
}
