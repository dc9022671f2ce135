//! Whose refusal it is: Finesse's own, or that of a proxy in front of it.
//!
//! Finesse explains a refusal by `ApiErrors` in the body and asks for a password by the realm "Cisco Finesse". A proxy
//! does neither, and leaves its name: in `Server` or `Via`, or by another realm. Where neither is to be seen, the refusal
//! counts as Finesse's own, because a password must not be tried again. For the same reason only a few refusals in a row
//! count as the proxy's: Finesse itself may stand behind them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use finesse_types::{Answer, Credentials, Failure};
use http::HeaderMap;
use http::header::{HeaderName, PROXY_AUTHENTICATE, SERVER, VIA, WWW_AUTHENTICATE};
use tokio::sync::OwnedMutexGuard;

/// 401s of a proxy in a row, to one user's requests, that do not count as a refused password. Finesse locks the account at
/// the fifth.
const MOST_UNEXPLAINED: u32 = 3;

/// Who has been refused by a proxy how often in a row.
#[derive(Debug, Default)]
pub(crate) struct Refusals(Mutex<HashMap<String, Refused>>);

#[derive(Debug, Default)]
struct Refused {
    times: u32,
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl Refusals {
    /// Waits for the user's turn. Whoever was refused a short time ago asks for one thing after the other: a re-read, which
    /// is two requests, then costs one refusal.
    ///
    /// # Errors
    /// When the one before has been refused meanwhile. Then this one need not be sent.
    pub(crate) async fn turn(
        &self,
        credentials: Option<&Credentials>,
    ) -> Result<Option<OwnedMutexGuard<()>>, Failure> {
        let Some(credentials) = credentials else { return Ok(None) };
        let Some((before, turn)) = self.refused(credentials) else { return Ok(None) };
        let turn = turn.lock_owned().await;
        match self.refused(credentials) {
            Some((times, _)) if times > before => Err(Failure::Proxy { status: 401 }),
            _ => Ok(Some(turn)),
        }
    }

    fn refused(&self, credentials: &Credentials) -> Option<(u32, Arc<tokio::sync::Mutex<()>>)> {
        let refused = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Refused { times, turn } = refused.get(credentials.user())?;
        Some((*times, Arc::clone(turn)))
    }

    /// The same answer, with a refusal ascribed to the proxy if it is one's.
    pub(crate) fn judge(
        &self,
        answer: Result<Answer, Failure>,
        headers: &HeaderMap,
        credentials: Option<&Credentials>,
    ) -> Result<Answer, Failure> {
        let failure = match answer {
            Err(Failure::Refused { status, errors })
                if errors.errors.is_empty() && is_of_proxy(status, headers) =>
            {
                Failure::Proxy { status }
            }
            other => {
                self.forget(credentials);
                return other;
            }
        };
        match (&failure, credentials) {
            (Failure::Proxy { status: 401 }, Some(credentials))
                if self.count(credentials) > MOST_UNEXPLAINED =>
            {
                Err(Failure::Refused { status: 401, errors: finesse_types::ApiErrors::default() })
            }
            _ => Err(failure),
        }
    }

    fn count(&self, credentials: &Credentials) -> u32 {
        let mut refused = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Refused { times, .. } = refused.entry(credentials.user().to_owned()).or_default();
        *times = times.saturating_add(1);
        *times
    }

    fn forget(&self, credentials: Option<&Credentials>) {
        if let Some(credentials) = credentials {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(credentials.user());
        }
    }
}

/// Whether the headers of a refusal without `ApiErrors` show that a proxy has made it.
fn is_of_proxy(status: u16, headers: &HeaderMap) -> bool {
    if !matches!(status, 401 | 403 | 407 | 429 | 502..=504) {
        return false;
    }
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let challenge = text(WWW_AUTHENTICATE).unwrap_or_default().to_ascii_lowercase();
    if status == 407 || headers.contains_key(PROXY_AUTHENTICATE) {
        return true;
    }
    if challenge.contains("finesse") {
        return false;
    }
    let server = text(SERVER).unwrap_or_default().to_ascii_lowercase();
    // Finesse's own web container.
    let is_container = ["coyote", "tomcat"].iter().any(|name| server.contains(name));
    !challenge.is_empty() || headers.contains_key(VIA) || (!server.is_empty() && !is_container)
}

#[cfg(test)]
mod tests {
    use super::*;
    use finesse_types::{ApiError, ApiErrors};
    use http::HeaderValue;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let header = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        pairs.iter().map(header).collect()
    }

    fn refused(status: u16) -> Result<Answer, Failure> {
        Err(Failure::Refused { status, errors: ApiErrors::default() })
    }

    #[test]
    fn a_proxy_is_known_by_its_headers_and_finesse_by_its_realm_or_its_errors() {
        let of_proxy = |status, pairs: &[(&'static str, &'static str)]| {
            let judged = Refusals::default().judge(refused(status), &headers(pairs), None);
            matches!(judged, Err(Failure::Proxy { .. }))
        };
        let basic = ("www-authenticate", "Basic realm=\"Cisco Finesse\"");
        for (status, pairs, expected) in [
            (401, &[("server", "nginx/1.22.1")][..], true),
            (401, &[("www-authenticate", "Negotiate")], true),
            (401, &[("server", "nginx"), basic], false),
            (401, &[basic], false),
            (401, &[], false),
            (401, &[("server", "Apache-Coyote/1.1")], false),
            (403, &[("via", "1.1 gate")], true),
            (407, &[], true),
            (429, &[("server", "haproxy")], true),
            (503, &[("server", "nginx")], true),
            (503, &[], false),
            (404, &[("server", "nginx")], false),
        ] {
            assert_eq!(of_proxy(status, pairs), expected, "{status} {pairs:?}");
        }
        let error = ApiError { error_type: "Authorization Failure".into(), ..ApiError::default() };
        let explained = Err(Failure::Refused { status: 401, errors: ApiErrors { errors: vec![error] } });
        let judged = Refusals::default().judge(explained, &headers(&[("server", "nginx")]), None);
        assert!(matches!(judged, Err(Failure::Refused { .. })));
    }

    #[test]
    fn a_fourth_401_in_a_row_counts_as_a_refused_password() {
        let (refusals, nginx) = (Refusals::default(), headers(&[("server", "nginx")]));
        let agent = Credentials::new("1001", "p");
        let judge = |answer| refusals.judge(answer, &nginx, Some(&agent));
        for _ in 0..2 {
            for _ in 0..MOST_UNEXPLAINED {
                assert!(matches!(judge(refused(401)), Err(Failure::Proxy { status: 401 })));
            }
            assert!(matches!(judge(refused(401)), Err(Failure::Refused { status: 401, .. })));
            assert!(judge(Ok(Answer::Accepted)).is_ok());
        }
    }
}
