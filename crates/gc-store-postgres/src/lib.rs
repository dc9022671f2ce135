#![doc = include_str!("../README.md")]
//!
//! Begin with [`Address::parse`] and [`PostgresJournal::open`]; [`Membership`] makes a group of several connectors.
//!
//! Of other crates its interface shows `gc-store`, `gc-group`, `gc-environment`, `rustls`'s `ClientConfig` and `secrecy`.

mod address;
mod dump;
mod events;
mod fault;
mod hold;
mod journal;
mod link;
mod load;
mod member;
mod membership;
mod migrations;
mod observer;
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
    membership::Membership,
};
