#![doc = include_str!("../README.md")]
//!
//! Begin with [`Sim::start`] and a [`Config`]; [`Running`] has the addresses. [`InProcess`] needs no sockets.
//!
//! The modules, from the bottom up:
//!
//! - `world`: the state of Finesse and the telephones and their rules, as plain data; no clock, no socket.
//! - `render` and `xml`: the world as the XML that Finesse sends.
//! - `pubsub`: the streams that are connected, and what is published to them.
//! - `engine`: the world with a clock, timers and an ordered publisher of notifications.
//! - `rest`, `xmpp`, `control`: the three interfaces, with `node`, `net` and `tls` for their listeners and `faults`
//!   for faults on demand.
//! - `neighbours`: the neighbouring systems (CCE, Communications Manager, CCX statistics, recorder).
//! - `in_process`: the same interfaces without sockets, for tests that control the clock.
//!
//! This crate shares no knowledge of Finesse with the product's crates, so that a misunderstanding in one of them is
//! detected here. Its only dependency in the workspace is gc-environment (clock, ids, randomness).
//! `docs/simulator.md` describes its behaviour, with examples.
//!
//! Of other crates its interface shows `gc-environment` ([`Config`]), `secrecy` ([`WorldFile`]), the error of `toml`
//! ([`WorldFileError`]), and `tokio`'s traits of a socket ([`InProcess::serve`]).

mod config;
mod control;
mod credentials;
mod engine;
mod error;
mod faults;
mod in_process;
mod neighbours;
mod net;
mod node;
mod platform;
mod pubsub;
mod render;
mod rest;
mod sim;
mod tls;
mod world;
mod world_file;
mod xml;
mod xmpp;

pub use config::{Config, Ports, SecondNode};
pub use error::Error;
pub use in_process::{Endpoint, InProcess};
pub use node::Node;
pub use platform::Platform;
pub use sim::{Running, Sim};
pub use world_file::{
    Account, Agent, CallVariableLimit, Contact, Csq, CsqNumbers, CtiPort, Neighbours, NoReason, Numbers,
    ParticipantDrop, PhoneBook, Queue, ReasonCode, Release, Rules, Team, Timers, UccxTakeover, WorldFile,
    WorldFileError, WrapUpReason,
};
