//! XMPP over WebSocket, RFC 7395: one stanza per text message, subprotocol `xmpp`.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use futures_util::{SinkExt, StreamExt};
use hyper::StatusCode;
use hyper::header::{HeaderMap, HeaderValue, SEC_WEBSOCKET_PROTOCOL, UPGRADE};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::page::page;
use super::session::Reply;
use super::stanza::Framing;
use super::stream::Stream;
use super::{MAX_STANZA, WRITE_TIMEOUT};
use crate::engine::Engine;
use crate::world::Side;

/// Answers any request to the path of the WebSocket, and serves the connection in a task of its own.
pub(super) async fn answer(engine: Arc<Engine>, side: Side, mut request: Request) -> Response {
    match accept_upgrade(&request) {
        Ok(response) => {
            let upgrade = hyper::upgrade::on(&mut request);
            engine.tasks.clone().spawn(async move {
                match upgrade.await {
                    Ok(connection) => serve(connection, engine, side).await,
                    Err(error) => tracing::debug!(%error, "WebSocket upgrade failed"),
                }
            });
            response
        }
        Err((status, text)) => page(status, &text),
    }
}

/// The response that accepts the upgrade, or the status and text of the error. The subprotocol is required.
fn accept_upgrade(request: &Request) -> Result<Response, (StatusCode, String)> {
    if !request.headers().contains_key(UPGRADE) {
        // The servlet's error for requests that are no upgrade.
        let text = format!("HTTP method {} is not supported by this URL", request.method());
        return Err((StatusCode::METHOD_NOT_ALLOWED, text));
    }
    let refused = |text: &str| (StatusCode::BAD_REQUEST, text.to_owned());
    let mut response = create_response_with_body(request, Body::empty)
        .map_err(|error| refused(&format!("Not a WebSocket upgrade: {error}")))?;
    if !offers_xmpp(request.headers()) {
        return Err(refused("The subprotocol must be xmpp"));
    }
    response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static("xmpp"));
    Ok(response)
}

fn offers_xmpp(headers: &HeaderMap) -> bool {
    let offered = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|value| value.to_str().ok());
    offered.flat_map(|value| value.split(',')).any(|protocol| protocol.trim().eq_ignore_ascii_case("xmpp"))
}

/// Serves one connection until it ends.
async fn serve(connection: Upgraded, engine: Arc<Engine>, side: Side) {
    // The defaults use 128 KiB for each connection.
    let config = WebSocketConfig::default()
        .read_buffer_size(4096)
        .write_buffer_size(0)
        .max_message_size(Some(MAX_STANZA))
        .max_frame_size(Some(MAX_STANZA));
    let socket = WebSocketStream::from_raw_socket(TokioIo::new(connection), Role::Server, Some(config)).await;
    if let Err(error) = run(socket, Stream::new(engine, side, Framing::WebSocket)).await {
        tracing::debug!(%error, "WebSocket ended");
    }
}

type Socket = TokioIo<Upgraded>;
type WebSocketError = tokio_tungstenite::tungstenite::Error;

async fn run(mut socket: WebSocketStream<Socket>, mut stream: Stream) -> Result<(), WebSocketError> {
    loop {
        let reply = tokio::select! {
            // Reads first: the client may have answered a ping that is due again.
            biased;
            incoming = socket.next() => {
                let session = stream.receive();
                match incoming {
                    None | Some(Ok(Message::Close(_))) => return Ok(()),
                    Some(Ok(Message::Text(text))) if text.trim().is_empty() => Reply::default(),
                    Some(Ok(Message::Text(text))) => session.element(text.as_str()),
                    Some(Ok(Message::Binary(_))) => session.fail("not-well-formed"),
                    Some(Ok(_)) => Reply::default(),
                    Some(Err(WebSocketError::Capacity(_))) => session.fail("policy-violation"),
                    Some(Err(error)) => return Err(error),
                }
            }
            unsolicited = stream.unsolicited() => match unsolicited {
                Some(reply) => reply,
                None => return Ok(()),
            },
        };
        let messages = reply.out.into_iter().map(|text| Ok(Message::text(text)));
        let mut messages = futures_util::stream::iter(messages);
        match tokio::time::timeout(WRITE_TIMEOUT, socket.send_all(&mut messages)).await {
            Ok(sent) => sent?,
            Err(_) => return Ok(()),
        }
        if reply.end {
            return socket.close(None).await;
        }
    }
}
