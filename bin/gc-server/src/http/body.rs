//! The body of a request, within a length and a time.

use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use gc_events::ErrorCode;
use http_body_util::BodyExt;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout, timeout_at};

use super::peer::Peer;
use super::{Front, error_answer};

/// The rest of a refused request is read up to this multiple of the limit, since many clients read the response only after
/// sending everything. Over HTTP/2 curl 7.88 does not show a response at all that comes before.
const READ_ON: usize = 64;
/// And for this long, so that refused requests do not hold connections.
const LINGER: Duration = Duration::from_secs(2);

/// Why there is no body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NoBody {
    TooLong,
    TooSlow,
    Broken,
}

/// Reads a body that says it is JSON; the answer if there is none.
pub(super) async fn read_json(app: &Front, headers: &HeaderMap, body: Body) -> Result<Vec<u8>, Response> {
    let body = read_whole(app, body).await?;
    if !is_json(headers) {
        let text = "Send it with the header Content-Type: application/json.".to_owned();
        return Err(error_answer(app, StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorCode::PleaseRetry, text));
    }
    Ok(body)
}

/// Reads a body, whatever it is; the answer if it is too long, too slow or breaks off.
pub(super) async fn read_whole(app: &Front, body: Body) -> Result<Vec<u8>, Response> {
    let refused = |status, text: String| error_answer(app, status, ErrorCode::PleaseRetry, text);
    match read(body, app.max_body_bytes, app.request_timeout).await {
        Ok(body) => Ok(body),
        Err(NoBody::TooLong) => {
            let text =
                format!("The request is longer than {} bytes. Send a shorter one.", app.max_body_bytes);
            Err(refused(StatusCode::PAYLOAD_TOO_LARGE, text))
        }
        Err(NoBody::TooSlow) => {
            let text = format!(
                "The request did not arrive in full within {:?}. Send it again.",
                app.request_timeout
            );
            Err(refused(StatusCode::REQUEST_TIMEOUT, text))
        }
        Err(NoBody::Broken) => {
            let text = "The request broke off before its end. Send it again.".to_owned();
            Err(refused(StatusCode::BAD_REQUEST, text))
        }
    }
}

/// Without this a web page that an agent happens to open could send commands.
fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|value| value.split(';').next()).unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

/// Reads a body of at most so many bytes.
async fn read(body: Body, limit: usize, within: Duration) -> Result<Vec<u8>, NoBody> {
    timeout(within, collect(body, limit)).await.unwrap_or(Err(NoBody::TooSlow))
}

async fn collect(mut body: Body, limit: usize) -> Result<Vec<u8>, NoBody> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let data = frame.map_err(|_| NoBody::Broken)?.into_data().unwrap_or_else(|_| Bytes::new());
        if bytes.len().saturating_add(data.len()) > limit {
            return Err(NoBody::TooLong);
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

/// Reads what a refusal has left of the body before it answers.
pub(super) async fn linger<F>(app: Front, request: Request, next: impl FnOnce(Request) -> F) -> Response
where
    F: Future<Output = Response>,
{
    // A client that waits for 100 Continue is answered before it sends. The places for health checks must not be held.
    let asks = request.headers().contains_key(header::EXPECT);
    let is_reserved = request.extensions().get::<Peer>().is_some_and(|peer| peer.is_reserved);
    if request.body().is_end_stream() || asks || is_reserved {
        return next(request).await;
    }
    let deadline = Instant::now() + app.request_timeout;
    let (back, mut returned) = oneshot::channel();
    let answer = next(request.map(|body| Body::new(Lent { body, back: Some(back) }))).await;
    if let Ok(rest) = returned.try_recv() {
        // If there is more, the client may not see the answer.
        let _ = timeout_at(deadline.min(Instant::now() + LINGER), drain(rest, &app)).await;
    }
    answer
}

async fn drain(mut rest: Body, app: &Front) {
    let mut left = app.max_body_bytes.saturating_mul(READ_ON);
    while let Some(Ok(frame)) = rest.frame().await {
        left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
        if left == 0 {
            return;
        }
    }
}

/// A body that is handed back when the handler drops it.
struct Lent {
    body: Body,
    back: Option<oneshot::Sender<Body>>,
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(back) = self.back.take().filter(|_| !self.body.is_end_stream()) {
            // If nobody waits for it, the connection has ended.
            let _ = back.send(mem::take(&mut self.body));
        }
    }
}
