#![doc = include_str!("../README.md")]
//!
//! Of other crates its interface shows `gc-environment` ([`Backoff`]), `rustls`'s `ClientConfig` and error ([`Trust`],
//! [`TrustError`]) and, with `http`, `reqwest`'s `ClientBuilder` and header map.

mod backoff;
mod causes;
#[cfg(feature = "http")]
mod http;
mod identity;
#[cfg(feature = "http")]
mod retry_after;
mod trust;

pub use backoff::{Backoff, Jitter};
pub use causes::causes;
#[cfg(feature = "http")]
pub use http::http_client;
pub use identity::{Identity, IdentityError};
#[cfg(feature = "http")]
pub use retry_after::retry_after;
pub use trust::{Fingerprint, InvalidFingerprint, Trust, TrustError};
