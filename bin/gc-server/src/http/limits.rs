//! How much one address, or one client of the configuration, may use. The limits are generous: normal use does not
//! reach them, and nobody can use up everything.

use std::collections::HashMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gc_access::Principal;
use gc_protocol::CommandName;
use tokio::time::Instant;

use super::tally::{Limit, Tally, Whom};

/// So many accounts are kept before those that are settled are removed.
const KEPT: usize = 1024;
/// When to try again what is refused because of something that is in use.
const IN_USE_WAIT: Duration = Duration::from_secs(1);

/// Requests each second, and how many may come at once before that rate counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    /// The time that one request takes.
    each: Duration,
    burst: Duration,
}

/// What everybody may use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowance {
    /// Of one address, and of one client; and so on.
    pub(crate) requests: Rate,
    pub(crate) hellos: Rate,
    pub(crate) connects: Rate,
    /// Of one client.
    pub(crate) requests_at_once: usize,
    /// Of one client. Those of an address are limited where they are accepted.
    pub(crate) connections: usize,
}

/// The limits, and what was used of them.
#[derive(Debug)]
pub(crate) struct Limits {
    allowance: Allowance,
    accounts: Mutex<Accounts>,
    tally: Arc<Tally>,
}

#[derive(Debug)]
struct Accounts {
    of: HashMap<Whom, Account>,
    /// Settled accounts are removed when there are so many.
    tidied_at: usize,
}

#[derive(Clone, Copy, Debug)]
struct Account {
    requests: Bucket,
    hellos: Bucket,
    connects: Bucket,
    /// Under way.
    requests_open: usize,
    connections: usize,
}

/// A token bucket. Its state is the time at which it will be full again, so one that was not used for a while can be dropped.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    full_at: Instant,
}

/// Of which bucket.
#[derive(Clone, Copy, Debug)]
enum Paced {
    Requests,
    Hellos,
    Connects,
}

/// Why something is refused, with the time after which it may be sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TooMany {
    pub(super) whom: Whom,
    pub(super) limit: Limit,
    pub(super) wait: Duration,
}

/// What a client has at once.
#[derive(Clone, Copy, Debug)]
enum AtOnce {
    Requests,
    Connections,
}

/// One request or connection of a client. It counts until this is dropped.
#[derive(Debug)]
pub(super) struct InUse {
    limits: Arc<Limits>,
    whom: Whom,
    what: AtOnce,
}

/// A request under way.
pub(super) type OpenRequest = InUse;

impl Rate {
    pub(crate) fn new(per_second: NonZeroU32, burst: NonZeroU32) -> Self {
        let each = Duration::from_secs(1) / per_second.get();
        Self { each, burst: each.saturating_mul(burst.get()) }
    }
}

impl Bucket {
    /// How long one more has to wait.
    fn wait(self, rate: Rate, now: Instant) -> Duration {
        let full_at = self.full_at.max(now) + rate.each;
        full_at.saturating_duration_since(now).saturating_sub(rate.burst)
    }

    fn take(&mut self, rate: Rate, now: Instant) {
        self.full_at = self.full_at.max(now) + rate.each;
    }
}

impl Limits {
    pub(crate) fn new(allowance: Allowance) -> Self {
        let accounts = Mutex::new(Accounts { of: HashMap::new(), tidied_at: KEPT });
        Self { allowance, accounts, tally: Arc::default() }
    }

    /// What is refused, for the log.
    pub(super) fn tally(&self) -> &Arc<Tally> {
        &self.tally
    }

    /// A request of this address.
    pub(super) fn request_from(&self, address: IpAddr) -> Result<(), TooMany> {
        self.pace(Paced::Requests, &[Whom::address(address)])
    }

    /// A request of this client, which is under way until what is returned is dropped. Callers who are not identified
    /// are all the same one: of them only the address counts.
    pub(super) fn request_of(self: &Arc<Self>, who: &Principal) -> Result<Option<OpenRequest>, TooMany> {
        let Some(whom) = Whom::client(who) else { return Ok(None) };
        let request = self.admit(AtOnce::Requests, whom.clone())?;
        self.pace(Paced::Requests, &[whom])?;
        Ok(Some(request))
    }

