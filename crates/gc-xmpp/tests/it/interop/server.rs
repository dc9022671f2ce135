//! A real server for one test, gone when it is dropped.

use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{interval, timeout};

use super::{PATIENCE, ejabberd, prosody};
use crate::certificates::{Certificates, certificates};

/// Which server.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Prosody,
    Ejabberd,
}

/// Loopback ports that were free a moment ago.
pub(crate) struct Ports {
    /// XMPP without encryption, for the publisher.
    pub(crate) plain: u16,
    /// XMPP over direct TLS.
    pub(crate) tls: u16,
    /// XMPP with STARTTLS, which ejabberd requires there.
    pub(crate) starttls: u16,
    /// XMPP over WebSocket and in HTTP requests, over TLS.
    pub(crate) websocket: u16,
}

pub(crate) struct Server {
    pub(crate) ports: Ports,
    pub(crate) websocket_path: &'static str,
    pub(crate) certificates: Certificates,
    process: Child,
    folder: TempDir,
}

impl Server {
    /// Starts the server and waits until it listens. `None` when it is not installed.
    pub(crate) async fn start(kind: Kind) -> Option<Self> {
        let is_installed = match kind {
            Kind::Prosody => prosody::is_installed(),
            Kind::Ejabberd => ejabberd::is_installed(),
        };
        if !is_installed {
            assert!(std::env::var("INTEROP_REQUIRED").as_deref() != Ok("1"), "{kind:?} is not installed");
            eprintln!("skipped: {kind:?} is not installed");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let ports = free_ports();
        let certificates = certificates(&["localhost"]);
        write(folder.path(), "cert.pem", &certificates.pem);
        write(folder.path(), "key.pem", &certificates.key.serialize_pem());
        let (command, websocket_path) = match kind {
            Kind::Prosody => (prosody::command(folder.path(), &ports), "/xmpp-websocket"),
            Kind::Ejabberd => (ejabberd::command(folder.path(), &ports), "/ws"),
        };
        let process = spawn(command, folder.path());
        let mut server = Self { ports, websocket_path, certificates, process, folder };
        server.wait_until_it_listens().await;
        Some(server)
    }

    async fn wait_until_it_listens(&mut self) {
        let mut ticks = interval(Duration::from_millis(50));
        let Ports { plain, tls, starttls, websocket } = self.ports;
        for port in [plain, tls, starttls, websocket] {
            let listens = timeout(PATIENCE, async {
                while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
                    if let Some(status) = self.process.try_wait().unwrap() {
                        panic!("the server ended ({status}):\n{}", self.log());
                    }
                    ticks.tick().await;
                }
            });
            assert!(listens.await.is_ok(), "the server does not listen:\n{}", self.log());
        }
    }

    /// Asks the server to stop, as an administrator does.
    pub(crate) async fn terminate(&mut self) {
        let pid = self.process.id().unwrap();
        let status = Command::new("sh").arg("-c").arg(format!("kill -TERM {pid}")).status().await.unwrap();
        assert!(status.success());
    }

    /// What the server wrote.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("output")).unwrap_or_default()
    }
}

fn spawn(mut command: Command, folder: &Path) -> Child {
    let output = std::fs::File::create(folder.join("output")).unwrap();
    command
        .stdin(Stdio::null())
        .stdout(output.try_clone().unwrap())
        .stderr(output)
        .current_dir(folder)
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

/// The servers cannot say which port the system chose for them, so ports are tried here first: below
/// those that the system gives to outgoing connections, and no port twice, since other tests look too.
fn free_ports() -> Ports {
    static TRIED: AtomicU16 = AtomicU16::new(0);
    let first = 12_000 + u16::try_from(std::process::id() % 1000).unwrap() * 16;
    let mut free = std::iter::repeat_with(|| first + TRIED.fetch_add(1, Ordering::Relaxed))
        .filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    let mut port = || free.next().unwrap();
    Ports { plain: port(), tls: port(), starttls: port(), websocket: port() }
}

pub(super) fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

/// Whether a program of this name is on the path.
pub(super) fn is_on_path(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).exists()))
}
