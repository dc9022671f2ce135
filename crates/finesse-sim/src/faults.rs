//! Faults on demand: rules set through the control API, each used up by the requests it fits.

use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::world::Side;

/// One rule: which requests, how many of them, and what goes wrong.
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

/// Which requests; what is absent fits every request.
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
    /// The server that is asked, `a` or `b`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) node: Option<Side>,
}

/// What goes wrong.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "do", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub(crate) enum Then {
    /// Answer with this instead.
    Answer {
        status: u16,
        #[serde(default)]
        body: String,
        #[serde(default = "html")]
        content_type: String,
    },
    /// Close the connection without an answer.
    Drop,
    /// Answer later; everything else as usual.
    Delay { ms: u64 },
    /// 202, and nothing happens.
    Silent,
    /// 202, it happens, but its notifications are lost.
    LoseEvents,
    /// It happens, nobody is told, and the connection is closed without an answer.
    LoseAnswer,
    /// Its notifications arrive before the answer.
    EventFirst,
    /// Its notifications arrive twice.
    DuplicateEvents,
    /// Its notifications of the node that comes first come last.
    ReorderEvents,
    /// One server tells them that much later, and all that follows after them.
    DelayNode { node: Side, ms: u64 },
    /// 202, then this error as a notification.
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

/// What a request looks like to the rules.
pub(crate) struct Request<'a> {
    pub(crate) node: Side,
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) action: Option<&'a str>,
    pub(crate) user: Option<&'a str>,
}

impl When {
    fn fits(&self, request: &Request<'_>) -> bool {
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

/// The rules that are set.
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

    /// The first rule that fits; it is used up by one.
    pub(crate) fn take(&self, request: &Request<'_>) -> Option<Then> {
        let mut rules = self.rules();
        let index = rules.iter().position(|fault| fault.when.fits(request))?;
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
    fn a_rule_is_used_up_by_the_requests_it_fits() {
        let faults = rules(r#"{"when":{"action":"hold","user":"1001"},"times":2,"then":{"do":"silent"}}"#);
        let other = Request { user: Some("1002"), ..HOLD };
        assert!(faults.take(&other).is_none());
        assert!(matches!(faults.take(&HOLD), Some(Then::Silent)));
        assert!(matches!(faults.take(&HOLD), Some(Then::Silent)));
        assert!(faults.take(&HOLD).is_none());
    }

    #[test]
    fn a_rule_without_conditions_fits_everything_and_paths_fit_by_their_beginning() {
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
        ] {
            assert!(serde_json::from_str::<Fault>(json).is_err(), "{json}");
        }
    }
}
