#![doc = include_str!("../README.md")]
//!
//! Begin with [`Authenticator`] and [`Entries`]: [`Presented`] goes in, a [`Principal`] or [`Denied`] comes out.
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
