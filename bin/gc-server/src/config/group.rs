//! What `[group]` means: where the others reach this connector, and by what all of them recognise each other.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use gc_environment::{Environment, RealEnvironment};
use gc_net::{CertificateFault, Identity, IdentityError, Trust};
use jiff::Timestamp;
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use secrecy::ExposeSecret;
use url::{Host, Url};

use super::faults::{all, both};
use super::files::{read_authorities, read_certificates, read_private};
use super::sections::Group;
use super::{Config, ConfigError, bad};

/// So long before it expires a certificate is spoken of: time enough for whoever signs it.
const NOTICE: Duration = Duration::from_secs(14 * 24 * 3600);

impl Config {
    /// The section, if there is one. Without it this connector shares its store with nobody.
    pub(crate) fn group(&self) -> Option<&Group> {
        self.group.as_ref()
    }

    /// Whether everything that the section names can be used.
    pub(super) fn check_group(&self) -> Result<(), ConfigError> {
        let Some(group) = &self.group else { return Ok(()) };
        let store = match self.store.url.is_some() {
            true => Ok(()),
            false => {
                let text = "needs store.url: the connectors of a group are those on one database";
                Err(bad("group.url", text))
            }
        };
        let (address, files) = (group.address().map(drop), group.client_config().map(drop));
        // The others judge it by these two.
        let judges = address.is_ok() && read_authorities("group.authorities", &group.authorities).is_ok();
        let dates = |certificate: GroupCertificate| certificate.dates(RealEnvironment.now()).map(drop);
        let judged = if judges { group.server_certificate().and_then(dates) } else { Ok(()) };
        all([store, address, files, judged]).map(drop)
    }
}

impl Group {
    /// Where the others reach this one.
    ///
    /// # Errors
    /// When it is no address of a server that speaks TLS.
    pub(crate) fn address(&self) -> Result<Url, ConfigError> {
        let text =
            "cannot be used: write https, a name and a port, such as https://gc-2.contact.example:8114";
        let url = Url::parse(&self.url).map_err(|_| bad("group.url", text))?;
        let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let is_nobodys = url.username().is_empty() && url.password().is_none();
        match url.scheme() == "https" && url.host().is_some() && is_bare && is_nobodys {
            true => Ok(url),
            false => Err(bad("group.url", text)),
        }
    }

    /// How this one calls the others: it trusts the group's authorities alone, and presents its certificate.
    ///
    /// # Errors
    /// When a file cannot be read or used.
    pub(crate) fn client_config(&self) -> Result<Arc<rustls::ClientConfig>, ConfigError> {
        let own = both(
            read_certificates("group.certificate", &self.certificate),
            read_private("group.key", &self.key),
        );
        let identity = own.and_then(|(certificate, key)| {
            Identity::from_pem(&certificate, key.expose_secret()).map_err(|error| match error {
                IdentityError::NoKey => bad("group.key", error),
                error => bad("group.certificate", error),
            })
        });
        let authorities = read_authorities("group.authorities", &self.authorities);
        let (authorities, identity) = both(authorities, identity)?;
        let config = Trust::Authority(authorities).client_config_as(Some(&identity));
        config.map_err(|error| bad("group.authorities", error))
    }

    /// What can be used, but not now, or not for long.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let dates =
            self.server_certificate().and_then(|certificate| certificate.dates(RealEnvironment.now()));
        let dates = dates.ok().and_then(|dates| dates.warning());
        dates.into_iter().chain(self.other_port()).collect()
    }

    /// The others would find nobody, unless somebody passes on to the port that is listened on.
    fn other_port(&self) -> Option<String> {
        let (named, own) = (self.address().ok()?.port_or_known_default()?, self.listen.port());
        let text = format!(
            "group.url: the others use its port {named}, and group.listen has {own}: something between them has to pass that on"
        );
        // 0 is any free one.
        (own != 0 && named != own).then_some(text)
    }

    /// Its certificate, as the file has it now.
    ///
    /// # Errors
    /// When a file cannot be read, or has none.
    pub(crate) fn server_certificate(&self) -> Result<GroupCertificate, ConfigError> {
        let url = self.address()?;
        let pem = read_certificates("group.certificate", &self.certificate)?;
        let unusable = |reason: String| bad("group.certificate", reason);
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
        let chain = chain.map_err(|_| unusable(IdentityError::NoCertificate.to_string()))?;
        let mut chain = chain.into_iter();
        let Some(certificate) = chain.next() else {
            return Err(unusable(IdentityError::NoCertificate.to_string()));
        };
        let name = match url.host() {
            Some(Host::Domain(name)) => ServerName::try_from(name.to_owned()).ok(),
            Some(Host::Ipv4(address)) => Some(ServerName::from(std::net::IpAddr::from(address))),
            Some(Host::Ipv6(address)) => Some(ServerName::from(std::net::IpAddr::from(address))),
            None => None,
        };
        let name = name.ok_or_else(|| bad("group.url", "has a name that no certificate can have"))?;
        let mut roots = RootCertStore::empty();
        let authorities = read_certificates("group.authorities", &self.authorities)?;
        roots.add_parsable_certificates(
            CertificateDer::pem_slice_iter(authorities.as_bytes()).filter_map(Result::ok),
        );
        let (roots, provider) = (Arc::new(roots), Arc::new(ring::default_provider()));
        let of_authorities = |error| bad("group.authorities", error);
        let as_server =
            WebPkiServerVerifier::builder_with_provider(Arc::clone(&roots), Arc::clone(&provider));
        let as_server = as_server.build().map_err(of_authorities)?;
        let as_client = WebPkiClientVerifier::builder_with_provider(roots, provider);
        let as_client = as_client.build().map_err(of_authorities)?;

        Ok(GroupCertificate { certificate, chain: chain.collect(), name, as_server, as_client })
    }
}

