//! What the connectors read: a configuration each, certificates for the group, and the key of the store.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use gc_environment::RealEnvironment;
use gc_store::Sealer;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use secrecy::ExposeSecret;
use tempfile::TempDir;

use crate::Outcome;

/// The ports of one connector, on 127.0.0.1.
#[derive(Clone, Copy)]
pub(crate) struct Ports {
    /// For clients.
    pub(crate) clients: u16,
    /// For the other connectors.
    pub(crate) group: u16,
}

/// A folder that is deleted with its owner.
pub(crate) struct Files {
    folder: TempDir,
    authority: Issuer<'static, KeyPair>,
}

impl Files {
    pub(crate) fn new() -> Outcome<Self> {
        let folder = tempfile::Builder::new().prefix("gc-cluster-").tempdir()?;
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key)?.pem();
        let files = Self { folder, authority: Issuer::new(params, key) };
        files.write("group.pem", &certificate)?;
        files.write("store.key", Sealer::new_key("first", &RealEnvironment).expose_secret())?;
        Ok(files)
    }

    /// Writes what this connector reads; where its configuration is.
    pub(crate) fn configure(
        &self,
        number: usize,
        ports: Ports,
        finesse: &str,
        database: &str,
    ) -> Outcome<PathBuf> {
        let key = KeyPair::generate()?;
        let certificate = CertificateParams::new(vec!["localhost".to_owned()])?;
        let certificate = certificate.signed_by(&key, &self.authority)?;
        self.write(&format!("gc-{number}.pem"), &certificate.pem())?;
        self.write(&format!("gc-{number}.key"), &key.serialize_pem())?;
        let folder = self.folder.path().display();
        let Ports { clients, group } = ports;
        let config = format!(
            "[http]\nlisten = '127.0.0.1:{clients}'\n\n\
             [finesse]\n{finesse}\n\n\
             [store]\nurl = '{database}'\nkey_file = '{folder}/store.key'\n\n\
             [group]\nurl = 'https://localhost:{group}'\nlisten = '127.0.0.1:{group}'\n\
             certificate = '{folder}/gc-{number}.pem'\nkey = '{folder}/gc-{number}.key'\nauthorities = '{folder}/group.pem'\n"
        );
        Ok(self.write(&format!("gc-{number}.toml"), &config)?)
    }

    fn write(&self, name: &str, text: &str) -> io::Result<PathBuf> {
        let path = Path::join(self.folder.path(), name);
        fs::write(&path, text)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        Ok(path)
    }
}
