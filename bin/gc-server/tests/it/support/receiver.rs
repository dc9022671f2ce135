//! A receiver of callbacks that follows a script, however bad.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use gc_environment::{Environment, RealEnvironment};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::soon;

/// What becomes of one callback.
#[derive(Clone, Debug)]
pub(crate) enum Then {
    /// This answer, whole.
    Answer(&'static str),
    /// 200, after this time.
    Late(Duration),
    /// Nothing, until the other side gives up.
    Silence,
    /// Nothing, until [`Receiver::release`]; then 200.
    Wait,
    /// The connection is closed after these bytes.
    Close(&'static str),
}

pub(crate) const OK: Then = Then::Answer("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");

/// One callback as it came in.
#[derive(Debug)]
pub(crate) struct Callback {
    pub(crate) path: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) event: Value,
    /// The same as it came.
    pub(crate) body: Vec<u8>,
    /// When it had been read.
    pub(crate) at: SystemTime,
    /// The number of the connection, of which no receiver has another one, and the sender's end of it.
    pub(crate) peer: (u64, SocketAddr),
}

impl Callback {
    pub(crate) fn sequence(&self) -> u64 {
        self.headers["gc-sequence"].parse().unwrap()
    }
}

pub(crate) struct Receiver {
    pub(crate) url: String,
    callbacks: mpsc::UnboundedReceiver<Callback>,
    released: watch::Sender<bool>,
    listener: Arc<Listener>,
}

/// Where a receiver listens.
pub(crate) struct Listener {
    address: SocketAddr,
    desk: Desk,
    /// While it is open: who accepts connections, and what ends those that were accepted.
    listening: Mutex<Option<(AbortOnDropHandle<()>, CancellationToken)>>,
}

impl Listener {
    /// Nobody listens any more, and all connections are closed.
    pub(crate) async fn close(&self) {
        let listening = self.listening.lock().unwrap().take();
        if let Some((listening, connections)) = listening {
            connections.cancel();
            listening.abort();
            _ = listening.await;
        }
    }

    /// It listens again, on the same port.
    pub(crate) async fn open(&self) {
        let listener = TcpListener::bind(self.address).await;
        self.listen(listener.unwrap_or_else(|error| panic!("{}: {error}", self.address)));
    }

    fn listen(&self, listener: TcpListener) {
        let (desk, connections) = (self.desk.clone(), CancellationToken::new());
        let closed = connections.clone();
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (desk, closed) = (desk.clone(), closed.clone());
                tokio::spawn(async move {
                    closed.run_until_cancelled(serve(BufReader::new(stream), desk)).await;
                });
            }
        });
        *self.listening.lock().unwrap() = Some((AbortOnDropHandle::new(listening), connections));
    }
}

#[derive(Clone)]
struct Desk {
    script: Arc<Mutex<VecDeque<Then>>>,
    afterwards: Then,
    callbacks: mpsc::UnboundedSender<Callback>,
    released: watch::Receiver<bool>,
}

impl Receiver {
    /// Takes everything.
    pub(crate) async fn good() -> Self {
        Self::scripted([], OK).await
    }

    /// Does as the script says, one callback after the other, and then always the same.
    pub(crate) async fn scripted(script: impl IntoIterator<Item = Then>, afterwards: Then) -> Self {
        Self::at("127.0.0.1:0", script, afterwards).await
    }

    /// The same, at this address.
    pub(crate) async fn at(address: &str, script: impl IntoIterator<Item = Then>, afterwards: Then) -> Self {
        let socket = TcpListener::bind(address).await.unwrap();
        let address = socket.local_addr().unwrap();
        let ((callbacks, received), (released, release)) = (mpsc::unbounded_channel(), watch::channel(false));
        let script = Arc::new(Mutex::new(script.into_iter().collect()));
        let desk = Desk { script, afterwards, callbacks, released: release };
        let listener = Arc::new(Listener { address, desk, listening: Mutex::default() });
        listener.listen(socket);
        Self { url: format!("http://{address}"), callbacks: received, released, listener }
    }

    /// To close it and open it again.
    pub(crate) fn listener(&self) -> Arc<Listener> {
        Arc::clone(&self.listener)
    }

    pub(crate) async fn next(&mut self) -> Callback {
        soon("a callback", self.callbacks.recv()).await.unwrap()
    }

    /// Nothing came in so far that was not looked at.
    pub(crate) fn is_empty(&self) -> bool {
        self.callbacks.is_empty()
    }

    /// The next callback, whenever it comes.
    pub(crate) async fn received(&mut self) -> Option<Callback> {
        self.callbacks.recv().await
    }

    /// All callbacks up to and with the next one whose event is, in brief, this.
    pub(crate) async fn all_until(&mut self, brief: &str) -> Vec<Callback> {
        let mut all = Vec::new();
        loop {
            let callback = self.next().await;
            let found = gc_scenario::brief(&callback.event) == brief;
            all.push(callback);
            if found {
                return all;
            }
        }
    }

    /// Those that wait are answered now.
    pub(crate) fn release(&self) {
        self.released.send_replace(true);
    }
}

async fn serve(mut stream: BufReader<TcpStream>, desk: Desk) {
    static CONNECTIONS: AtomicU64 = AtomicU64::new(0);
    let Ok(peer) = stream.get_ref().peer_addr() else { return };
    let peer = (CONNECTIONS.fetch_add(1, Ordering::Relaxed), peer);
    while let Some(callback) = read(&mut stream, peer).await {
        let then = desk.script.lock().unwrap().pop_front().unwrap_or(desk.afterwards.clone());
        _ = desk.callbacks.send(callback);
        let answer = match then {
            Then::Answer(answer) => answer,
            Then::Late(after) => {
                sleep(after).await;
                "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
            }
            Then::Silence => {
                _ = stream.read_u8().await;
                return;
            }
            Then::Wait => {
                _ = desk.released.clone().wait_for(|released| *released).await;
                "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
            }
            Then::Close(bytes) => {
                _ = stream.write_all(bytes.as_bytes()).await;
                return;
            }
        };
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn read(stream: &mut BufReader<TcpStream>, peer: (u64, SocketAddr)) -> Option<Callback> {
    let (path, headers, body) = read_request(stream).await?;
    let (event, at) = (serde_json::from_slice(&body).unwrap(), RealEnvironment.now());
    Some(Callback { path, headers, event, body, at, peer })
}

/// One HTTP request: path, headers, body.
pub(crate) async fn read_request(
    stream: &mut BufReader<TcpStream>,
) -> Option<(String, HashMap<String, String>, Vec<u8>)> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let request = lines[0].strip_suffix(" HTTP/1.1").unwrap().to_owned();
    let headers = lines[1..].iter().map(|line| line.split_once(": ").unwrap());
    let headers: HashMap<_, _> =
        headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some((request, headers, body))
}
