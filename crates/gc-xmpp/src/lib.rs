#![doc = include_str!("../README.md")]
//!
//! [`connect`] logs one account in over one connection and returns a [`Handle`] to subscribe, unsubscribe
//! and close with, and the stream of [`Event`]s. What it holds, from the inside out:
//!
//! - [`Session`]: the protocol as a state machine that neither reads a clock nor a socket: stream, STARTTLS,
//!   SASL PLAIN, bind, presence, subscriptions, pings, stream errors. Its driver carries its
//!   [`Output`]s out and feeds [`Input`]s back.
//! - [`Dial`]: what makes the connection below; TCP, or pipes in a test.
//!
//! The transports are features, all of them default: `websocket`, `tcp-tls`, `starttls`, `bosh`.
//!
//! Whom it trusts is the `rustls` configuration of the [`Endpoint`]; `gc_net::Trust` makes one.
//!
//! One [`Session`] is one connection. There is no reconnecting here, and above all no second try of a
//! refused password ([`CloseReason::Refused`]): servers lock accounts for that.
//!
//! Of other crates its interface shows `gc-xml`'s element and limits, `rustls`'s `ClientConfig` and `Error`, the
//! error of `tungstenite`, `secrecy`, and of `tokio` the receiver of events and the traits of a [`Socket`].

mod account;
mod client;
mod close;
mod conditions;
mod dial;
mod endpoint;
mod event;
mod ns;
mod session;
mod socket;
mod stanza;
mod transport;

pub use account::{Account, InvalidAccount};
pub use client::{Handle, Options, connect, probe};
pub use close::{CloseReason, FramingError, Lost, Refusal, RequestError, StanzaError, Step, StreamError};
pub use conditions::{SaslCondition, StreamCondition};
pub use dial::{ConnectError, Dial, Dialled, Phase, TcpDial};
pub use endpoint::{Endpoint, Tls, Wire};
pub use event::{Event, Notification};
pub use gc_xml::{Element, Limits};
pub use session::{Encryption, Input, Output, Session, Ticket, Timer, Timing};
pub use socket::Socket;
