//! A Cisco Finesse to develop and test against: the REST API, the notification service over
//! WebSocket and TCP, the agent and call rules of UCCE (and of UCCX where they differ cheaply),
//! simulated customers, and faults on demand.
//!
//! ```no_run
//! # async fn demo() -> Result<(), finesse_sim::Error> {
//! let sim = finesse_sim::Sim::start(finesse_sim::Config::demo()?).await?;
//! println!("REST at {}, control at {}", sim.rest_url(), sim.control_url());
//! sim.shutdown().await;
//! # Ok(()) }
//! ```
//!
//! From the ground up:
//!
//! - `world`: what Finesse and the telephones know, as plain data with rules; no clock, no socket.
//! - `render` and `xml`: that world as the XML which Finesse sends.
//! - `engine`: the world with a clock, timers and an ordered publisher of notifications.
//! - `rest`, `xmpp`, `control`: the three doors; `node`, `net` and `tls` carry them, `faults` spoils them.
//! - `neighbours`: one more door, to the systems beside Finesse.
//!
//! - `in_process`: the same without sockets, for tests that have the clock in hand.
//!
//! This crate shares no reading of Finesse with the product's crates, so that a misreading in one of them is
//! caught here: of the workspace it stands on gc-environment alone (clock, ids, randomness). How it behaves, with examples, is told in `docs/simulator.md`.

mod config;
mod control;
mod credentials;
mod engine;
mod faults;
mod in_process;
mod neighbours;
mod net;
mod node;
mod render;
mod rest;
mod sim;
mod tls;
mod world;
mod world_file;
mod xml;
mod xmpp;

pub use config::{Config, Platform, Ports, SecondNode};
pub use in_process::{Door, InProcess};
pub use node::Node;
pub use sim::{Error, Running, Sim};
pub use world_file::{
    Account, Agent, CallVariableLimit, Contact, Csq, CsqNumbers, CtiPort, Neighbours, NoReason, Numbers,
    ParticipantDrop, PhoneBook, Queue, ReasonCode, Rules, Team, Timers, WorldFile, WorldFileError,
    WrapUpReason,
};
