//! What the connectors are given: their configuration, the store's key, and certificates of a group.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::arguments::Store;
use crate::failed::Failed;
use crate::starting::program;

/// The files of a run, in a folder that is deleted with it.
#[derive(Debug)]
pub(crate) struct Settings {
    folder: PathBuf,
    /// For the simulator, without a listener.
    shared: String,
}

impl Settings {
    /// For connectors of this simulator.
    pub(crate) fn new(folder: &Path, rest: &str, notifications: &str, ca_file: &Path, agents: u32) -> Self {
        Self { folder: folder.to_owned(), shared: gc_toml(rest, notifications, ca_file, agents) }
    }

    /// Adds what is kept where, with a key that this connector's program prints. The URL is that of a database.
    ///
    /// # Errors
    /// When the program does not print a key, or a file cannot be written.
    pub(crate) async fn keep(
        &mut self,
        store: Store,
        url: &str,
        server_bin: Option<&Path>,
    ) -> Result<(), Failed> {
        let place = match store {
            Store::Memory => return Ok(()),
            Store::File => format!("store.path = \"{}\"\n", self.file("store.redb")),
            Store::Postgres => format!("store.url = \"{url}\"\n"),
        };
        let printed = program(server_bin, "gc-server")?.args(["store", "key"]).output().await;
        let printed =
            printed.map_err(|error| Failed::unavailable(format!("cannot start gc-server: {error}")))?;
        self.write("store.key", &printed.stdout)?;
        self.shared.push_str(&format!("{place}store.key_file = \"{}\"\n", self.file("store.key")));
        Ok(())
    }

    /// Makes the certificate by which the connectors of a group know each other.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub(crate) fn certify_group(&self) -> Result<(), Failed> {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]);
        let rcgen::CertifiedKey { cert, signing_key } = made.map_err(Failed::unavailable)?;
        self.write("group.pem", cert.pem().as_bytes())?;
        self.write("group.key", signing_key.serialize_pem().as_bytes())
    }

    /// The configuration of one connector; of a group if it has a port for the others. Callbacks are on this machine, also for the next leader.
    pub(crate) fn of_one(&self, group_port: Option<u16>) -> String {
        let group = group_port.map(|port| {
            format!(
                "callback.allow = [\"127.0.0.1\"]\ngroup.url = \"{}\"\ngroup.listen = \"127.0.0.1:{port}\"\n\
                 group.certificate = \"{pem}\"\ngroup.authorities = \"{pem}\"\ngroup.key = \"{}\"\n",
                group_url(port),
                self.file("group.key"),
                pem = self.file("group.pem"),
            )
        });
        format!("{}{}", self.shared, group.unwrap_or_default())
    }

    /// Writes a file that only its owner may read.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn write(&self, name: &str, contents: &[u8]) -> Result<(), Failed> {
        let path = self.folder.join(name);
        let made = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path);
        made.and_then(|mut file| file.write_all(contents)).map_err(|error| cannot_write(&path, &error))
    }

    /// Where a file of this name is.
    pub(crate) fn file(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }
}

/// Where the others reach the connector with this port.
pub(crate) fn group_url(port: u16) -> String {
    format!("https://localhost:{port}")
}

/// A connector's configuration for this simulator, without its listener. All agents come from one address, whose limits are for a
/// thousand agents (docs/configuration.md, `[http.limits]`): more agents get more, in proportion.
fn gc_toml(rest: &str, notifications: &str, ca_file: &Path, agents: u32) -> String {
    let url = rest.trim_end_matches("/finesse/api");
    let thousands = agents.div_ceil(1000);
    let limits = [
        ("connections", 8000),
        ("client_connections", 8000),
        ("requests_at_once", 8000),
        ("requests_per_second", 2000),
        ("requests_burst", 10_000),
        ("connects_per_second", 50),
        ("connects_burst", 3000),
    ];
    let limits = limits.iter().filter(|_| thousands > 1);
    let limits: String =
        limits.map(|(key, limit)| format!("http.limits.{key} = {}\n", limit * thousands)).collect();
    format!(
        "finesse.nodes = [{{ url = \"{url}\", notifications = \"{notifications}\" }}]\n\
         finesse.ca_file = \"{}\"\n{limits}",
        ca_file.display()
    )
}

/// A file or a folder that cannot be written.
pub(crate) fn cannot_write(path: &Path, error: &io::Error) -> Failed {
    Failed::cannot_create(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_connector_accepts_its_configuration() {
        let ca = tempfile::NamedTempFile::new().unwrap();
        for agents in [1, 1000, 12_000] {
            let (rest, notifications) = ("https://localhost:8445/finesse/api", "wss://localhost:7443/ws/");
            let toml = gc_toml(rest, notifications, ca.path(), agents);
            gc_server::Config::parse(&toml).unwrap();
            assert_eq!(toml.contains("http.limits.connects_burst = 36000"), agents == 12_000, "{toml}");
            assert_eq!(toml.contains("http.limits"), agents == 12_000, "{toml}");
        }
    }

    #[test]
    fn the_connector_accepts_the_configuration_of_a_group() {
        let folder = tempfile::tempdir().unwrap();
        let (rest, notifications) = ("https://localhost:8445/finesse/api", "wss://localhost:7443/ws/");
        let mut settings = Settings::new(folder.path(), rest, notifications, Path::new("ca.pem"), 1);
        settings.shared = settings.shared.replace("finesse.ca_file = \"ca.pem\"\n", "");
        settings.shared.push_str("store.url = \"postgresql://gc@localhost/gc\"\n");
        settings.certify_group().unwrap();
        gc_server::Config::parse(&settings.of_one(Some(8114))).unwrap().check().unwrap();
    }
}
