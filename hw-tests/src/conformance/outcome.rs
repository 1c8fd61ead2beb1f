//! What became of a row.

use serde_json::{Value, json};

use super::Implementor;

/// What became of one row for one implementor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The promise was kept.
    Passed,
    /// It was not; what was seen.
    Failed(String),
    /// It could not be shown there, or means nothing there; why.
    DoesNotApply(String),
}

/// An outcome with its place in the table, as a line that a program can read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported {
    /// The row.
    pub number: u8,
    /// The column.
    pub implementor: Implementor,
    /// What is in it.
    pub outcome: Outcome,
}

impl Reported {
    /// One JSON object without a line end.
    #[must_use]
    pub fn line(&self) -> String {
        let (outcome, reason) = match &self.outcome {
            Outcome::Passed => ("passed", None),
            Outcome::Failed(reason) => ("failed", Some(reason)),
            Outcome::DoesNotApply(reason) => ("does_not_apply", Some(reason)),
        };
        let implementor = self.implementor.to_string();
        json!({"row": self.number, "implementor": implementor, "outcome": outcome, "reason": reason}).to_string()
    }

    /// Reads such a line. `None`: it is none.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let read: Value = serde_json::from_str(line).ok()?;
        let reason = || read["reason"].as_str().map(str::to_owned);
        let outcome = match read["outcome"].as_str()? {
            "passed" => Outcome::Passed,
            "failed" => Outcome::Failed(reason()?),
            "does_not_apply" => Outcome::DoesNotApply(reason()?),
            _ => return None,
        };
        let number = u8::try_from(read["row"].as_u64()?).ok()?;
        Some(Self { number, implementor: read["implementor"].as_str()?.parse().ok()?, outcome })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_reads_back_as_it_was_written_whatever_the_reason_holds() {
        let reason = "round 3:\n\"x\" came, é".to_owned();
        for outcome in [Outcome::Passed, Outcome::Failed(reason.clone()), Outcome::DoesNotApply(reason)] {
            let reported = Reported { number: 3, implementor: Implementor::Libusb, outcome };
            assert_eq!((reported.line().lines().count(), Reported::parse(&reported.line())), (1, Some(reported)));
        }
        for line in ["", "{}", "thread panicked", r#"{"row":300,"implementor":"nusb","outcome":"passed"}"#] {
            assert_eq!(Reported::parse(line), None, "{line}");
        }
    }
}
