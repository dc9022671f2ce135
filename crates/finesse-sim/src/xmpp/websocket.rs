//! XMPP over WebSocket, RFC 7395: one stanza per text message, subprotocol `xmpp`, at `/ws` and `/ws/`.

use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::session::Reply;
use super::stanza::Framing;
use super::stream::Stream;
use super::{LARGEST_STANZA, WRITE};
use crate::engine::Engine;
use crate::net::{HANDSHAKE, Socket};
use crate::world::Side;

/// Serves one connection to its end.
pub(crate) async fn serve(socket: Socket, engine: Arc<Engine>, side: Side) {
    // The defaults keep 128 KiB for each connection.
    let config = WebSocketConfig::default()
        .read_buffer_size(4096)
        .write_buffer_size(0)
        .max_message_size(Some(LARGEST_STANZA))
        .max_frame_size(Some(LARGEST_STANZA));
    let upgrade = tokio_tungstenite::accept_hdr_async_with_config(socket, check, Some(config));
    let socket = match tokio::time::timeout(HANDSHAKE, upgrade).await {
        Ok(Ok(socket)) => socket,
        Ok(Err(error)) => return tracing::debug!(%error, "WebSocket refused"),
        Err(_) => return tracing::debug!("WebSocket upgrade timed out"),
    };
    if let Err(error) = talk(socket, Stream::new(engine, side, Framing::WebSocket)).await {
        tracing::debug!(%error, "WebSocket ended");
    }
}

type Refused = tokio_tungstenite::tungstenite::Error;

async fn talk(mut socket: WebSocketStream<Socket>, mut stream: Stream) -> Result<(), Refused> {
    loop {
        let reply = tokio::select! {
            incoming = socket.next() => {
                let session = stream.heard();
                match incoming {
                    None | Some(Ok(Message::Close(_))) => return Ok(()),
                    Some(Ok(Message::Text(text))) if text.trim().is_empty() => Reply::default(),
                    Some(Ok(Message::Text(text))) => session.element(text.as_str()),
                    Some(Ok(Message::Binary(_))) => session.fail("not-well-formed"),
                    Some(Ok(_)) => Reply::default(),
                    Some(Err(Refused::Capacity(_))) => session.fail("policy-violation"),
                    Some(Err(error)) => return Err(error),
                }
            }
            unasked = stream.unasked() => match unasked {
                Some(reply) => reply,
                None => return Ok(()),
            },
        };
        let messages = reply.out.into_iter().map(|text| Ok(Message::text(text)));
        let mut messages = futures_util::stream::iter(messages);
        match tokio::time::timeout(WRITE, socket.send_all(&mut messages)).await {
            Ok(sent) => sent?,
            Err(_) => return Ok(()),
        }
        if reply.end {
            return socket.close(None).await;
        }
    }
}

/// The path and the subprotocol are part of the contract: a client without them is refused.
// The type of the error is tungstenite's own.
#[allow(clippy::result_large_err)]
fn check(request: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    let refuse = |status: StatusCode, text: &str| {
        let mut refusal = ErrorResponse::new(Some(text.to_owned()));
        *refusal.status_mut() = status;
        refusal
    };
    if !matches!(request.uri().path(), "/ws" | "/ws/") {
        return Err(refuse(StatusCode::NOT_FOUND, "WebSocket is at /ws/"));
    }
    let offered = request.headers().get_all("sec-websocket-protocol").iter();
    let xmpp = offered
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|protocol| protocol.trim().eq_ignore_ascii_case("xmpp"));
    if !xmpp {
        return Err(refuse(StatusCode::BAD_REQUEST, "the subprotocol must be xmpp"));
    }
    response.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("xmpp"));
    Ok(response)
}
