//! Each way in which an answer can be bad has its own failure.

use std::time::Duration;

use finesse_client::{Cluster, Link, Priority};
use finesse_types::{Answer, DialogAction, Failure, Request};
use tokio::time::timeout;
use wiremock::ResponseTemplate;

use crate::node::{Node, ask, cluster, config, credentials, html, ready, user, xml};
use crate::raw::{Closed, Manner, Raw};

fn hold() -> Request {
    Request::DialogAction { dialog: "77".to_owned(), action: DialogAction::Hold, target: "2042".to_owned() }
}

/// The status of a refusal without readable errors; "unreadable" for a success without what was asked for.
async fn failure_of(answer: ResponseTemplate, request: Request) -> String {
    let node = Node::start().await;
    node.answers(answer).await;
    match ask(&cluster(&[&node]).await, &request).await.unwrap_err() {
        Failure::Refused { status, errors } if errors.errors.is_empty() => status.to_string(),
        Failure::Unreadable { .. } => "unreadable".to_owned(),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn a_request_carries_what_finesse_asks_for() {
    let node = Node::start().await;
    node.answers(ResponseTemplate::new(202)).await;
    assert_eq!(ask(&cluster(&[&node]).await, &ready()).await, Ok(Answer::Accepted));
    let requests = node.requests().await;
    let header = |name: &str| requests[0].headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    assert_eq!(
        (requests.len(), requests[0].method.as_str(), requests[0].url.path()),
        (1, "PUT", "/finesse/api/User/1042")
    );
    assert_eq!(requests[0].body, b"<User><state>READY</state></User>");
    assert_eq!(header("authorization").as_deref(), Some("Basic MTA0MjpvcGVuIHNlc2FtZQ=="));
    assert_eq!(header("content-type").as_deref(), Some("application/xml"));
    assert_eq!(header("accept").as_deref(), Some("application/xml"));
    assert_eq!(header("requestid").as_deref(), Some("req-7"));
}

#[tokio::test]
async fn phone_books_are_asked_for_by_their_range_and_a_part_of_them_is_an_answer() {
    let node = Node::start().await;
    node.answers(xml(
        206,
        "<PhoneBooks><PhoneBook><uri>/finesse/api/PhoneBook/4</uri></PhoneBook></PhoneBooks>",
    ))
    .await;
    let cluster = cluster(&[&node]).await;
    let request = Request::PhoneBooks { user: "1042".to_owned() };
    let Ok(Answer::PhoneBooks(books)) = ask(&cluster, &request).await else { panic!() };
    assert_eq!(books[0].id, "4");
    let _ = ask(&cluster, &Request::TeamPhoneBooks { team: "31".to_owned() }).await.unwrap();
    let requests = node.requests().await;
    let range = |at: usize| requests[at].headers.get("range").map(|value| value.to_str().unwrap().to_owned());
    assert_eq!((range(0).as_deref(), range(1)), (Some("objects=1-6000"), None));
}

#[tokio::test]
async fn phone_books_may_be_longer_than_other_lists() {
    let node = Node::start().await;
    let contact = format!("<Contact><description>{}</description></Contact>", "x".repeat(1000));
    node.answers(xml(200, &format!("<Contacts>{}</Contacts>", contact.repeat(6000)))).await;
    let request = Request::PhoneBookContacts { id: "7".to_owned() };
    let Ok(Answer::Contacts(contacts)) = ask(&cluster(&[&node]).await, &request).await else { panic!() };
    assert_eq!(contacts.len(), 6000);
}

/// A user as Finesse lists it, 700 bytes long.
fn listed_user(number: usize) -> String {
    format!(
        "<User><dialogs>/finesse/api/User/{number}/Dialogs</dialogs><extension></extension>\
         <firstName>Yvaine</firstName><lastName>Thornbury-Castellanos</lastName><loginId>{number}</loginId>\
         <loginName>ythornbury{number}</loginName><mediaType>1</mediaType><pendingState></pendingState>\
         <roles><role>Agent</role></roles><settings><wrapUpOnIncoming>OPTIONAL</wrapUpOnIncoming>\
         <wrapUpOnOutgoing>NOT_ALLOWED</wrapUpOnOutgoing></settings><state>LOGOUT</state>\
         <stateChangeTime>2026-03-14T15:09:26.535Z</stateChangeTime><teamId>5003</teamId>\
         <teamName>Harbour desk, evenings and weekends</teamName><teams></teams>\
         <uri>/finesse/api/User/{number}</uri><wrapUpTimer>30</wrapUpTimer></User>"
    )
}

#[tokio::test]
async fn fifty_thousand_configured_users_are_a_list() {
    let node = Node::start().await;
    let users: String = (0..50_000).map(listed_user).collect();
    assert!(users.len() > 30 << 20, "{}", users.len());
    node.answers(xml(200, &format!("<Users>{users}</Users>"))).await;
    let mut config = config(&[&node.server.uri()]);
    // The machine may be busy; nothing here depends on when the answer comes.
    (config.rest.attempt, config.rest.overall) = (Duration::from_secs(300), Duration::from_secs(300));
    let cluster = Cluster::new(config).unwrap();
    let Ok(Answer::Users(users)) = ask(&cluster, &Request::Users).await else { panic!() };
    assert_eq!(users.len(), 50_000);
    assert_eq!((users[49_999].login_id.as_str(), users[0].first_name.as_str()), ("49999", "Yvaine"));
}

#[tokio::test]
async fn a_refused_range_is_given_up_once_and_then_said_so() {
    let node = Node::start().await;
    node.answers(ResponseTemplate::new(416)).await;
    let request = Request::PhoneBooks { user: "1042".to_owned() };
    let failure = ask(&cluster(&[&node]).await, &request).await.unwrap_err();
    assert!(matches!(failure, Failure::Refused { status: 416, .. }), "{failure:?}");
    assert_eq!(node.requests().await.len(), 2);
}

#[tokio::test]
async fn odd_characters_in_an_id_stay_in_their_segment() {
    let node = Node::start().await;
    node.answers(xml(200, "<User/>")).await;
    let cluster = cluster(&[&node]).await;
    for id in ["a/../b?c", "..", "é &<"] {
        ask(&cluster, &Request::User { id: id.to_owned() }).await.unwrap();
    }
    let paths: Vec<_> = node.requests().await.iter().map(|request| request.url.path().to_owned()).collect();
    assert_eq!(
        paths,
        [
            "/finesse/api/User/a%2F..%2Fb%3Fc",
            "/finesse/api/User/%252E%252E",
            "/finesse/api/User/%C3%A9%20%26%3C"
        ]
    );
}

#[tokio::test]
async fn pages_of_html_keep_their_status() {
    assert_eq!(failure_of(html(404), hold()).await, "404");
    assert_eq!(failure_of(html(405), hold()).await, "405");
    assert_eq!(failure_of(html(503), hold()).await, "503");
    assert_eq!(failure_of(html(500), ready()).await, "500");
    assert_eq!(failure_of(html(200), user()).await, "unreadable");
    assert_eq!(failure_of(html(200), ready()).await, "unreadable");
}

#[tokio::test]
async fn empty_and_cut_bodies_are_no_answers() {
    assert_eq!(failure_of(ResponseTemplate::new(401), ready()).await, "401");
    assert_eq!(failure_of(ResponseTemplate::new(200), user()).await, "unreadable");
    assert_eq!(failure_of(xml(200, "<User><loginId>10"), user()).await, "unreadable");
    assert_eq!(failure_of(xml(404, "<ApiErrors><ApiErr"), hold()).await, "404");
}

#[tokio::test]
async fn fifty_megabytes_are_not_read_to_their_end() {
    let node = Node::start().await;
    node.answers(xml(200, &format!("<User><x>{}</x></User>", "x".repeat(50 << 20)))).await;
    let failure = ask(&cluster(&[&node]).await, &user()).await.unwrap_err();
    assert_eq!(failure, Failure::Unreadable { status: 200, reason: "longer than 1048576 bytes".to_owned() });
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_takes_no_password_away() {
    let (node, elsewhere) = (Node::start().await, Node::start().await);
    let target = format!("{}/finesse/api/User/1042", elsewhere.server.uri());
    node.answers(ResponseTemplate::new(302).insert_header("location", target)).await;
    let failure = ask(&cluster(&[&node]).await, &user()).await.unwrap_err();
    assert!(matches!(failure, Failure::Refused { status: 302, .. }), "{failure:?}");
    assert!(elsewhere.requests().await.is_empty());
}

#[tokio::test]
async fn a_slow_answer_ends_at_the_deadline_and_a_write_is_not_sent_again() {
    let node = Node::start().await;
    node.answers(ResponseTemplate::new(202).set_delay(Duration::from_secs(60))).await;
    let mut config = config(&[&node.server.uri()]);
    config.rest.attempt = Duration::from_millis(100);
    let cluster = Cluster::new(config).unwrap();
    let failure = ask(&cluster, &ready()).await.unwrap_err();
    assert_eq!(failure, Failure::TimedOut { sent: true });
    assert_eq!(node.requests().await.len(), 1);
}

#[tokio::test]
async fn a_deadline_may_be_as_long_as_one_likes() {
    let node = Node::start().await;
    node.answers(ResponseTemplate::new(202)).await;
    let mut config = config(&[&node.server.uri()]);
    (config.rest.attempt, config.rest.overall) = (Duration::MAX, Duration::MAX);
    let cluster = Cluster::new(config).unwrap();
    assert_eq!(ask(&cluster, &ready()).await, Ok(Answer::Accepted));
}

#[tokio::test]
async fn all_attempts_together_have_a_deadline_too() {
    let silent = Raw::start(Manner::StopsAfter("")).await;
    let mut config = config(&[&silent.url]);
    config.rest.overall = Duration::from_millis(100);
    config.rest.attempt = Duration::from_secs(3600);
    let cluster = Cluster::new(config).unwrap();
    let failure = timeout(Duration::from_secs(10), ask(&cluster, &user())).await.unwrap();
    assert_eq!(failure, Err(Failure::TimedOut { sent: true }));
}

#[tokio::test]
async fn a_handshake_that_never_ends_is_a_request_that_was_never_sent() {
    let silent = Raw::start(Manner::StopsAfter("")).await;
    let mut config = config(&[&silent.url.replace("http:", "https:")]);
    config.rest.connect = Duration::from_millis(50);
    let cluster = Cluster::new(config).unwrap();
    assert_eq!(ask(&cluster, &ready()).await, Err(Failure::TimedOut { sent: false }));
}

#[tokio::test]
async fn a_refused_connection_is_a_request_that_was_never_sent() {
    let closed = Closed::port();
    let cluster = Cluster::new(config(&[&closed.url])).unwrap();
    let failure = ask(&cluster, &ready()).await.unwrap_err();
    assert!(matches!(failure, Failure::Unreachable { sent: false, .. }), "{failure:?}");
    assert!(!failure.may_have_arrived());
}

#[tokio::test]
async fn a_connection_closed_before_the_answer_may_have_brought_the_write() {
    let raw = Raw::start(Manner::Says("")).await;
    let cluster = Cluster::new(config(&[&raw.url])).unwrap();
    let failure = ask(&cluster, &ready()).await.unwrap_err();
    assert!(matches!(failure, Failure::Unreachable { sent: true, .. }), "{failure:?}");
    assert_eq!(raw.requests(), 1);
}

#[tokio::test]
async fn a_connection_closed_half_way_is_no_answer() {
    let half = "HTTP/1.1 200 OK\r\ncontent-type: application/xml\r\ncontent-length: 100\r\n\r\n<User><log";
    let raw = Raw::start(Manner::Says(half)).await;
    let cluster = Cluster::new(config(&[&raw.url])).unwrap();
    for request in [user(), ready()] {
        let failure = ask(&cluster, &request).await.unwrap_err();
        assert!(matches!(failure, Failure::Unreachable { sent: true, .. }), "{failure:?}");
    }
    assert_eq!(raw.requests(), 3 + 1);
}

#[tokio::test]
async fn an_answer_that_stops_half_way_ends_at_the_deadline() {
    let half = "HTTP/1.1 200 OK\r\ncontent-type: application/xml\r\ncontent-length: 100\r\n\r\n<User><log";
    let raw = Raw::start(Manner::StopsAfter(half)).await;
    let mut config = config(&[&raw.url]);
    config.rest.attempt = Duration::from_millis(100);
    config.rest.overall = Duration::from_secs(3600);
    let cluster = Cluster::new(config).unwrap();
    let failure = timeout(Duration::from_secs(10), ask(&cluster, &ready())).await.unwrap();
    assert_eq!(failure, Err(Failure::TimedOut { sent: true }));
    assert_eq!(raw.requests(), 1);
}

#[tokio::test]
async fn a_refusal_closed_half_way_is_still_that_refusal() {
    let half = "HTTP/1.1 401 Unauthorized\r\ncontent-length: 100\r\n\r\n<ApiErr";
    let raw = Raw::start(Manner::Says(half)).await;
    let cluster = Cluster::new(config(&[&raw.url])).unwrap();
    let failure = ask(&cluster, &user()).await.unwrap_err();
    assert!(matches!(failure, Failure::Refused { status: 401, .. }), "{failure:?}");
    assert_eq!(raw.requests(), 1);
}

#[tokio::test]
async fn what_is_no_http_is_unreachable() {
    let raw = Raw::start(Manner::Says("SSH-2.0-OpenSSH_9.2\r\n")).await;
    let cluster = Cluster::new(config(&[&raw.url])).unwrap();
    let failure =
        cluster.request(&credentials(), ready(), String::new(), Priority::WaitedFor).await.unwrap_err();
    assert!(matches!(failure, Failure::Unreachable { sent: true, .. }), "{failure:?}");
}
