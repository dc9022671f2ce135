//! What a configuration says of trust.

use std::path::{Path, PathBuf};

use gc_private::{Unreadable, read_certificates};
use thiserror::Error;

use crate::{Fingerprint, InvalidFingerprint, Trust, TrustError};

/// The keys that say whom to trust, of which at most one is used. Without any it is the system's authorities.
#[derive(Clone, Copy, Debug, Default)]
pub struct NamedTrust<'a> {
    /// A PEM file with authorities.
    pub ca_file: Option<&'a Path>,
    /// The same as text.
    pub ca_pem: Option<&'a str>,
    /// Fingerprints of certificates.
    pub pinned_sha256: &'a [String],
}

/// What is wrong with one of the keys. `Display` goes on behind its name.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TrustFault {
    /// More than one key is used.
    #[error("only one of ca_file, ca_pem and pinned_sha256 can say what is trusted")]
    Several,
    /// `ca_file` cannot be read.
    #[error("{}: {unreadable}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        unreadable: Unreadable,
    },
    /// `ca_file` cannot be used.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        error: TrustError,
    },
    /// `ca_pem` cannot be used.
    #[error("{0}")]
    Pem(#[source] TrustError),
    /// One of `pinned_sha256` is no fingerprint.
    #[error("{pin:?} cannot be used: {error}")]
    Pin {
        /// What is written.
        pin: String,
        /// Why.
        #[source]
        error: InvalidFingerprint,
    },
}

impl TrustFault {
    /// The key, if it is about one alone.
    #[must_use]
    pub fn key(&self) -> Option<&'static str> {
        match self {
            Self::Several => None,
            Self::Unreadable { .. } | Self::File { .. } => Some("ca_file"),
            Self::Pem(_) => Some("ca_pem"),
            Self::Pin { .. } => Some("pinned_sha256"),
        }
    }
}

/// The certificates of authorities in this file, as PEM, if they can be used.
///
/// # Errors
/// When the file cannot be read, or has no certificate.
pub fn read_authorities(path: &Path) -> Result<String, TrustFault> {
    let pem = read_certificates(path)
        .map_err(|unreadable| TrustFault::Unreadable { path: path.to_owned(), unreadable })?;
    check(&pem).map_err(|error| TrustFault::File { path: path.to_owned(), error })?;
    Ok(pem)
}

impl Trust {
    /// What these keys say.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn named(keys: &NamedTrust<'_>) -> Result<Self, Vec<TrustFault>> {
        let NamedTrust { ca_file, ca_pem, pinned_sha256 } = *keys;
        let (mut trusts, mut pins, mut faults) = (Vec::new(), Vec::new(), Vec::new());
        let used = [ca_file.is_some(), ca_pem.is_some(), !pinned_sha256.is_empty()];
        if used.into_iter().filter(|is_used| *is_used).count() > 1 {
            faults.push(TrustFault::Several);
        }
        let file = ca_file.map(read_authorities);
        let pem = ca_pem.map(|pem| check(pem).map(|()| pem.to_owned()).map_err(TrustFault::Pem));
        for pem in [file, pem].into_iter().flatten() {
            match pem {
                Ok(pem) => trusts.push(Self::Authority(pem)),
                Err(fault) => faults.push(fault),
            }
        }
        for pin in pinned_sha256 {
            match pin.parse::<Fingerprint>() {
                Ok(pin) => pins.push(pin),
                Err(error) => faults.push(TrustFault::Pin { pin: pin.clone(), error }),
            }
        }
        if !pins.is_empty() {
            trusts.push(Self::Pinned(pins));
        }
        match faults.is_empty() {
            true => Ok(trusts.pop().unwrap_or(Self::System)),
            false => Err(faults),
        }
    }
}

fn check(pem: &str) -> Result<(), TrustError> {
    Trust::Authority(pem.to_owned()).client_config().map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(keys: NamedTrust<'_>) -> Vec<String> {
        let faults = Trust::named(&keys).unwrap_err();
        faults.iter().map(|fault| format!("{:?}: {fault}", fault.key())).collect()
    }

    #[test]
    fn without_a_key_the_system_is_trusted_and_with_one_what_it_says() {
        assert_eq!(Trust::named(&NamedTrust::default()).unwrap(), Trust::System);
        let pins = [Fingerprint::of(b"a"), Fingerprint::of(b"b")];
        let texts = pins.map(|pin| pin.to_string());
        let keys = NamedTrust { pinned_sha256: &texts, ..NamedTrust::default() };
        assert_eq!(Trust::named(&keys).unwrap(), Trust::Pinned(pins.to_vec()));
        let pem = rcgen::generate_simple_self_signed(["a".to_owned()]).unwrap().cert.pem();
        let keys = NamedTrust { ca_pem: Some(&pem), ..NamedTrust::default() };
        assert_eq!(Trust::named(&keys).unwrap(), Trust::Authority(pem.clone()));
    }

    #[test]
    fn every_fault_is_found_with_its_key() {
        let pins = ["zz".to_owned(), Fingerprint::of(b"a").to_string(), "yy".to_owned()];
        let ca_file = Some(Path::new("/nowhere/ca.pem"));
        assert_eq!(
            says(NamedTrust { ca_file, ca_pem: Some("none"), pinned_sha256: &pins }),
            [
                "None: only one of ca_file, ca_pem and pinned_sha256 can say what is trusted",
                "Some(\"ca_file\"): /nowhere/ca.pem: does not exist",
                "Some(\"ca_pem\"): there is no certificate in PEM format",
                "Some(\"pinned_sha256\"): \"zz\" cannot be used: a fingerprint is 64 hexadecimal digits, with or without colons",
                "Some(\"pinned_sha256\"): \"yy\" cannot be used: a fingerprint is 64 hexadecimal digits, with or without colons",
            ]
        );
        let no_pem = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        assert_eq!(
            says(NamedTrust { ca_file: Some(Path::new(no_pem)), ..NamedTrust::default() }),
            [format!("Some(\"ca_file\"): {no_pem}: there is no certificate in PEM format")]
        );
    }
}
