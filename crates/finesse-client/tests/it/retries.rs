//! What is tried again, how often, and what never is.

use finesse_client::Cluster;
use finesse_types::{Answer, Failure, Request};
use wiremock::ResponseTemplate;

use crate::node::{Node, ask, cluster, config, html, ready, user, xml};
use crate::raw::Closed;

const USER: &str = "<User><loginId>1042</loginId></User>";

#[tokio::test]
async fn a_read_is_tried_three_times() {
    let node = Node::start().await;
    node.answers_first(2, html(503)).await;
    node.answers(xml(200, USER)).await;
    assert!(matches!(ask(&cluster(&[&node]).await, &user()).await, Ok(Answer::User(_))));
    assert_eq!(node.requests().await.len(), 3);
}

#[tokio::test]
async fn a_read_that_fails_three_times_goes_to_the_other_node() {
    let (first, second) = (Node::start().await, Node::start().await);
    first.answers(html(503)).await;
    second.answers(xml(200, USER)).await;
    assert!(matches!(ask(&cluster(&[&first, &second]).await, &user()).await, Ok(Answer::User(_))));
    assert_eq!((first.requests().await.len(), second.requests().await.len()), (3, 1));
}

#[tokio::test]
async fn a_write_that_was_answered_is_never_sent_again() {
    let (first, second) = (Node::start().await, Node::start().await);
    first.answers(html(503)).await;
    let failure = ask(&cluster(&[&first, &second]).await, &ready()).await.unwrap_err();
    assert!(matches!(failure, Failure::Refused { status: 503, .. }), "{failure:?}");
    assert_eq!((first.requests().await.len(), second.requests().await.len()), (1, 0));
}

#[tokio::test]
async fn a_refused_password_is_never_tried_again() {
    let (first, second) = (Node::start().await, Node::start().await);
    first.answers(ResponseTemplate::new(401)).await;
    let cluster = cluster(&[&first, &second]).await;
    for request in [user(), ready(), Request::Dialogs { user: "1042".to_owned() }] {
        assert!(matches!(ask(&cluster, &request).await, Err(Failure::Refused { status: 401, .. })));
    }
    assert_eq!((first.requests().await.len(), second.requests().await.len()), (3, 0));
}

#[tokio::test]
async fn a_write_that_could_not_be_sent_goes_to_the_other_node() {
    let second = Node::start().await;
    second.answers(ResponseTemplate::new(202)).await;
    let closed = Closed::port();
    let cluster = Cluster::new(config(&[&closed.url, &second.server.uri()])).unwrap();
    assert_eq!(ask(&cluster, &ready()).await, Ok(Answer::Accepted));
    assert_eq!(second.requests().await.len(), 1);
}

#[tokio::test]
async fn when_the_other_node_is_no_better_the_first_failure_counts() {
    let second = Node::with_status("OUT_OF_SERVICE").await;
    second.answers(html(503)).await;
    let closed = Closed::port();
    let cluster = Cluster::new(config(&[&closed.url, &second.server.uri()])).unwrap();
    let failure = ask(&cluster, &ready()).await.unwrap_err();
    assert!(matches!(failure, Failure::Unreachable { sent: false, .. }), "{failure:?}");
}

#[tokio::test]
async fn what_only_the_primary_may_do_is_asked_there() {
    let (first, second) = (Node::with_status("OUT_OF_SERVICE").await, Node::start().await);
    first.answers(ResponseTemplate::new(202)).await;
    second
        .answers(xml(403, "<ApiErrors><ApiError><ErrorType>Forbidden</ErrorType></ApiError></ApiErrors>"))
        .await;
    assert_eq!(ask(&cluster(&[&first, &second]).await, &ready()).await, Ok(Answer::Accepted));
    assert_eq!((first.requests().await.len(), second.requests().await.len()), (1, 1));
}

#[tokio::test]
async fn what_the_primary_forbids_is_forbidden() {
    let (first, second) = (Node::start().await, Node::start().await);
    first.answers(html(403)).await;
    let failure = ask(&cluster(&[&first, &second]).await, &ready()).await.unwrap_err();
    assert!(matches!(failure, Failure::Refused { status: 403, .. }), "{failure:?}");
    assert_eq!((first.requests().await.len(), second.requests().await.len()), (1, 0));
}
