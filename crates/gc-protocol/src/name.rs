//! Command names: parsing, printing, and suggestions for misspelled ones.

use crate::command::CommandName;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// The least similarity that makes a command a suggestion: 1 is equal, 0 has nothing in common.
const MIN_SIMILARITY: f64 = 0.8;

/// The least length of the beginning or the end of a name that makes a command a suggestion.
const MIN_PART: usize = 4;

/// Common words for what a command does, which its name does not contain.
const SYNONYMS: &[(&str, CommandName)] = &[
    ("ping", CommandName::Beat),
    ("heartbeat", CommandName::Beat),
    ("logon", CommandName::Login),
    ("signon", CommandName::Login),
    ("signin", CommandName::Login),
    ("logoff", CommandName::Logout),
    ("signoff", CommandName::Logout),
    ("signout", CommandName::Logout),
    ("dial", CommandName::MakeCall),
    ("endcall", CommandName::ReleaseCall),
    ("hangup", CommandName::ReleaseCall),
    ("resumecall", CommandName::RetrieveCall),
    ("unhold", CommandName::RetrieveCall),
];

impl CommandName {
    /// The command that was probably meant by a name that no command has. Only letters count, in any case.
    pub fn nearest(text: &str) -> Option<Self> {
        let text = letters(text);
        if let Some((_, name)) = SYNONYMS.iter().find(|(synonym, _)| *synonym == text) {
            return Some(*name);
        }
        let best =
            |name: &Self| (*name, name.spellings().map(|each| similarity(&text, each)).fold(0.0, f64::max));
        let nearest =
            Self::ALL.iter().map(best).reduce(|best, other| if other.1 > best.1 { other } else { best });
        nearest.filter(|(_, similarity)| *similarity >= MIN_SIMILARITY).map(|(name, _)| name)
    }

    /// The published name, and the other spellings that are accepted.
    fn spellings(self) -> impl Iterator<Item = &'static str> {
        let declaration = self.declaration();
        declaration.aliases.iter().chain([&declaration.wire]).copied()
    }
}

fn letters(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphabetic).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// How similar these letters are to a spelling. Its beginning or end (`notready` of `MakeNotReady`) is always similar enough; what has
/// less than half its letters is not, because a few letters in the same order are in every long name.
fn similarity(text: &str, spelling: &str) -> f64 {
    let spelling = letters(spelling);
    let is_part = text.len() >= MIN_PART && (spelling.starts_with(text) || spelling.ends_with(text));
    let least = if is_part { MIN_SIMILARITY } else { 0.0 };
    if text.len().saturating_mul(2) < spelling.len() {
        return least;
    }
    strsim::jaro_winkler(text, &spelling).max(least)
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
        let is_called = |name: &Self| {
            let row = name.declaration();
            row.wire.eq_ignore_ascii_case(text)
                || row.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(text))
        };
        Self::ALL.iter().copied().find(is_called).ok_or(UnknownCommand)
    }
}
