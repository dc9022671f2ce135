//! A server that breaks the rules, or ends the session in one of the ways the rules know.

use gc_net::{Fingerprint, Trust};
use gc_xmpp::{
    CloseReason, ConnectError, Endpoint, Event, FramingError, Lost, Options, Phase, Step, StreamCondition,
    connect,
};
use tokio::io::AsyncWriteExt;

use crate::peer::{
    FEATURES_PLAIN, HEADER, Pair, Peer, SHORT, end_of, listen, next, next_payload, notification, options,
};

/// What the session ends with after the server said this and, if asked, closed.
async fn end_after(said: &str, closes: bool) -> CloseReason {
    let mut pair = Pair::usual().await;
    pair.peer.say(said).await;
    if closes {
        pair.peer.socket.shutdown().await.unwrap();
    }
    end_of(&mut pair.events).await
}

fn stream_error(condition: &str) -> String {
    format!("<stream:error>{condition}</stream:error></stream:stream>")
}

#[tokio::test]
async fn half_a_stanza_and_a_closed_connection_is_a_cut_off() {
    assert_eq!(end_after("<message><event", true).await, CloseReason::Lost(Lost::CutOff));
    assert_eq!(end_after("", true).await, CloseReason::Lost(Lost::Eof));
    assert_eq!(end_after("</stream:stream>", false).await, CloseReason::Ended);
}

#[tokio::test]
async fn a_stanza_of_fifty_megabytes_is_refused_without_being_read() {
    let Pair { mut peer, mut events, handle: _handle } = Pair::usual().await;
    peer.say("<message>").await;
    let (_reader, mut writer) = peer.socket.into_split();
    let flood = tokio::spawn(async move {
        let megabyte = vec![b'x'; 1 << 20];
        for written in 0..50 {
            if writer.write_all(&megabyte).await.is_err() {
                return written;
            }
        }
        50
    });
    assert_eq!(end_of(&mut events).await, CloseReason::BadStream(FramingError::TooLarge { limit: 1 << 20 }));
    assert!(flood.await.unwrap() < 50, "the client read it all");
}

#[tokio::test]
async fn what_xml_can_be_abused_for_is_refused_and_the_server_notified() {
    let cases = [
        ("<a>".repeat(100), FramingError::TooDeep { limit: 64 }, "policy-violation"),
        (
            "<!DOCTYPE x [<!ENTITY y 'z'>]>".into(),
            FramingError::Restricted("document type"),
            "restricted-xml",
        ),
        ("<message><!-- x --></message>".into(), FramingError::Restricted("comment"), "restricted-xml"),
    ];
    for (said, error, sent) in cases {
        let Pair { mut peer, mut events, handle: _handle } = Pair::usual().await;
        peer.say(&said).await;
        assert_eq!(end_of(&mut events).await, CloseReason::BadStream(error));
        let words = peer.hear_the_end().await;
        assert!(words.contains(sent) && words.ends_with("</stream:stream>"), "{words}");
    }
}

#[tokio::test]
async fn nesting_of_ten_thousand_is_refused() {
    let reason = end_after(&"<a>".repeat(10_000), false).await;
    assert_eq!(reason, CloseReason::BadStream(FramingError::TooDeep { limit: 64 }));
}

#[tokio::test]
async fn a_stanza_that_cannot_be_read_is_reported_and_what_follows_it_is_read() {
    let Pair { mut peer, mut events, handle: _handle } = Pair::usual().await;
    let poisoned: [&[u8]; 4] = [
        b"<message>&nbsp;</message>",
        b"<message>&#0;</message>",
        b"<message a='1' a='2'/>",
        b"<message>\xff\xfe</message>",
    ];
    for stanza in poisoned {
        peer.socket.write_all(stanza).await.unwrap();
        peer.say(&notification("after")).await;
        let event = next(&mut events).await;
        assert!(matches!(event, Event::Unreadable(_)), "{event:?}");
        assert_eq!(next_payload(&mut events).await, "after");
    }
}

#[tokio::test]
async fn a_stanza_whose_end_nobody_knows_ends_the_session() {
    for said in ["<message></presence>", "<message><br></message>"] {
        let reason = end_after(said, false).await;
        assert!(matches!(reason, CloseReason::BadStream(FramingError::NotXml(_))), "{said}: {reason}");
    }
}

#[tokio::test]
async fn a_login_ends_at_a_stanza_that_cannot_be_read() {
    let error = refused_after(&[&format!("{HEADER}<stream:features>&nbsp;</stream:features>")], |_| {}).await;
    assert!(
        matches!(error, ConnectError::NoLogin(CloseReason::BadStream(FramingError::NotXml(_)))),
        "{error}"
    );
}

