//! The sources that are not Finesse (docs/directory.md).
//!
//! [`Sources`] answers the questions of gc-core's `Query` from four adapters, each of them optional:
//!
//! - the configuration API of Unified CCE: skill groups and supervisors,
//! - AXL of Unified Communications Manager: a mobile agent's port and number,
//! - queue statistics of UCCX, from any [`QueueSource`]: by default whatever tells them as JSON over HTTP,
//! - the recorder, as an HTTP request that the configuration describes.
//!
//! [`Config`] is the section `[directory]` of a server's configuration. A source that is not configured
//! answers with an error that names what is missing.

mod axl;
mod cce;
mod ccx;
mod config;
mod http;
mod recorder;
mod sources;

pub use axl::AxlConfig;
pub use cce::CceConfig;
pub use ccx::{CcxConfig, CountPointers, QueueSource};
pub use config::{Auth, Config, ConfigError, HttpConfig};
pub use recorder::{BodyFormat, LoginConfig, RecorderConfig};
pub use sources::Sources;
