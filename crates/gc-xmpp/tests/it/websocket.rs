//! XMPP over WebSocket (RFC 7395), as far as it differs from TCP.

#![allow(clippy::result_large_err, reason = "the library's callback has this type")]

use futures_util::{SinkExt, StreamExt};
use gc_xmpp::{
    CloseReason, ConnectError, Endpoint, Event, FramingError, Handle, Lost, StreamCondition, connect,
};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::Receiver;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode};
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async};

use crate::peer::{
    BOUND, FEATURES_BIND, FEATURES_PLAIN, SUCCESS, end_of, listen, next, next_payload, notification, options,
};

const OPEN: &str = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' from='chat.example' version='1.0'/>";

struct Peer {
    socket: WebSocketStream<TcpStream>,
}

impl Peer {
    async fn accept(listener: &TcpListener) -> Self {
        let tcp = listener.accept().await.unwrap().0;
        let choose_xmpp = |request: &Request, mut response: Response| {
            assert_eq!(request.uri().path(), "/ws/");
            assert_eq!(request.headers()["sec-websocket-protocol"], "xmpp");
            response.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("xmpp"));
            Ok::<_, ErrorResponse>(response)
        };
        Self { socket: accept_hdr_async(tcp, choose_xmpp).await.unwrap() }
    }

    async fn say(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// The next message, which must hold this.
    async fn hear(&mut self, expected: &str) {
        let message = self.socket.next().await.unwrap().unwrap().into_text().unwrap();
        assert!(message.contains(expected), "{message}");
    }

    async fn let_in(&mut self) {
        self.hear(
            "<open xmlns=\"urn:ietf:params:xml:ns:xmpp-framing\" to=\"chat.example\" version=\"1.0\"/>",
        )
        .await;
        self.say(OPEN).await;
        self.say(FEATURES_PLAIN).await;
        self.hear("</auth>").await;
        self.say(SUCCESS).await;
        self.hear("<open").await;
        self.say(OPEN).await;
        self.say(FEATURES_BIND).await;
        self.hear("</iq>").await;
        self.say(BOUND).await;
        self.hear("</presence>").await;
        self.hear("urn:xmpp:ping").await;
        self.say("<iq type='result' id='presence' from='chat.example'/>").await;
    }
}

struct Pair {
    peer: Peer,
    handle: Handle,
    events: Receiver<Event>,
}

/// A client that is logged in; the server leaves out every namespace it may be tempted to.
async fn pair() -> Pair {
    let (listener, port) = listen().await;
    let script = async {
        let mut peer = Peer::accept(&listener).await;
        peer.let_in().await;
        peer
    };
    let (session, peer) =
        tokio::join!(connect(options(Endpoint::websocket("127.0.0.1", port, "/ws/"))), script);
    let (handle, mut events) = session.unwrap();
    assert!(matches!(next(&mut events).await, Event::Ready { .. }));
    Pair { peer, handle, events }
}

async fn end_after(message: Message) -> CloseReason {
    let Pair { mut peer, handle: _handle, mut events } = pair().await;
    peer.socket.send(message).await.unwrap();
    end_of(&mut events).await
}

#[tokio::test]
async fn notifications_arrive_one_in_a_message_and_blanks_do_no_harm() {
    let Pair { mut peer, handle: _handle, mut events } = pair().await;
    peer.say(" ").await;
    peer.say(&notification("one")).await;
    peer.say(&format!("\n{}\n", notification("two").replace("<message", "<message xmlns='jabber:client'")))
        .await;
    assert_eq!(next_payload(&mut events).await, "one");
    assert_eq!(next_payload(&mut events).await, "two");
}

#[tokio::test]
async fn ping_frames_are_answered() {
    let Pair { mut peer, handle: _handle, events: _events } = pair().await;
    peer.socket.send(Message::Ping("there?".into())).await.unwrap();
    assert_eq!(peer.socket.next().await.unwrap().unwrap(), Message::Pong("there?".into()));
}

