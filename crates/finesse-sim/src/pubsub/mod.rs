//! Publish-subscribe: who listens, and what is sent to whom. It knows the world's notices and no transport: the engine publishes
//! through it, and the streams of `xmpp` are attached to it.
//!
//! - `hub`: the connected streams, their subscriptions, and publishing   - `markup`: what it sends

mod hub;
mod markup;

pub(crate) use hub::{Hub, MAILBOX, Outgoing};
pub(crate) use markup::{PUBSUB, presence, presence_of_finesse};
