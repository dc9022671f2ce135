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

/// How much all outboxes of a journal in a file may hold together.
#[derive(Clone, Copy, Debug)]
pub struct StoreBounds {
    /// Each outbox.
    pub outbox: Bounds,
    /// Bytes of undelivered entries in the file, which itself becomes several times as large; beyond this the oldest ones of the largest outbox become dead letters.
    pub on_disk: usize,
    /// The same while the disk has failed and everything is in memory.
    pub in_memory: usize,
}

impl Default for StoreBounds {
    fn default() -> Self {
        Self { outbox: Bounds::default(), on_disk: 4 << 30, in_memory: 256 << 20 }
    }
}

impl From<Bounds> for StoreBounds {
    fn from(outbox: Bounds) -> Self {
        Self { outbox, ..Self::default() }
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
