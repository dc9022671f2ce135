//! The configuration of a simulator.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;

use gc_environment::{Environment, RealEnvironment};

use crate::platform::Platform;
use crate::world_file::{WorldFile, WorldFileError};

/// The port of each listener; 0 lets the operating system choose.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    /// The REST API (Finesse uses 8445).
    pub rest: u16,
    /// Notifications over WebSocket (7443).
    pub websocket: u16,
    /// Notifications over TCP: 5223 with TLS, 5222 without.
    pub xmpp: u16,
    /// An additional TCP listener without TLS (5222); `None` for none.
    pub xmpp_plain: Option<u16>,
    /// An additional TCP listener that requires STARTTLS (5222 as well, where the plain one is not there); `None` for
    /// none. Without TLS there is none.
    pub starttls: Option<u16>,
    /// The JSON control API, always plain HTTP on 127.0.0.1 (8113 in the demo).
    pub control: u16,
    /// The neighbouring systems, on one port, with TLS when Finesse has it (8115 in `finesse-sim`).
    pub neighbours: u16,
}

impl Ports {
    /// Every port chosen by the operating system, for tests.
    pub fn any() -> Self {
        Self {
            rest: 0,
            websocket: 0,
            xmpp: 0,
            xmpp_plain: Some(0),
            starttls: Some(0),
            control: 0,
            neighbours: 0,
        }
    }

    /// The ports that Finesse itself uses, 8113 for control and 8115 for the neighbouring systems.
    pub fn finesse() -> Self {
        Self {
            rest: 8445,
            websocket: 7443,
            xmpp: 5223,
            xmpp_plain: None,
            starttls: None,
            control: 8113,
            neighbours: 8115,
        }
    }

    pub(crate) fn of_node(&self) -> NodePorts {
        let Self { rest, websocket, xmpp, xmpp_plain, starttls, .. } = *self;
        NodePorts { rest, websocket, xmpp, xmpp_plain, starttls }
    }
}

/// The second server of a cluster; 0 lets the operating system choose the port.
#[derive(Clone, Debug)]
pub struct SecondNode {
    /// Its name, different from the first one's: host in `SystemInfo`, XMPP domain, and name in the certificate.
    pub host: String,
    /// Its REST API.
    pub rest: u16,
    /// Its notifications over WebSocket.
    pub websocket: u16,
    /// Its notifications over TCP.
    pub xmpp: u16,
    /// The same with STARTTLS; `None` for none.
    pub starttls: Option<u16>,
}

impl SecondNode {
    /// A node whose ports the operating system chooses.
    pub fn any(host: &str) -> Self {
        Self { host: host.to_owned(), rest: 0, websocket: 0, xmpp: 0, starttls: Some(0) }
    }

    pub(crate) fn ports(&self) -> NodePorts {
        let Self { rest, websocket, xmpp, starttls, .. } = *self;
        NodePorts { rest, websocket, xmpp, xmpp_plain: None, starttls }
    }
}

/// The ports of one node.
pub(crate) struct NodePorts {
    pub(crate) rest: u16,
    pub(crate) websocket: u16,
    pub(crate) xmpp: u16,
    pub(crate) xmpp_plain: Option<u16>,
    pub(crate) starttls: Option<u16>,
}

/// The settings for [`Sim::start`](crate::Sim::start).
#[derive(Clone, Debug)]
pub struct Config {
    /// The name of the (first) node: host in `SystemInfo`, XMPP domain, and name in the certificate.
    pub host: String,
    /// The address that REST and notifications listen on.
    pub bind: IpAddr,
    /// The ports.
    pub ports: Ports,
    /// A second server, which shares the world with the first.
    pub second_node: Option<SecondNode>,
    /// TLS on REST, WebSocket and TCP; `false` turns it off everywhere.
    pub tls: bool,
    /// The directory that keeps the certificate authority (`ca.pem`, `ca.key`), so that clients trust the simulator
    /// after a restart. The authority is created there if missing. `None`: a new one at every start.
    pub ca_dir: Option<PathBuf>,
    /// UCCE or UCCX.
    pub platform: Platform,
    /// The agents, teams, queues and other objects, the timers and the rules.
    pub world: WorldFile,
    /// The wall clock, ids and randomness.
    pub environment: Arc<dyn Environment>,
}

impl Config {
    /// The demo world on loopback, with TLS, UCCE rules, and ports chosen by the operating system.
    pub fn demo() -> Result<Self, WorldFileError> {
        Ok(Self {
            host: "localhost".to_owned(),
            bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            ports: Ports::any(),
            second_node: None,
            tls: true,
            ca_dir: None,
            platform: Platform::Ucce,
            world: WorldFile::demo()?,
            environment: Arc::new(RealEnvironment),
        })
    }
}
