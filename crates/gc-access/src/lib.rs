//! Who asks: what a request carries goes in, a [`Principal`] with its rights comes out.
//!
//! Three things can identify a caller: a bearer [`Token`], a verified [`ClientCertificate`], or, for old clients that
//! can send neither, the address they come from. The strongest one that a request presents decides alone: a wrong
//! token is refused even if the address would be accepted. [`Authenticator`] is the trait, [`Entries`] the
//! configured callers, and [`OpenListener`] lets everybody in.
//!
//! The crate is pure: no sockets, no clock, no randomness, nothing of HTTP but the value of one header. What a principal
//! may do to which agent is decided elsewhere; here it only says which destinations are its own.
//!
//! ```
//! use gc_access::{Authenticator, Bearer, Destinations, Entries, Entry, Presented, Principal, Right, Token};
//! use secrecy::SecretBox;
//!
//! // 32 bytes of a secure random generator, in real life.
//! let token = Token::new(&SecretBox::new(Box::new([7; 32])));
//! let principal = Principal::new("crm", Destinations::new(["crm-*"]), [Right::Agent]);
//! let entries = Entries::new([Entry { tokens: vec![token.hash()], ..Entry::of(principal) }])?;
//!
//! let header = format!("Bearer {}", token.expose());
//! let presented = Presented {
//!     peer: [192, 0, 2, 1].into(),
//!     bearer: Bearer::from_headers([header.as_bytes()]),
//!     certificate: None,
//! };
//! let caller = entries.authenticate(&presented)?;
//! assert!(caller.may_use("crm-7") && !caller.may_use("billing"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Of other crates its interface shows `secrecy` ([`Token::new`]).

mod address;
mod authenticator;
mod certificate;
mod entries;
mod hex;
mod principal;
mod token;

pub use address::{AddressRange, InvalidRange};
pub use authenticator::{Authenticator, Bearer, Denied, OpenListener, Presented};
pub use certificate::{CertificateRule, ClientCertificate, InvalidRule};
pub use entries::{Entries, Entry, EntryError};
pub use principal::{Destinations, Principal, Right, Rights};
pub use token::{InvalidHash, NotAToken, Token, TokenHash};
