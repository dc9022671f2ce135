//! A server that says a few bytes, or none, and hangs up or waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// What it does with a connection once the request's head is read.
#[derive(Clone, Copy)]
pub(crate) enum Manner {
    /// Says this and hangs up.
    Says(&'static str),
    /// Says this, and nothing more, but keeps the connection.
    StopsAfter(&'static str),
}

pub(crate) struct Raw {
    pub(crate) url: String,
    requests: Arc<AtomicUsize>,
}

impl Raw {
    pub(crate) async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicUsize::new(0));
        let counted = requests.clone();
        tokio::spawn(async move {
            let mut kept = Vec::new();
            loop {
                let (mut socket, _) = listener.accept().await.unwrap();
                let head = head_of(&mut socket).await;
                if !head.contains("SystemInfo") {
                    counted.fetch_add(1, Ordering::SeqCst);
                }
                let (Manner::Says(text) | Manner::StopsAfter(text)) = manner;
                let _ = socket.write_all(text.as_bytes()).await;
                if matches!(manner, Manner::StopsAfter(_)) {
                    kept.push(socket);
                }
            }
        });
        Self { url, requests }
    }

    /// How many requests but SystemInfo came.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

async fn head_of(socket: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut buffer = [0; 1024];
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        match socket.read(&mut buffer).await {
            Ok(0) | Err(_) => break,
            Ok(read) => head.extend_from_slice(&buffer[..read]),
        }
    }
    String::from_utf8_lossy(&head).into_owned()
}

/// A port that is taken, so that nobody else gets it, and at which nobody listens.
pub(crate) struct Closed {
    pub(crate) url: String,
    _taken: TcpSocket,
}

impl Closed {
    pub(crate) fn port() -> Self {
        let taken = TcpSocket::new_v4().unwrap();
        taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        Self { url: format!("http://{}", taken.local_addr().unwrap()), _taken: taken }
    }
}
