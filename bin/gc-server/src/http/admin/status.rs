//! `/admin/status`: whether everything is well, and if not, why. What counts as a reason is decided here alone.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::routing::{MethodRouter, get};
use gc_access::Principal;
use gc_rules::ClientKey;
use gc_session::StreamStatus;
use serde::Serialize;

use crate::http::App;
use crate::http::caller::Caller;

use super::clusters::clusters;
use crate::http::health::store_trouble;

/// An agent without a stream, or an event that waits, is a reason after this time: both are usual for a moment.
const PATIENCE: Duration = Duration::from_secs(60);
/// Names in one reason.
const NAMES: usize = 3;

pub(super) fn one() -> MethodRouter<App> {
    get(async |State(app): State<App>, caller: Caller| Json(status(&app, &caller.who).await))
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Status {
    pub(super) well: bool,
    pub(super) reasons: Vec<Reason>,
    pub(super) version: &'static str,
    pub(super) uptime_seconds: u64,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Reason {
    pub(super) text: String,
    /// The address that shows more.
    pub(super) see: &'static str,
}

/// For an administrator of some clients: what concerns these.
pub(super) async fn status(app: &App, who: &Principal) -> Status {
    let mut reasons = of_the_connector(app, who);
    reasons.extend(of_clusters(app, who));
    reasons.extend(of_agents(app, who).await);
    reasons.extend(of_taken_agents(app, who));
    reasons.extend(of_clients(app, who).await);
    Status {
        well: reasons.is_empty(),
        reasons,
        version: crate::version::version(),
        uptime_seconds: app.started.elapsed().as_secs(),
    }
}

fn of_the_connector(app: &App, who: &Principal) -> Vec<Reason> {
    let stops = app.engine.is_stopping().then_some("The connector is being stopped.");
    let fails = who.may_administer_all().then(|| store_trouble(&app.delivery.health())).flatten();
    let reason = |text: &str| Reason { text: text.to_owned(), see: "/health/ready" };
    stops.into_iter().chain(fails).map(reason).collect()
}

fn of_clusters(app: &App, who: &Principal) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for cluster in clusters(app, who).clusters {
        let name = &cluster.cluster;
        match cluster.in_service {
            Some(true) => {}
            Some(false) => reasons.push(format!("Finesse is out of service in cluster {name}.")),
            None => reasons.push(format!("Finesse has not been asked yet in cluster {name}.")),
        }
        for node in cluster.nodes.iter().filter(|node| node.in_service == Some(false)) {
            let because = node.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            reasons.push(format!("The Finesse node {} is out of service{because}.", node.node));
        }
    }
    reasons.into_iter().map(|text| Reason { text, see: "/admin/clusters" }).collect()
}

async fn of_agents(app: &App, who: &Principal) -> Option<Reason> {
    let mut deaf = Vec::new();
    for (agent, _) in app.engine.agents(who) {
        let status = app.engine.agent(who, &agent).await;
        let is_deaf = |stream| matches!(stream, StreamStatus::Absent { age } if age >= PATIENCE);
        if status.is_some_and(|status| is_deaf(status.stream)) {
            deaf.push(agent.agent().to_owned());
        }
    }
    let text = named(
        &deaf,
        ("agent", "has had no notification stream"),
        ("agents", "have had no notification stream"),
    );
    text.map(|text| Reason {
        text: format!("{text} for a minute or longer."),
        see: "/admin/agents?stream=absent",
    })
}

/// Their sessions are over, so that they are not among the agents any more.
fn of_taken_agents(app: &App, who: &Principal) -> Option<Reason> {
    let taken: Vec<_> = app.engine.taken_over(who).iter().map(|agent| agent.agent().to_owned()).collect();
    let text = named(
        &taken,
        ("agent", "is not back since another program took its notification stream"),
        ("agents", "are not back since another program took their notification streams"),
    );
    text.map(|text| Reason { text: text + ".", see: "/admin/errors" })
}

async fn of_clients(app: &App, who: &Principal) -> Vec<Reason> {
    let administered = app.engine.administered(who, app.delivery.client_keys());
    let own = || administered.iter().map(|(client, _)| client);
    let has_letters =
        |client: &&ClientKey| app.delivery.counts(client).is_ok_and(|counts| counts.dead_letters > 0);
    let letters: Vec<_> = own().filter(has_letters).map(ToString::to_string).collect();
    // What cannot be read is in the log, and in the list of clients.
    let backlogs = app.delivery.backlogs().await.unwrap_or_default();
    let late = backlogs.into_iter().filter(|(_, backlog)| backlog.oldest >= PATIENCE);
    let late: BTreeSet<_> = late.map(|(client, _)| client).collect();
    let late =
        administered.iter().filter(|(client, _)| late.contains(client)).map(|(client, connected)| Late {
            client: client.to_string(),
            has_callback: app.delivery.callback(client).is_some(),
            agents: connected.agents,
        });
    let waiting = of_late_clients(&late.collect::<Vec<_>>());
    let letters = named(&letters, ("client", "has dead letters"), ("clients", "have dead letters"))
        .map(|text| text + ".");
    let reason = |text| Reason { text, see: "/admin/clients" };
    waiting.into_iter().chain(letters).map(reason).collect()
}

/// A client whose events wait for too long.
struct Late {
    client: String,
    has_callback: bool,
    agents: usize,
}

/// One without a callback and without agents has only said Hello: nobody misses what it does not read.
fn of_late_clients(late: &[Late]) -> Vec<String> {
    let names = |which: fn(&&Late) -> bool| {
        late.iter().filter(which).map(|late| late.client.clone()).collect::<Vec<_>>()
    };
    let (waiting, unread) =
        (names(|late| late.has_callback), names(|late| !late.has_callback && late.agents > 0));
    let waiting = named(
        &waiting,
        ("client", "has events that have waited"),
        ("clients", "have events that have waited"),
    )
    .map(|text| format!("{text} for a minute or longer."));
    let unread =
        named(&unread, ("client", "has agents and no callback"), ("clients", "have agents and no callback"))
            .map(|text| format!("{text}, and nobody has read the events for a minute or longer."));
    waiting.into_iter().chain(unread).collect()
}

/// `2 clients (crm-1, crm-2) have dead letters`; none if there are none. `one` and `several` are a noun and what is said of it.
fn named(names: &[String], one: (&str, &str), several: (&str, &str)) -> Option<String> {
    let (noun, what) = match names.len() {
        0 => return None,
        1 => one,
        _ => several,
    };
    let first: Vec<_> = names.iter().take(NAMES).map(String::as_str).collect();
    let more = if names.len() > NAMES { ", …" } else { "" };
    Some(format!("{} {noun} ({}{more}) {what}", names.len(), first.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_has_only_said_hello_is_no_reason() {
        let late =
            |client: &str, has_callback, agents| Late { client: client.to_owned(), has_callback, agents };
        assert!(of_late_clients(&[late("desk", false, 0)]).is_empty());
        let late =
            [late("desk", false, 0), late("crm-1", true, 0), late("crm-2", true, 1), late("crm-3", false, 1)];
        assert_eq!(
            of_late_clients(&late),
            [
                "2 clients (crm-1, crm-2) have events that have waited for a minute or longer.",
                "1 client (crm-3) has agents and no callback, and nobody has read the events for a minute or longer.",
            ]
        );
    }

    #[test]
    fn names_are_counted_and_the_first_ones_are_there() {
        let names = |count: usize| (0..count).map(|number| format!("c{number}")).collect::<Vec<_>>();
        let said = |count| named(&names(count), ("client", "waits"), ("clients", "wait"));
        assert_eq!(said(0), None);
        assert_eq!(said(1).as_deref(), Some("1 client (c0) waits"));
        assert_eq!(said(5).as_deref(), Some("5 clients (c0, c1, c2, …) wait"));
    }
}
