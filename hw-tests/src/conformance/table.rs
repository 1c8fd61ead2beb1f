//! Rows by implementors.

use std::collections::BTreeMap;
use std::fmt;

use super::{Implementor, Outcome, ROWS, Reported};

/// What is known of each row for each implementor.
#[derive(Clone, Debug, Default)]
pub struct Table {
    outcomes: BTreeMap<(u8, Implementor), Outcome>,
}

impl Table {
    /// Enters an outcome. One that could be shown stands against one that could not; of two others the later stands,
    /// unless the earlier is a failure.
    pub fn enter(&mut self, reported: Reported) {
        let key = (reported.number, reported.implementor);
        match (self.outcomes.get(&key), &reported.outcome) {
            (Some(Outcome::Failed(_)), _) | (Some(Outcome::Passed), Outcome::DoesNotApply(_)) => {}
            _ => {
                self.outcomes.insert(key, reported.outcome);
            }
        }
    }

    /// What is known of one row for one implementor.
    #[must_use]
    pub fn outcome(&self, number: u8, implementor: Implementor) -> Option<&Outcome> {
        self.outcomes.get(&(number, implementor))
    }

    /// A sentence for each row that failed, and for each that should have been shown and was not, for these implementors.
    #[must_use]
    pub fn faults(&self, implementors: &[Implementor]) -> Vec<String> {
        let mut faults = Vec::new();
        for row in ROWS {
            for &implementor in implementors {
                let why = match self.outcome(row.number, implementor) {
                    Some(Outcome::Passed) => continue,
                    Some(Outcome::DoesNotApply(_)) if row.exempt(implementor).is_some() => continue,
                    Some(Outcome::DoesNotApply(reason)) => format!("was not shown: {reason}"),
                    Some(Outcome::Failed(reason)) => format!("failed: {reason}"),
                    None => "was not run".to_owned(),
                };
                faults.push(format!("row {} ({}) for {implementor} {why}", row.number, row.sentence));
            }
        }
        faults
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "row  {:9}  {:9}  {:9}  promise", "nusb", "libusb", "simulated")?;
        for row in ROWS {
            write!(f, "{:3}", row.number)?;
            for implementor in Implementor::ALL {
                let word = match self.outcome(row.number, implementor) {
                    Some(Outcome::Passed) => "passed",
                    Some(Outcome::Failed(_)) => "FAILED",
                    Some(Outcome::DoesNotApply(_)) => "-",
                    None => "not run",
                };
                write!(f, "  {word:9}")?;
            }
            writeln!(f, "  {}", row.sentence)?;
        }
        for ((implementor, reason), numbers) in self.not_applying() {
            let numbers: Vec<String> = numbers.iter().map(u8::to_string).collect();
            writeln!(f, "-: row {} does not apply to {implementor}: {reason}", numbers.join(", "))?;
        }
        for ((number, implementor), outcome) in &self.outcomes {
            if let Outcome::Failed(reason) = outcome {
                writeln!(f, "FAILED: row {number} for {implementor}: {reason}")?;
            }
        }
        Ok(())
    }
}

impl Table {
    /// The rows that do not apply, by implementor and reason.
    fn not_applying(&self) -> BTreeMap<(Implementor, &str), Vec<u8>> {
        let mut rows: BTreeMap<_, Vec<u8>> = BTreeMap::new();
        for ((number, implementor), outcome) in &self.outcomes {
            if let Outcome::DoesNotApply(reason) = outcome {
                rows.entry((*implementor, reason.as_str())).or_default().push(*number);
            }
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reported(number: u8, implementor: Implementor, outcome: Outcome) -> Reported {
        Reported { number, implementor, outcome }
    }

    fn no() -> Outcome {
        Outcome::DoesNotApply("not here".to_owned())
    }

    #[test]
    fn what_one_run_could_not_show_another_may() {
        for order in [[no(), Outcome::Passed], [Outcome::Passed, no()]] {
            let mut table = Table::default();
            for outcome in order {
                table.enter(reported(15, Implementor::Nusb, outcome));
            }
            assert_eq!(table.outcome(15, Implementor::Nusb), Some(&Outcome::Passed));
        }
    }

    #[test]
    fn every_row_is_shown_with_its_promise_and_what_it_lacks_with_its_reason() {
        let mut table = Table::default();
        table.enter(reported(1, Implementor::Nusb, Outcome::Passed));
        table.enter(reported(1, Implementor::Libusb, Outcome::Failed("lost".to_owned())));
        for number in [6, 16] {
            table.enter(reported(number, Implementor::Simulated, no()));
        }
        let shown = table.to_string();
        assert_eq!(shown.lines().count(), 1 + ROWS.len() + 2, "{shown}");
        assert!(shown.contains(&format!("  1  passed     FAILED     not run    {}\n", ROWS[0].sentence)), "{shown}");
        assert!(shown.contains("-: row 6, 16 does not apply to simulated: not here\n"), "{shown}");
        assert!(shown.ends_with("FAILED: row 1 for libusb: lost\n"), "{shown}");
    }

    #[test]
    fn a_failure_is_never_overwritten() {
        let mut table = Table::default();
        table.enter(reported(2, Implementor::Nusb, Outcome::Failed("lost".to_owned())));
        table.enter(reported(2, Implementor::Nusb, Outcome::Passed));
        let faults = table.faults(&[Implementor::Nusb]);
        let named = faults.iter().any(|fault| fault.starts_with("row 2 (") && fault.ends_with("for nusb failed: lost"));
        assert!(named, "{faults:?}");
    }

    #[test]
    fn what_was_not_run_is_a_fault_and_an_exemption_is_none() {
        let mut table = Table::default();
        for row in ROWS.iter().filter(|row| row.number != 4) {
            let exempt = row.exempt(Implementor::Simulated).is_some();
            table.enter(reported(row.number, Implementor::Simulated, if exempt { no() } else { Outcome::Passed }));
        }
        let faults = table.faults(&[Implementor::Simulated]);
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].starts_with("row 4 (") && faults[0].ends_with("was not run"), "{faults:?}");
        table.enter(reported(4, Implementor::Simulated, no()));
        assert!(table.faults(&[Implementor::Simulated])[0].ends_with("was not shown: not here"));
    }
}