#[tokio::test]
async fn closing_exchanges_close_elements_and_then_close_frames() {
    let Pair { mut peer, handle, mut events } = pair().await;
    let script = async {
        peer.hear("<close xmlns=\"urn:ietf:params:xml:ns:xmpp-framing\"/>").await;
        peer.say("<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>").await;
        assert!(matches!(peer.socket.next().await, Some(Ok(Message::Close(_)))));
    };
    tokio::join!(handle.close(), script);
    assert_eq!(end_of(&mut events).await, CloseReason::Requested);
}

#[tokio::test]
async fn a_server_may_send_us_elsewhere_with_its_close_element() {
    let close = "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing' see-other-uri='wss://b.example/ws'/>";
    match end_after(Message::text(close)).await {
        CloseReason::Stream(error) => {
            assert_eq!(error.condition, StreamCondition::SeeOtherHost("wss://b.example/ws".into()));
        }
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn bad_messages_end_the_session() {
    let too_large = CloseReason::BadStream(FramingError::TooLarge { limit: 1 << 20 });
    assert_eq!(
        end_after(Message::binary(vec![1, 2, 3])).await,
        CloseReason::BadStream(FramingError::BadFrame)
    );
    assert_eq!(end_after(Message::text("x".repeat((1 << 20) + 1))).await, too_large);
    assert_eq!(end_after(Message::Close(None)).await, CloseReason::Lost(Lost::Eof));
}

#[tokio::test]
async fn a_message_that_cannot_be_read_is_reported_and_what_follows_it_is_read() {
    let Pair { mut peer, handle: _handle, mut events } = pair().await;
    let deep = "<a>".repeat(10_000);
    for poisoned in [
        &deep,
        "<!DOCTYPE x><message/>",
        "<message/><message/>",
        "<message><body>",
        "<m>&nbsp;</m>",
        "no XML",
    ] {
        peer.say(poisoned).await;
        peer.say(&notification("after")).await;
        let event = next(&mut events).await;
        assert!(matches!(event, Event::Unreadable(_)), "{event:?}");
        assert_eq!(next_payload(&mut events).await, "after");
    }
}

#[tokio::test]
async fn a_message_is_as_large_as_all_its_fragments() {
    let Pair { mut peer, handle: _handle, mut events } = pair().await;
    let fragment = |code| Message::Frame(Frame::message("x".repeat(600_000), OpCode::Data(code), false));
    peer.socket.send(fragment(Data::Text)).await.unwrap();
    peer.socket.send(fragment(Data::Continue)).await.unwrap();
    let too_large = CloseReason::BadStream(FramingError::TooLarge { limit: 1 << 20 });
    assert_eq!(end_of(&mut events).await, too_large);
}

#[tokio::test]
async fn a_refused_upgrade_says_its_status() {
    let (listener, port) = listen().await;
    let script = async {
        let tcp = listener.accept().await.unwrap().0;
        let refuse = |_: &Request, _: Response| {
            let mut response = ErrorResponse::new(None);
            *response.status_mut() = StatusCode::NOT_FOUND;
            Err::<Response, _>(response)
        };
        let _ = accept_hdr_async(tcp, refuse).await;
    };
    let (session, ()) =
        tokio::join!(connect(options(Endpoint::websocket("127.0.0.1", port, "/ws/"))), script);
    let error = session.map(|(handle, _)| handle).unwrap_err();
    assert!(matches!(error, ConnectError::UpgradeRefused(404)), "{error}");
    assert!(!error.is_transient());
}

#[tokio::test]
async fn a_websocket_server_that_does_not_speak_xmpp_is_refused() {
    let (listener, port) = listen().await;
    let script = async {
        let tcp = listener.accept().await.unwrap().0;
        let _socket =
            accept_hdr_async(tcp, |_: &Request, response: Response| Ok::<_, ErrorResponse>(response)).await;
    };
    let (session, ()) =
        tokio::join!(connect(options(Endpoint::websocket("127.0.0.1", port, "/ws/"))), script);
    let error = session.map(|(handle, _)| handle).unwrap_err();
    assert!(matches!(error, ConnectError::Upgrade(_)), "{error}");
}
