//! Faults on demand: rules set through the control API, each used up by the requests that match it.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use hyper::header::{HeaderName, HeaderValue};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::world::Side;

/// A rule: which requests it applies to, how many of them, and what goes wrong.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    #[serde(default)]
    pub(crate) when: When,
    #[serde(default = "once")]
    pub(crate) times: NonZeroU32,
    pub(crate) then: Then,
}

fn once() -> NonZeroU32 {
    NonZeroU32::MIN
}

/// Which requests a rule applies to; an absent condition matches every request.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct When {
    /// GET, PUT or POST.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) method: Option<String>,
    /// The beginning of the path: `/finesse/api/User/1001`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
    /// A state or requested action in the body: `READY`, `HOLD`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) action: Option<String>,
    /// The user name in the credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<String>,
    /// The server that receives the request, `a` or `b`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) node: Option<Side>,
}

/// What goes wrong.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "do", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub(crate) enum Then {
    /// Respond with this instead.
    Answer {
        status: u16,
        #[serde(default)]
        body: String,
        #[serde(default = "html")]
        content_type: String,
        /// Those of a proxy in front, such as `Server` or `Retry-After`. With them the response has none of Finesse's own.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "headers")]
        headers: BTreeMap<String, String>,
    },
    /// Close the connection without a response.
    Drop,
    /// Delay the request; everything else is as usual.
    Delay { ms: u64 },
    /// Respond 202, but do nothing.
    Silent,
    /// Carry out the request and respond, but lose its notifications.
    LoseEvents,
    /// Carry out the request, but lose its notifications and close the connection without a response.
    LoseAnswer,
    /// Its notifications arrive before the response.
    EventFirst,
    /// Its notifications arrive twice.
    DuplicateEvents,
    /// Its notifications on the first XMPP node arrive last.
    ReorderEvents,
    /// One server publishes them, and everything after them, this much later.
    DelayNode { node: Side, ms: u64 },
    /// Respond 202, then send this error as a notification.
    #[serde(rename = "apiError")]
    ApiError {
        error_type: String,
        #[serde(default)]
        error_message: String,
        #[serde(default)]
        error_data: String,
    },
}

fn html() -> String {
    "text/html;charset=utf-8".to_owned()
}

/// Only what a response can carry.
fn headers<'de, D: Deserializer<'de>>(read: D) -> Result<BTreeMap<String, String>, D::Error> {
    let headers = BTreeMap::<String, String>::deserialize(read)?;
    for (name, value) in &headers {
        HeaderName::from_str(name).map_err(D::Error::custom)?;
        HeaderValue::from_str(value).map_err(D::Error::custom)?;
    }
    Ok(headers)
}

/// The properties of a request that rules match.
pub(crate) struct Request<'a> {
    pub(crate) node: Side,
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) action: Option<&'a str>,
    pub(crate) user: Option<&'a str>,
}

impl When {
    fn matches(&self, request: &Request<'_>) -> bool {
        let same = |rule: &Option<String>, value: Option<&str>| match rule {
            None => true,
            Some(rule) => value.is_some_and(|value| value.eq_ignore_ascii_case(rule)),
        };
        same(&self.method, Some(request.method))
            && same(&self.action, request.action)
            && same(&self.user, request.user)
            && self.node.is_none_or(|node| node == request.node)
            && self.path.as_ref().is_none_or(|path| request.path.starts_with(path.as_str()))
    }
}

/// The active rules.
#[derive(Default)]
pub(crate) struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    pub(crate) fn add(&self, faults: Vec<Fault>) {
        self.rules().extend(faults);
    }

    pub(crate) fn clear(&self) {
        self.rules().clear();
    }

    pub(crate) fn list(&self) -> Vec<Fault> {
        self.rules().clone()
    }

    /// Returns the first rule that matches and uses it up by one.
    pub(crate) fn take(&self, request: &Request<'_>) -> Option<Then> {
        let mut rules = self.rules();
        let index = rules.iter().position(|fault| fault.when.matches(request))?;
        let fault = rules.get_mut(index)?;
        let then = fault.then.clone();
        match NonZeroU32::new(fault.times.get() - 1) {
            Some(left) => fault.times = left,
            None => {
                rules.remove(index);
            }
        }
        Some(then)
    }

    fn rules(&self) -> std::sync::MutexGuard<'_, Vec<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(json: &str) -> Faults {
        let faults = Faults::default();
        faults.add(vec![serde_json::from_str(json).unwrap()]);
        faults
    }

    const HOLD: Request<'_> = Request {
        node: Side::A,
        method: "PUT",
        path: "/finesse/api/Dialog/1",
        action: Some("HOLD"),
        user: Some("1001"),
    };

    #[test]
    fn a_rule_is_used_up_by_the_requests_that_match_it() {
        let faults = rules(r#"{"when":{"action":"hold","user":"1001"},"times":2,"then":{"do":"silent"}}"#);
        let other = Request { user: Some("1002"), ..HOLD };
        assert!(faults.take(&other).is_none());
        assert!(matches!(faults.take(&HOLD), Some(Then::Silent)));
        assert!(matches!(faults.take(&HOLD), Some(Then::Silent)));
        assert!(faults.take(&HOLD).is_none());
    }

    #[test]
    fn a_rule_without_conditions_matches_everything_and_paths_match_by_prefix() {
        assert!(rules(r#"{"then":{"do":"drop"}}"#).take(&HOLD).is_some());
        assert!(
            rules(r#"{"when":{"path":"/finesse/api/Dialog"},"then":{"do":"drop"}}"#).take(&HOLD).is_some()
        );
        assert!(rules(r#"{"when":{"path":"/finesse/api/User"},"then":{"do":"drop"}}"#).take(&HOLD).is_none());
    }

    #[test]
    fn a_misspelt_rule_is_refused() {
        for json in [
            r#"{"when":{"acton":"HOLD"},"then":{"do":"drop"}}"#,
            r#"{"then":{"do":"explode"}}"#,
            r#"{"then":{"do":"delay"}}"#,
            r#"{"then":{"do":"drop"},"time":2}"#,
            r#"{"then":{"do":"drop"},"times":0}"#,
            r#"{"then":{"do":"answer","status":503,"headers":{"no name":"1"}}}"#,
            r#"{"then":{"do":"answer","status":503,"headers":{"server":"a\nb"}}}"#,
        ] {
            assert!(serde_json::from_str::<Fault>(json).is_err(), "{json}");
        }
    }
}
