//! The tables.

mod calls;
mod lists;
mod sessions;

use super::{EventType, Kind, Member, Object, count, member, text};

/// Every type of event, in the order of the documentation.
pub fn events() -> impl Iterator<Item = &'static EventType> {
    [sessions::EVENTS, calls::EVENTS, lists::EVENTS].into_iter().flatten()
}

const GAP_HAS_NONE: &str = "the event is a Gap";

/// What `data:` of a live stream is with `?envelope=true`.
pub static ENVELOPE: Object = Object {
    name: "Envelope",
    about: "An event of a live stream with `?envelope=true`, with what a callback has in headers.",
    members: &[
        count("sequence", 41, "The number of the event among those of this client and epoch, without gaps.")
            .absent(GAP_HAS_NONE),
        text("epoch", "8f6f3a4e6f0f4f0b9a2f0d7c5f1e2a3b", "The outbox that the number belongs to."),
        delivery("id", "3c9d…", "The same each time the event is sent: the `webhook-id` of a callback."),
        delivery("agentId", "1004", "The agent concerned."),
        delivery("dialogId", "30211", "The call, of a call event and of the Error of a call that failed."),
        delivery("commandId", "1f0b…", "The command that the event answers."),
        delivery("sessionUrl", "desk/7", "The client's `sessionUrl`."),
        member("event", Kind::Event, "The event."),
    ],
};

const fn delivery(name: &'static str, example: &'static str, meaning: &'static str) -> Member {
    text(name, example, meaning).nullable().absent(GAP_HAS_NONE)
}
