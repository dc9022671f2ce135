//! A way to a server on which a test can delay, cut, swallow, refuse or watch the traffic.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};
use tokio_util::task::AbortOnDropHandle;

/// A direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Towards {
    Server,
    Client,
}

/// Sees what passes. It is asked in the order of what happens to a connection, before that goes on.
pub(crate) trait Tap: Send + Sync {
    fn sees(&self, connection: u64, seen: Seen<'_>);
}

/// What happens to a connection.
pub(crate) enum Seen<'a> {
    Begins,
    Bytes(Towards, &'a [u8]),
    /// One side has ended it, which is seen for each side.
    Ends,
}

struct Blind;

impl Tap for Blind {
    fn sees(&self, _: u64, _: Seen<'_>) {}
}

/// A TCP proxy in front of one server. Dropping it ends every connection.
pub(crate) struct Way {
    pub(crate) address: SocketAddr,
    traffic: Arc<Traffic>,
    /// Never listens: keeps the port for this way while connections are refused.
    _port: TcpSocket,
    listening: tokio::sync::Mutex<Option<AbortOnDropHandle<()>>>,
}

/// What all connections of a way have in common.
struct Traffic {
    server: Mutex<SocketAddr>,
    tap: Arc<dyn Tap>,
    connections: AtomicU64,
    /// Connections are taken, and carry nothing from their beginning.
    is_hole: AtomicBool,
    to_server: Mutex<Duration>,
    to_client: Mutex<Duration>,
    /// Each change swallows whatever the connections of that moment carry from then on.
    swallowed: watch::Sender<()>,
    /// Each change ends the connections of that moment.
    cut: watch::Sender<()>,
}

impl Traffic {
    fn to(server: SocketAddr, tap: Arc<dyn Tap>) -> Self {
        Self {
            server: Mutex::new(server),
            tap,
            connections: AtomicU64::new(0),
            is_hole: AtomicBool::new(false),
            to_server: Mutex::default(),
            to_client: Mutex::default(),
            swallowed: watch::Sender::new(()),
            cut: watch::Sender::new(()),
        }
    }

    fn delay(&self, towards: Towards) -> &Mutex<Duration> {
        match towards {
            Towards::Server => &self.to_server,
            Towards::Client => &self.to_client,
        }
    }
}

impl Way {
    pub(crate) async fn to(server: SocketAddr) -> Self {
        Self::tapped(server, Arc::new(Blind)).await
    }

