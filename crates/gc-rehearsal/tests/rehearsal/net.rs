//! The ways between the connector and the nodes: bytes in memory, each direction late by what the plan says.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use finesse_sim::{Endpoint, InProcess};
use rand::RngExt;
use rand::rngs::StdRng;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf, duplex, split};
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::plan::Lateness;

/// What a way is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Path {
    Rest,
    Notifications,
}

/// All ways to both nodes. Both faults and the wires themselves are reached through it.
pub(crate) struct Net {
    sim: InProcess,
    websocket: bool,
    state: Mutex<State>,
    ways: [[Way; 2]; 2],
}

struct State {
    late: Lateness,
    dice: StdRng,
    /// How many passwords the servers refused, seen as they arrive: the product cannot know of one that was lost on its way.
    refusals: u32,
}

/// One path to one node.
#[derive(Default)]
struct Way {
    state: Mutex<WayState>,
    cut: Notify,
}

#[derive(Clone, Copy, Default)]
struct WayState {
    refuses: bool,
    swallows: bool,
}

#[derive(Clone, Copy)]
enum Towards {
    Server,
    Client,
}

/// What a direction does not hold back itself waits in front of it.
pub(crate) const BUFFER: usize = 64 * 1024;

impl Net {
    pub(crate) fn new(sim: InProcess, websocket: bool, late: Lateness, dice: StdRng) -> Arc<Self> {
        let state = Mutex::new(State { late, dice, refusals: 0 });
        Arc::new(Self { sim, websocket, state, ways: Default::default() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn way(&self, node: usize, path: Path) -> &Way {
        &self.ways[node][path as usize]
    }

    /// A connection to the control API, which is never late.
    pub(crate) fn control(&self) -> DuplexStream {
        self.at_once(Endpoint::Control)
    }

    /// A connection of another desktop to the first node, which is never late either.
    pub(crate) fn desktop(&self) -> DuplexStream {
        self.at_once(Endpoint::Rest(0))
    }

    fn at_once(&self, endpoint: Endpoint) -> DuplexStream {
        let (ours, theirs) = duplex(BUFFER);
        self.sim.serve(endpoint, theirs);
        ours
    }

    /// A connection to a node; the way there is one round trip. It breaks at the `end` of the process that has it, and what is under way is lost.
    pub(crate) async fn connect(
        self: &Arc<Self>,
        node: usize,
        path: Path,
        end: CancellationToken,
    ) -> io::Result<DuplexStream> {
        let (there, back) = (self.delay(path, Towards::Server), self.delay(path, Towards::Client));
        tokio::time::sleep(there + back).await;
        let way = self.way(node, path);
        let WayState { refuses, swallows } = *way.state.lock().unwrap();
        if swallows {
            std::future::pending::<()>().await;
        }
        if refuses {
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        let ((ours, near), (far, theirs)) = (duplex(BUFFER), duplex(BUFFER));
        let endpoint = match path {
            Path::Rest => Endpoint::Rest(node),
            Path::Notifications if self.websocket => Endpoint::WebSocket(node),
            Path::Notifications => Endpoint::Xmpp(node),
        };
        self.sim.serve(endpoint, theirs);
        let ((from_client, to_client), (from_server, to_server)) = (split(near), split(far));
        let net = Arc::clone(self);
        tokio::spawn(async move {
            let both = async {
                tokio::join!(
                    net.carry(node, path, Towards::Server, from_client, to_server),
                    net.carry(node, path, Towards::Client, from_server, to_client),
                )
            };
            tokio::select! {
                biased;
                () = end.cancelled() => {}
                () = net.way(node, path).cut.notified() => {}
                _ = both => {}
            }
        });
        Ok(ours)
    }

    /// Carries one direction to its end: in order, each piece late by itself.
    async fn carry(
        &self,
        node: usize,
        path: Path,
        towards: Towards,
        mut from: ReadHalf<DuplexStream>,
        mut to: WriteHalf<DuplexStream>,
    ) {
        let (on_its_way, mut arrives) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
        let takes = async move {
            let mut last = Instant::now();
            loop {
                let mut bytes = vec![0; 16 * 1024];
                let read = from.read(&mut bytes).await.unwrap_or(0);
                bytes.truncate(read);
                last = last.max(Instant::now() + self.delay(path, towards));
                // The other half ends first only when nobody reads there any more.
                if on_its_way.send((last, bytes)).is_err() || read == 0 {
                    return;
                }
            }
        };
        let gives = async move {
            while let Some((due, bytes)) = arrives.recv().await {
                sleep_until(due).await;
                if self.way(node, path).state.lock().unwrap().swallows {
                    continue;
                }
                let given = if bytes.is_empty() { to.shutdown().await } else { to.write_all(&bytes).await };
                if given.is_err() || bytes.is_empty() {
                    return;
                }
                self.look_at(towards, &bytes);
            }
        };
        tokio::join!(takes, gives);
    }

    fn look_at(&self, towards: Towards, bytes: &[u8]) {
        let refused = b"<not-authorized";
        if matches!(towards, Towards::Client) && bytes.windows(refused.len()).any(|part| part == refused) {
            self.state().refusals += 1;
        }
    }

    fn delay(&self, path: Path, towards: Towards) -> Duration {
        let mut state = self.state();
        let most = match (path, towards) {
            (Path::Rest, Towards::Server) => state.late.requests,
            (Path::Rest, Towards::Client) => state.late.answers,
            (Path::Notifications, Towards::Server) => state.late.stanzas,
            (Path::Notifications, Towards::Client) => state.late.notifications,
        };
        state.dice.random_range(Duration::ZERO..=most)
    }

    pub(crate) fn set_late(&self, late: Lateness) {
        self.state().late = late;
    }

    pub(crate) fn refusals(&self) -> u32 {
        self.state().refusals
    }

    /// Every connection of this way breaks; what was under way is lost.
    pub(crate) fn cut(&self, node: usize, path: Path) {
        self.way(node, path).cut.notify_waiters();
    }

    /// From now on connections are refused, or taken again.
    pub(crate) fn refuse(&self, node: usize, path: Path, refuses: bool) {
        self.way(node, path).state.lock().unwrap().refuses = refuses;
    }

    /// From now on everything is taken and nothing arrives; or the way is whole again, and what was half-open breaks.
    pub(crate) fn swallow(&self, node: usize, path: Path, swallows: bool) {
        self.way(node, path).state.lock().unwrap().swallows = swallows;
        if !swallows {
            self.cut(node, path);
        }
    }
}
