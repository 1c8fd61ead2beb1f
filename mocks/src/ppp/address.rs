//! What IPCP negotiates (RFC 1332, section 3; RFC 1877 for the name servers).

use super::negotiation::{Negotiation, Verdict};
use super::packet::Choice;

const ADDRESS: u8 = 3;
const FIRST_NAME_SERVER: u8 = 129;
const SECOND_NAME_SERVER: u8 = 131;

/// What the host gets.
const HOST: [u8; 4] = [10, 64, 64, 64];
/// This end.
pub(crate) const STICK: [u8; 4] = [10, 64, 64, 1];
const NAME_SERVERS: [[u8; 4]; 2] = [[10, 64, 64, 2], [10, 64, 64, 3]];

/// The addresses of both ends.
#[derive(Debug, Default)]
pub(super) struct Addresses {
    /// The host would not hear of this end's address.
    refused: bool,
}

fn right_value(kind: u8) -> Option<[u8; 4]> {
    match kind {
        ADDRESS => Some(HOST),
        FIRST_NAME_SERVER => Some(NAME_SERVERS[0]),
        SECOND_NAME_SERVER => Some(NAME_SERVERS[1]),
        _ => None,
    }
}

impl Negotiation for Addresses {
    fn wanted(&self) -> Vec<Choice> {
        if self.refused { Vec::new() } else { vec![Choice::new(ADDRESS, STICK)] }
    }

    /// Whatever address the host asks for, it gets the one that the network gives it.
    fn judge(&mut self, choices: &[Choice]) -> Verdict {
        let known = |choice: &&Choice| right_value(choice.kind).is_some() && choice.value.len() == 4;
        let refused: Vec<Choice> = choices.iter().filter(|choice| !known(choice)).cloned().collect();
        if !refused.is_empty() {
            return Verdict::Refuse(refused);
        }
        let other = |choice: &Choice| {
            let right = right_value(choice.kind).filter(|right| choice.value != right)?;
            Some(Choice::new(choice.kind, right))
        };
        let better: Vec<Choice> = choices.iter().filter_map(other).collect();
        if better.is_empty() { Verdict::Agree } else { Verdict::Suggest(better) }
    }

    /// The host may call this end what it likes.
    fn suggested(&mut self, choices: &[Choice]) {
        self.refused(choices);
    }

    fn refused(&mut self, choices: &[Choice]) {
        self.refused |= choices.iter().any(|choice| choice.kind == ADDRESS);
    }

    fn agreed(&mut self) {}
}
