//! Nothing that is logged holds a password, and what it says has happened.

use std::io;
use std::sync::{Arc, Mutex};

use finesse_client::Link;
use finesse_types::{Request, UserState};
use tracing_subscriber::fmt::MakeWriter;

use crate::node::{Node, ask, cluster, credentials, html, ready, user};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn a_move_is_logged_when_it_happens_and_not_when_it_is_wanted_again() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt().with_writer(lines.clone()).finish();
    let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
    let _default = tracing::subscriber::set_default(subscriber);
    let (first, second) = (Node::start().await, Node::start().await);
    let cluster = cluster(&[&first, &second]).await;
    // Nobody moves to a node that has not been checked.
    while cluster.measures().nodes[1].in_service != Some(true) {
        tokio::task::yield_now().await;
    }
    let name = cluster.measures().nodes[1].name.clone();
    for _ in 0..3 {
        assert_eq!(cluster.move_user("1042", Some(&name)), Ok(name.clone()));
    }
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert_eq!(text.matches("is to move to another Finesse node").count(), 1, "{text}");
    assert!(text.contains(&format!("to=\"{name}\"")) && text.contains("agent=\"1042\""), "{text}");
}

#[tokio::test]
async fn the_password_is_in_no_line_of_any_level() {
    let lines = Lines::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(lines.clone()).finish();
    // While there is one subscriber only, a test in another thread can turn a line off for all of them.
    let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
    let _default = tracing::subscriber::set_default(subscriber);
    let node = Node::start().await;
    node.answers(html(401)).await;
    let cluster = cluster(&[&node]).await;
    let login =
        Request::Login { user: "1042".to_owned(), extension: "2042".to_owned(), device: None, mobile: None };
    let away =
        Request::ChangeState { user: "1042".to_owned(), state: UserState::NotReady, reason_code_id: None };
    for request in [user(), ready(), login, away] {
        ask(&cluster, &request).await.unwrap_err();
    }
    tracing::trace!(credentials = ?credentials(), "printed on purpose");

    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("request to Finesse failed") && text.contains("printed on purpose"));
    assert!(!text.contains("open sesame"), "{text}");
    assert!(!text.contains("MTA0MjpvcGVuIHNlc2FtZQ"), "{text}");
}
