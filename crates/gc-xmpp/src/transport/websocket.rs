//! XMPP with one stanza in each WebSocket message (RFC 7395).

use futures_util::{SinkExt, StreamExt};
use gc_xml::{Element, Limits};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::ClientRequestBuilder;
use tokio_tungstenite::tungstenite::error::{Error, ProtocolError};
use tokio_tungstenite::tungstenite::http::Uri;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::{Frame, ReceiveError, Socket, read_stanza};
use crate::{FramingError, Lost, ns};

pub(crate) struct WebSocketTransport {
    socket: WebSocketStream<Box<dyn Socket>>,
    limits: Limits,
}

impl WebSocketTransport {
    pub(crate) async fn upgrade(socket: Box<dyn Socket>, url: Uri, limits: Limits) -> Result<Self, Error> {
        // The defaults keep 128 KiB for each connection; there are thousands. The buffer takes a message and what was read before it, and doubles
        // when a longer message comes: for one of 2.5 kB and then one of 4 kB it comes to 7 kB, where it would be 9 if it began with 2048 bytes.
        let config = WebSocketConfig::default()
            .read_buffer_size(1024)
            .write_buffer_size(0)
            .max_message_size(Some(limits.bytes))
            .max_frame_size(Some(limits.bytes));
        let request = ClientRequestBuilder::new(url).with_sub_protocol("xmpp");
        let (socket, _) = client_async_with_config(request, socket, Some(config)).await?;
        Ok(Self { socket, limits })
    }

    pub(super) async fn receive(&mut self) -> Result<Frame, ReceiveError> {
        match self.socket.next().await {
            Some(Ok(Message::Text(text))) => Ok(read(&text, &self.limits).unwrap_or_else(Frame::Unreadable)),
            // The library answers pings by itself.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(Frame::Alive),
            Some(Ok(Message::Binary(_))) => Err(FramingError::BadFrame.into()),
            Some(Ok(Message::Close(_))) | None => Err(ReceiveError::Lost(Lost::Eof)),
            Some(Err(error)) => Err(receive_error(error, &self.limits)),
        }
    }

    pub(super) async fn open_stream(&mut self, domain: &str) -> Result<(), Lost> {
        let open = Element::in_namespace("open", ns::FRAMING)
            .with_attribute("to", domain)
            .with_attribute("version", "1.0");
        self.send(&open.to_string()).await
    }

    pub(super) async fn send(&mut self, text: &str) -> Result<(), Lost> {
        self.socket.send(Message::text(text)).await.map_err(lost)
    }

    pub(super) async fn close_stream(&mut self) -> Result<(), Lost> {
        self.send(&Element::in_namespace("close", ns::FRAMING).to_string()).await
    }

    pub(super) async fn shut_down(&mut self) {
        // Best effort: the peer may be gone already.
        let _ = self.socket.close(None).await;
    }
}

fn read(text: &str, limits: &Limits) -> Result<Frame, FramingError> {
    if text.trim().is_empty() {
        return Ok(Frame::Alive);
    }
    // Some servers leave out the namespace that RFC 7395 demands on every stanza.
    let element = read_stanza(text.as_bytes(), limits)?;
    Ok(match element.name() {
        "open" if element.namespace() == Some(ns::FRAMING) => Frame::Opened,
        "close" if element.namespace() == Some(ns::FRAMING) => {
            Frame::Ended { see_other: element.attribute("see-other-uri").map(str::to_owned) }
        }
        _ => Frame::Stanza(element),
    })
}

fn receive_error(error: Error, limits: &Limits) -> ReceiveError {
    match error {
        Error::Capacity(_) => FramingError::TooLarge { limit: limits.bytes }.into(),
        Error::Utf8(_) => FramingError::NotUtf8.into(),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => ReceiveError::Lost(Lost::Eof),
        Error::Protocol(_) => FramingError::BadFrame.into(),
        other => ReceiveError::Lost(lost(other)),
    }
}

fn lost(error: Error) -> Lost {
    match error {
        Error::Io(error) => error.into(),
        _ => Lost::Eof,
    }
}