    /// The same; the tap sees everything.
    pub(crate) async fn tapped(server: SocketAddr, tap: Arc<dyn Tap>) -> Self {
        let port = socket(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let way = Self {
            address: port.local_addr().unwrap(),
            traffic: Arc::new(Traffic::to(server, tap)),
            _port: port,
            listening: tokio::sync::Mutex::new(None),
        };
        way.admit().await;
        way
    }

    /// What is sent in this direction from now on arrives that much later, behind what was sent before.
    pub(crate) fn delay(&self, towards: Towards, by: Duration) {
        *self.traffic.delay(towards).lock().unwrap() = by;
    }

    /// Ends the connections that there are; what is still on its way is lost.
    pub(crate) fn cut(&self) {
        self.traffic.cut.send_replace(());
    }

    /// The connections that there are carry nothing any more, and neither side learns it. New ones work.
    pub(crate) fn swallow(&self) {
        self.traffic.swallowed.send_replace(());
    }

    /// From now on everything is taken and nothing arrives, also on new connections, until [`Way::heal`].
    pub(crate) fn black_hole(&self) {
        self.traffic.is_hole.store(true, Ordering::SeqCst);
        self.swallow();
    }

    /// The way is whole again; what was swallowed breaks.
    pub(crate) fn heal(&self) {
        self.traffic.is_hole.store(false, Ordering::SeqCst);
        self.cut();
    }

    /// New connections go to another server; those that there are end.
    pub(crate) fn leads_to(&self, server: SocketAddr) {
        *self.traffic.server.lock().unwrap() = server;
        self.cut();
    }

    /// New connections are refused; those that there are go on.
    pub(crate) async fn refuse(&self) {
        if let Some(listening) = self.listening.lock().await.take() {
            listening.abort();
            assert!(listening.await.unwrap_err().is_cancelled());
        }
    }

    /// Nobody gets in any more, and whoever is in is cut off.
    pub(crate) async fn shut(&self) {
        self.refuse().await;
        self.cut();
    }

    /// New connections are taken again.
    pub(crate) async fn admit(&self) {
        let mut listening = self.listening.lock().await;
        if listening.is_none() {
            let listener = socket(self.address).listen(1024).unwrap();
            let accepting = accept(listener, Arc::clone(&self.traffic));
            *listening = Some(AbortOnDropHandle::new(tokio::spawn(accepting)));
        }
    }
}

impl Drop for Way {
    fn drop(&mut self) {
        self.cut();
    }
}

/// A socket at this address, which others of this process may share.
fn socket(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.set_reuseport(true).unwrap();
    socket.bind(address).unwrap();
    socket
}

async fn accept(listener: TcpListener, traffic: Arc<Traffic>) {
    loop {
        let (client, _) = listener.accept().await.unwrap();
        let ends = (traffic.cut.subscribe(), traffic.swallowed.subscribe());
        tokio::spawn(carry(client, Arc::clone(&traffic), ends));
    }
}

/// One connection, until it ends, is cut, or is swallowed and then cut.
async fn carry(
    mut client: TcpStream,
    traffic: Arc<Traffic>,
    (mut cut, mut swallowed): (watch::Receiver<()>, watch::Receiver<()>),
) {
    let number = traffic.connections.fetch_add(1, Ordering::Relaxed);
    let server = *traffic.server.lock().unwrap();
    if traffic.is_hole.load(Ordering::SeqCst) {
        _ = cut.changed().await;
        return;
    }
    let Ok(mut server) = TcpStream::connect(server).await else { return };
    for stream in [&client, &server] {
        _ = stream.set_nodelay(true);
    }
    traffic.tap.sees(number, Seen::Begins);
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = server.split();
    let pump_to = |towards| (towards, number, &*traffic);
    tokio::select! {
        // What the test does to the connection comes before what flows through it.
        biased;
        _ = cut.changed() => {}
        _ = swallowed.changed() => {
            _ = cut.changed().await;
        }
        _ = async {
            tokio::join!(
                pump(from_client, to_server, pump_to(Towards::Server)),
                pump(from_server, to_client, pump_to(Towards::Client)),
            )
        } => {}
    }
    traffic.tap.sees(number, Seen::Ends);
}

/// Carries bytes in one direction until they end, each as late as it is due.
async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    (towards, number, traffic): (Towards, u64, &Traffic),
) {
    let (queue, mut queued) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    let reading = async move {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            // A connection that breaks ends for the other side, too.
            let count = from.read(&mut buffer).await.unwrap_or(0);
            let due = Instant::now() + *traffic.delay(towards).lock().unwrap();
            let seen = if count == 0 { Seen::Ends } else { Seen::Bytes(towards, &buffer[..count]) };
            traffic.tap.sees(number, seen);
            if queue.send((due, buffer[..count].to_vec())).is_err() || count == 0 {
                return;
            }
        }
    };
    let writing = async move {
        while let Some((due, bytes)) = queued.recv().await {
            sleep_until(due).await;
            if bytes.is_empty() || to.write_all(&bytes).await.is_err() {
                break;
            }
        }
        _ = to.shutdown().await;
    };
    tokio::join!(reading, writing);
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use tokio::io::duplex;

    use super::*;
    use crate::support::{soon, until};

