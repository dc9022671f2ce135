#![doc = include_str!("../README.md")]
//!
//! Begin with [`parse`] and [`Element`].
//!
//! A document that does not arrive whole, such as an XMPP stream or a long list, is cut by [`Cutter`] into the children
//! of its root, which are small.
//!
//! Its interface shows no other crate.

mod cutter;
mod element;
mod parse;

pub use cutter::{Cutter, Piece};
pub use element::Element;
pub use parse::{Limits, XmlError, parse, parse_in};
