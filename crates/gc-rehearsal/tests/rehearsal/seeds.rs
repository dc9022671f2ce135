//! Which seeds are played.

/// Seeds that failed once, for faults that are mended. They are played first. A change of the plan or of the players makes
/// another run of a seed: a mended fault has its own test where it was.
pub(crate) const FAILED_ONCE: [u64; 0] = [];

/// Seeds that fail, and why: faults that are known and not mended yet.
pub(crate) const OPEN_FAULTS: [(u64, &str); 6] = [
    (
        6,
        "while the other node does not answer, a node that goes out of service and comes back is not noticed",
    ),
    (55, LOGIN),
    (82, LOGIN),
    (189, "TransferCall and ReleaseCall end by the same DROPPED, which answers only the first"),
    (227, LOGIN),
    (248, LOGIN),
];

const LOGIN: &str = "a Login whose notification came, and whose re-read fails, has its State and an Error";

/// `SEED=7` plays this one alone, then the flag is set; `SEEDS=10000` plays so many.
pub(crate) fn chosen() -> (bool, std::ops::Range<u64>) {
    let number = |name| std::env::var(name).ok().map(|number| number.parse::<u64>().unwrap());
    match number("SEED") {
        Some(seed) => (true, seed..seed + 1),
        None => (false, 0..number("SEEDS").unwrap_or(300)),
    }
}
