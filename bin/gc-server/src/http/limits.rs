//! How many requests one address, or one client of the configuration, may send. The limits are generous: normal use does not
//! reach them, and nobody can use up everything.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use gc_access::Principal;
use gc_events::ErrorCode;
use tokio::time::Instant;

use super::caller::Peer;
use super::{App, error_answer, is_health};

/// So many accounts are kept before those that are settled are removed.
const KEPT: usize = 1024;

/// Requests each second, and how many may come at once before that rate counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    /// The time that one request takes.
    each: Duration,
    burst: Duration,
}

/// A token bucket. Its state is the time at which it will be full again, so one that was not used for a while can be dropped.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    full_at: Instant,
}

/// The limits, and what was used of them.
#[derive(Debug)]
pub(crate) struct Limits {
    requests: Rate,
    hellos: Rate,
    at_once: usize,
    accounts: Mutex<Accounts>,
}

#[derive(Debug)]
struct Accounts {
    of: HashMap<Whom, Account>,
    /// Settled accounts are removed when there are so many.
    tidied_at: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Whom {
    Address(IpAddr),
    Client(String),
}

#[derive(Clone, Copy, Debug)]
struct Account {
    requests: Bucket,
    hellos: Bucket,
    /// Requests under way.
    open: usize,
}

/// Why a request is refused, with the time after which it may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooMany {
    wait: Duration,
}

/// A request under way.
#[derive(Debug)]
pub(super) struct OpenRequest {
    limits: Arc<Limits>,
    whom: Whom,
}

/// Refuses requests of an address beyond its rate, and on the places for health checks everything else. Health checks are
/// always answered.
pub(super) async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(peer) = request.extensions().get::<Peer>().filter(|_| !is_health(&request)) else {
        return next.run(request).await;
    };
    if peer.is_reserved {
        let text = "The connector serves as many connections as it can. Send it again later.";
        let answer = error_answer(&app, StatusCode::SERVICE_UNAVAILABLE, ErrorCode::PleaseRetry, text);
        return retry_after(answer, Duration::from_secs(1));
    }
    let peer = peer.address;
    match app.limits.request_from(peer) {
        Ok(()) => next.run(request).await,
        Err(too_many) => {
            tracing::debug!(%peer, "too many requests of an address");
            too_many.answer(&app)
        }
    }
}

impl Rate {
    pub(crate) fn new(per_second: NonZeroU32, burst: NonZeroU32) -> Self {
        let each = Duration::from_secs(1) / per_second.get();
        Self { each, burst: each.saturating_mul(burst.get()) }
    }
}

impl Bucket {
    fn take(&mut self, rate: Rate, now: Instant) -> Result<(), TooMany> {
        let full_at = self.full_at.max(now) + rate.each;
        let wait = full_at.saturating_duration_since(now).saturating_sub(rate.burst);
        if !wait.is_zero() {
            return Err(TooMany { wait });
        }
        self.full_at = full_at;
        Ok(())
    }
}

impl Limits {
    pub(crate) fn new(requests: Rate, hellos: Rate, at_once: usize) -> Self {
        let accounts = Mutex::new(Accounts { of: HashMap::new(), tidied_at: KEPT });
        Self { requests, hellos, at_once, accounts }
    }

    /// A request of this address.
    fn request_from(&self, address: IpAddr) -> Result<(), TooMany> {
        let now = Instant::now();
        self.accounts().account(Whom::Address(network(address)), now).requests.take(self.requests, now)
    }

    /// A request of this client, which is under way until what is returned is dropped. Callers who are not identified
    /// are all the same one: of them only the address counts.
    pub(super) fn request_of(self: &Arc<Self>, who: &Principal) -> Result<Option<OpenRequest>, TooMany> {
        if who.is_open() {
            return Ok(None);
        }
        let (whom, now) = (Whom::Client(who.name().to_owned()), Instant::now());
        let mut accounts = self.accounts();
        let account = accounts.account(whom.clone(), now);
        if account.open >= self.at_once {
            return Err(TooMany { wait: Duration::from_secs(1) });
        }
        account.requests.take(self.requests, now)?;
        account.open += 1;
        drop(accounts);
        Ok(Some(OpenRequest { limits: Arc::clone(self), whom }))
    }

    /// A Hello of this client from this address.
    pub(super) fn hello(&self, address: IpAddr, who: &Principal) -> Result<(), TooMany> {
        let now = Instant::now();
        let mut accounts = self.accounts();
        accounts.account(Whom::Address(network(address)), now).hellos.take(self.hellos, now)?;
        match who.is_open() {
            true => Ok(()),
            false => accounts.account(Whom::Client(who.name().to_owned()), now).hellos.take(self.hellos, now),
        }
    }

    fn accounts(&self) -> MutexGuard<'_, Accounts> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Accounts {
    fn account(&mut self, whom: Whom, now: Instant) -> &mut Account {
        if self.of.len() >= self.tidied_at {
            self.of.retain(|_, account| !account.is_settled(now));
            self.tidied_at = KEPT.max(self.of.len().saturating_mul(2));
        }
        let full = Bucket { full_at: now };
        self.of.entry(whom).or_insert(Account { requests: full, hellos: full, open: 0 })
    }
}

impl Account {
    /// Whether a new account would be the same.
    fn is_settled(&self, now: Instant) -> bool {
        self.open == 0 && self.requests.full_at <= now && self.hellos.full_at <= now
    }
}

impl Drop for OpenRequest {
    fn drop(&mut self) {
        let mut accounts = self.limits.accounts();
        if let Some(account) = accounts.of.get_mut(&self.whom) {
            account.open = account.open.saturating_sub(1);
        }
    }
}

impl TooMany {
    /// 429, and when to try again.
    pub(super) fn answer(self, app: &App) -> Response {
        let text = "There are too many requests of this client or this address. Send it again after the time in Retry-After.";
        let answer = error_answer(app, StatusCode::TOO_MANY_REQUESTS, ErrorCode::PleaseRetry, text);
        retry_after(answer, self.wait)
    }
}

fn retry_after(mut answer: Response, wait: Duration) -> Response {
    let seconds = wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0));
    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    answer
}

/// The address to count by: with IPv6 each customer has a whole /64 network.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests;
