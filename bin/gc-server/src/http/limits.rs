//! How much one address, or one client of the configuration, may use. The limits are generous: normal use does not
//! reach them, and nobody can use up everything.

mod accounts;
mod bucket;

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gc_access::Principal;
use gc_protocol::CommandName;
use tokio::time::Instant;

use super::tally::{Limit, Subject, Tally};
use accounts::{Accounts, AtOnce, Paced};
pub(crate) use bucket::Rate;

/// When to try again what is refused because of something that is in use.
const IN_USE_WAIT: Duration = Duration::from_secs(1);

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

/// Why something is refused, with the time after which it may be sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TooMany {
    pub(super) subject: Subject,
    pub(super) limit: Limit,
    pub(super) wait: Duration,
}

/// One request or connection of a client. It counts until this is dropped.
#[derive(Debug)]
pub(super) struct InUse {
    limits: Arc<Limits>,
    subject: Subject,
    what: AtOnce,
}

/// A request under way.
pub(super) type OpenRequest = InUse;

impl Limits {
    pub(crate) fn new(allowance: Allowance) -> Self {
        Self { allowance, accounts: Mutex::default(), tally: Arc::default() }
    }

    /// What is refused, for the log.
    pub(super) fn tally(&self) -> &Arc<Tally> {
        &self.tally
    }

    /// A request of this address.
    pub(super) fn request_from(&self, address: IpAddr) -> Result<(), TooMany> {
        self.pace(Paced::Requests, &[Subject::address(address)])
    }

    /// A request of this client, which is under way until what is returned is dropped. Callers who are not identified
    /// are all the same one: of them only the address counts.
    pub(super) fn request_of(self: &Arc<Self>, who: &Principal) -> Result<Option<OpenRequest>, TooMany> {
        let Some(subject) = Subject::client(who) else { return Ok(None) };
        let request = self.admit(AtOnce::Requests, subject.clone())?;
        self.pace(Paced::Requests, &[subject])?;
        Ok(Some(request))
    }

    /// A connection that this client uses, until what is returned is dropped.
    pub(super) fn connection_of(self: &Arc<Self>, who: &Principal) -> Result<Option<InUse>, TooMany> {
        Subject::client(who).map(|subject| self.admit(AtOnce::Connections, subject)).transpose()
    }

    /// A command of this client from this address. Those that begin something have limits of their own.
    pub(super) fn command(&self, name: CommandName, address: IpAddr, who: &Principal) -> Result<(), TooMany> {
        let paced = match name {
            CommandName::Hello => Paced::Hellos,
            CommandName::Connect => Paced::Connects,
            _ => return Ok(()),
        };
        let both: Vec<_> = std::iter::once(Subject::address(address)).chain(Subject::client(who)).collect();
        self.pace(paced, &both)
    }

    /// Counts for all of these, or, if one of them has none left, for none.
    fn pace(&self, paced: Paced, all: &[Subject]) -> Result<(), TooMany> {
        let (now, (rate, limit)) = (Instant::now(), self.allowance.rate(paced));
        let mut accounts = self.accounts();
        for subject in all {
            let wait = accounts.of(subject, now).bucket(paced).wait(rate, now);
            if !wait.is_zero() {
                return Err(TooMany { subject: subject.clone(), limit, wait });
            }
        }
        all.iter().for_each(|subject| accounts.of(subject, now).bucket(paced).take(rate, now));
        Ok(())
    }

    fn admit(self: &Arc<Self>, what: AtOnce, subject: Subject) -> Result<InUse, TooMany> {
        let (most, limit) = self.allowance.at_once(what);
        let mut accounts = self.accounts();
        let count = accounts.of(&subject, Instant::now()).count(what);
        if *count >= most {
            return Err(TooMany { subject, limit, wait: IN_USE_WAIT });
        }
        *count += 1;
        drop(accounts);
        Ok(InUse { limits: Arc::clone(self), subject, what })
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

impl InUse {
    pub(super) fn is_of(&self, who: &Principal) -> bool {
        matches!(&self.subject, Subject::Client(name) if name == who.name()) && !who.is_open()
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        let mut accounts = self.limits.accounts();
        if let Some(account) = accounts.of.get_mut(&self.subject) {
            let count = account.count(self.what);
            *count = count.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests;
