#![doc = include_str!("../README.md")]
//!
//! [`Sources`] answers gc-rules's `Query` with four adapters, each of which is optional:
//!
//! - the configuration API of Unified CCE: skill groups and supervisors,
//! - AXL of Unified Communications Manager: a mobile agent's port and number,
//! - queue statistics of UCCX, from any [`QueueSource`]: by default JSON over HTTP,
//! - the recorder, by an HTTP request from the configuration.
//!
//! [`Config`] is the section `[directory]` of a server's configuration. A query to a source that is not configured gives an
//! error that names what is missing.
//!
//! Of other crates its interface shows `gc-rules`'s queries, errors and `Directory`, which [`Sources`] implements, `gc-events`
//! ([`QueueSource`]), `secrecy`, and the boxed future of `futures`.

mod axl;
mod cce;
mod ccx;
mod config;
mod connection;
mod http;
mod recorder;
mod sources;

pub use axl::AxlConfig;
pub use cce::CceConfig;
pub use ccx::{CcxConfig, CountPointers, QueueSource};
pub use config::Config;
pub use connection::{Auth, HttpConfig, SourceFault, SourceFaults};
pub use recorder::{BodyFormat, LoginConfig, RecorderConfig};
pub use sources::Sources;
