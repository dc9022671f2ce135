//! Pages of this machine may use the control API, such as the console of a connector beside the simulator.

use axum::extract::Request;
use axum::http::{HeaderValue, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Lets a browser show the answers to pages of this machine, and send what it would ask about before.
pub(super) async fn allow(request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).filter(|origin| is_local(origin)).cloned();
    let asks = request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut answer = match &origin {
        Some(_) if asks => ().into_response(),
        _ => next.run(request).await,
    };
    if let Some(origin) = origin {
        let headers = answer.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, DELETE"));
        headers.insert(header::VARY, HeaderValue::from_static("origin"));
    }
    answer
}

fn is_local(origin: &HeaderValue) -> bool {
    let uri = origin.to_str().ok().and_then(|origin| origin.parse::<Uri>().ok());
    uri.is_some_and(|uri| matches!(uri.host(), Some("127.0.0.1" | "localhost" | "[::1]")))
}
