//! Queue statistics of UCCX. UCCX has no documented HTTP interface for them, so they come from a source of the site: a
//! [`QueueSource`], by default JSON over HTTP with a configured JSON pointer for each number.

use futures_util::future::BoxFuture;
use gc_events::{UccxCounts, UccxQueue};
use gc_rules::{LookupError, Source};
use reqwest::header::{ACCEPT, HeaderMap};
use reqwest::{Method, Url};
use serde::Deserialize;
use serde_json::Value;

use crate::connection::{Auth, HttpConfig, SourceFault, SourceFaults};
use crate::http::{Answer, Clients, Http};

const SECTION: &str = "directory.ccx";

/// A source for the queues of UCCX and their statistics.
pub trait QueueSource: Send + Sync {
    /// The current queues.
    fn queues(&self) -> BoxFuture<'_, Result<Vec<UccxQueue>, LookupError>>;
}

/// `[directory.ccx]`, with JSON pointers (RFC 6901). The defaults are for queues in the notation of the event
/// `QueueStats`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CcxConfig {
    /// The URL, which is read with GET.
    pub url: String,
    /// The credentials.
    pub auth: Option<Auth>,
    /// The pointer to the list of queues; empty if the whole answer is the list.
    #[serde(default)]
    pub queues: String,
    /// The pointer to a queue's name.
    #[serde(default = "CcxConfig::default_name")]
    pub name: String,
    /// The pointers to a queue's current numbers.
    #[serde(default = "CcxConfig::default_snapshot")]
    pub snapshot: CountPointers,
    /// The pointers to a queue's numbers since midnight.
    #[serde(default = "CcxConfig::default_since_midnight")]
    pub since_midnight: CountPointers,
    /// The connection to the source.
    #[serde(default)]
    pub http: HttpConfig,
}

impl CcxConfig {
    fn default_name() -> String {
        "/queueName".to_owned()
    }

    fn default_snapshot() -> CountPointers {
        CountPointers::of_event("queue_SnapShot")
    }

    fn default_since_midnight() -> CountPointers {
        CountPointers::of_event("queue_SinceMidNight")
    }
}

/// The pointers to a queue's numbers. A number without a pointer is 0; a pointer without a number is an error.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CountPointers {
    /// Waiting calls.
    pub waiting_calls: Option<String>,
    /// Agents logged in.
    pub agents_logged_in: Option<String>,
    /// Agents ready.
    pub agents_ready: Option<String>,
    /// Agents not ready.
    pub agents_not_ready: Option<String>,
    /// Agents in after-call work.
    pub agents_in_after_call_work: Option<String>,
    /// Agents talking.
    pub agents_talking: Option<String>,
    /// Agents reserved.
    pub agents_reserved: Option<String>,
}

impl CountPointers {
    fn of_event(block: &str) -> Self {
        let at = |name: &str| Some(format!("/{block}/{name}"));
        Self {
            waiting_calls: at("WaitingCalls"),
            agents_logged_in: at("AgentsLoggedIn"),
            agents_ready: at("AgentsReady"),
            agents_not_ready: at("AgentsNotReady"),
            agents_in_after_call_work: at("AgentsInAfterCallWork"),
            agents_talking: at("AgentsTalking"),
            agents_reserved: at("AgentsReserved"),
        }
    }

    /// With the names of their keys.
    fn all(&self) -> impl Iterator<Item = (&'static str, &String)> {
        [
            ("waiting_calls", &self.waiting_calls),
            ("agents_logged_in", &self.agents_logged_in),
            ("agents_ready", &self.agents_ready),
            ("agents_not_ready", &self.agents_not_ready),
            ("agents_in_after_call_work", &self.agents_in_after_call_work),
            ("agents_talking", &self.agents_talking),
            ("agents_reserved", &self.agents_reserved),
        ]
        .into_iter()
        .filter_map(|(key, pointer)| Some((key, pointer.as_ref()?)))
    }
}

