//! Ordered delivery of numbered messages to clients (docs/delivery.md).
//!
//! Each client has one append-only [`Outbox`], which numbers what is put into it. Everything that
//! leaves is a cursor over that outbox: the callback sender (one lane per client, strictly in
//! order), and any number of live streams. This crate does not know what a message means: it
//! carries a JSON text and a few names that ride in HTTP headers.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//!
//! use gc_delivery::{Callback, ClientId, Config, Delivery, MemoryStore, Message};
//!
//! let delivery = Delivery::new(Config::default(), Arc::new(MemoryStore::default()))?;
//! let client = ClientId::from("crm");
//! delivery.register(&client, Some(Callback::from_parts("crm.example.com", "/events")?));
//! delivery.append(&client, Message::new("State", r#"{"type":"State"}"#))?;
//! # Ok(())
//! # }
//! ```

// Its clock, ids and jitter move to gc-environment with its journal.
#![allow(clippy::disallowed_methods)]

mod attempt;
mod backoff;
mod callback;
mod config;
mod cursor;
mod delivery;
mod http;
mod lane;
mod memory;
mod message;
mod outbox;
mod retry_after;
mod subscription;

pub use attempt::Failure;
pub use callback::{Callback, InvalidCallback};
pub use config::{Config, Envelope};
pub use cursor::{Cursor, Epoch, InvalidCursor};
pub use delivery::{Delivery, Undelivered, UnknownClient};
pub use http::BuildError;
pub use memory::{Bounds, Limits, MemoryStore};
pub use message::{ClientId, Entry, Message};
pub use outbox::{Counts, DeadLetter, Outbox, Page, Reason, Store};
pub use subscription::{Gap, Item, Subscription};
