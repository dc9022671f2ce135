//! What is wrong with a certificate, in words that do not need the TLS library's manual.

use std::error::Error;
use std::fmt;
use std::io;

use jiff::Timestamp;
use rustls::CertificateError;
use rustls::pki_types::UnixTime;

/// So many names of a certificate are shown.
const MOST_NAMES: usize = 5;

/// Why a server's certificate is refused. [`Display`](fmt::Display) is a sentence without a full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateFault {
    /// It, or that of an authority in between, was valid until then, if that is known.
    Expired(Option<UnixTime>),
    /// It, or that of an authority in between, is valid from then on, if that is known.
    NotYetValid(Option<UnixTime>),
    /// It is for other names.
    OtherName {
        /// The name that was asked for; empty if it is not known.
        wanted: String,
        /// Those that the certificate has.
        names: Vec<String>,
    },
    /// Nobody who is trusted has signed it. An authority with the name of a trusted one and another key is not trusted either.
    UnknownAuthority,
    /// It is not for what it is used for.
    Usage,
    /// It is that of an authority, which many clients refuse from a server.
    OfAuthority,
    /// It has another fingerprint than those that are pinned.
    NotPinned,
}

impl CertificateFault {
    /// The same in our words; none for what is rare, and has no words of ours.
    pub fn of(error: &CertificateError) -> Option<Self> {
        use CertificateError as Library;
        Some(match error {
            Library::Expired => Self::Expired(None),
            Library::ExpiredContext { not_after, .. } => Self::Expired(Some(*not_after)),
            Library::NotValidYet => Self::NotYetValid(None),
            Library::NotValidYetContext { not_before, .. } => Self::NotYetValid(Some(*not_before)),
            Library::NotValidForName => Self::OtherName { wanted: String::new(), names: Vec::new() },
            Library::NotValidForNameContext { expected, presented } => Self::OtherName {
                wanted: expected.to_str().into_owned(),
                names: presented.iter().map(|name| bare(name)).collect(),
            },
            Library::UnknownIssuer | Library::BadSignature => Self::UnknownAuthority,
            Library::InvalidPurpose | Library::InvalidPurposeContext { .. } => Self::Usage,
            Library::ApplicationVerificationFailure => Self::NotPinned,
            // Its type is webpki's, whose name for it has no other way out.
            Library::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => Self::OfAuthority,
            _ => return None,
        })
    }

    /// The fault that an error is about, itself or below the errors of I/O around it.
    pub fn in_error(error: &(dyn Error + 'static)) -> Option<Self> {
        if let Some(rustls::Error::InvalidCertificate(error)) = error.downcast_ref() {
            return Self::of(error);
        }
        // Its `source` is not what it holds, but what is below that.
        Self::in_error(error.downcast_ref::<io::Error>()?.get_ref()?)
    }
}

impl fmt::Display for CertificateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired(None) => {
                f.write_str("the server's certificate, or that of an authority behind it, has expired")
            }
            Self::Expired(Some(time)) => {
                write!(
                    f,
                    "the server's certificate, or that of an authority behind it, expired at {}",
                    shown(*time)
                )
            }
            Self::NotYetValid(None) => f.write_str("the server's certificate is not valid yet"),
            Self::NotYetValid(Some(time)) => {
                write!(f, "the server's certificate is not valid before {}", shown(*time))
            }
            Self::OtherName { wanted, names } => {
                write!(f, "the server's certificate is for {}", listed(names))?;
                if wanted.is_empty() { Ok(()) } else { write!(f, ", not for {wanted}") }
            }
            Self::UnknownAuthority => f.write_str("no trusted authority has signed the server's certificate"),
            Self::Usage => {
                f.write_str("the server's certificate is not for servers (extendedKeyUsage lacks serverAuth)")
            }
            Self::OfAuthority => f.write_str(
                "the server's certificate is that of an authority (it has basicConstraints = CA:TRUE)",
            ),
            Self::NotPinned => f.write_str("the server's certificate has none of the pinned fingerprints"),
        }
    }
}

/// `DnsName("gc.example")` is `gc.example`, and `IpAddress(192.0.2.1)` is `192.0.2.1`.
fn bare(name: &str) -> String {
    let inner = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    inner.unwrap_or(name).trim_matches('"').to_owned()
}

fn listed(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().take(MOST_NAMES).map(String::as_str).collect();
    match names.len().saturating_sub(shown.len()) {
        0 if shown.is_empty() => "another name".to_owned(),
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// As `2026-11-30T09:00:00Z`; in seconds what no calendar has.
fn shown(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).ok();
    let time_of_day = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
    time_of_day.map_or_else(|| format!("{} s after 1970", time.as_secs()), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rustls::pki_types::ServerName;

    use super::*;

    fn says(error: CertificateError) -> String {
        CertificateFault::of(&error).unwrap().to_string()
    }

    fn at(seconds: u64) -> UnixTime {
        UnixTime::since_unix_epoch(Duration::from_secs(seconds))
    }

    #[test]
    fn dates_are_those_of_a_calendar() {
        let expired =
            |seconds| says(CertificateError::ExpiredContext { time: at(0), not_after: at(seconds) });
        assert_eq!(
            expired(1_580_428_800),
            "the server's certificate, or that of an authority behind it, expired at 2020-01-31T00:00:00Z"
        );
        assert_eq!(
            expired(u64::MAX),
            "the server's certificate, or that of an authority behind it, expired at 18446744073709551615 s after 1970"
        );
        let later = CertificateError::NotValidYetContext { time: at(0), not_before: at(1_580_428_801) };
        assert_eq!(says(later), "the server's certificate is not valid before 2020-01-31T00:00:01Z");
    }

    #[test]
    fn names_are_listed_without_the_names_of_types() {
        let other = |presented: &[&str]| {
            let expected = ServerName::try_from("localhost").unwrap();
            let presented = presented.iter().map(|name| (*name).to_owned()).collect();
            says(CertificateError::NotValidForNameContext { expected, presented })
        };
        assert_eq!(
            other(&["DnsName(\"a.example\")", "IpAddress(192.0.2.1)"]),
            "the server's certificate is for a.example, 192.0.2.1, not for localhost"
        );
        assert_eq!(other(&[]), "the server's certificate is for another name, not for localhost");
        let many = other(&["DnsName(\"a\")"; 7]);
        assert_eq!(many, "the server's certificate is for a, a, a, a, a and 2 more, not for localhost");
    }

    #[test]
    fn a_fault_is_found_below_errors_of_io() {
        let error = rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let around = io::Error::other(io::Error::other(error.clone()));
        assert_eq!(CertificateFault::in_error(&error), Some(CertificateFault::UnknownAuthority));
        assert_eq!(CertificateFault::in_error(&around), Some(CertificateFault::UnknownAuthority));
        assert_eq!(CertificateFault::in_error(&io::Error::other("full")), None);
    }
}