/// Queues as JSON over HTTP.
pub(crate) struct HttpQueues {
    http: Http,
    url: Url,
    config: CcxConfig,
}

impl HttpQueues {
    pub(crate) fn new(config: &CcxConfig, clients: &mut Clients) -> Result<Self, SourceFaults> {
        let mut faults = SourceFaults::default();
        let url = faults.keep(config.http.url("directory.ccx.url", &config.url));
        let below = |table| move |(key, pointer)| (format!("{table}.{key}"), pointer);
        let snapshot = config.snapshot.all().map(below("snapshot"));
        let since_midnight = config.since_midnight.all().map(below("since_midnight"));
        let alone = [("queues".to_owned(), &config.queues), ("name".to_owned(), &config.name)];
        for (key, pointer) in alone.into_iter().chain(snapshot).chain(since_midnight) {
            if !pointer.is_empty() && !pointer.starts_with('/') {
                let reason = format!("{pointer:?} is not a JSON pointer, which begins with /");
                faults.push(SourceFault::new(format_args!("{SECTION}.{key}"), reason));
            }
        }
        let auth = config.auth.as_ref().and_then(|auth| faults.keep_all(auth.header("directory.ccx.auth")));
        let http = clients.http(Source::CcxStatistics, SECTION, &config.http, HeaderMap::from_iter(auth));
        let http = faults.keep_all(http);
        faults.or(url.zip(http).map(|(url, http)| Self { http, url, config: config.clone() }))
    }

    async fn read(&self) -> Result<Vec<UccxQueue>, LookupError> {
        let request = self.http.request(Method::GET, self.url.clone()).header(ACCEPT, "application/json");
        let answer = self.http.send(request).await?;
        if !answer.is_success() {
            return Err(answer.plain_refusal());
        }
        let json: Value = answer.json()?;
        let queues = json.pointer(&self.config.queues).and_then(Value::as_array);
        let queues = queues
            .ok_or_else(|| answer.unreadable(format!("there is no list at {:?}", self.config.queues)))?;
        queues.iter().map(|queue| self.queue(&answer, queue)).collect()
    }

    fn queue(&self, answer: &Answer, queue: &Value) -> Result<UccxQueue, LookupError> {
        let name = queue.pointer(&self.config.name).and_then(Value::as_str);
        let name =
            name.ok_or_else(|| answer.unreadable(format!("a queue has no name at {:?}", self.config.name)))?;
        Ok(UccxQueue {
            queue_name: name.to_owned(),
            snapshot: counts(answer, queue, &self.config.snapshot)?,
            since_midnight: counts(answer, queue, &self.config.since_midnight)?,
        })
    }
}

impl QueueSource for HttpQueues {
    fn queues(&self) -> BoxFuture<'_, Result<Vec<UccxQueue>, LookupError>> {
        Box::pin(self.http.in_time(self.read()))
    }
}

fn counts(answer: &Answer, queue: &Value, pointers: &CountPointers) -> Result<UccxCounts, LookupError> {
    let count = |pointer: &Option<String>| {
        let Some(pointer) = pointer else { return Ok(0) };
        let number = match queue.pointer(pointer) {
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(value) => value.as_u64(),
            None => None,
        };
        number.ok_or_else(|| answer.unreadable(format!("a queue has no number at {pointer:?}")))
    };
    Ok(UccxCounts {
        waiting_calls: count(&pointers.waiting_calls)?,
        agents_logged_in: count(&pointers.agents_logged_in)?,
        agents_ready: count(&pointers.agents_ready)?,
        agents_not_ready: count(&pointers.agents_not_ready)?,
        agents_in_after_call_work: count(&pointers.agents_in_after_call_work)?,
        agents_talking: count(&pointers.agents_talking)?,
        agents_reserved: count(&pointers.agents_reserved)?,
    })
}
