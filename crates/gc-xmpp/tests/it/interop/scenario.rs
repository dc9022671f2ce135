//! A day of one session, the same on every server and transport.

use std::time::Duration;

use gc_net::Trust;
use gc_xmpp::{
    Account, CloseReason, ConnectError, Endpoint, Event, Handle, Lost, Notification, Options, RequestError,
    SaslCondition, StreamCondition, Timing, connect,
};
use secrecy::SecretString;
use tokio::sync::mpsc::Receiver;
use tokio::time::timeout;

use super::PATIENCE;
use super::publisher::{Publisher, register};
use super::server::Server;

const USER: &str = "7031";
/// An account beside, whose session hears nothing but the answers to its pings.
const PINGER: &str = "7032";
const PASSWORD: &str = "orchard & <gate>";
const ESCAPED_PASSWORD: &str = "orchard &amp; &lt;gate&gt;";
const USER_NODE: &str = "/finesse/api/User/7031";
const TEAM_NODE: &str = "/finesse/api/Team/12/Users";
const UPDATE: &str =
    "<Update><data><user><firstName>Zoë &amp; 민준</firstName></user></data><event>PUT</event></Update>";
const NOTIFICATION: &str = "<notification xmlns='http://jabber.org/protocol/pubsub'>&lt;Update&gt;&lt;data&gt;\
    &lt;user&gt;&lt;firstName&gt;Zoë &amp;amp; 민준&lt;/firstName&gt;&lt;/user&gt;&lt;/data&gt;\
    &lt;event&gt;PUT&lt;/event&gt;&lt;/Update&gt;</notification>";

/// Which transport.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Over {
    Tls,
    StartTls,
    WebSocket,
    Bosh,
}

type Session = (Handle, Receiver<Event>);

pub(crate) async fn run(mut server: Server, over: Over) {
    register(server.ports.plain, USER, ESCAPED_PASSWORD).await;
    register(server.ports.plain, PINGER, ESCAPED_PASSWORD).await;
    register(server.ports.plain, "publisher", "press").await;
    let mut publisher = Publisher::log_in(server.ports.plain, "publisher", "press").await;
    publisher.create(USER_NODE).await;
    publisher.create(TEAM_NODE).await;

    let conversations = async {
        a_wrong_password_is_refused(&server, over).await;
        published_updates_arrive_until_unsubscribed(&server, over, &mut publisher).await;
        a_node_that_is_not_there_is_refused(&server, over).await;
        a_second_login_takes_the_place_of_the_first(&server, over).await;
    };
    tokio::join!(conversations, pings_keep_the_session(&server, over));
    the_end_of_the_server_is_reported(&mut server, over).await;
}

fn options(server: &Server, over: Over, user: &str, password: &str) -> Options {
    let trust = Trust::Authority(server.certificates.authority_pem.clone()).client_config().unwrap();
    let endpoint = match over {
        Over::Tls => Endpoint::tcp("127.0.0.1", server.ports.tls),
        Over::StartTls => Endpoint::start_tls("127.0.0.1", server.ports.starttls),
        Over::Bosh => Endpoint::bosh("127.0.0.1", server.ports.websocket, "/http-bind"),
        Over::WebSocket => Endpoint::websocket("127.0.0.1", server.ports.websocket, server.websocket_path),
    };
    let account = Account::new(user, "localhost", "gc", SecretString::from(password)).unwrap();
    let timing = Timing {
        connect: PATIENCE,
        handshake: PATIENCE,
        step: PATIENCE,
        request: PATIENCE,
        ..Timing::default()
    };
    Options { timing, ..Options::new(endpoint.with_tls_name(trust, "localhost"), account) }
}

async fn log_in(server: &Server, over: Over) -> Session {
    match connect(options(server, over, USER, PASSWORD)).await {
        Ok(session) => session,
        Err(error) => panic!("{error}\n{}", server.log()),
    }
}

async fn next(events: &mut Receiver<Event>) -> Event {
    timeout(PATIENCE, events.recv()).await.expect("an event in time").expect("an open session")
}

