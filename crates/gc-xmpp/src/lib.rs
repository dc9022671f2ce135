//! A small publish-subscribe XMPP client: a session without I/O and thin transports.
