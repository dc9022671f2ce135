#![doc = include_str!("../README.md")]
//!
//! Begin with [`Trust::client_config`]; [`Identity`], [`Backoff`], [`CertificateFault`] and [`causes`] stand for themselves.
//!
//! Of other crates its interface shows `gc-environment` ([`Backoff`]), `rustls`'s `ClientConfig` and errors ([`Trust`],
//! [`TrustError`], [`CertificateFault`]); with `http`, the header map of `http` and the streams of `hyper-rustls` and `tokio` ([`Connector`]); with `reqwest`,
//! its `ClientBuilder`; with `named`, `gc-private` ([`TrustFault`]).

mod backoff;
mod causes;
mod certificate;
#[cfg(feature = "http")]
mod connector;
#[cfg(feature = "reqwest")]
mod http_client;
mod identity;
#[cfg(feature = "named")]
mod named_trust;
#[cfg(feature = "http")]
mod retry_after;
mod trust;

pub use backoff::{Backoff, Jitter};
pub use causes::causes;
pub use certificate::CertificateFault;
#[cfg(feature = "http")]
pub use connector::{Addresses, ConnectFailure, Connection, Connector, is_late, lookup};
#[cfg(feature = "reqwest")]
pub use http_client::http_client;
pub use identity::{Identity, IdentityError};
#[cfg(feature = "named")]
pub use named_trust::{NamedTrust, TrustFault, read_authorities};
#[cfg(feature = "http")]
pub use retry_after::retry_after;
pub use trust::{Fingerprint, InvalidFingerprint, Trust, TrustError};
