//! Reading Finesse again: the one way in which the client's view is made equal to Finesse's after anything
//! may have been missed, and in which a doubtful outcome is decided (docs/sessions.md, "Reading again").

mod reread;
mod snapshot;

pub(in crate::agent) use self::reread::{ReadFor, Resync};
