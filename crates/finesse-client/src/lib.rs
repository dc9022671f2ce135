//! The link to a Cisco Finesse cluster: REST with deadlines, notification streams, health and failover.
//!
//! [`Link`] is what a connector needs of Finesse; [`Cluster`] is the real thing behind it, and a test can put
//! a simulator there. The rules about nodes, retries and deadlines are in docs/finesse.md.
//!
//! ```no_run
//! use finesse_client::{Cluster, ClusterConfig, Credentials, Link, NodeConfig};
//! use finesse_types::Request;
//! use tokio::time::Instant;
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let node = NodeConfig::new("https://finesse-a.example.com:8445");
//! let cluster = Cluster::new(ClusterConfig::new(vec![node]))?;
//! let agent = Credentials::new("1042", "secret");
//! let mut stream = cluster.open_stream(&agent, "my-service", Instant::now()).await?;
//! let user = cluster.request(&agent, Request::User { id: "1042".into() }, "1".into()).await?;
//! println!("{user:?}");
//! while let Some(notification) = stream.next().await {
//!     println!("{notification:?}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The transports of notifications are features, all of them default: `websocket`, `tcp-tls`, `starttls`,
//! `bosh`.
//!
//! Of other crates its interface shows `finesse-types`, `gc-environment`, `gc-measure`, `gc-net` and `gc-xmpp` (re-exported where they are
//! needed), `secrecy`, `tokio`'s `Instant`, the boxed future of `futures`, and for [`Http`] the requests and responses of
//! `http`, `bytes` and a boxed stream.

mod attempts;
mod cluster;
mod config;
mod endpoint;
mod gate;
mod health;
mod http;
mod link;
mod nodes;
mod notifications;
mod pace;
mod rest;
mod transports;
mod xmpp;

pub use cluster::Cluster;
pub use config::{ClusterConfig, ConfigError, HealthConfig, NodeConfig, OpeningConfig, RestConfig};
pub use finesse_types::Credentials;
pub use futures_util::future::BoxFuture;
pub use gc_net::{Fingerprint, Trust};
pub use gc_xmpp::{Dial, RequestError as SubscribeError, Timing};
pub use http::{AnswerBody, Http};
pub use link::{Link, LinkMeasures, NodeMeasures, Service};
pub use notifications::{Closed, Notification, NotificationStream, Notifications, StreamError};
