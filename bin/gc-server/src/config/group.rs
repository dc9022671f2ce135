//! What `[group]` means: where the others reach this connector, and by what all of them recognise each other.

use std::sync::Arc;
use std::time::SystemTime;

use gc_environment::{Environment, RealEnvironment};
use gc_net::{Identity, Trust};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, RootCertStore};
use secrecy::ExposeSecret;
use url::{Host, Url};

use super::files::{read_authorities, read_public};
use super::sections::Group;
use super::{Config, ConfigError, bad, read_private};

impl Config {
    /// The section, if there is one. Without it this connector shares its store with nobody.
    pub(crate) fn group(&self) -> Option<&Group> {
        self.group.as_ref()
    }

    /// Whether everything that the section names can be used.
    pub(super) fn check_group(&self) -> Result<(), ConfigError> {
        let Some(group) = &self.group else { return Ok(()) };
        if self.store.url.is_none() {
            let text = "needs store.url: the connectors of a group are those on one database";
            return Err(bad("group.url", text));
        }
        let url = group.address()?;
        group.client_config().map(drop)?;
        group.is_good_for(&url)
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
        let authorities = read_authorities("group.authorities", &self.authorities)?;
        let certificate = read_public("group.certificate", &self.certificate)?;
        let key = read_private("group.key", &self.key)?;
        let identity = Identity::from_pem(&certificate, key.expose_secret());
        let identity = identity.map_err(|error| bad("group.certificate", error))?;
        let config = Trust::Authority(authorities).client_config_as(Some(&identity));
        config.map_err(|error| bad("group.authorities", error))
    }

    /// Whether the others will accept the certificate at this address. Its dates are not looked at: they are those of the clock.
    fn is_good_for(&self, url: &Url) -> Result<(), ConfigError> {
        let pem = read_public("group.certificate", &self.certificate)?;
        let unusable = |reason: String| bad("group.certificate", reason);
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
        let chain = chain.map_err(|error| unusable(error.to_string()))?;
        let Some((certificate, chain)) = chain.split_first() else {
            return Err(unusable("has no certificate in PEM".to_owned()));
        };
        let mut roots = RootCertStore::empty();
        let authorities = read_public("group.authorities", &self.authorities)?;
        roots.add_parsable_certificates(
            CertificateDer::pem_slice_iter(authorities.as_bytes()).filter_map(Result::ok),
        );
        let provider = Arc::new(ring::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
        let verifier = verifier.map_err(|error| bad("group.authorities", error))?;
        let name = match url.host() {
            Some(Host::Domain(name)) => ServerName::try_from(name.to_owned()).ok(),
            Some(Host::Ipv4(address)) => Some(ServerName::from(std::net::IpAddr::from(address))),
            Some(Host::Ipv6(address)) => Some(ServerName::from(std::net::IpAddr::from(address))),
            None => None,
        };
        let name = name.ok_or_else(|| bad("group.url", "has a name that no certificate can have"))?;
        let now = RealEnvironment.now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let now = UnixTime::since_unix_epoch(now);
        match verifier.verify_server_cert(certificate, chain, &name, &[], now) {
            Ok(_) => Ok(()),
            Err(rustls::Error::InvalidCertificate(error)) => match error {
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                    Err(unusable(format!("is not for the name in group.url ({})", name.to_str())))
                }
                // The latter: another authority with the same name.
                CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                    Err(unusable("is not signed by one of group.authorities".to_owned()))
                }
                CertificateError::Expired
                | CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. } => Ok(()),
                error => Err(unusable(error.to_string())),
            },
            Err(error) => Err(unusable(error.to_string())),
        }
    }
}
