//! Why requests are refused, and how many were for which reason.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use gc_access::Denied;
use gc_rules::{ClientKey, Refusal};
use gc_session::SubmitError;
use strum::{EnumIter, EnumString, IntoEnumIterator, IntoStaticStr};

/// Between a leader and its followers.
const HEADER: HeaderName = HeaderName::from_static("gc-refused");

/// Why a request is refused, by the name that logs and counters have for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, EnumIter, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Reason {
    // Who asks is not known.
    NoCredentials,
    UnusableHeader,
    UnknownToken,
    UnknownCertificate,
    UnknownName,
    // Who asks may not do this.
    ForeignPage,
    ForeignHost,
    RightMissing,
    NotItsOwn,
    Forbidden,
    // The request cannot be used.
    BadRequest,
    BadArguments,
    BadCallback,
    NotFound,
    MethodNotAllowed,
    TooSlow,
    TooLong,
    NotJson,
    // Not from this client, or not at the moment.
    UnknownClient,
    UnknownAgent,
    NotOwner,
    WhichCluster,
    Conflict,
    RepeatedId,
    TooManyClients,
    TooManyCommands,
    TooMany,
    Stopping,
    StoreAway,
    Overloaded,
    NoLeader,
    Failed,
}

impl Reason {
    pub(super) fn name(self) -> &'static str {
        self.into()
    }

    /// That of an answer to a request that came through a follower, or of one that a leader has given: the status says less.
    pub(in crate::http) fn written_on(headers: &HeaderMap) -> Option<Self> {
        headers.get(HEADER)?.to_str().ok()?.parse().ok()
    }

    /// Writes it there, for the follower.
    pub(in crate::http) fn write_on(self, headers: &mut HeaderMap) {
        headers.insert(HEADER, HeaderValue::from_static(self.name()));
    }

    /// The same, and removes it: it is not for the client. One of a newer leader may be unknown here.
    pub(in crate::http) fn taken_from(headers: &mut HeaderMap) -> Option<Self> {
        let reason = Self::written_on(headers);
        headers.remove(HEADER);
        reason
    }

    /// The reason of an answer that has this status and nothing more precise.
    pub(super) fn of(status: StatusCode) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Self::NoCredentials,
            StatusCode::FORBIDDEN => Self::Forbidden,
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            StatusCode::REQUEST_TIMEOUT => Self::TooSlow,
            StatusCode::CONFLICT => Self::Conflict,
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLong,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::NotJson,
            StatusCode::TOO_MANY_REQUESTS => Self::TooMany,
            StatusCode::SERVICE_UNAVAILABLE => Self::Overloaded,
            status if status.is_client_error() => Self::BadRequest,
            _ => Self::Failed,
        }
    }
}

impl From<Denied> for Reason {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::UnusableHeader => Self::UnusableHeader,
            Denied::UnknownToken => Self::UnknownToken,
            Denied::UnknownCertificate => Self::UnknownCertificate,
            Denied::UnknownName => Self::UnknownName,
            // Denied may get more reasons.
            _ => Self::NoCredentials,
        }
    }
}

impl From<Refusal> for Reason {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::UnknownClient => Self::UnknownClient,
            Refusal::UnknownAgent => Self::UnknownAgent,
            Refusal::NotOwner => Self::NotOwner,
            Refusal::WhichCluster => Self::WhichCluster,
            Refusal::TooManyClients => Self::TooManyClients,
            Refusal::RightMissing => Self::RightMissing,
            Refusal::NotItsOwn => Self::NotItsOwn,
            Refusal::BadArguments => Self::BadArguments,
        }
    }
}

impl From<&SubmitError> for Reason {
    fn from(error: &SubmitError) -> Self {
        match error {
            SubmitError::Stopping => Self::Stopping,
            SubmitError::StoreAway => Self::StoreAway,
            SubmitError::Overloaded => Self::Overloaded,
            SubmitError::TooMany { .. } => Self::TooManyCommands,
            SubmitError::Repeated => Self::RepeatedId,
            SubmitError::Callback(_) => Self::BadCallback,
        }
    }
}

/// How many requests were refused since the start, for each reason: all of them, and those that named a client.
#[derive(Debug)]
pub(crate) struct Refusals {
    all: BTreeMap<Reason, AtomicU64>,
    of_clients: Mutex<BTreeMap<ClientKey, BTreeMap<Reason, u64>>>,
}

/// When so many clients are counted, those that are forgotten are removed.
const TIDIED_AT: usize = 1024;

impl Default for Refusals {
    fn default() -> Self {
        let all = Reason::iter().map(|reason| (reason, AtomicU64::new(0))).collect();
        Self { all, of_clients: Mutex::default() }
    }
}

impl Refusals {
    pub(super) fn count(&self, reason: Reason) {
        if let Some(counter) = self.all.get(&reason) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The refused request named this client.
    pub(super) fn count_of(&self, client: ClientKey, reason: Reason, is_known: impl Fn(&ClientKey) -> bool) {
        let mut of_clients = self.of_clients();
        if of_clients.len() >= TIDIED_AT && !of_clients.contains_key(&client) {
            of_clients.retain(|client, _| is_known(client));
        }
        *of_clients.entry(client).or_default().entry(reason).or_default() += 1;
    }

    /// The clients that were named.
    pub(crate) fn clients(&self) -> Vec<ClientKey> {
        self.of_clients().keys().cloned().collect()
    }

    /// Every reason, of requests that named one of these clients.
    pub(crate) fn counts_of<'a>(
        &self,
        clients: impl Iterator<Item = &'a ClientKey>,
    ) -> BTreeMap<&'static str, u64> {
        let of_clients = self.of_clients();
        let mut counts: BTreeMap<_, _> = Reason::iter().map(|reason| (reason.name(), 0)).collect();
        for (reason, count) in clients.filter_map(|client| of_clients.get(client)).flatten() {
            *counts.entry(reason.name()).or_default() += count;
        }
        counts
    }

    fn of_clients(&self) -> MutexGuard<'_, BTreeMap<ClientKey, BTreeMap<Reason, u64>>> {
        self.of_clients.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every reason, also those that never occurred.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.all.iter().map(|(reason, counter)| (reason.name(), counter.load(Ordering::Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_in_the_document_and_no_other() {
        let document = include_str!("../../../../../docs/operations.md");
        let (_, section) = document.split_once("#### Reasons of refusals").unwrap();
        let (section, _) = section.split_once("\n#").unwrap();
        let names = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
        let listed: Vec<_> = names.map(|(name, _)| name).collect();
        assert_eq!(listed, Reason::iter().map(Reason::name).collect::<Vec<_>>());
    }

    #[test]
    fn each_refusal_is_counted_under_its_own_reason() {
        let refusals = Refusals::default();
        for (reason, times) in Reason::iter().zip(1..) {
            (0..times).for_each(|_| refusals.count(reason));
        }
        let counted: Vec<_> = refusals.counts().collect();
        let expected: Vec<_> = Reason::iter().map(Reason::name).zip(1..).collect();
        assert_eq!(counted, expected);
    }
}
