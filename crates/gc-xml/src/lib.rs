//! A small element tree over quick-xml, with limits, for XML that comes from outside.
//!
//! Both XMPP stanzas and Finesse's documents are small (a dialog with sixty variables is 14 KB), arrive
//! whole, and are best read by name, whatever the order of their elements. So one tree serves both:
//! [`parse`] builds it and refuses what no honest peer sends (a document type, deep nesting, too many
//! bytes), [`Element`] reads it by name and writes it back.
//!
//! A document that does not arrive whole, such as an XMPP stream or a long list, is cut by [`Cutter`] into the children
//! of its root, which are small.
//!
//! Its interface shows no other crate.

mod cutter;
mod element;
mod parse;

pub use cutter::{Cutter, Piece};
pub use element::{Element, Node};
pub use parse::{Limits, XmlError, parse, parse_in};
