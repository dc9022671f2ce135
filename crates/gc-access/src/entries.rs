//! The callers that a configuration lists.

use std::collections::BTreeMap;
use std::sync::Arc;

use thiserror::Error;

use crate::{
    AddressRange, Authenticator, Bearer, CertificateRule, ClientCertificate, Denied, Presented, Principal,
    TokenHash,
};

/// One caller, and what it is recognised by.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Who it is.
    pub principal: Principal,
    /// The hashes of its tokens; several while one takes the place of another.
    pub tokens: Vec<TokenHash>,
    /// Its certificates.
    pub certificates: Vec<CertificateRule>,
    /// Where it comes from, if it can present neither.
    pub addresses: Vec<AddressRange>,
}

impl Entry {
    /// An entry that nothing is recognised by yet.
    pub fn of(principal: Principal) -> Self {
        Self { principal, tokens: Vec::new(), certificates: Vec::new(), addresses: Vec::new() }
    }
}

/// Why entries cannot be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntryError {
    /// Nobody could ever be this caller.
    #[error("{0} has neither a token, nor a certificate, nor an address")]
    NoWayIn(String),
    /// Two callers have the same name.
    #[error("two clients are named {0}")]
    SameName(String),
    /// It would not be clear who asks.
    #[error("{value} is listed for {first} and for {second}: list it once")]
    Ambiguous {
        /// The token's hash, the certificate or the range.
        value: String,
        /// The name of an entry.
        first: String,
        /// The name of the other one.
        second: String,
    },
}

/// The callers who are known.
#[derive(Debug, Default)]
pub struct Entries {
    names: BTreeMap<String, Arc<Principal>>,
    tokens: BTreeMap<TokenHash, Arc<Principal>>,
    certificates: BTreeMap<CertificateRule, Arc<Principal>>,
    addresses: BTreeMap<AddressRange, Arc<Principal>>,
}

impl Entries {
    /// Exactly these.
    ///
    /// # Errors
    /// When an entry has no way in, or two entries share a name, a token, a certificate or a range.
    pub fn new(entries: impl IntoIterator<Item = Entry>) -> Result<Self, EntryError> {
        let mut known = Self::default();
        for Entry { principal, tokens, certificates, addresses } in entries {
            let principal = Arc::new(principal);
            let name = || principal.name().to_owned();
            if tokens.is_empty() && certificates.is_empty() && addresses.is_empty() {
                return Err(EntryError::NoWayIn(name()));
            }
            if known.names.insert(name(), Arc::clone(&principal)).is_some() {
                return Err(EntryError::SameName(name()));
            }
            list(&mut known.tokens, tokens, &principal)?;
            list(&mut known.certificates, certificates, &principal)?;
            list(&mut known.addresses, addresses, &principal)?;
        }
        Ok(known)
    }

    /// Everybody who is known, by name.
    pub fn principals(&self) -> impl Iterator<Item = &Principal> {
        self.names.values().map(Arc::as_ref)
    }

    /// A fingerprint means this very certificate, so it counts more than a name.
    fn of_certificate(&self, certificate: &ClientCertificate) -> Option<&Arc<Principal>> {
        let mut listed = certificate.rules().filter_map(|rule| Some((self.certificates.get(&rule)?, rule)));
        let (first, rule) = listed.next()?;
        let alone = listed.all(|(other, _)| Arc::ptr_eq(first, other));
        (alone || matches!(rule, CertificateRule::Fingerprint(_))).then_some(first)
    }

    /// Of several ranges the narrowest counts.
    fn of_address(&self, presented: &Presented<'_>) -> Option<&Arc<Principal>> {
        let holding = self.addresses.iter().filter(|(range, _)| range.contains(presented.peer));
        holding.max_by_key(|(range, _)| range.prefix()).map(|(_, principal)| principal)
    }
}

fn list<K: Ord + ToString>(
    known: &mut BTreeMap<K, Arc<Principal>>,
    keys: Vec<K>,
    principal: &Arc<Principal>,
) -> Result<(), EntryError> {
    for key in keys {
        let value = key.to_string();
        match known.insert(key, Arc::clone(principal)) {
            Some(other) if !Arc::ptr_eq(&other, principal) => {
                let (first, second) = (other.name().to_owned(), principal.name().to_owned());
                return Err(EntryError::Ambiguous { value, first, second });
            }
            _ => {}
        }
    }
    Ok(())
}

impl Authenticator for Entries {
    /// The strongest credential that is presented decides, alone.
    fn authenticate(&self, presented: &Presented<'_>) -> Result<Arc<Principal>, Denied> {
        let found = match (&presented.bearer, presented.certificate) {
            (Bearer::Unusable, _) => return Err(Denied::UnusableHeader),
            (Bearer::Token(token), _) => self.tokens.get(token).ok_or(Denied::UnknownToken),
            (Bearer::Absent, Some(certificate)) => {
                self.of_certificate(certificate).ok_or(Denied::UnknownCertificate)
            }
            (Bearer::Absent, None) => self.of_address(presented).ok_or(Denied::NoCredentials),
        };
        found.map(Arc::clone)
    }

    fn vouched(&self, name: Option<&str>) -> Result<Arc<Principal>, Denied> {
        name.and_then(|name| self.names.get(name)).map(Arc::clone).ok_or(Denied::UnknownName)
    }
}

#[cfg(test)]
mod tests;
