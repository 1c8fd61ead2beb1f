//! Asking for a variable.

use bytes::Bytes;

use super::exchange::{Ending, Exchange, LONGEST_COMMAND};
use super::{FastbootError, NameError};
use crate::protocol::text::readable;
use crate::protocol::{Conversation, Event, Step};

const COMMAND: &str = "getvar:";

/// What the stick answers when it is asked for a variable. The text is escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Variable {
    /// Its value; an empty one is a value too.
    Value(String),
    /// The stick does not tell it, and says why.
    Refused(String),
}

/// Asks for one variable (`getvar:NAME`). Changes nothing.
pub struct GetVariable {
    exchange: Exchange,
}

impl GetVariable {
    /// The question for the variable of this name, such as `product`.
    ///
    /// # Errors
    ///
    /// [`NameError`] where the text cannot be a name: it is empty, too long, or not printable ASCII.
    pub fn new(name: &str) -> Result<Self, NameError> {
        let fits = !name.is_empty() && COMMAND.len() + name.len() <= LONGEST_COMMAND;
        if !fits || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(NameError { name: readable(name.as_bytes()) });
        }
        Ok(Self::known(format!("{COMMAND}{name}")))
    }

    /// The question for the version of the protocol, `0.9` on these loaders.
    #[must_use]
    pub fn version() -> Self {
        Self::known(format!("{COMMAND}version"))
    }

    /// The question for the product. It cannot tell V7R2 from V7R11: both say `balongv7r2`.
    #[must_use]
    pub fn product() -> Self {
        Self::known(format!("{COMMAND}product"))
    }

    /// The question for the serial number, which these loaders leave empty.
    #[must_use]
    pub fn serial_number() -> Self {
        Self::known(format!("{COMMAND}serialno"))
    }

    fn known(command: String) -> Self {
        Self { exchange: Exchange::new(Bytes::from(command)) }
    }
}

impl Conversation for GetVariable {
    type Output = Variable;
    type Error = FastbootError;

    fn next(&mut self) -> Step<Variable> {
        match self.exchange.ending() {
            Some(Ending::Okay(value)) => Step::Finished(Variable::Value(value)),
            Some(Ending::Fail(reason)) => Step::Finished(Variable::Refused(reason)),
            None => self.exchange.step(),
        }
    }

    fn handle(&mut self, event: Event<'_>) -> Result<(), FastbootError> {
        self.exchange.handle(event)
    }
}
