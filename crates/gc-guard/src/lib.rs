//! Decides which addresses a server may call on behalf of its clients.
//!
//! A server that POSTs to addresses which its clients choose can be made to call into the network it stands in
//! (server-side request forgery). [`Guard`] holds the policy: pure rules, no I/O. Callbacks to public and private
//! networks pass, because the systems of a call centre usually are in private ones. Refused are
//! link-local addresses, metadata services of clouds, multicast, broadcast, unspecified and reserved addresses, the
//! server's own listeners, and loopback unless the client itself is on it ([`Class`], [`Caller`]). What an operator puts
//! on the list of [`Entry`]s is allowed nevertheless.
//!
//! An address is decided twice:
//!
//! 1. [`Guard::check_url`] when a client names it. Everything that the URL itself shows is decided here, in
//!    whatever spelling: `http://2130706433/` and `http://0x7f.1/` are loopback.
//! 2. [`Guard::check_resolved`] when a connection is opened, for the addresses that a host name resolves to at that
//!    moment. It belongs in the connector, so that the checked addresses are the ones that are dialled. HTTP clients
//!    do not resolve literal addresses, so this check does not replace the first one.
//!
//! ```
//! use gc_guard::{Caller, Class, Entry, Forbidden, Guard};
//! use url::Url;
//!
//! let guard = Guard::new(["*.example.com".parse::<Entry>()?]);
//! let check = |url: &str| guard.check_url(&Url::parse(url).unwrap(), Caller::Other);
//!
//! assert_eq!(check("https://crm.example.com/events"), Ok(()));
//! assert_eq!(check("http://10.1.2.3:9000/events"), Ok(()));
//! assert_eq!(check("http://0xa9fea9fe/latest"), Err(Forbidden::Address(Class::Metadata)));
//!
//! // Later, in the connector:
//! let found = "127.0.0.1:443".parse()?;
//! assert_eq!(guard.check_resolved("crm.example.org", [found]), Err(Forbidden::Address(Class::Loopback)));
//! assert_eq!(guard.check_resolved("crm.example.com", [found]), Ok(vec![found]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
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
