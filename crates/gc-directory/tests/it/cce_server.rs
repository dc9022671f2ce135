//! A simulated configuration API of Unified CCE, as in its guide: lists, pages, accounts.

use wiremock::matchers::{basic_auth, method};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::support::PASSWORD;

/// The lists: skill groups by name, agents as XML.
#[derive(Clone, Default)]
pub(crate) struct CceServer {
    pub(crate) skill_groups: Vec<String>,
    pub(crate) agents: Vec<String>,
    /// The most entries of a page; in the guide a hundred.
    pub(crate) most: Option<usize>,
}

impl CceServer {
    pub(crate) async fn start(self) -> MockServer {
        let server = MockServer::start().await;
        Mock::given(method("GET"))
            .and(basic_auth("gc@acme.test", PASSWORD))
            .respond_with(self)
            .mount(&server)
            .await;
        let refusal = "<apiErrors><apiError><errorType>authentication</errorType>\
                       <errorMessage>Who are\n you &amp; why?</errorMessage></apiError></apiErrors>";
        let refusal = ResponseTemplate::new(401).set_body_raw(refusal, "application/xml");
        Mock::given(method("GET")).respond_with(refusal).with_priority(9).mount(&server).await;
        server
    }

    pub(crate) fn agent(id: &str, user: &str, is_supervisor: bool) -> String {
        format!(
            "<agent xsi:type=\"agentSummary\"><refURL>/unifiedconfig/config/agent/5{id}</refURL>\
             <agentId>{id}</agentId><agentStateTrace>false</agentStateTrace>\
             <person><firstName>Noor</firstName><lastName>Åkesson</lastName><userName>{user}</userName></person>\
             <supervisor>{is_supervisor}</supervisor></agent>"
        )
    }
}

impl Respond for CceServer {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let number = |name: &str| {
            let found = request.url.query_pairs().find(|(key, _)| key == name);
            found.map(|(_, value)| value.parse::<usize>().unwrap())
        };
        let (list, entries) = match request.url.path() {
            "/unifiedconfig/config/skillgroup" => ("skillGroups", self.groups()),
            "/unifiedconfig/config/agent" => ("agents", self.agents.clone()),
            _ => return ResponseTemplate::new(404),
        };
        let total = entries.len();
        let size = number("resultsPerPage").unwrap_or(25);
        assert!((1..=100).contains(&size), "the guide allows 1 to 100 results per page, not {size}");
        let size = size.min(self.most.unwrap_or(100));
        // "If you request a startIndex that is greater than total items, a full last page is returned."
        let requested = number("startIndex").unwrap_or(0);
        let start = if requested < total { requested } else { total.saturating_sub(size) };
        let page: String = entries.into_iter().skip(start).take(size).collect();
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
             <results xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\
             <pageInfo><resultsPerPage>{size}</resultsPerPage><startIndex>{start}</startIndex>\
             <totalResults>{total}</totalResults></pageInfo>\
             <permissionInfo><canUpdate>true</canUpdate><role>Administrator</role></permissionInfo>\
             <{list}>{page}</{list}></results>"
        );
        ResponseTemplate::new(200).set_body_raw(body, "application/xml")
    }
}

impl CceServer {
    fn groups(&self) -> Vec<String> {
        let entry = |name: &String| {
            format!(
                "<skillGroup><refURL>/unifiedconfig/config/skillgroup/1</refURL><name>{name}</name></skillGroup>"
            )
        };
        self.skill_groups.iter().map(entry).collect()
    }
}
