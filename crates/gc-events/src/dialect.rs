//! The two published notations of events.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString};

/// The notation of events on the wire. The published document has samples and attribute tables, which differ, and there
/// are clients for both. `docs/wire-format.md` lists every difference.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Display, EnumString, EnumIter, Serialize, Deserialize,
)]
pub enum Dialect {
    /// `gc-4.4.12`: the samples. The default.
    #[default]
    #[strum(serialize = "gc-4.4.12")]
    #[serde(rename = "gc-4.4.12")]
    Gc4412,
    /// `tables`: the attribute tables, where they differ from the samples.
    #[strum(serialize = "tables")]
    #[serde(rename = "tables")]
    Tables,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialects_are_named_in_configuration() {
        assert_eq!("gc-4.4.12".parse(), Ok(Dialect::default()));
        assert_eq!(serde_json::from_str::<Dialect>("\"tables\"").unwrap(), Dialect::Tables);
        assert!("other".parse::<Dialect>().is_err());
    }
}
