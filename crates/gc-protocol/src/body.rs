//! The body of a command: its arguments, separated by commas.

use crate::argument::Argument;
use crate::argument_error::ArgumentError;
use crate::arguments::Arguments;
use crate::command::{Command, CommandName};
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;

/// A command contains an argument that the grammar cannot express, such as a number with a comma.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{command} cannot be written with these arguments")]
pub struct Inexpressible {
    /// The command.
    pub command: CommandName,
    /// The error that parsing the written command gives; none when it gives another command.
    #[source]
    pub reason: Option<ArgumentError>,
}

impl Command {
    /// Reads the arguments of a command from its body. An empty body and the text `null` contain none.
    pub fn parse(name: CommandName, body: &str) -> Result<Self, ArgumentError> {
        Arguments::split(name.declaration().arguments, body)
            .and_then(|mut arguments| Self::read(name, &mut arguments))
            .map_err(|bad| ArgumentError::new(name, bad))
    }

    /// Reads a command from arguments that are apart already, as on a command line. Nothing is split, so each keeps its commas;
    /// [`Command::to_body`] refuses what a body cannot express. An empty text is an argument that is not there.
    ///
    /// ```
    /// use gc_protocol::{Command, CommandName};
    ///
    /// let command = Command::from_arguments(CommandName::Login, &["a,b", "2004"])?;
    /// assert_eq!(command, Command::parse(CommandName::Login, "a,b,2004")?);
    /// # Ok::<(), gc_protocol::ArgumentError>(())
    /// ```
    ///
    /// # Errors
    /// When one is missing or cannot be read, or there are too many.
    pub fn from_arguments(name: CommandName, arguments: &[&str]) -> Result<Self, ArgumentError> {
        let given = arguments.iter().copied().map(Some).collect();
        Arguments::of(name.declaration().arguments, given)
            .and_then(|mut arguments| Self::read(name, &mut arguments))
            .map_err(|bad| ArgumentError::new(name, bad))
    }

    /// The body with each argument replaced: `replace` gets what it is, and its text, which may be a secret. For logs and
    /// recordings.
    pub fn to_body_with(&self, mut replace: impl FnMut(&'static Argument, &str) -> String) -> String {
        let declared = self.name().declaration().arguments;
        let replaced: Vec<_> =
            declared.iter().zip(self.written()).map(|(argument, text)| replace(argument, &text)).collect();
        if replaced.is_empty() { "null".to_owned() } else { replaced.join(",") }
    }

    /// The body that [`Command::parse`] reads this command from; `null` when there are no arguments.
    pub fn to_body(&self) -> Result<SecretString, Inexpressible> {
        let command = self.name();
        let arguments = self.written();
        let body = if arguments.is_empty() { "null".to_owned() } else { arguments.join(",") };
        let body = SecretString::from(body);
        match Self::parse(command, body.expose_secret()) {
            Ok(read) if read == *self => Ok(body),
            Ok(_) => Err(Inexpressible { command, reason: None }),
            Err(reason) => Err(Inexpressible { command, reason: Some(reason) }),
        }
    }
}

/// Commands with equal arguments are equal. It cannot be derived, because secrets have no equality. The comparison does
/// not take constant time: it is for tests, and for [`Command::to_body`].
impl PartialEq for Command {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            // Different lists of variables can be written alike, because a value may contain `|` or a name `=`.
            (
                Self::UpdateCallVariable { dialog_id, variables },
                Self::UpdateCallVariable { dialog_id: other_id, variables: other_variables },
            ) => dialog_id == other_id && variables == other_variables,
            _ => self.name() == other.name() && self.written() == other.written(),
        }
    }
}

#[cfg(test)]
mod tests;
