//! Every source with a server that fails.

use std::time::Duration;

use gc_directory::Sources;
use gc_events::ErrorCode;
use gc_protocol::SkillGroupRange;
use gc_rules::{Directory, LookupError, Query, Source};

use crate::peer::{Behaviour, Peer, nobody};
use crate::support::{PASSWORD, PLAIN, ask, extension_of, pause, sources};

/// All sources, with the same server.
fn everything_at(url: &str, timeout: &str) -> Sources {
    let http = PLAIN.replace("20s", timeout);
    sources(&format!(
        r#"
        [cce]
        url = "{url}"
        username = "gc@acme.test"
        password = "{PASSWORD}"
        {http}
        [axl]
        url = "{url}"
        username = "gc"
        password = "{PASSWORD}"
        {http}
        [ccx]
        url = "{url}/queues?key=secret-of-the-url"
        auth = {{ bearer = {{ token = "{PASSWORD}" }} }}
        {http}
        [recorder]
        url = "{url}/{{action}}/{{agentId}}"
        auth = {{ header = {{ name = "x-api-key", value = "{PASSWORD}" }} }}
        {http}
        "#
    ))
}

fn queries() -> [(Source, Query); 5] {
    [
        (Source::CceConfiguration, Query::SkillGroups(SkillGroupRange::All)),
        (Source::CceConfiguration, Query::Supervisors),
        (Source::Axl, extension_of("F0016")),
        (Source::CcxStatistics, Query::QueueStatistics),
        (Source::Recorder, pause("8001", "2001", None)),
    ]
}

/// The errors of all sources with a server of this behaviour.
async fn errors_at(behaviour: Behaviour) -> Vec<(Source, LookupError)> {
    let peer = Peer::with(behaviour).await;
    errors_of(&everything_at(&peer.url, "20s")).await
}

async fn errors_of(sources: &Sources) -> Vec<(Source, LookupError)> {
    let mut errors = Vec::new();
    for (source, query) in queries() {
        let error = sources.look_up(query).await.unwrap_err();
        for text in [format!("{error:?}"), error.message()] {
            assert!(!text.contains(PASSWORD) && !text.contains("secret-of-the-url"), "{text}");
        }
        errors.push((source, error));
    }
    errors
}

#[tokio::test]
async fn a_refusal_keeps_its_status_but_not_its_html() {
    for status in [302, 401, 403, 404, 500, 503] {
        let page = Behaviour::answer(status, "text/html", "<html><body>Sign in</body></html>");
        for (source, error) in errors_at(page).await {
            assert_eq!(error, LookupError::Refused { from: source, status, text: String::new() });
            assert_eq!(error.code(), ErrorCode::GeneralError, "it is not about the agent's password");
        }
    }
}

#[tokio::test]
async fn an_html_page_is_unreadable() {
    let page = Behaviour::answer(200, "text/html", "<html><body>Sign in</body></html>");
    let errors = errors_at(page).await;
    let unreadable =
        errors.iter().filter(|(_, error)| matches!(error, LookupError::Unreadable { .. })).count();
    assert_eq!(unreadable, errors.len(), "{errors:?}");
}

#[tokio::test]
async fn an_answer_over_the_limit_is_not_read() {
    for (source, error) in errors_at(Behaviour::Long(50 << 20)).await {
        let LookupError::Unreadable { from, reason } = error else { panic!("{source:?}: {error:?}") };
        assert_eq!((from, reason.as_str()), (source, "it is longer than 4194304 bytes"));
    }
}

#[tokio::test]
async fn a_cut_or_missing_answer_is_a_broken_connection() {
    let half = b"HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: 900\r\n\r\n<results>".to_vec();
    for behaviour in [Behaviour::Bytes(half), Behaviour::Bytes(b"HTTP/1.1 20".to_vec()), Behaviour::Close] {
        for (source, error) in errors_at(behaviour.clone()).await {
            let LookupError::Unreachable { from, .. } = error else { panic!("{behaviour:?}: {error:?}") };
            assert_eq!(from, source);
        }
    }
}

#[tokio::test]
async fn a_cut_refusal_is_still_a_refusal() {
    let half = b"HTTP/1.1 403 X\r\ncontent-type: text/plain\r\ncontent-length: 900\r\n\r\nno".to_vec();
    for (source, error) in errors_at(Behaviour::Bytes(half)).await {
        assert_eq!(error, LookupError::Refused { from: source, status: 403, text: String::new() });
    }
}

#[tokio::test]
async fn a_server_without_a_listener_cannot_be_reached() {
    for (source, error) in errors_of(&everything_at(&nobody().await, "20s")).await {
        let LookupError::Unreachable { from, .. } = error else { panic!("{error:?}") };
        assert_eq!(from, source);
    }
}

#[tokio::test]
async fn a_silent_server_times_out_at_the_deadline() {
    let peer = Peer::with(Behaviour::Silence).await;
    for (source, error) in errors_of(&everything_at(&peer.url, "100ms")).await {
        assert_eq!(error, LookupError::TimedOut { from: source });
        assert_eq!(error.code(), ErrorCode::PleaseRetry);
    }
}

#[tokio::test]
async fn all_pages_share_one_deadline() {
    use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};
    let server = MockServer::start().await;
    // A list without an end, with each page in time.
    let page = |request: &wiremock::Request| {
        let start = request.url.query_pairs().find(|(name, _)| name == "startIndex").unwrap().1.into_owned();
        let body = format!(
            "<results><pageInfo><startIndex>{start}</startIndex><totalResults>9000</totalResults></pageInfo>\
             <skillGroups><skillGroup><name>s</name></skillGroup></skillGroups></results>"
        );
        ResponseTemplate::new(200).set_body_string(body).set_delay(Duration::from_millis(20))
    };
    Mock::given(any()).respond_with(page).mount(&server).await;
    let sources = everything_at(&server.uri(), "150ms");
    let error = ask(&sources, Query::SkillGroups(SkillGroupRange::All)).await.unwrap_err();
    assert_eq!(error, LookupError::TimedOut { from: Source::CceConfiguration });
}

#[tokio::test]
async fn a_source_that_is_not_configured_is_named() {
    for (source, error) in errors_of(&Sources::default()).await {
        assert_eq!(error, LookupError::NotConfigured { from: source });
        assert_eq!(error.code(), ErrorCode::GeneralError);
        assert!(error.message().contains(source.section()), "{}", error.message());
    }
}
