//! `/admin/members`: the connectors on one database, and which of them leads. Each answers for itself, also while nobody leads.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{MethodRouter, get};
use gc_access::Principal;
use gc_events::ErrorCode;
use gc_group::{Lead, Member as Known, View};
use jiff::Timestamp;
use serde::Serialize;

use crate::http::audit::Reason;
use crate::http::caller::Caller;
use crate::http::{Front, error_answer};

pub(in crate::http) const ROUTE: &str = "/admin/members";

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Members {
    /// None: nobody leads, as far as this connector knows.
    pub(super) leader: Option<String>,
    /// Since when, by the clock of the database.
    pub(super) leads_since: Option<String>,
    pub(super) members: Vec<Member>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Member {
    pub(super) id: String,
    pub(super) url: String,
    pub(super) version: String,
    /// By the clock of the database.
    pub(super) started: String,
    pub(super) leads: bool,
    /// Whether it is the one that answers.
    pub(super) answers: bool,
}

pub(in crate::http) fn all<S>() -> MethodRouter<S>
where
    S: Clone + Send + Sync + 'static,
    Front: axum::extract::FromRef<S>,
{
    get(show)
}

async fn show(State(front): State<Front>, caller: Caller) -> Result<Json<Members>, Response> {
    members(&front, &caller.who).map(Json).ok_or_else(|| {
        caller.note.refused(Reason::RightMissing);
        let text =
            "The connectors serve all clients: this needs the right admin without destinations and cluster.";
        error_answer(&front, StatusCode::FORBIDDEN, ErrorCode::GeneralError, text)
    })
}

/// None: they are not for this administrator.
pub(super) fn members(front: &Front, who: &Principal) -> Option<Members> {
    let shown = || front.view.clone().read(|view| described(view, front.member));
    who.may_administer_all().then(shown)
}

fn described(view: &View, own: uuid::Uuid) -> Members {
    let leader = match &view.lead {
        Lead::Here => Some(own),
        Lead::At(member) => Some(member.id),
        Lead::Nobody => None,
    };
    let at = |time| Timestamp::try_from(time).map_or_else(|_| String::new(), |time| time.to_string());
    let described = |Known { id, url, version, started, .. }: &Known| Member {
        id: id.to_string(),
        url: url.clone(),
        version: version.clone(),
        started: at(*started),
        leads: leader == Some(*id),
        answers: *id == own,
    };
    Members {
        leader: leader.map(|leader| leader.to_string()),
        leads_since: view.since.filter(|_| leader.is_some()).map(at),
        members: view.members.iter().map(described).collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use uuid::Uuid;

    use super::*;

    #[test]
    fn each_member_says_whether_it_leads_and_whether_it_answers() {
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let member = |id, number| Known::new(id, format!("https://gc-{number}.example:8114"), "1.2.3");
        let (first, second) = (member(one, 1), member(two, 2));
        let view = |lead| View {
            lead,
            since: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(60)),
            members: vec![first.clone(), second.clone()],
        };
        let flags = |lead| {
            let Members { leader, leads_since, members } = described(&view(lead), one);
            let flags: Vec<_> = members.iter().map(|member| (member.leads, member.answers)).collect();
            (leader, leads_since, flags)
        };
        let since = || Some("1970-01-01T00:01:00Z".to_owned());
        assert_eq!(flags(Lead::Here), (Some(one.to_string()), since(), vec![(true, true), (false, false)]));
        let at = Lead::At(second.clone());
        assert_eq!(flags(at), (Some(two.to_string()), since(), vec![(false, true), (true, false)]));
        assert_eq!(flags(Lead::Nobody), (None, None, vec![(false, true), (false, false)]));
    }
}
