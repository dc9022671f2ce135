#![doc = include_str!("../README.md")]
//!
//! Begin with [`Cluster::new`] and a [`ClusterConfig`]; [`Link`] has what a cluster does: [`Link::open_stream`] returns a
//! [`NotificationStream`], [`Link::request`] an answer.
//!
//! The transports of notifications are features, all of them default: `websocket`, `tcp-tls`, `starttls`,
//! `bosh`.
//!
//! Of other crates its interface shows `finesse-types`, `gc-environment`, `gc-measure`, `gc-net` and `gc-xmpp` (re-exported where they are
//! needed), `secrecy`, `tokio`'s `Instant`, the boxed future of `futures`, and for [`Http`] the requests and responses of
//! `http`, `bytes` and a boxed stream.

mod attempts;
mod checks;
mod cluster;
mod config;
mod cookies;
mod endpoint;
mod health;
mod http;
mod in_front;
mod link;
mod nodes;
mod notifications;
mod pages;
mod range;
mod requests;
mod rest;
mod standing;
mod tokens;
mod trace;
mod transports;
mod turns;
mod xmpp;

pub use cluster::Cluster;
pub use cluster::trial::{NodeTrial, PlaceTrial};
pub use config::{
    ClusterConfig, ConfigError, ConfigFault, ConfigFaults, HealthConfig, NodeConfig, OpeningConfig,
    RestConfig, TokenService,
};
pub use finesse_types::Credentials;
pub use futures_util::future::BoxFuture;
pub use gc_net::{Fingerprint, Trust};
pub use gc_xmpp::{Dial, RequestError as SubscribeError, Timing};
pub use http::{AnswerBody, Http};
pub use link::{Link, LinkMeasures, MoveError, NodeMeasures, Priority, Service};
pub use notifications::{Closed, Notification, NotificationStream, Notifications, StreamError};