async fn next_notification(events: &mut Receiver<Event>) -> Notification {
    loop {
        match next(events).await {
            Event::Notification(notification) => return *notification,
            Event::Closed(reason) => panic!("{reason}"),
            _ => {}
        }
    }
}

async fn end_of(events: &mut Receiver<Event>) -> CloseReason {
    loop {
        if let Event::Closed(reason) = next(events).await {
            assert_eq!(events.recv().await, None, "nothing follows the end");
            return *reason;
        }
    }
}

async fn a_wrong_password_is_refused(server: &Server, over: Over) {
    match connect(options(server, over, USER, "wrong")).await {
        Err(ConnectError::Closed(CloseReason::Refused(refusal))) => {
            assert_eq!(refusal.condition, SaslCondition::NotAuthorized);
        }
        other => panic!("{:?}\n{}", other.map(|(handle, _)| handle), server.log()),
    }
}

async fn published_updates_arrive_until_unsubscribed(server: &Server, over: Over, publisher: &mut Publisher) {
    let (handle, mut events) = log_in(server, over).await;
    assert_eq!(handle.jid(), "7031@localhost/gc");
    assert_eq!(next(&mut events).await, Event::Ready { jid: "7031@localhost/gc".to_owned() });
    for node in [USER_NODE, TEAM_NODE] {
        if let Err(error) = handle.subscribe(node).await {
            panic!("{node}: {error:?} {:?}\n{}", end_of(&mut events).await, server.log());
        }
    }

    publisher.publish(USER_NODE, "one", NOTIFICATION).await;
    let notification = next_notification(&mut events).await;
    assert_eq!(notification.node, USER_NODE);
    assert_eq!(notification.item_id.as_deref(), Some("one"));
    assert_eq!(notification.payload, UPDATE);
    assert_eq!(notification.from.as_deref(), Some("pubsub.localhost"));

    handle.unsubscribe(USER_NODE).await.unwrap();
    publisher.publish(USER_NODE, "two", NOTIFICATION).await;
    publisher.publish(TEAM_NODE, "three", "<notification xmlns='x'/>").await;
    let notification = next_notification(&mut events).await;
    assert_eq!(notification.item_id.as_deref(), Some("three"), "nothing of the node we left");
    assert_eq!(notification.payload, "");

    handle.close().await;
    assert_eq!(end_of(&mut events).await, CloseReason::Requested);
}

async fn a_node_that_is_not_there_is_refused(server: &Server, over: Over) {
    let (handle, _events) = log_in(server, over).await;
    match handle.subscribe("/finesse/api/Team/404/Users").await {
        Err(RequestError::Refused(error)) => assert_eq!(error.condition, "item-not-found"),
        other => panic!("{other:?}"),
    }
    handle.close().await;
}

async fn pings_keep_the_session(server: &Server, over: Over) {
    let mut options = options(server, over, PINGER, PASSWORD);
    options.timing.ping_every = Duration::from_secs(1);
    let (handle, mut events) = connect(options).await.unwrap();
    // Unanswered, the pings would end the session after three seconds.
    let ended = timeout(Duration::from_secs(4), end_of(&mut events)).await;
    assert!(ended.is_err(), "{ended:?}");
    handle.close().await;
}

async fn a_second_login_takes_the_place_of_the_first(server: &Server, over: Over) {
    let (_first, mut events) = log_in(server, over).await;
    let (second, _) = log_in(server, over).await;
    match end_of(&mut events).await {
        CloseReason::Stream(error) => assert_eq!(error.condition, StreamCondition::Conflict),
        other => panic!("{other}"),
    }
    assert_eq!(second.jid(), "7031@localhost/gc");
}

async fn the_end_of_the_server_is_reported(server: &mut Server, over: Over) {
    let (_handle, mut events) = log_in(server, over).await;
    server.terminate().await;
    match end_of(&mut events).await {
        CloseReason::Stream(error) => assert_eq!(error.condition, StreamCondition::SystemShutdown),
        CloseReason::Ended | CloseReason::Lost(Lost::Eof) => {}
        // The session was gone before our next request came; only BOSH has sessions that can be.
        CloseReason::Terminated(condition) => assert_eq!(condition, "item-not-found"),
        other => panic!("{other}"),
    }
}
