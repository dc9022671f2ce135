//! CCE: skill groups and supervisors.

use gc_events::Supervisor;
use gc_protocol::SkillGroupRange;
use gc_rules::{Found, LookupError, Query, Source};

use crate::cce_server::CceServer;
use crate::support::{PLAIN, ask, cce, sources};

const ALL: Query = Query::SkillGroups(SkillGroupRange::All);

fn groups(count: usize) -> CceServer {
    CceServer { skill_groups: (1..=count).map(|n| format!("group_{n}")).collect(), ..CceServer::default() }
}

fn page(from: u32, count: u32) -> Query {
    Query::SkillGroups(SkillGroupRange::Indexing { from, count })
}

fn named(range: impl Iterator<Item = usize>) -> Found {
    Found::SkillGroups(range.map(|n| format!("group_{n}")).collect())
}

fn nothing() -> Found {
    Found::SkillGroups(Vec::new())
}

#[tokio::test]
async fn all_skill_groups_are_read_in_pages() {
    let server = groups(250).start().await;
    assert_eq!(ask(&cce(&server.uri()), ALL).await, Ok(named(1..=250)));
    let queries: Vec<_> =
        server.received_requests().await.unwrap().iter().map(|r| r.url.query().unwrap().to_owned()).collect();
    assert_eq!(
        queries,
        [
            "summary=true&startIndex=0&resultsPerPage=100",
            "summary=true&startIndex=100&resultsPerPage=100",
            "summary=true&startIndex=200&resultsPerPage=100",
        ]
    );
}

#[tokio::test]
async fn a_list_of_exactly_one_page_is_one_request() {
    let server = groups(100).start().await;
    assert_eq!(ask(&cce(&server.uri()), ALL).await, Ok(named(1..=100)));
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_empty_list_is_a_list() {
    let server = groups(0).start().await;
    assert_eq!(ask(&cce(&server.uri()), ALL).await, Ok(nothing()));
}

#[tokio::test]
async fn smaller_pages_are_read_to_the_end() {
    let server = CceServer { most: Some(7), ..groups(30) }.start().await;
    assert_eq!(ask(&cce(&server.uri()), ALL).await, Ok(named(1..=30)));
}

#[tokio::test]
async fn indexing_counts_from_one() {
    let server = groups(250).start().await;
    let sources = cce(&server.uri());
    assert_eq!(ask(&sources, page(1, 25)).await, Ok(named(1..=25)));
    assert_eq!(ask(&sources, page(0, 2)).await, Ok(named(1..=2)), "0 is the beginning as well");
    assert_eq!(ask(&sources, page(120, 130)).await, Ok(named(120..=249)), "more than one page of the API");
    assert_eq!(ask(&sources, page(249, 25)).await, Ok(named(249..=250)), "the end");
    assert_eq!(ask(&sources, page(5, 0)).await, Ok(nothing()));
}

#[tokio::test]
async fn a_page_after_the_end_is_empty() {
    let server = groups(30).start().await;
    let sources = cce(&server.uri());
    assert_eq!(ask(&sources, page(31, 25)).await, Ok(nothing()));
    assert_eq!(ask(&sources, page(u32::MAX, u32::MAX)).await, Ok(nothing()));
}

#[tokio::test]
async fn a_list_over_the_limit_is_an_error_and_not_truncated() {
    let server = groups(10_001).start().await;
    let error = ask(&cce(&server.uri()), ALL).await.unwrap_err();
    let reason = "the list has more than 10000 entries".to_owned();
    assert_eq!(error, LookupError::Unreadable { from: Source::CceConfiguration, reason });
}

#[tokio::test]
async fn supervisors_are_the_agents_with_that_mark() {
    let nameless = "<agent><agentId>8103</agentId><person><firstName>Ivo</firstName></person>\
                    <supervisor>true</supervisor></agent>"
        .to_owned();
    let mut agents = vec![CceServer::agent("8001", "nakesson", false); 110];
    agents.push(CceServer::agent("8100", "sup_north", true));
    agents.push(nameless);
    let server = CceServer { agents, ..CceServer::default() }.start().await;
    let expected = |name: &str, id: &str| Supervisor {
        supervisor_name: name.to_owned(),
        supervisor_id: id.to_owned(),
        supervisor_extension: String::new(),
        supervisor_state: "LOGOUT".to_owned(),
    };
    let found = ask(&cce(&server.uri()), Query::Supervisors).await;
    assert_eq!(found, Ok(Found::Supervisors(vec![expected("sup_north", "8100"), expected("Ivo", "8103")])));
}

#[tokio::test]
async fn the_text_of_a_refusal_is_passed_on_in_one_line() {
    let server = groups(3).start().await;
    let other = sources(&format!(
        "[cce]\nurl = {:?}\nusername = \"gc@acme.test\"\npassword = \"wrong\"\n{PLAIN}",
        server.uri()
    ));
    let error = ask(&other, ALL).await.unwrap_err();
    let text = "Who are you & why?".to_owned();
    assert_eq!(error, LookupError::Refused { from: Source::CceConfiguration, status: 401, text });
    assert_eq!(server.received_requests().await.unwrap().len(), 1, "a refused password is not tried again");
}

#[tokio::test]
async fn xml_that_is_not_a_page_of_results_is_unreadable() {
    use crate::peer::{Behaviour, Peer};
    let bodies = [
        ("<agents/>", "it is <agents>, not <results>"),
        ("<results/>", "it has no pageInfo"),
        (
            "<results><pageInfo><startIndex>0</startIndex></pageInfo></results>",
            "pageInfo has no totalResults",
        ),
        ("<results><pageInfo>", "XML ends too early"),
        ("<!DOCTYPE r [<!ENTITY a 'b'>]><results/>", "XML has a document type, which is not allowed"),
    ];
    for (body, expected) in bodies {
        let peer = Peer::with(Behaviour::answer(200, "application/xml", body)).await;
        let error = ask(&cce(&peer.url), ALL).await.unwrap_err();
        let LookupError::Unreadable { reason, .. } = error else { panic!("{body}: {error:?}") };
        assert_eq!(reason, expected);
    }
}
