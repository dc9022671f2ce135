//! Lists in parts, where that is configured and where a release has none.

use std::num::NonZeroUsize;

use finesse_client::{Cluster, Service};
use finesse_types::{Answer, Failure, Request};
use wiremock::{Request as HttpRequest, ResponseTemplate};

use crate::node::{Node, ask, config, until, xml};

const ALL: usize = 5;

async fn paged(node: &Node) -> Cluster {
    let mut config = config(&[&node.server.uri()]);
    config.page_size = NonZeroUsize::new(2);
    let cluster = Cluster::new(config).unwrap();
    until(&cluster, |service| service == Service::InService).await;
    cluster
}

fn users(first: usize, last: usize) -> String {
    (first..=last).map(|id| format!("<User><loginId>{id}</loginId></User>")).collect()
}

/// A server that sends the part that is asked for.
fn in_parts(wrap: impl Fn(String) -> String + Send + Sync + 'static) -> impl wiremock::Respond + 'static {
    move |request: &HttpRequest| {
        let range = request.headers["range"].to_str().unwrap();
        let (first, last) = range.strip_prefix("objects=").unwrap().split_once('-').unwrap();
        let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
        let last = last.min(ALL);
        let part = format!("objects {first}-{last}/{ALL}");
        xml(206, &wrap(users(first, last))).insert_header("content-range", part.as_str())
    }
}

async fn mount(node: &Node, answer: impl wiremock::Respond + 'static) {
    wiremock::Mock::given(wiremock::matchers::any())
        .respond_with(answer)
        .with_priority(8)
        .mount(&node.server)
        .await;
}

fn team() -> Request {
    Request::Team { id: "5".to_owned(), include_logged_out: true }
}

async fn ranges(node: &Node) -> Vec<Option<String>> {
    let range =
        |request: &HttpRequest| request.headers.get("range").map(|range| range.to_str().unwrap().to_owned());
    node.requests().await.iter().map(range).collect()
}

#[tokio::test]
async fn users_and_teams_are_read_part_by_part() {
    let node = Node::start().await;
    mount(&node, in_parts(|users| format!("<Users>{users}</Users>"))).await;
    let Ok(Answer::Users(users)) = ask(&paged(&node).await, &Request::Users).await else { panic!() };
    let ids: Vec<_> = users.iter().map(|user| user.login_id.as_str()).collect();
    assert_eq!(ids, ["1", "2", "3", "4", "5"]);
    let expected = ["objects=1-2", "objects=3-4", "objects=5-6"].map(|range| Some(range.to_owned()));
    assert_eq!(ranges(&node).await, expected);

    let node = Node::start().await;
    mount(&node, in_parts(|users| format!("<Team><id>5</id><users>{users}</users></Team>"))).await;
    let Ok(Answer::Team(team)) = ask(&paged(&node).await, &team()).await else { panic!() };
    assert_eq!((team.id.as_str(), team.users.len()), ("5", ALL));
}

#[tokio::test]
async fn a_server_that_has_no_parts_sends_the_whole_list() {
    // It ignores the range, or refuses it.
    let whole = format!("<Users>{}</Users>", users(1, ALL));
    for refusal in [None, Some(416)] {
        let node = Node::start().await;
        let whole = whole.clone();
        let answer =
            move |request: &HttpRequest| match refusal.filter(|_| request.headers.contains_key("range")) {
                Some(status) => ResponseTemplate::new(status),
                None => xml(200, &whole),
            };
        mount(&node, answer).await;
        let Ok(Answer::Users(users)) = ask(&paged(&node).await, &Request::Users).await else { panic!() };
        assert_eq!(users.len(), ALL);
        assert_eq!(node.requests().await.len(), 1 + usize::from(refusal.is_some()));
    }
}

#[tokio::test]
async fn phone_books_are_read_with_a_range_and_without_one_where_there_is_none() {
    let node = Node::start().await;
    let answer = |request: &HttpRequest| match request.headers.contains_key("range") {
        true => ResponseTemplate::new(416),
        false => xml(200, "<PhoneBooks><PhoneBook><name>All</name></PhoneBook></PhoneBooks>"),
    };
    mount(&node, answer).await;
    let cluster = crate::node::cluster(&[&node]).await;
    let books = ask(&cluster, &Request::PhoneBooks { user: "1042".to_owned() }).await;
    assert!(matches!(&books, Ok(Answer::PhoneBooks(books)) if books.len() == 1), "{books:?}");
    assert_eq!(ranges(&node).await, [Some("objects=1-6000".to_owned()), None]);
}

#[tokio::test]
async fn a_list_with_a_missing_part_is_none() {
    let node = Node::start().await;
    // Always the first part.
    let answer =
        xml(206, &format!("<Users>{}</Users>", users(1, 2))).insert_header("content-range", "objects 1-2/5");
    node.answers(answer).await;
    let failure = ask(&paged(&node).await, &Request::Users).await.unwrap_err();
    assert!(matches!(failure, Failure::Unreadable { status: 206, .. }), "{failure:?}");
    assert_eq!(node.requests().await.len(), 2);
}
