//! The journal of `gc-store` in PostgreSQL 15 or newer ([`PostgresJournal`]).
//!
//! What is decided is decided by `gc_store::stored`; here it is written and read. Each transaction that writes begins with a fence: it
//! fails if another process has taken the store, or if the store has commits that this process does not know. Two connections are
//! used, one that writes and one that reads, without session state, so that they may go through pgbouncer in transaction mode.
//!
//! Of other crates its interface shows `gc-store`, `gc-environment`, `rustls`'s `ClientConfig` and `secrecy`.

mod address;
mod dump;
mod events;
mod fault;
mod hold;
mod journal;
mod link;
mod load;
mod migrations;
mod reader;
mod statement;
#[cfg(feature = "testing")]
pub mod testing;
mod text;
mod ways;
mod writer;
mod writes;

pub use self::{
    address::{Address, InvalidAddress},
    dump::PostgresStore,
    fault::OpenError,
    journal::PostgresJournal,
};
