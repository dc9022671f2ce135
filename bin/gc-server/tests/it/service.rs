//! Finesse goes out of service and comes back.

use crate::support::receiver::Receiver;
use crate::support::soon;
use crate::support::stage::Stage;

#[tokio::test]
async fn every_client_is_notified_once_and_readiness_follows() {
    let stage = Stage::start().await;
    let client = stage.client();
    let mut desk = client.watched("desk").await;
    let mut crm = Receiver::good().await;
    client.hello_with_callback("crm", &crm.url).await;
    assert_eq!(crm.next().await.event["status"], "IN_SERVICE");

    for (status, ready) in [("OUT_OF_SERVICE", 503), ("IN_SERVICE", 200), ("OUT_OF_SERVICE", 503)] {
        stage.control().system(status).await;
        assert_eq!(desk.next().await.unwrap().brief(), format!("System {status}"));
        assert_eq!(crm.next().await.event["status"], status);
        let answer = client.get("/health/ready").await;
        assert_eq!(answer.status(), ready);
        assert_eq!(client.get("/health/live").await.status(), 200);
    }
    // Hello and Beat have the present state, and nothing came twice.
    client.accepted("Beat#desk", "").await;
    let beat = desk.next().await.unwrap();
    assert_eq!((beat.brief().as_str(), beat.sequence()), ("System OUT_OF_SERVICE", 5));
    client.hello("late").await;
    let mut late = client.events("late", None).await;
    assert_eq!(late.next().await.unwrap().brief(), "System OUT_OF_SERVICE");
    stage.end().await;
}

#[tokio::test]
async fn a_connect_while_finesse_is_away_fails_clearly_and_works_afterwards() {
    let stage = Stage::start().await;
    let client = stage.client();
    let mut events = client.watched("desk").await;
    stage.control().system("OUT_OF_SERVICE").await;
    events.brief("System OUT_OF_SERVICE").await;
    client.accepted("Connect#1001", "desk,demo").await;
    events.brief("Error UNABLE_TO_SUBSCRIBE_TO_FINESSE").await;
    stage.control().system("IN_SERVICE").await;
    events.brief("System IN_SERVICE").await;
    client.signs_in("1001", "desk", &mut events).await;
    stage.end().await;
}

#[tokio::test]
async fn before_finesse_was_seen_the_connector_lives_but_is_not_ready() {
    gc_server::choose_crypto();
    // Nobody listens there: the port was somebody's until now.
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let nodes = format!("[{{ url = \"https://{gone}\" }}]");
    let config = crate::support::stage::toml_of(&[("finesse.nodes", &nodes)]);
    let server = gc_server::Server::start(&gc_server::Config::parse(&config).unwrap()).await.unwrap();
    let client = crate::support::client::Client::of(server.address());
    assert_eq!(client.get("/health/live").await.status(), 200);
    assert_eq!(client.get("/health/ready").await.status(), 503);
    client.hello("desk").await;
    let mut events = client.events("desk", None).await;
    assert_eq!(events.next().await.unwrap().brief(), "System OUT_OF_SERVICE");
    soon("the stop", server.stop()).await;
}
