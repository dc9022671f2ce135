//! XMPP over WebSocket, RFC 7395: one stanza per text message, subprotocol `xmpp`, at `/ws` and `/ws/`. Other
//! requests are answered as Openfire's web container (Jetty) does.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{Html, IntoResponse, Response};
use futures_util::{SinkExt, StreamExt};
use hyper::StatusCode;
use hyper::header::{HeaderMap, HeaderValue, SEC_WEBSOCKET_PROTOCOL, UPGRADE};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::session::Reply;
use super::stanza::Framing;
use super::stream::Stream;
use super::{LARGEST_STANZA, WRITE};
use crate::engine::Engine;
use crate::world::Side;
use crate::xml::escape;

/// The door of one server.
pub(crate) fn router(engine: Arc<Engine>, side: Side) -> Router {
    Router::new().fallback(answer).with_state((engine, side))
}

async fn answer(State((engine, side)): State<(Arc<Engine>, Side)>, mut request: Request) -> Response {
    match request.uri().path() {
        "/ws" | "/ws/" => match agree(&request) {
            Ok(response) => {
                let upgrade = hyper::upgrade::on(&mut request);
                engine.tasks.clone().spawn(async move {
                    match upgrade.await {
                        Ok(connection) => serve(connection, engine, side).await,
                        Err(error) => tracing::debug!(%error, "WebSocket did not begin"),
                    }
                });
                response
            }
            Err((status, text)) => page(status, &text),
        },
        "/" => page(StatusCode::OK, "Notification service"),
        _ => page(StatusCode::NOT_FOUND, "Not Found"),
    }
}

/// Agrees to speak WebSocket, or says with which status and text not. The subprotocol is part of the contract.
fn agree(request: &Request) -> Result<Response, (StatusCode, String)> {
    if !request.headers().contains_key(UPGRADE) {
        // What the servlet behind the path says to whoever does not want to upgrade.
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

fn page(status: StatusCode, text: &str) -> Response {
    let text = escape(text);
    let page = format!("<html><head><title>{text}</title></head><body><h2>{text}</h2></body></html>");
    (status, Html(page)).into_response()
}

/// Serves one connection to its end.
async fn serve(connection: Upgraded, engine: Arc<Engine>, side: Side) {
    // The defaults keep 128 KiB for each connection.
    let config = WebSocketConfig::default()
        .read_buffer_size(4096)
        .write_buffer_size(0)
        .max_message_size(Some(LARGEST_STANZA))
        .max_frame_size(Some(LARGEST_STANZA));
    let socket = WebSocketStream::from_raw_socket(TokioIo::new(connection), Role::Server, Some(config)).await;
    if let Err(error) = talk(socket, Stream::new(engine, side, Framing::WebSocket)).await {
        tracing::debug!(%error, "WebSocket ended");
    }
}

type Socket = TokioIo<Upgraded>;
type Refused = tokio_tungstenite::tungstenite::Error;

async fn talk(mut socket: WebSocketStream<Socket>, mut stream: Stream) -> Result<(), Refused> {
    loop {
        let reply = tokio::select! {
            // What the client said first: it may have answered a ping that is due again.
            biased;
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
