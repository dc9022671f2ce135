#![doc = include_str!("../README.md")]
//!
//! Begin with [`Delivery::new`], [`Delivery::register`] and [`Delivery::append`]; [`Delivery::subscribe`] returns a live stream, a
//! [`Subscription`]. A [`Journal`] keeps the entries, and a [`Sink`] takes them to the clients; [`HttpSink`] is the one that POSTs.
//!
//! Of other crates its interface shows `gc-environment` ([`Outbox::counts`]), `gc-guard`, `gc-ids`, `gc-measure`, `gc-net`, `serde`, `uuid`,
//! an error of `tokio` ([`BuildError::Runtime`]) and of `url` ([`InvalidCallback::Url`]), the boxed future and the stream of `futures`, and
//! for signatures the header map of `http` and the secret of `secrecy`.

mod activity;
mod ages;
mod attempt;
mod bearer;
mod breaker;
mod callback;
mod client;
mod config;
mod connection;
mod delivery;
mod http_client;
mod measures;
mod order;
mod persist;
mod report;
mod retries;
mod settler;
mod signature;
mod since;
mod sink;
#[cfg(test)]
mod stage;
mod subscription;
mod task;
mod under_way;
mod window;
mod writer;

pub use activity::LastAttempt;
pub use attempt::HttpSink;
pub use bearer::{Bearer, InvalidKey};
pub use breaker::BreakerState;
pub use callback::{Callback, InvalidCallback};
pub use config::{Config, Wrapping};
pub use delivery::{ClientStatus, Delivery, Undelivered, UnknownClient};
pub use gc_guard::{Caller, Forbidden, Guard};
pub use gc_ids::ClientKey;
pub use gc_net::{Identity, IdentityError, Trust, TrustError};
pub use gc_store::{
    Answer, Batch, Bounds, Change, Claim, ClaimToken, Counts, Cursor, DeadLetter, Entry, Epoch, Failure,
    Health, InvalidCursor, Journal, JournalError, Kept, Limits, MemoryJournal, Message, Outbox, Page, Reason,
    Record, Settled, Settlement,
};
pub use http_client::BuildError;
pub use measures::{Backlog, DeliveryMeasures};
pub use order::{Order, Orders};
pub use signature::{InvalidSecrets, NotGenuine, Secrets, Signing};
pub use since::{InvalidSince, Since};
pub use sink::{Attempt, Rest, Sink};
pub use subscription::{Item, Missed, Subscription};
pub use writer::Commit;