    /// A server that sends everything back.
    async fn echo() -> (SocketAddr, AbortOnDropHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut read, mut write) = stream.split();
                    _ = tokio::io::copy(&mut read, &mut write).await;
                });
            }
        });
        (address, AbortOnDropHandle::new(serving))
    }

    async fn says(stream: &mut TcpStream, word: &[u8]) -> std::io::Result<Vec<u8>> {
        stream.write_all(word).await?;
        let mut heard = vec![0; word.len()];
        soon("an echo", stream.read_exact(&mut heard)).await?;
        Ok(heard)
    }

    #[tokio::test(start_paused = true)]
    async fn each_byte_comes_when_it_is_due_and_none_overtakes_an_earlier_one() {
        let ((mut sender, from), (to, mut receiver)) = (duplex(64), duplex(64));
        let traffic = Arc::new(Traffic::to(SocketAddr::from((Ipv4Addr::LOCALHOST, 1)), Arc::new(Blind)));
        let set = |traffic: &Traffic, late| {
            *traffic.delay(Towards::Server).lock().unwrap() = Duration::from_millis(late);
        };
        set(&traffic, 400);
        let pumping = Arc::clone(&traffic);
        let pumping = tokio::spawn(async move { pump(from, to, (Towards::Server, 0, &pumping)).await });
        let begun = Instant::now();
        let sending = tokio::spawn(async move {
            for (byte, at, later) in [(b'1', 0, 20), (b'2', 100, 20), (b'3', 500, 0)] {
                sleep_until(begun + Duration::from_millis(at)).await;
                sender.write_u8(byte).await.unwrap();
                // The byte is taken up with the delay before.
                tokio::task::yield_now().await;
                set(&traffic, later);
            }
        });
        let mut heard = Vec::new();
        while let Ok(byte) = receiver.read_u8().await {
            heard.push((byte, begun.elapsed().as_millis()));
        }
        assert_eq!(heard, [(b'1', 400), (b'2', 400), (b'3', 520)]);
        sending.await.unwrap();
        pumping.await.unwrap();
    }

    #[tokio::test]
    async fn a_cut_ends_the_connections_of_the_moment_and_no_later_one() {
        let (server, _serving) = echo().await;
        let way = Way::to(server).await;
        let mut stream = TcpStream::connect(way.address).await.unwrap();
        assert_eq!(says(&mut stream, b"one").await.unwrap(), b"one");
        way.cut();
        assert!(soon("the end", says(&mut stream, b"two")).await.is_err());
        let mut another = TcpStream::connect(way.address).await.unwrap();
        assert_eq!(says(&mut another, b"three").await.unwrap(), b"three");
    }

    #[tokio::test]
    async fn a_swallowed_connection_neither_carries_anything_nor_ends_until_it_is_cut() {
        let (server, _serving) = echo().await;
        let way = Way::to(server).await;
        let mut stream = TcpStream::connect(way.address).await.unwrap();
        assert_eq!(says(&mut stream, b"one").await.unwrap(), b"one");
        way.swallow();
        stream.write_all(b"two").await.unwrap();
        let mut another = TcpStream::connect(way.address).await.unwrap();
        assert_eq!(says(&mut another, b"three").await.unwrap(), b"three");
        assert_eq!(stream.try_read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
        way.cut();
        assert_eq!(soon("the end", stream.read(&mut [0; 8])).await.unwrap_or(0), 0);
    }

    #[tokio::test]
    async fn a_black_hole_takes_connections_and_carries_nothing_until_it_is_healed() {
        let ((server, _serving), (other, _other)) = (echo().await, echo().await);
        let way = Way::to(server).await;
        let mut before = TcpStream::connect(way.address).await.unwrap();
        assert_eq!(says(&mut before, b"one").await.unwrap(), b"one");
        way.black_hole();
        let mut within = TcpStream::connect(way.address).await.unwrap();
        until("the hole to take it", async || way.traffic.connections.load(Ordering::Relaxed) == 2).await;
        for stream in [&mut before, &mut within] {
            stream.write_all(b"two").await.unwrap();
        }
        let mut heard = [0; 8];
        for stream in [&before, &within] {
            assert_eq!(stream.try_read(&mut heard).unwrap_err().kind(), ErrorKind::WouldBlock);
        }
        way.leads_to(other);
        way.heal();
        for stream in [&mut before, &mut within] {
            assert_eq!(soon("the end", stream.read(&mut heard)).await.unwrap_or(0), 0);
        }
        let mut after = TcpStream::connect(way.address).await.unwrap();
        assert_eq!(says(&mut after, b"three").await.unwrap(), b"three");
    }

    #[tokio::test]
    async fn while_a_way_refuses_nobody_gets_in_and_whoever_is_in_stays() {
        let (server, _serving) = echo().await;
        let way = Way::to(server).await;
        let mut stream = TcpStream::connect(way.address).await.unwrap();
        assert_eq!(says(&mut stream, b"one").await.unwrap(), b"one");
        way.refuse().await;
        let refused = TcpStream::connect(way.address).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        assert_eq!(says(&mut stream, b"two").await.unwrap(), b"two");
        way.admit().await;
        let mut another = TcpStream::connect(way.address).await.unwrap();
        assert_eq!(says(&mut another, b"three").await.unwrap(), b"three");
    }
}
