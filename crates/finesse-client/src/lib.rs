//! The link to a Cisco Finesse cluster: REST with deadlines, notification streams, health and failover.
//!
//! [`Link`] is what a connector needs of Finesse; [`Cluster`] is the real thing behind it, and a test can put
//! a simulator there. The rules about nodes, retries and deadlines are in docs/finesse.md.

mod attempts;
mod cluster;
mod config;
mod credentials;
mod endpoint;
mod health;
mod link;
mod notifications;
mod rest;
mod xmpp;

pub use cluster::Cluster;
pub use config::{ClusterConfig, ConfigError, HealthConfig, NodeConfig, RestConfig};
pub use credentials::Credentials;
pub use gc_xmpp::{Fingerprint, RequestError as SubscribeError, Timing, Trust};
pub use link::{BoxFuture, Link, Service};
pub use notifications::{Closed, Notification, NotificationStream, Notifications, StreamError};
