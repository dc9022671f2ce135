//! The configuration API of Unified CCE ("Cisco Unified Contact Center Enterprise Developer Reference",
//! Skill Group API, Agent API, Pagination): XML over HTTPS on the administration and data server.

use gc_events::Supervisor;
use gc_protocol::SkillGroupRange;
use gc_rules::{LookupError, Source};
use gc_xml::Element;
use reqwest::header::ACCEPT;
use reqwest::{Method, Url};
use secrecy::SecretString;
use serde::Deserialize;

use crate::connection::{HttpConfig, SourceFaults, basic_only};
use crate::http::{Answer, Clients, Http};

/// The entries of one page: the maximum of the API.
const PAGE: usize = 100;

/// The most entries of a list that are read.
const LIST_LIMIT: usize = 10_000;

const SECTION: &str = "directory.cce";

/// `[directory.cce]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CceConfig {
    /// The administration and data server: `https://aw-a.example.com`.
    pub url: String,
    /// An administrator, as `user@domain`.
    pub username: String,
    /// The password.
    pub password: SecretString,
    /// The connection to the server.
    #[serde(default)]
    pub http: HttpConfig,
}

pub(crate) struct Cce {
    http: Http,
    base: Url,
}

/// A list of the API: its path, and the element names of the list and its entries.
struct List {
    path: &'static str,
    list: &'static str,
    entry: &'static str,
}

const SKILL_GROUPS: List = List { path: "skillgroup", list: "skillGroups", entry: "skillGroup" };
const AGENTS: List = List { path: "agent", list: "agents", entry: "agent" };

/// A page of a list.
struct Page {
    start: usize,
    total: usize,
    entries: Vec<Element<'static>>,
}

impl Cce {
    pub(crate) fn new(config: &CceConfig, clients: &mut Clients) -> Result<Self, SourceFaults> {
        let mut faults = SourceFaults::default();
        let base = faults.keep(config.http.url("directory.cce.url", &config.url));
        let headers = basic_only("directory.cce.username", &config.username, &config.password);
        let headers = faults.keep(headers).unwrap_or_default();
        let http = clients.http(Source::CceConfiguration, SECTION, &config.http, headers);
        let http = faults.keep_all(http);
        faults.or(base.zip(http).map(|(base, http)| Self { http, base }))
    }

    /// The names of skill groups, in the API's order, which is by name.
    pub(crate) async fn skill_groups(&self, range: SkillGroupRange) -> Result<Vec<String>, LookupError> {
        let (first, wanted) = match range {
            SkillGroupRange::All => (0, LIST_LIMIT + 1),
            // The client counts from 1, the API from 0.
            SkillGroupRange::Indexing { from, count } => (count_of(from).saturating_sub(1), count_of(count)),
        };
        let groups = self.http.in_time(self.read(&SKILL_GROUPS, first, wanted)).await?;
        Ok(groups.iter().map(|group| text(group, "name")).collect())
    }

    /// The agents who are supervisors.
    pub(crate) async fn supervisors(&self) -> Result<Vec<Supervisor>, LookupError> {
        let agents = self.http.in_time(self.read(&AGENTS, 0, LIST_LIMIT + 1)).await?;
        Ok(agents.iter().filter(|agent| text(agent, "supervisor") == "true").map(supervisor).collect())
    }

    /// Reads pages until there are as many entries as requested, or no more.
    async fn read(
        &self,
        list: &List,
        first: usize,
        wanted: usize,
    ) -> Result<Vec<Element<'static>>, LookupError> {
        let mut found = Vec::new();
        while found.len() < wanted {
            let at = first.saturating_add(found.len());
            let size = PAGE.min(wanted - found.len());
            let page = self.page(list, at, size).await?;
            // For a start after the end, the API returns its last page again.
            if page.start != at || page.entries.is_empty() {
                break;
            }
            found.extend(page.entries.into_iter().take(size));
            if found.len() > LIST_LIMIT {
                return Err(self.http.unreadable(format!("the list has more than {LIST_LIMIT} entries")));
            }
            if first.saturating_add(found.len()) >= page.total {
                break;
            }
        }
        Ok(found)
    }

    async fn page(&self, list: &List, start: usize, size: usize) -> Result<Page, LookupError> {
        let mut url = self.base.clone();
        url.set_path(&format!("/unifiedconfig/config/{}", list.path));
        url.query_pairs_mut()
            // Without it, a skill group contains all its agents.
            .append_pair("summary", "true")
            .append_pair("startIndex", &start.to_string())
            .append_pair("resultsPerPage", &size.to_string());
        let answer =
            self.http.send(self.http.request(Method::GET, url).header(ACCEPT, "application/xml")).await?;
        read_page(&answer, list)
    }
}

fn read_page(answer: &Answer, list: &List) -> Result<Page, LookupError> {
    let root = answer.xml();
    if !answer.is_success() {
        return Err(answer.refusal(root.ok().and_then(|root| api_error(&root)).as_deref()));
    }
    let root = root?;
    if root.name() != "results" {
        return Err(answer.unreadable(format!("it is <{}>, not <results>", root.name())));
    }
    let info = root.child("pageInfo").ok_or_else(|| answer.unreadable("it has no pageInfo"))?;
    let number = |name: &str| {
        let number = text(info, name).parse();
        number.map_err(|_| answer.unreadable(format!("pageInfo has no {name}")))
    };
    let entries = root.child(list.list).into_iter().flat_map(|entries| entries.children_named(list.entry));
    Ok(Page {
        start: number("startIndex")?,
        total: number("totalResults")?,
        entries: entries.cloned().map(Element::into_owned).collect(),
    })
}

/// The text of a refusal: the message in `apiErrors/apiError`, otherwise the type.
fn api_error(root: &Element) -> Option<String> {
    let error = root.child("apiError")?;
    let texts = [text(error, "errorMessage"), text(error, "errorType")];
    texts.into_iter().find(|text| !text.is_empty())
}

/// The configuration API has no states. They are LOGOUT until a list of users contains the state.
fn supervisor(agent: &Element) -> Supervisor {
    let person = agent.child("person");
    let person = |name| person.map(|person| text(person, name)).unwrap_or_default();
    let full_name = format!("{} {}", person("firstName"), person("lastName"));
    let names = [person("userName"), full_name.trim().to_owned(), text(agent, "agentId")];
    Supervisor {
        supervisor_name: names.into_iter().find(|name| !name.is_empty()).unwrap_or_default(),
        supervisor_id: text(agent, "agentId"),
        supervisor_extension: String::new(),
        supervisor_state: "LOGOUT".to_owned(),
    }
}

fn text(element: &Element, name: &str) -> String {
    element.child(name).map(|child| child.text().trim().to_owned()).unwrap_or_default()
}

/// A number from the client as a length. A number that does not fit is beyond the end of any list.
fn count_of(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
