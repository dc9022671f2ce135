#![doc = include_str!("../README.md")]
//!
//! Of other crates its interface shows `gc-environment` ([`Backoff`]), `rustls`'s `ClientConfig` and error ([`Trust`],
//! [`TrustError`]) and, with `http`, `reqwest`'s `ClientBuilder`.

mod backoff;
mod causes;
#[cfg(feature = "http")]
mod http;
mod identity;
mod trust;

pub use backoff::{Backoff, Jitter};
pub use causes::causes;
#[cfg(feature = "http")]
pub use http::http_client;
pub use identity::{Identity, IdentityError};
pub use trust::{Fingerprint, InvalidFingerprint, Trust, TrustError};
