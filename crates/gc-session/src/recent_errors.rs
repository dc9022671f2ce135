//! The errors that clients were sent since the start, by code: how many, and the last ones. For operators.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use gc_environment::Environment;
use gc_events::ErrorEvent;
use gc_rules::{ClientKey, CommandId};

use crate::lock::lock;

/// Errors of one code that are kept.
const LAST: usize = 4;
/// Characters of a text that are kept.
const TEXT: usize = 300;
/// Codes of all clients together that are counted apart: beyond this, what was silent longest is dropped.
const COUNTS: usize = 4096;

/// The errors since the start.
pub(crate) struct RecentErrors {
    environment: Arc<dyn Environment>,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    all: BTreeMap<String, Count>,
    of_clients: BTreeMap<(ClientKey, String), Count>,
}

#[derive(Clone, Debug, Default)]
struct Count {
    count: u64,
    last: VecDeque<RecentError>,
}

/// The errors of one code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorCount {
    /// The code: the event's `errorType`.
    pub code: String,
    /// How many there were since the start.
    pub count: u64,
    /// The last ones, newest first; at least one.
    pub last: Vec<RecentError>,
}

/// One error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecentError {
    /// When it was emitted.
    pub at: SystemTime,
    /// The beginning of its text.
    pub text: String,
    /// The client that got it.
    pub client: ClientKey,
    /// The agent concerned.
    pub agent: Option<String>,
    /// The command that it answers.
    pub command: Option<CommandId>,
}

impl RecentErrors {
    pub(crate) fn new(environment: Arc<dyn Environment>) -> Self {
        Self { environment, counts: Mutex::default() }
    }

    /// An error is emitted to this client.
    pub(crate) fn note(
        &self,
        client: &ClientKey,
        error: &ErrorEvent,
        agent: Option<&str>,
        command: Option<&CommandId>,
    ) {
        let recent = RecentError {
            at: self.environment.now(),
            text: error.message.chars().take(TEXT).collect(),
            client: client.clone(),
            agent: error.agent_id.as_deref().or(agent).map(str::to_owned),
            command: command.cloned(),
        };
        let code = error.code.to_string();
        let mut counts = lock(&self.counts);
        let key = (client.clone(), code.clone());
        if counts.of_clients.len() >= COUNTS && !counts.of_clients.contains_key(&key) {
            counts.drop_oldest();
        }
        counts.of_clients.entry(key).or_default().add(recent.clone());
        counts.all.entry(code).or_default().add(recent);
    }

    /// The clients that got errors.
    pub(crate) fn clients(&self) -> Vec<ClientKey> {
        let mut clients: Vec<_> =
            lock(&self.counts).of_clients.keys().map(|(client, _)| client.clone()).collect();
        clients.dedup();
        clients
    }

    /// All errors, by code.
    pub(crate) fn all(&self) -> Vec<ErrorCount> {
        shown(lock(&self.counts).all.clone())
    }

    /// Those of these clients, by code.
    pub(crate) fn of_clients<'a>(&self, clients: impl IntoIterator<Item = &'a ClientKey>) -> Vec<ErrorCount> {
        let counts = lock(&self.counts);
        let mut own: BTreeMap<String, Count> = BTreeMap::new();
        for client in clients {
            let from = (client.clone(), String::new());
            let theirs = counts.of_clients.range(from..).take_while(|((each, _), _)| each == client);
            for ((_, code), count) in theirs {
                own.entry(code.clone()).or_default().merge(count);
            }
        }
        shown(own)
    }
}

impl Counts {
    fn drop_oldest(&mut self) {
        let last = |count: &Count| count.last.front().map(|error| error.at);
        let oldest = self.of_clients.iter().min_by_key(|(_, count)| last(count));
        if let Some(key) = oldest.map(|(key, _)| key.clone()) {
            self.of_clients.remove(&key);
        }
    }
}

impl Count {
    fn add(&mut self, error: RecentError) {
        self.count += 1;
        self.last.push_front(error);
        self.last.truncate(LAST);
    }

    fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.last.extend(other.last.iter().cloned());
        self.last.make_contiguous().sort_by_key(|error| std::cmp::Reverse(error.at));
        self.last.truncate(LAST);
    }
}

fn shown(counts: BTreeMap<String, Count>) -> Vec<ErrorCount> {
    let shown = |(code, Count { count, last })| ErrorCount { code, count, last: last.into() };
    counts.into_iter().map(shown).collect()
}

impl fmt::Debug for RecentErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecentErrors").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use gc_environment::RealEnvironment;
    use gc_events::ErrorCode;

    use super::*;

    fn errors() -> RecentErrors {
        RecentErrors::new(Arc::new(RealEnvironment))
    }

    fn note(errors: &RecentErrors, client: &str, code: ErrorCode, text: &str) {
        let error = ErrorEvent::of_agent(code, "1001").with_message(text);
        errors.note(&client.into(), &error, None, None);
    }

    #[test]
    fn each_code_has_its_count_and_its_last_texts() {
        let errors = errors();
        for number in 0..LAST + 3 {
            note(&errors, "acme", ErrorCode::Down, &format!("text {number}"));
        }
        note(&errors, "bell", ErrorCode::PleaseRetry, &"ü".repeat(TEXT + 1));
        let all = errors.all();
        let counts: Vec<_> =
            all.iter().map(|each| (each.code.as_str(), each.count, each.last.len())).collect();
        assert_eq!(counts, [("DOWN", 7, LAST), ("PLEASE_RETRY", 1, 1)]);
        assert_eq!((all[0].last[0].text.as_str(), all[1].last[0].text.chars().count()), ("text 6", TEXT));
        assert_eq!(errors.clients(), ["acme".into(), "bell".into()]);
    }

    #[test]
    fn those_of_clients_are_theirs_alone() {
        let errors = errors();
        for (client, text) in [("acme", "a"), ("acme-1", "b"), ("bell", "c"), ("acme", "d")] {
            note(&errors, client, ErrorCode::Down, text);
        }
        let own = errors.of_clients([&"acme".into(), &"acme-1".into()]);
        assert_eq!((own.len(), own[0].count), (1, 3));
        assert!(own[0].last.iter().all(|error| error.text != "c"));
        assert_eq!(errors.of_clients([&"nobody".into()]), []);
    }

    #[test]
    fn what_was_silent_longest_gives_way() {
        let errors = errors();
        for number in 0..=COUNTS {
            note(&errors, &format!("{number:05}"), ErrorCode::Down, "");
        }
        assert_eq!(errors.clients().len(), COUNTS);
        assert_eq!(errors.all()[0].count, u64::try_from(COUNTS).unwrap() + 1);
    }
}
