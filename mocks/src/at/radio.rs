//! What all AT ports of a stick share: the radio, the SIM card, and the packet data contexts.

use std::collections::BTreeMap;

/// Of a network that exists for tests alone: country 001, network 01.
pub(super) const SUBSCRIBER: &str = "001010000000001";
pub(super) const OPERATOR: &str = "Simulated";
pub(super) const OPERATOR_NUMBER: &str = "00101";
/// Of 31, as `AT+CSQ` and `^RSSI` count.
pub(super) const SIGNAL: u8 = 17;
/// How many contexts there may be.
pub(super) const CONTEXTS: u8 = 16;

/// A packet data context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Context {
    /// `IP`, `IPV6` or `IPV4V6`.
    pub(super) kind: String,
    pub(super) access_point: String,
}

/// The state of the radio, from the start of the firmware on.
#[derive(Debug)]
pub(crate) struct Radio {
    /// `AT+CFUN`: 1 is on, 0 and 4 are off.
    pub(super) functionality: u8,
    pub(super) attached: bool,
    /// `AT^CURC`: reports that nobody asked for.
    pub(super) reports: bool,
    pub(super) contexts: BTreeMap<u8, Context>,
    /// `AT+COPS?` names the operator by its number.
    pub(super) numeric_operator: bool,
    /// Every call is to be ended.
    pub(super) drops_calls: bool,
}

impl Default for Radio {
    fn default() -> Self {
        let context = Context { kind: "IP".to_owned(), access_point: "internet".to_owned() };
        Self {
            functionality: 1,
            attached: true,
            reports: true,
            contexts: BTreeMap::from([(1, context)]),
            numeric_operator: false,
            drops_calls: false,
        }
    }
}

impl Radio {
    pub(super) fn is_on(&self) -> bool {
        self.functionality == 1
    }

    /// The report of the signal, if the stick makes any.
    pub(crate) fn report(&self) -> Option<String> {
        (self.reports && self.is_on()).then(|| format!("\r\n^RSSI: {SIGNAL}\r\n"))
    }

    /// Whether calls are to be ended; asked once.
    pub(crate) fn takes_calls_down(&mut self) -> bool {
        std::mem::take(&mut self.drops_calls)
    }

    /// Whether data can be dialled over that context.
    pub(super) fn carries(&self, context: u8) -> bool {
        self.is_on() && self.attached && self.contexts.contains_key(&context)
    }
}
