//! The body of a request, within a length and a time.

use std::time::Duration;

use axum::body::{Body, Bytes};
use http_body_util::BodyExt;
use tokio::time::timeout;

/// An oversized body is drained up to this multiple of the limit, since many clients read the response only after
/// sending everything.
const READ_ON: usize = 64;

/// Why there is no body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoBody {
    TooLong,
    TooSlow,
    Broken,
}

/// Reads a body of at most so many bytes.
pub(super) async fn read(body: Body, limit: usize, within: Duration) -> Result<Vec<u8>, NoBody> {
    timeout(within, collect(body, limit)).await.unwrap_or(Err(NoBody::TooSlow))
}

async fn collect(mut body: Body, limit: usize) -> Result<Vec<u8>, NoBody> {
    let mut bytes = Vec::new();
    let mut length = 0_usize;
    while let Some(frame) = body.frame().await {
        let data = frame.map_err(|_| NoBody::Broken)?.into_data().unwrap_or_else(|_| Bytes::new());
        length = length.saturating_add(data.len());
        if length <= limit {
            bytes.extend_from_slice(&data);
        } else if length > limit.saturating_mul(READ_ON) {
            break;
        }
    }
    if length > limit { Err(NoBody::TooLong) } else { Ok(bytes) }
}
