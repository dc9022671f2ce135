//! The way between this connector and the others of its group.

use std::sync::Arc;

use tokio_util::task::AbortOnDropHandle;

use crate::config::{self, ConfigError, GroupCertificate, bad};
use crate::http::{Forwarder, Front, Own, Routes, Tls, Way};
use crate::sight::Certificate;

/// The way between this connector and the others of its group.
pub(crate) struct Peers {
    pub(crate) files: config::Group,
    /// At the listener for the others.
    pub(crate) tls: Arc<Tls>,
    pub(crate) certificate: Arc<Certificate>,
    pub(crate) forwarder: Arc<Forwarder>,
    /// Closes what is open to those that have led.
    _leaves: AbortOnDropHandle<()>,
}

/// What [`Peers`] have from their files.
pub(crate) struct FromFiles {
    listener: Arc<rustls::ServerConfig>,
    way: Way,
    certificate: GroupCertificate,
}

impl Peers {
    pub(crate) fn of(files: &config::Group, front: &Front, routes: &Routes) -> Result<Self, ConfigError> {
        let FromFiles { listener, way, certificate } = FromFiles::read(files)?;
        let own = Own { member: front.member, url: files.url.clone(), routes: routes.clone() };
        let forwarder = Arc::new(Forwarder::new(own, front.view.clone(), way));
        let leaves = Arc::clone(&forwarder).leaves_those_that_have_led();
        Ok(Self {
            files: files.clone(),
            tls: Arc::new(Tls::new(listener)),
            certificate: Arc::new(Certificate::of(certificate)),
            forwarder,
            _leaves: AbortOnDropHandle::new(tokio::spawn(leaves)),
        })
    }

    pub(crate) fn replace(&self, FromFiles { listener, way, certificate }: FromFiles) {
        self.tls.replace(listener);
        self.forwarder.replace(way);
        self.certificate.replace(certificate);
    }
}

impl FromFiles {
    /// As the files are now.
    pub(crate) fn read(files: &config::Group) -> Result<Self, ConfigError> {
        let way = Way::by(files.client_config()?).map_err(|error| bad("group", error))?;
        Ok(Self { listener: files.server_config()?, way, certificate: files.server_certificate()? })
    }
}
