//! What the leader does with a request that a follower has passed on.

use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use gc_events::ErrorCode;
use http_body_util::BodyExt;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::super::peer::{Peer, User};
use super::super::{Front, error_answer};
use super::arrivals::{Answer, Arrival, Arrivals, answered};
use super::forwarded::Forwarded;

/// At the listener of the group: the request is that of the caller whom the follower has identified. Whoever presents no
/// certificate of the group has not come this far. The answer to a request without the follower's headers.
pub(in crate::http) fn introduce(front: &Front, request: &mut Request) -> Option<Response> {
    // One that this connector could not pass on before it led has no way through a listener.
    if request.extensions().get::<Peer>().is_some_and(|peer| peer.forwarded.is_some()) {
        return None;
    }
    let forwarded = Forwarded::read(request.headers());
    let peer = request.extensions().get::<Peer>().filter(|peer| peer.certificate.is_some());
    let (Some(peer), Some(forwarded)) = (peer, forwarded) else {
        let text = "Here the connectors of a group talk among each other. Clients go to the other listener.";
        return Some(error_answer(front, StatusCode::FORBIDDEN, ErrorCode::GeneralError, text));
    };
    let peer = Peer {
        address: forwarded.address,
        certificate: None,
        is_reserved: peer.is_reserved,
        user: User::default(),
        forwarded: Some(forwarded.into()),
        is_counted: false,
    };
    request.extensions_mut().insert(peer);
    None
}

/// This connector does not lead, or not for much longer: nothing was begun, and the follower asks the one that leads next. It has no
/// more use for this connection.
pub(in crate::http) fn misdirected() -> Response {
    let text = "This connector does not lead.\n";
    (StatusCode::MISDIRECTED_REQUEST, [(header::CONNECTION, "close")], text).into_response()
}

/// Carries a command out that may arrive more than once: once. The answer is the same each time. It is carried out also if the
/// follower's connection breaks meanwhile, so that what arrives again does not begin in the middle.
pub(in crate::http) async fn once(
    arrivals: &Arrivals,
    id: Uuid,
    what: &[Vec<u8>],
    carry_out: impl Future<Output = Response> + Send + 'static,
) -> Option<Response> {
    let mut digest = Sha256::new();
    for part in what {
        digest.update(part.len().to_be_bytes());
        digest.update(part);
    }
    let waiting = match arrivals.of(id, digest.finalize().into()) {
        Arrival::Other => return None,
        Arrival::Again(waiting) => waiting,
        Arrival::First(answer, waiting) => {
            tokio::spawn(async move {
                let (parts, body) = carry_out.await.into_parts();
                // Answers to commands are whole already.
                let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
                answer.send_replace(Some(Answer { status: parts.status, headers: parts.headers, body }));
            });
            waiting
        }
    };
    // What panics gives no answer.
    let answer = answered(waiting).await;
    Some(
        answer.map_or_else(|| StatusCode::INTERNAL_SERVER_ERROR.into_response(), IntoResponse::into_response),
    )
}