/// What this connector is for the others: server and client. It is judged as they do.
#[derive(Debug)]
pub(crate) struct GroupCertificate {
    certificate: CertificateDer<'static>,
    chain: Vec<CertificateDer<'static>>,
    /// That in `group.url`.
    name: ServerName<'static>,
    as_server: Arc<WebPkiServerVerifier>,
    as_client: Arc<dyn ClientCertVerifier>,
}

/// Whether a certificate is valid at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Dates {
    Valid,
    /// It is, and not for much longer.
    Ending(String),
    /// It is not, and the others do not accept it.
    Invalid(String),
}

impl Dates {
    /// What whoever runs the connector has to know.
    pub(crate) fn warning(&self) -> Option<String> {
        match self {
            Self::Valid => None,
            Self::Ending(dates) | Self::Invalid(dates) => Some(format!(
                "group.certificate: {dates}: the others accept it only while it is valid, by their clocks"
            )),
        }
    }
}

impl GroupCertificate {
    /// What is wrong with its dates, if anything is, at this time or soon after.
    ///
    /// # Errors
    /// When the others will not accept it whatever the date is: at this address, or from this connector as their caller.
    pub(crate) fn dates(&self, now: SystemTime) -> Result<Dates, ConfigError> {
        let now = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Ok(match self.wrong_at(UnixTime::since_unix_epoch(now))? {
            Some(Wrong::Expired(at)) => Dates::Invalid(format!("expired on {}", day(at))),
            Some(Wrong::NotYet(at)) => Dates::Invalid(format!("is not valid before {}", day(at))),
            None => match self.wrong_at(UnixTime::since_unix_epoch(now.saturating_add(NOTICE)))? {
                Some(Wrong::Expired(at)) => Dates::Ending(format!("expires on {}", day(at))),
                Some(Wrong::NotYet(_)) | None => Dates::Valid,
            },
        })
    }

    fn verified(&self, at: UnixTime) -> Result<(), (&'static str, rustls::Error)> {
        let Self { certificate, chain, name, as_server, as_client } = self;
        let server = as_server.verify_server_cert(certificate, chain, name, &[], at).map(drop);
        server.map_err(|error| ("serverAuth", error))?;
        let client = as_client.verify_client_cert(certificate, chain, at).map(drop);
        client.map_err(|error| ("clientAuth", error))
    }

    fn wrong_at(&self, mut at: UnixTime) -> Result<Option<Wrong>, ConfigError> {
        let unusable = |reason: String| bad("group.certificate", reason);
        let mut wrong = None;
        loop {
            let (usage, error) = match self.verified(at) {
                Ok(()) => return Ok(wrong),
                Err((usage, rustls::Error::InvalidCertificate(error))) => (usage, error),
                Err((_, error)) => return Err(unusable(error.to_string())),
            };
            (at, wrong) = match CertificateFault::of(&error) {
                // What else may be wrong with it is looked for at a time when it is valid.
                Some(CertificateFault::Expired(Some(not_after))) if wrong.is_none() => {
                    (not_after, Some(Wrong::Expired(not_after)))
                }
                Some(CertificateFault::NotYetValid(Some(not_before))) if wrong.is_none() => {
                    (not_before, Some(Wrong::NotYet(not_before)))
                }
                // That of an authority in between.
                Some(CertificateFault::Expired(Some(_)) | CertificateFault::NotYetValid(Some(_))) => {
                    return Ok(wrong);
                }
                Some(CertificateFault::OtherName { .. }) => {
                    let name = self.name.to_str();
                    return Err(unusable(format!("is not for the name in group.url ({name})")));
                }
                Some(CertificateFault::UnknownAuthority) => {
                    return Err(unusable("is not signed by one of group.authorities".to_owned()));
                }
                Some(CertificateFault::Usage) => {
                    let text = format!(
                        "lacks the usage {usage}: a connector is server and client of the others with it; give it \
                         extendedKeyUsage = serverAuth, clientAuth"
                    );
                    return Err(unusable(text));
                }
                Some(CertificateFault::OfAuthority) => {
                    let text = "is that of an authority: make one with basicConstraints = CA:FALSE";
                    return Err(unusable(text.to_owned()));
                }
                _ => return Err(unusable(error.to_string())),
            };
        }
    }
}

/// What is wrong with the dates.
#[derive(Clone, Copy, Debug)]
enum Wrong {
    Expired(UnixTime),
    NotYet(UnixTime),
}

/// As `2026-11-30`; empty for what no calendar has.
pub(super) fn day(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).ok();
    let time = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
    time.map_or_else(String::new, |time| time.strftime("%F").to_string())
}
