//! What the fuzz targets of `fuzz/` do. Each target is a function of bytes from outside; it panics when something
//! does not hold that must hold for any bytes.
//!
//! They are here, and not in `fuzz/`, so that the seeds are replayed by the tests of this workspace, and so that
//! `fuzz/`, which needs a nightly compiler, holds nothing but the fuzzer.
// A panic is how a target reports what it found.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod access;
mod clients;
mod configuration;
mod finesse;
mod session;
mod store;
mod stream;
mod xml;

pub use access::access;
pub use clients::{arguments, callback, envelope, event_id};
pub use configuration::configuration;
pub use finesse::{answer, notification};
pub use session::session;
pub use store::import;
pub use stream::stream;
pub use xml::{cutter, document};

/// A target: what it is called, and what it does with an input.
pub type Target = (&'static str, fn(&[u8]));

/// All targets, by the names that they have in `fuzz/`.
pub const TARGETS: [Target; 13] = [
    ("access", access),
    ("answer", answer),
    ("arguments", arguments),
    ("callback", callback),
    ("configuration", configuration),
    ("cutter", cutter),
    ("document", document),
    ("envelope", envelope),
    ("event_id", event_id),
    ("import", import),
    ("notification", notification),
    ("session", session),
    ("stream", stream),
];

/// The bytes as a text, where they are one.
fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}

/// The first line, and what follows it.
fn first_line(data: &[u8]) -> (&[u8], &[u8]) {
    let mut parts = data.splitn(2, |byte| *byte == b'\n');
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}