    /// A connection that this client uses, until what is returned is dropped.
    pub(super) fn connection_of(self: &Arc<Self>, who: &Principal) -> Result<Option<InUse>, TooMany> {
        Whom::client(who).map(|whom| self.admit(AtOnce::Connections, whom)).transpose()
    }

    /// A command of this client from this address. Those that begin something have limits of their own.
    pub(super) fn command(&self, name: CommandName, address: IpAddr, who: &Principal) -> Result<(), TooMany> {
        let paced = match name {
            CommandName::Hello => Paced::Hellos,
            CommandName::Connect => Paced::Connects,
            _ => return Ok(()),
        };
        let both: Vec<_> = std::iter::once(Whom::address(address)).chain(Whom::client(who)).collect();
        self.pace(paced, &both)
    }

    /// Counts for all of these, or, if one of them has none left, for none.
    fn pace(&self, paced: Paced, all: &[Whom]) -> Result<(), TooMany> {
        let (now, (rate, limit)) = (Instant::now(), self.allowance.rate(paced));
        let mut accounts = self.accounts();
        for whom in all {
            let wait = accounts.of(whom, now).bucket(paced).wait(rate, now);
            if !wait.is_zero() {
                return Err(TooMany { whom: whom.clone(), limit, wait });
            }
        }
        all.iter().for_each(|whom| accounts.of(whom, now).bucket(paced).take(rate, now));
        Ok(())
    }

    fn admit(self: &Arc<Self>, what: AtOnce, whom: Whom) -> Result<InUse, TooMany> {
        let (most, limit) = self.allowance.at_once(what);
        let mut accounts = self.accounts();
        let count = accounts.of(&whom, Instant::now()).count(what);
        if *count >= most {
            return Err(TooMany { whom, limit, wait: IN_USE_WAIT });
        }
        *count += 1;
        drop(accounts);
        Ok(InUse { limits: Arc::clone(self), whom, what })
    }

    fn accounts(&self) -> MutexGuard<'_, Accounts> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Allowance {
    fn rate(&self, paced: Paced) -> (Rate, Limit) {
        match paced {
            Paced::Requests => (self.requests, Limit::Requests),
            Paced::Hellos => (self.hellos, Limit::Hellos),
            Paced::Connects => (self.connects, Limit::Connects),
        }
    }

    fn at_once(&self, what: AtOnce) -> (usize, Limit) {
        match what {
            AtOnce::Requests => (self.requests_at_once, Limit::RequestsAtOnce),
            AtOnce::Connections => (self.connections, Limit::ClientConnections),
        }
    }
}

impl Accounts {
    fn of(&mut self, whom: &Whom, now: Instant) -> &mut Account {
        if self.of.len() >= self.tidied_at {
            self.of.retain(|_, account| !account.is_settled(now));
            self.tidied_at = KEPT.max(self.of.len().saturating_mul(2));
        }
        self.of.entry(whom.clone()).or_insert_with(|| Account::new(now))
    }
}

impl Account {
    fn new(now: Instant) -> Self {
        let full = Bucket { full_at: now };
        Self { requests: full, hellos: full, connects: full, requests_open: 0, connections: 0 }
    }

    fn bucket(&mut self, paced: Paced) -> &mut Bucket {
        match paced {
            Paced::Requests => &mut self.requests,
            Paced::Hellos => &mut self.hellos,
            Paced::Connects => &mut self.connects,
        }
    }

    fn count(&mut self, what: AtOnce) -> &mut usize {
        match what {
            AtOnce::Requests => &mut self.requests_open,
            AtOnce::Connections => &mut self.connections,
        }
    }

    /// Whether a new account would be the same.
    fn is_settled(&self, now: Instant) -> bool {
        let buckets = [self.requests, self.hellos, self.connects];
        self.requests_open == 0 && self.connections == 0 && buckets.iter().all(|each| each.full_at <= now)
    }
}

impl InUse {
    pub(super) fn is_of(&self, who: &Principal) -> bool {
        matches!(&self.whom, Whom::Client(name) if name == who.name()) && !who.is_open()
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        let mut accounts = self.limits.accounts();
        if let Some(account) = accounts.of.get_mut(&self.whom) {
            let count = account.count(self.what);
            *count = count.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests;
