//! Tokens of single sign-on: how they are sent and renewed.

use finesse_client::{Cluster, Credentials, Link, Priority, TokenService};
use finesse_types::{Failure, Token};
use secrecy::ExposeSecret;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::node::{Node, config, user, xml};

async fn service(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::builder().start().await;
    Mock::given(method("POST")).and(path("/desktop/sso/token")).respond_with(answer).mount(&server).await;
    server
}

fn with(node: &Node, service: &MockServer) -> Cluster {
    let mut config = config(&[&node.server.uri()]);
    let url = format!("{}/desktop/sso/token", service.uri());
    config.token_service = Some(TokenService { url, authorization: Some("Bearer of-the-site".into()) });
    Cluster::new(config).unwrap()
}

fn credentials() -> Credentials {
    Credentials::with_token("1042", Token::read(r#"{"token":"t 1","refresh_token":"r&1"}"#))
}

#[tokio::test]
async fn a_token_is_sent_as_bearer() {
    let node = Node::start().await;
    node.answers(xml(200, "<User><loginId>1042</loginId></User>")).await;
    let cluster = crate::node::cluster(&[&node]).await;
    let token = Credentials::with_token("1042", Token::read("t1"));
    cluster.request(&token, user(), String::new(), Priority::WaitedFor).await.unwrap();
    assert_eq!(node.requests().await[0].headers["authorization"], "Bearer t1");
}

#[tokio::test]
async fn a_token_is_renewed_with_a_form_as_finesse_has_it() {
    let node = Node::start().await;
    let answer = r#"{"token":"t2","refresh_token":"r2","expires_in":3600}"#;
    let service = service(ResponseTemplate::new(200).set_body_raw(answer, "application/json")).await;
    let renewed = with(&node, &service).renew_token(&credentials()).await.unwrap();
    assert_eq!(renewed.value().expose_secret(), "t2");
    let sent = service.received_requests().await.unwrap().remove(0);
    assert_eq!(sent.headers["content-type"], "application/x-www-form-urlencoded");
    assert_eq!(sent.headers["authorization"], "Bearer of-the-site");
    assert_eq!(String::from_utf8(sent.body).unwrap(), "cc_username=1042&token=t+1&refresh-token=r%261");
}

#[tokio::test]
async fn a_token_is_taken_whatever_the_service_says_of_its_life() {
    let node = Node::start().await;
    for life in ["0", "-1", r#""3600""#, "18446744073709551615", r#""soon""#] {
        let answer = format!(r#"{{"token":"t2","expires_in":{life}}}"#);
        let service = service(ResponseTemplate::new(200).set_body_raw(answer, "application/json")).await;
        let renewed = with(&node, &service).renew_token(&credentials()).await.unwrap();
        assert_eq!(renewed.value().expose_secret(), "t2", "{life}");
    }
}

#[tokio::test]
async fn a_service_that_refuses_or_answers_nonsense_gives_no_token_and_is_asked_once() {
    let node = Node::start().await;
    for (answer, refused) in [
        (ResponseTemplate::new(401), true),
        (ResponseTemplate::new(200).set_body_string("<html>sign in</html>"), false),
        (ResponseTemplate::new(200).set_body_string("x".repeat(70_000)), false),
    ] {
        let service = service(answer).await;
        let failure = with(&node, &service).renew_token(&credentials()).await.unwrap_err();
        assert_eq!(matches!(failure, Failure::Refused { status: 401, .. }), refused, "{failure:?}");
        assert_eq!(service.received_requests().await.unwrap().len(), 1);
    }
}
