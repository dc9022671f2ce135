#![doc = include_str!("../README.md")]
//!
//! Begin with [`Guard::new`], [`Guard::check_url`] and [`Guard::check_resolved`]; [`Forbidden`] says why not.
//!
//! Not covered: a network's own NAT64 prefix, which cannot be recognised, and where a proxy or a redirect leads. The HTTP
//! client must not follow redirects or use a proxy.
//!
//! Of other crates its interface shows `url` ([`Guard::check_url`]) and `ipnet` ([`InvalidEntry::HostBits`]).

mod class;
mod embedded;
mod entry;
mod forbidden;
mod guard;

pub use class::Class;
pub use entry::{Entry, InvalidEntry};
pub use forbidden::Forbidden;
pub use guard::{Caller, Guard};
