//! `/admin/members`: the connectors on one database, and which of them leads. Each answers for itself, also while nobody leads.

use std::collections::BTreeSet;
use std::time::SystemTime;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{MethodRouter, get};
use gc_access::Principal;
use gc_events::ErrorCode;
use gc_group::{Member, Origin, Takeover, View};
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

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
    pub(super) members: Vec<MemberShown>,
    /// The newest first.
    pub(super) takeovers: Vec<TakeoverShown>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MemberShown {
    pub(super) id: String,
    pub(super) url: String,
    pub(super) version: String,
    /// By the clock of the database, as all times here.
    pub(super) started: String,
    pub(super) lease_until: String,
    pub(super) leads: bool,
    /// Whether it is the one that answers.
    pub(super) answers: bool,
    /// Clusters that it has in service.
    pub(super) sees: BTreeSet<String>,
    /// Whether its certificate of the group is valid now.
    pub(super) certificate_valid: bool,
    /// The agents whom it holds.
    pub(super) sessions: u64,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TakeoverShown {
    pub(super) at: String,
    pub(super) to: OriginShown,
    pub(super) from: Option<OriginShown>,
    pub(super) reason: String,
    pub(super) leaderless_ms: Option<u64>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct OriginShown {
    pub(super) id: String,
    pub(super) url: Option<String>,
}

impl From<&Origin> for OriginShown {
    fn from(Origin { id, url }: &Origin) -> Self {
        Self { id: id.to_string(), url: url.clone() }
    }
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

fn described(view: &View, own: Uuid) -> Members {
    let leader = view.leader(own);
    let member = |member: &Member| MemberShown {
        id: member.id.to_string(),
        url: member.url.clone(),
        version: member.version.clone(),
        started: time(member.started),
        lease_until: time(member.expires),
        leads: leader == Some(member.id),
        answers: member.id == own,
        sees: member.standing.sees.clone(),
        certificate_valid: !member.standing.is_unreachable,
        sessions: member.standing.sessions,
    };
    let takeover = |Takeover { at, to, from, reason, vacant }: &Takeover| TakeoverShown {
        at: time(*at),
        to: to.into(),
        from: from.as_ref().map(OriginShown::from),
        reason: reason.name().to_owned(),
        leaderless_ms: vacant.map(|vacant| u64::try_from(vacant.as_millis()).unwrap_or(u64::MAX)),
    };
    Members {
        leader: leader.map(|leader| leader.to_string()),
        leads_since: view.since.filter(|_| leader.is_some()).map(time),
        members: view.members.iter().map(member).collect(),
        takeovers: view.takeovers.iter().map(takeover).collect(),
    }
}

/// As RFC 3339 has it.
fn time(time: SystemTime) -> String {
    Timestamp::try_from(time).map_or_else(|_| String::new(), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use gc_group::{Lead, Standing, TakeoverReason};

    use super::*;

    const ONE: Uuid = Uuid::from_u128(1);
    const TWO: Uuid = Uuid::from_u128(2);

    fn member(id: Uuid, number: u32) -> Member {
        Member::new(id, format!("https://gc-{number}.example:8114"), "1.2.3")
    }

    fn minute(number: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(60 * number)
    }

    #[test]
    fn each_member_says_whether_it_leads_and_whether_it_answers() {
        let (first, second) = (member(ONE, 1), member(TWO, 2));
        let view = |lead| View {
            lead,
            since: Some(minute(1)),
            members: vec![first.clone(), second.clone()],
            ..View::unknown()
        };
        let flags = |lead| {
            let Members { leader, leads_since, members, .. } = described(&view(lead), ONE);
            let flags: Vec<_> = members.iter().map(|member| (member.leads, member.answers)).collect();
            (leader, leads_since, flags)
        };
        let since = || Some("1970-01-01T00:01:00Z".to_owned());
        assert_eq!(flags(Lead::Here), (Some(ONE.to_string()), since(), vec![(true, true), (false, false)]));
        let at = Lead::At(second.clone());
        assert_eq!(flags(at), (Some(TWO.to_string()), since(), vec![(false, true), (true, false)]));
        assert_eq!(flags(Lead::Nobody), (None, None, vec![(false, true), (false, false)]));
    }

    #[test]
    fn how_members_are_placed_and_who_has_led_is_shown() {
        let standing = Standing { sees: ["west".to_owned()].into(), is_unreachable: true, sessions: 7 };
        let takeover = Takeover {
            at: minute(2),
            to: Origin { id: ONE, url: Some("https://gc-1.example:8114".to_owned()) },
            from: Some(Origin { id: TWO, url: None }),
            reason: TakeoverReason::LeaseOver,
            vacant: Some(Duration::from_millis(15_300)),
        };
        let view = View {
            members: vec![Member { expires: minute(3), standing, ..member(ONE, 1) }],
            takeovers: [takeover].into(),
            ..View::unknown()
        };
        let shown = serde_json::to_value(described(&view, TWO)).unwrap();
        let (member, takeover) = (&shown["members"][0], &shown["takeovers"][0]);
        assert_eq!((&member["leaseUntil"], &member["sessions"]), (&"1970-01-01T00:03:00Z".into(), &7.into()));
        assert_eq!((&member["sees"][0], &member["certificateValid"]), (&"west".into(), &false.into()));
        let expected = serde_json::json!({
            "at": "1970-01-01T00:02:00Z", "to": { "id": ONE, "url": "https://gc-1.example:8114" },
            "from": { "id": TWO, "url": null }, "reason": "lease_over", "leaderlessMs": 15_300,
        });
        assert_eq!(*takeover, expected);
    }
}