#[tokio::test]
async fn the_server_says_why_it_ends_the_stream() {
    let namespace = "xmlns='urn:ietf:params:xml:ns:xmpp-streams'";
    let cases = [
        (format!("<conflict {namespace}/>"), StreamCondition::Conflict),
        (
            format!("<see-other-host {namespace}>b.example</see-other-host>"),
            StreamCondition::SeeOtherHost("b.example".into()),
        ),
        (format!("<system-shutdown {namespace}/>"), StreamCondition::SystemShutdown),
    ];
    for (condition, expected) in cases {
        match end_after(&stream_error(&condition), true).await {
            CloseReason::Stream(error) => assert_eq!(error.condition, expected),
            other => panic!("{other}"),
        }
    }
}

/// What connecting ends with when the server says these words in turn, each after it heard something.
async fn refused_after(words: &[&str], adjust: impl FnOnce(&mut Options)) -> ConnectError {
    let (listener, port) = listen().await;
    let mut options = options(Endpoint::tcp("127.0.0.1", port));
    adjust(&mut options);
    let script = async {
        let mut peer = Peer::accept(&listener).await;
        for word in words {
            peer.hear(">").await;
            peer.say(word).await;
        }
        peer.hear_the_end().await
    };
    let (session, _) = tokio::join!(connect(options), script);
    session.map(|(handle, _)| handle).unwrap_err()
}

#[tokio::test]
async fn a_server_without_plain_is_its_own_error() {
    let features = FEATURES_PLAIN.replace("PLAIN", "SCRAM-SHA-256");
    let error = refused_after(&[&format!("{HEADER}{features}")], |_| {}).await;
    let offered = vec!["SCRAM-SHA-256".to_owned()];
    assert!(
        matches!(&error, ConnectError::NoLogin(CloseReason::NoPlainMechanism { offered: found }) if *found == offered),
        "{error}"
    );
    assert!(!error.is_transient());
}

#[tokio::test]
async fn silence_ends_each_phase_of_connecting() {
    let error = refused_after(&[], |options| options.timing.step = SHORT).await;
    assert!(matches!(error, ConnectError::NoLogin(CloseReason::StepTimedOut(Step::Open))), "{error}");
    assert!(error.is_transient());

    // The system accepts connections for a listener that never looks at them.
    let (listener, port) = listen().await;
    let silence_at = async |endpoint| {
        let mut options = options(endpoint);
        options.timing.handshake = SHORT;
        connect(options).await.map(|(handle, _)| handle).unwrap_err()
    };
    let error = silence_at(Endpoint::websocket("127.0.0.1", port, "/ws")).await;
    assert!(matches!(error, ConnectError::TimedOut(Phase::Upgrade)), "{error}");
    let trust = Trust::Pinned(vec![Fingerprint::of(b"any")]).client_config().unwrap();
    let error = silence_at(Endpoint::tcp("127.0.0.1", port).with_tls_name(trust, "localhost")).await;
    assert!(matches!(error, ConnectError::TimedOut(Phase::Tls)), "{error}");

    drop(listener);
    let error = silence_at(Endpoint::tcp("127.0.0.1", port)).await;
    assert!(matches!(error, ConnectError::Dial(_)), "{error}");
    assert!(error.is_transient());
}

#[tokio::test]
async fn a_readable_connection_never_sees_the_password() {
    let (listener, port) = listen().await;
    let options = Options { allow_plaintext_auth: false, ..options(Endpoint::tcp("127.0.0.1", port)) };
    let script = async { Peer::accept(&listener).await.hear_the_end().await };
    let (session, heard) = tokio::join!(connect(options), script);
    let error = session.map(|(handle, _)| handle).unwrap_err();
    assert!(matches!(error, ConnectError::NoLogin(CloseReason::PlaintextRefused)), "{error}");
    assert_eq!(heard, "");
}

#[tokio::test]
async fn a_web_server_is_not_taken_for_an_xmpp_server() {
    let error = refused_after(&["HTTP/1.1 400 Bad Request\r\n\r\n"], |_| {}).await;
    assert!(
        matches!(error, ConnectError::NoLogin(CloseReason::BadStream(FramingError::StrayText))),
        "{error}"
    );
    let error = refused_after(&["<html><body>"], |_| {}).await;
    assert!(
        matches!(error, ConnectError::NoLogin(CloseReason::BadStream(FramingError::NotAStream))),
        "{error}"
    );
}
