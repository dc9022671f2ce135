//! Re-reads: the only way to make the client's view equal to Finesse's after notifications may have been missed, and to
//! decide a doubtful outcome (docs/sessions.md, "Reading again").

mod purpose;
mod reread;
mod snapshot;

pub(in crate::agent) use self::purpose::ReadFor;
pub(in crate::agent) use self::reread::Resync;
