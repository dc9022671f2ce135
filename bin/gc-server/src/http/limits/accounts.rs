//! What each address and each client has used of its limits.

use std::collections::HashMap;

use tokio::time::Instant;

use super::bucket::Bucket;
use crate::http::tally::Subject;

/// So many accounts are kept before those that are settled are removed.
pub(super) const KEPT: usize = 1024;
#[derive(Debug)]
pub(super) struct Accounts {
    pub(super) of: HashMap<Subject, Account>,
    /// Settled accounts are removed when there are so many.
    tidied_at: usize,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Account {
    requests: Bucket,
    hellos: Bucket,
    connects: Bucket,
    /// Under way.
    requests_open: usize,
    connections: usize,
}

/// Of which bucket.
#[derive(Clone, Copy, Debug)]
pub(super) enum Paced {
    Requests,
    Hellos,
    Connects,
}

/// What a client has at once.
#[derive(Clone, Copy, Debug)]
pub(super) enum AtOnce {
    Requests,
    Connections,
}

impl Default for Accounts {
    fn default() -> Self {
        Self { of: HashMap::new(), tidied_at: KEPT }
    }
}

impl Accounts {
    pub(super) fn of(&mut self, subject: &Subject, now: Instant) -> &mut Account {
        if self.of.len() >= self.tidied_at {
            self.of.retain(|_, account| !account.is_settled(now));
            self.tidied_at = KEPT.max(self.of.len().saturating_mul(2));
        }
        self.of.entry(subject.clone()).or_insert_with(|| Account::new(now))
    }
}

impl Account {
    fn new(now: Instant) -> Self {
        let full = Bucket { full_at: now };
        Self { requests: full, hellos: full, connects: full, requests_open: 0, connections: 0 }
    }

    pub(super) fn bucket(&mut self, paced: Paced) -> &mut Bucket {
        match paced {
            Paced::Requests => &mut self.requests,
            Paced::Hellos => &mut self.hellos,
            Paced::Connects => &mut self.connects,
        }
    }

    pub(super) fn count(&mut self, what: AtOnce) -> &mut usize {
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
