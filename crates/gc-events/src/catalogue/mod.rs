//! An example of every event and variant, with invented values. The documentation, the fixtures in `fixtures/events` and
//! the tests use them; other teams' tests may use them too.

mod calls;
mod gaps;
mod lists;
mod sessions;

use crate::event::Event;

/// An example event, named for its type and variant.
#[derive(Clone, Debug)]
pub struct Example {
    /// The name. The event is in `fixtures/events/<name>.json`.
    pub name: &'static str,
    /// When it is sent.
    pub about: &'static str,
    /// The event.
    pub event: Event,
}

/// Every event type, in all its variants.
pub fn examples() -> Vec<Example> {
    [sessions::examples(), calls::examples(), lists::examples(), gaps::examples()].concat()
}

fn example(name: &'static str, about: &'static str, event: Event) -> Example {
    Example { name, about, event }
}

const AGENT: &str = "1004";
const SUPERVISOR: &str = "1091";
