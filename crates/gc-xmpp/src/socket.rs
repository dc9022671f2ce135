//! What lies below TLS and framing.

use tokio::io::{AsyncRead, AsyncWrite};

/// A connection that carries bytes both ways.
pub trait Socket: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Socket for T {}
