//! What one run of the program left behind.

use serde_json::Value;

/// Exit status and both outputs.
#[derive(Debug)]
pub struct Ran {
    /// The exit status.
    pub exit: u8,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Ran {
    /// Every line of standard output as JSON.
    ///
    /// # Panics
    ///
    /// When a line does not parse, or carries no schema: that is a failed test.
    #[must_use]
    pub fn events(&self) -> Vec<Value> {
        let parse = |line: &str| -> Value {
            let event: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("no JSON ({error}): {line}"));
            assert_eq!(event["schema"], 1, "an event without its schema: {line}");
            event
        };
        self.out.lines().map(parse).collect()
    }

    /// The events of one kind.
    #[must_use]
    pub fn events_named(&self, name: &str) -> Vec<Value> {
        self.events().into_iter().filter(|event| event["event"] == name).collect()
    }

    /// The only event of its kind.
    ///
    /// # Panics
    ///
    /// When there is none, or more than one.
    #[must_use]
    pub fn only(&self, name: &str) -> Value {
        let found = self.events_named(name);
        assert_eq!(found.len(), 1, "exactly one `{name}` was expected\n{self}");
        found.into_iter().next().unwrap_or_default()
    }

    /// This run, if it ended with `exit`.
    ///
    /// # Panics
    ///
    /// When it ended otherwise; the message shows both outputs.
    #[must_use]
    pub fn expect_exit(self, exit: u8) -> Self {
        assert_eq!(self.exit, exit, "exit {exit} was expected\n{self}");
        self
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Hundreds of progress events would hide what went wrong.
        let told: Vec<_> = self.out.lines().filter(|line| !line.contains("\"event\":\"progress\"")).collect();
        write!(f, "exit {}\n--- standard output\n{}\n--- standard error\n{}", self.exit, told.join("\n"), self.err)
    }
}
