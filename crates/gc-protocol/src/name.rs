//! Names of commands, as they are spelled and misspelled.

use crate::command::CommandName;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// How alike a name has to be to a command's to be taken for a slip (1 is the same, 0 has nothing in common).
const NEAR: f64 = 0.8;

impl CommandName {
    /// The command that is probably meant by a name that no command has.
    pub fn nearest(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        let likeness = |name: Self| {
            let each = name.spellings().map(|each| strsim::jaro_winkler(&text, &each.to_ascii_lowercase()));
            each.fold(0.0, f64::max)
        };
        let rated = Self::ALL.iter().map(|name| (*name, likeness(*name)));
        let best = rated.reduce(|best, other| if other.1 > best.1 { other } else { best });
        best.filter(|(_, likeness)| *likeness >= NEAR).map(|(name, _)| name)
    }

    /// Its name as published, and the other spellings that are accepted.
    fn spellings(self) -> impl Iterator<Item = &'static str> {
        let declaration = self.declaration();
        declaration.aliases.iter().chain([&declaration.wire]).copied()
    }
}

/// No command has this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("no command has this name")]
pub struct UnknownCommand;

impl fmt::Display for CommandName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.declaration().wire)
    }
}

impl FromStr for CommandName {
    type Err = UnknownCommand;

    fn from_str(text: &str) -> Result<Self, UnknownCommand> {
        let text = text.trim();
        let is_called = |name: &Self| name.spellings().any(|spelling| spelling.eq_ignore_ascii_case(text));
        Self::ALL.iter().copied().find(is_called).ok_or(UnknownCommand)
    }
}
