//! Administrative XML of Unified Communications Manager ("AXL Developer Guide", executeSQLQuery): SOAP over HTTPS.
//! docs/directory.md shows the complete request and the reasons for it.

use gc_events::AgentExtension;
use gc_rules::{LookupError, Source};
use gc_xml::Element;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, Url};
use secrecy::SecretString;
use serde::Deserialize;

use crate::connection::{HttpConfig, SourceFault, SourceFaults, basic_only};
use crate::http::{Answer, Clients, Http};

const SECTION: &str = "directory.axl";
const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";

/// The placeholder in the query for the number that the client sent.
const NUMBER: &str = "{number}";

/// The local and the remote CTI port of a mobile agent are devices whose names begin with LCP and RCP and have the same
/// end ("Unified CCE Features Guide", Mobile Agent, naming conventions), for example LCP5000F0016 and RCP5000F0016.
/// Their first lines have the two numbers.
const PORT_PAIR: &str = "select ln.dnorpattern as port, rn.dnorpattern as dialnumber \
    from device l \
    inner join devicenumplanmap lm on lm.fkdevice = l.pkid and lm.numplanindex = 1 \
    inner join numplan ln on ln.pkid = lm.fknumplan \
    inner join device r on r.name like 'RCP%' and substr(r.name, 4) = substr(l.name, 4) \
    inner join devicenumplanmap rm on rm.fkdevice = r.pkid and rm.numplanindex = 1 \
    inner join numplan rn on rn.pkid = rm.fknumplan \
    where l.name like 'LCP%{number}'";

/// `[directory.axl]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AxlConfig {
    /// The publisher: `https://cucm-a.example.com:8443`.
    pub url: String,
    /// An application user with the right to read through AXL.
    pub username: String,
    /// The password.
    pub password: SecretString,
    /// The version of the AXL schema, not newer than the server's.
    #[serde(default = "AxlConfig::default_version")]
    pub version: String,
    /// The SQL query. It contains `{number}`, and its rows have the columns `port` and `dialnumber`.
    #[serde(default = "AxlConfig::default_query")]
    pub query: String,
    /// How the server is reached.
    #[serde(default)]
    pub http: HttpConfig,
}

impl AxlConfig {
    fn default_version() -> String {
        "12.5".to_owned()
    }

    fn default_query() -> String {
        PORT_PAIR.to_owned()
    }
}

pub(crate) struct Axl {
    http: Http,
    url: Url,
    version: String,
    query: String,
}

impl Axl {
    pub(crate) fn new(config: &AxlConfig, clients: &mut Clients) -> Result<Self, SourceFaults> {
        let mut faults = SourceFaults::default();
        let url = faults.keep(config.http.url("directory.axl.url", &config.url));
        let headers = basic_only("directory.axl.username", &config.username, &config.password);
        let headers = faults.keep(headers).unwrap_or_default();
        let (version, query) = (config.version.clone(), config.query.clone());
        if !version.chars().all(|character| character.is_ascii_digit() || character == '.') {
            faults.push(SourceFault::new("directory.axl.version", "must be a version such as 12.5"));
        }
        if !query.contains(NUMBER) {
            faults.push(SourceFault::new("directory.axl.query", "must contain {number}"));
        }
        let http = faults.keep_all(clients.http(Source::Axl, SECTION, &config.http, headers));
        faults.or(url.zip(http).map(|(mut url, http)| {
            url.set_path("/axl/");
            Self { http, url, version, query }
        }))
    }

    /// The port and the number to dial that belong to an "F number".
    pub(crate) async fn agent_extension(&self, number: &str) -> Result<AgentExtension, LookupError> {
        let number = number.trim();
        // Names of ports and numbers contain nothing else, and quotes and wildcards must not reach the query.
        let is_plain =
            !number.is_empty() && number.chars().all(|character| character.is_ascii_alphanumeric());
        if !is_plain {
            return Err(self.not_found());
        }
        self.http.in_time(self.query(number)).await
    }

    async fn query(&self, number: &str) -> Result<AgentExtension, LookupError> {
        let sql = self.query.replace(NUMBER, number);
        let request = self
            .http
            .request(Method::POST, self.url.clone())
            .header(CONTENT_TYPE, "text/xml; charset=utf-8")
            .header("SOAPAction", format!("\"CUCM:DB ver={} executeSQLQuery\"", self.version))
            .body(envelope(&self.version, &sql));
        let answer = self.http.send(request).await?;
        let rows = read_rows(&answer)?;
        match rows.as_slice() {
            [] => Err(self.not_found()),
            [row] => read_extension(&answer, row),
            rows => Err(answer.unreadable(format!("{} ports end in {number:?}", rows.len()))),
        }
    }

    fn not_found(&self) -> LookupError {
        LookupError::NotFound { from: Source::Axl, what: "port of a mobile agent for that number".to_owned() }
    }
}

fn envelope(version: &str, sql: &str) -> String {
    let call = Element::in_namespace("executeSQLQuery", format!("http://www.cisco.com/AXL/API/{version}"))
        .with_child(Element::new("sql").with_text(sql));
    let body = Element::in_namespace("Body", SOAP).with_child(call);
    let envelope = Element::in_namespace("Envelope", SOAP).with_child(body);
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{envelope}")
}

/// The rows in the answer. A SOAP fault is a refusal, whatever its status.
fn read_rows(answer: &Answer) -> Result<Vec<Element<'_>>, LookupError> {
    let root = answer.xml();
    let body =
        root.as_ref().ok().filter(|root| root.is("Envelope", SOAP)).and_then(|root| root.child("Body"));
    let fault = body.and_then(|body| body.child("Fault"));
    if fault.is_some() || !answer.is_success() {
        let text = fault.and_then(|fault| fault.child("faultstring")).map(Element::text);
        return Err(answer.refusal(text.as_deref()));
    }
    if let Err(error) = &root {
        return Err(error.clone());
    }
    let result = body
        .and_then(|body| body.child("executeSQLQueryResponse"))
        .and_then(|response| response.child("return"))
        .ok_or_else(|| answer.unreadable("it is not the result of a query"))?;
    Ok(result.children_named("row").cloned().collect())
}

fn read_extension(answer: &Answer, row: &Element) -> Result<AgentExtension, LookupError> {
    let number = |column: &str| {
        let text = row.child(column).map(Element::text).unwrap_or_default();
        // An E.164 pattern has an escaped plus, but the event contains numbers.
        let digits = text.trim().trim_start_matches('\\').trim_start_matches('+');
        digits.parse().map_err(|_| answer.unreadable(format!("{column} {text:?} is not a number")))
    };
    Ok(AgentExtension { port: number("port")?, dial_number: number("dialnumber")? })
}
