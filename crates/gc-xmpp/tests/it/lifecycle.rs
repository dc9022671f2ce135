//! The life of a session after its login: slow readers, pings, requests, goodbyes.

use std::time::Duration;

use gc_xmpp::{CloseReason, Endpoint, Event, RequestError, connect};
use tokio::time::timeout;

use crate::peer::{ECHO, Pair, Peer, SHORT, end_of, listen, next, next_payload, notification, options};

#[tokio::test]
async fn the_session_is_handed_out_when_presence_is_in_effect_and_with_what_came_before() {
    let (listener, port) = listen().await;
    let mut session = tokio::spawn(connect(options(Endpoint::tcp("127.0.0.1", port))));
    let mut peer = Peer::accept(&listener).await;
    peer.let_in_up_to_presence().await;
    peer.say(&notification("early")).await;
    // Its answer shows that the client has read what came before it.
    peer.say("<iq type='get' id='q'><ping xmlns='urn:xmpp:ping'/></iq>").await;
    peer.hear("id=\"q\"").await;
    assert!(timeout(Duration::ZERO, &mut session).await.is_err(), "open before presence is in effect");
    peer.say(ECHO).await;
    let (_handle, mut events) = session.await.unwrap().unwrap();
    assert_eq!(next_payload(&mut events).await, "early");
    assert!(matches!(next(&mut events).await, Event::Ready { .. }));
}

#[tokio::test]
async fn a_slow_reader_does_not_make_the_server_look_dead() {
    let Pair { mut peer, mut events, handle } = Pair::new(|options| {
        options.event_capacity = 1;
        options.timing.ping_every = SHORT;
    })
    .await;
    for number in 0..10 {
        peer.say(&notification(&number.to_string())).await;
    }
    // Six pings pass while nobody reads; two misses would have ended it.
    peer.hear("ping-6").await;
    for number in 0..10 {
        assert_eq!(next_payload(&mut events).await, number.to_string());
    }
    drop(handle);
}

#[tokio::test]
async fn a_server_that_answers_nothing_is_given_up() {
    let mut pair = Pair::new(|options| options.timing.ping_every = SHORT).await;
    assert_eq!(end_of(&mut pair.events).await, CloseReason::Unresponsive);
}

#[tokio::test]
async fn whitespace_is_a_sign_of_life() {
    let Pair { mut peer, mut events, handle: _handle } =
        Pair::new(|options| options.timing.ping_every = 2 * SHORT).await;
    for number in 1..5 {
        peer.hear(&format!("ping-{number}")).await;
        peer.say(" \n").await;
    }
    assert!(events.try_recv().is_err(), "still open");
}

#[tokio::test]
async fn requests_are_answered_each_to_its_asker() {
    let Pair { mut peer, handle, mut events } = Pair::usual().await;
    let script = async {
        peer.hear("request-1").await;
        peer.hear("request-2").await;
        peer.say("<iq type='error' id='request-2'><error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>").await;
        peer.say(&notification("between")).await;
        peer.say("<iq type='result' id='request-1'/>").await;
    };
    let (first, second, ()) = tokio::join!(handle.subscribe("/a"), handle.unsubscribe("/b"), script);
    assert_eq!(first, Ok(()));
    assert!(matches!(second, Err(RequestError::Refused(error)) if error.condition == "forbidden"));
    assert_eq!(next_payload(&mut events).await, "between");
}

#[tokio::test]
async fn a_request_that_nobody_answers_times_out_and_the_session_stays() {
    let Pair { mut peer, handle, mut events } = Pair::new(|options| options.timing.request = SHORT).await;
    assert_eq!(handle.subscribe("/a").await, Err(RequestError::TimedOut));
    peer.say(&notification("still here")).await;
    assert_eq!(next_payload(&mut events).await, "still here");
}

#[tokio::test]
async fn a_request_on_a_closed_session_says_so() {
    let Pair { peer, handle, mut events } = Pair::usual().await;
    drop(peer);
    assert!(matches!(end_of(&mut events).await, CloseReason::Lost(_)));
    assert_eq!(handle.subscribe("/a").await, Err(RequestError::Closed));
    handle.close().await;
}

#[tokio::test]
async fn closing_waits_for_the_server_to_close_its_stream() {
    let Pair { mut peer, handle, mut events } = Pair::usual().await;
    let script = async {
        peer.hear("</stream:stream>").await;
        peer.say("</stream:stream>").await;
        assert_eq!(peer.hear_the_end().await, "");
    };
    tokio::join!(handle.close(), script);
    assert_eq!(end_of(&mut events).await, CloseReason::Requested);
}

#[tokio::test]
async fn closing_does_not_wait_for_a_server_that_does_not() {
    let Pair { peer: _peer, handle, mut events } = Pair::new(|options| options.timing.close = SHORT).await;
    handle.close().await;
    assert_eq!(end_of(&mut events).await, CloseReason::Requested);
}

#[tokio::test]
async fn closing_does_not_wait_for_a_reader_that_does_not() {
    let Pair { mut peer, handle, events: _unread } = Pair::new(|options| {
        options.event_capacity = 1;
        options.timing.close = SHORT;
    })
    .await;
    for _ in 0..10 {
        peer.say(&notification("x")).await;
    }
    timeout(Duration::from_secs(20), handle.close()).await.unwrap();
}

#[tokio::test]
async fn dropping_the_handle_or_the_events_says_goodbye() {
    let Pair { mut peer, handle, events: _events } = Pair::usual().await;
    drop(handle);
    peer.hear("</stream:stream>").await;

    let Pair { mut peer, handle: _handle, events } = Pair::usual().await;
    drop(events);
    peer.hear("</stream:stream>").await;
}

#[tokio::test]
async fn what_came_before_the_end_is_delivered_before_the_end() {
    let Pair { mut peer, handle: _handle, mut events } =
        Pair::new(|options| options.event_capacity = 1).await;
    for number in 0..5 {
        peer.say(&notification(&number.to_string())).await;
    }
    peer.say("</stream:stream>").await;
    for number in 0..5 {
        assert_eq!(next_payload(&mut events).await, number.to_string());
    }
    assert_eq!(end_of(&mut events).await, CloseReason::Ended);
}

#[tokio::test]
async fn presence_of_others_is_reported() {
    let Pair { mut peer, handle: _handle, mut events } = Pair::usual().await;
    peer.say("<presence from='finesse@chat.example' type='unavailable'/>").await;
    let gone = Event::Presence { from: "finesse@chat.example".to_owned(), available: false };
    assert_eq!(next(&mut events).await, gone);
}
