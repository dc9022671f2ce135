//! Client certificates.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::hex;

/// What is known of a certificate that the TLS handshake has verified: signed by a configured authority, in date, and
/// its key in the caller's hands. Nothing else may be put here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    fingerprint: [u8; 32],
    dns_names: Vec<String>,
}

impl ClientCertificate {
    /// Of the certificate in DER, and the DNS names of its subjectAltName.
    pub fn new(der: &[u8], dns_names: impl IntoIterator<Item = String>) -> Self {
        let dns_names = dns_names.into_iter().map(|name| name.to_ascii_lowercase()).collect();
        Self { fingerprint: Sha256::digest(der).into(), dns_names }
    }

    /// The rules that it satisfies, its fingerprint first.
    pub(crate) fn rules(&self) -> impl Iterator<Item = CertificateRule> {
        let names = self.dns_names.iter().cloned().map(CertificateRule::DnsName);
        std::iter::once(CertificateRule::Fingerprint(self.fingerprint)).chain(names)
    }
}

/// Which certificate is meant: `sha256:` and its fingerprint, or `dns:` and a name of its subjectAltName.
///
/// A fingerprint means one certificate, and has to be exchanged when that is renewed. A name stands for whatever the
/// configured authority signs for it, so that a renewal changes nothing here. The subject's common name is not read: it has no
/// defined syntax, and TLS libraries have stopped matching names against it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CertificateRule {
    /// The SHA-256 of the certificate in DER.
    Fingerprint([u8; 32]),
    /// A DNS name, in lower case. It is compared as it stands: a wildcard in it means nothing.
    DnsName(String),
}

/// The text does not say which certificate.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("write sha256:<fingerprint of the certificate>, or dns:<a name in its subjectAltName>")]
pub struct InvalidRule;

impl FromStr for CertificateRule {
    type Err = InvalidRule;

    fn from_str(text: &str) -> Result<Self, InvalidRule> {
        if let Some(digits) = text.strip_prefix("sha256:") {
            return hex::parse(digits).map(Self::Fingerprint).ok_or(InvalidRule);
        }
        let name = text.strip_prefix("dns:").ok_or(InvalidRule)?;
        let may_stand = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.*".contains(&byte);
        if name.is_empty() || !name.bytes().all(may_stand) {
            return Err(InvalidRule);
        }
        Ok(Self::DnsName(name.to_ascii_lowercase()))
    }
}

impl fmt::Display for CertificateRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fingerprint(bytes) => {
                f.write_str("sha256:")?;
                hex::write(bytes, f)
            }
            Self::DnsName(name) => write!(f, "dns:{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_in_the_notations_of_openssl_too_and_read_what_they_print() {
        let plain: CertificateRule = format!("sha256:{}", "0a".repeat(32)).parse().unwrap();
        let colons: CertificateRule = format!("sha256:{}", ["0A"; 32].join(":")).parse().unwrap();
        assert_eq!(plain, colons);
        let name: CertificateRule = "dns:CRM.example".parse().unwrap();
        assert_eq!(name, CertificateRule::DnsName("crm.example".to_owned()));
        for rule in [plain, name] {
            assert_eq!(rule.to_string().parse(), Ok(rule));
        }
        for text in ["", "crm.example", "dns:", "dns:a b", "sha256:0a", "CN=crm", "sha256:dns:crm"] {
            assert_eq!(text.parse::<CertificateRule>(), Err(InvalidRule), "{text}");
        }
    }
}
