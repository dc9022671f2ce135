//! The values of arguments that are a choice.

use strum::{Display, EnumIter, EnumString};

/// How a mobile agent is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MobileMode {
    /// The agent's telephone is called for each call; `true` on the wire.
    CallByCall,
    /// The agent's telephone stays connected; `false` on the wire.
    NailedConnection,
}

/// Which skill groups are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SkillGroupRange {
    /// All of them; `ALL,0,0` on the wire.
    All,
    /// A page of the list; `INDEXING,1,25` on the wire.
    Indexing {
        /// Where the page begins.
        from: u32,
        /// How many it holds.
        count: u32,
    },
}

/// What an outbound call turned out to be; displays as Finesse's word for it.
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
