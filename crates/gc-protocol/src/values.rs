//! Arguments that are a choice of words, and their values.

use crate::arguments::Arguments;
use crate::field::Field;
use crate::problem::BadArgument;
use std::borrow::Cow;
use strum::{Display, EnumIter, EnumString};

/// How a mobile agent is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MobileMode {
    /// The agent's telephone is called for each call; `true` on the wire.
    CallByCall,
    /// The agent's telephone stays connected; `false` on the wire.
    NailedConnection,
}

impl Field for MobileMode {
    fn read(arguments: &mut Arguments<'_>) -> Result<Self, BadArgument> {
        Ok(if arguments.word()? == "true" { Self::CallByCall } else { Self::NailedConnection })
    }

    fn write<'a>(&'a self, body: &mut Vec<Cow<'a, str>>) {
        body.push(match self {
            Self::CallByCall => "true".into(),
            Self::NailedConnection => "false".into(),
        });
    }
}

/// Which skill groups are requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SkillGroupRange {
    /// All skill groups; `ALL,0,0` on the wire.
    All,
    /// A page of the list; `INDEXING,1,25` on the wire.
    Indexing {
        /// Where the page begins.
        from: u32,
        /// How many it holds.
        count: u32,
    },
}

/// Three arguments. After `ALL` the numbers are ignored and may be left out.
impl Field for SkillGroupRange {
    fn read(arguments: &mut Arguments<'_>) -> Result<Self, BadArgument> {
        let word = arguments.word()?;
        let (from, count) = (arguments.optional_count()?, arguments.optional_count()?);
        match (word, from, count) {
            ("ALL", _, _) => Ok(Self::All),
            (_, Some(from), Some(count)) => Ok(Self::Indexing { from, count }),
            (_, None, _) => Err(arguments.missing("from")),
            (_, _, None) => Err(arguments.missing("count")),
        }
    }

    fn write<'a>(&'a self, body: &mut Vec<Cow<'a, str>>) {
        match self {
            Self::All => body.extend(["ALL".into(), "0".into(), "0".into()]),
            Self::Indexing { from, count } => {
                body.extend(["INDEXING".into(), from.to_string().into(), count.to_string().into()]);
            }
        }
    }
}

/// The classification of an outbound call. Displays as Finesse's word for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, EnumString, EnumIter)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE", ascii_case_insensitive)]
pub enum Classification {
    /// A person answered.
    #[strum(to_string = "VOICE", serialize = "REX_VOICE")]
    Voice,
    /// A fax machine answered.
    #[strum(to_string = "FAX", serialize = "REX_FAX")]
    Fax,
    /// An answering machine answered.
    #[strum(to_string = "ANS_MACHINE", serialize = "REX_ANS_MACHINE")]
    AnsMachine,
    /// The number is not valid.
    #[strum(to_string = "INVALID", serialize = "REX_INVALID")]
    Invalid,
    /// The customer does not want to be called.
    DoNotCall,
    /// The line was busy.
    Busy,
}

/// Reads the published words and Finesse's own; writes Finesse's.
impl Field for Classification {
    fn read(arguments: &mut Arguments<'_>) -> Result<Self, BadArgument> {
        let word = arguments.word()?;
        word.parse().map_err(|_| arguments.missing("value"))
    }

    fn write<'a>(&'a self, body: &mut Vec<Cow<'a, str>>) {
        body.push(self.to_string().into());
    }
}
