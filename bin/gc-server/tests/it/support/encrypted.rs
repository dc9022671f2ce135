//! The stage with TLS at the listener.

use finesse_sim::Running;
use gc_server::{Config, Server};

use super::client::Client;
use super::pki::{Authority, Files};
use super::stage::{Settings, gc_toml, simulator};

/// A connector with TLS, and everything about it.
pub(crate) struct Encrypted {
    pub(crate) sim: Running,
    pub(crate) server: Server,
    pub(crate) authority: Authority,
    pub(crate) files: Files,
}

impl Encrypted {
    pub(crate) async fn with(settings: Settings<'_>) -> Self {
        let (sim, authority) = (simulator(false).await, Authority::new());
        let files = Files::of(&authority);
        let tls = files.setting();
        let toml = gc_toml(&sim, &[&[("http.tls", tls.as_str())], settings].concat());
        let server = Server::start(&Config::parse(&toml).unwrap()).await.unwrap();
        authority.client(server.address(), None).is_ready().await;
        Self { sim, server, authority, files }
    }

    pub(crate) fn client(&self) -> Client {
        self.authority.client(self.server.address(), None)
    }

    pub(crate) async fn end(self) {
        self.server.stop().await;
        self.sim.shutdown().await;
    }
}
