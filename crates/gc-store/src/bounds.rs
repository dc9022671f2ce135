//! How much an outbox may hold.

/// How much one client's outbox may hold.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Undelivered entries; beyond this the oldest become dead letters.
    pub undelivered: Limits,
    /// Delivered entries and dead letters kept for live streams that resume.
    pub replay: Limits,
    /// Dead letters; beyond this the oldest are thrown away, logged and counted as lost.
    pub dead_letters: Limits,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            undelivered: Limits { entries: 10_000, bytes: 16 << 20 },
            replay: Limits { entries: 1_000, bytes: 1 << 20 },
            dead_letters: Limits { entries: 1_000, bytes: 1 << 20 },
        }
    }
}

/// A number of entries and of bytes; neither may be exceeded, except that one entry always fits.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// At most so many entries.
    pub entries: usize,
    /// At most so many bytes ([`crate::Message::size`]).
    pub bytes: usize,
}
