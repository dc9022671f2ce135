//! A callback receiver that follows a script byte by byte, however bad.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use gc_delivery::Callback;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tokio_util::task::AbortOnDropHandle;

use crate::support::soon;

/// What the receiver does with one request.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// A whole answer without a body.
    Status(u16),
    /// The same with one more header.
    With(u16, &'static str),
    /// The same with so many headers.
    WithHeaders(u16, usize),
    /// Nothing at all, until the other side gives up.
    Silence,
    /// The connection is closed without an answer.
    HangUp,
    /// Half a status line, then the connection is closed.
    HalfHead,
    /// 200 and half a body, then the connection is closed.
    HalfBody,
    /// 200 and a body without an end.
    Endless,
    /// 200 and a body that never comes.
    Stalling,
    /// 200 and a body in two pieces, as many servers send it.
    Pieces,
}

/// A request as it came in.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub(crate) fn sequence(&self) -> u64 {
        self.header("gc-sequence").parse().unwrap()
    }
}

#[derive(Clone)]
struct Desk {
    script: Arc<Mutex<VecDeque<Answer>>>,
    afterwards: Answer,
    requests: mpsc::UnboundedSender<Request>,
    given_up: mpsc::UnboundedSender<()>,
    connections: Arc<AtomicUsize>,
}

pub(crate) struct Receiver {
    port: u16,
    requests: mpsc::UnboundedReceiver<Request>,
    given_up: mpsc::UnboundedReceiver<()>,
    connections: Arc<AtomicUsize>,
    _listening: AbortOnDropHandle<()>,
}

impl Receiver {
    /// Answers 200 to everything.
    pub(crate) async fn good() -> Self {
        Self::scripted([], Answer::Status(200)).await
    }

    /// Answers as the script says, one request after the other, and then always the same.
    pub(crate) async fn scripted(script: impl IntoIterator<Item = Answer>, afterwards: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (requests, received) = mpsc::unbounded_channel();
        let (given_up, ended) = mpsc::unbounded_channel();
        let script = Arc::new(Mutex::new(script.into_iter().collect()));
        let connections = Arc::<AtomicUsize>::default();
        let desk = Desk { script, afterwards, requests, given_up, connections: connections.clone() };
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, desk.clone()));
            }
        });
        Self {
            port,
            requests: received,
            given_up: ended,
            connections,
            _listening: AbortOnDropHandle::new(listening),
        }
    }

    pub(crate) fn callback(&self) -> Callback {
        self.callback_at("/events")
    }

    pub(crate) fn callback_at(&self, path: &str) -> Callback {
        Callback::from_parts(&format!("http://127.0.0.1:{}", self.port), path).unwrap()
    }

    /// The next request, whenever it comes.
    pub(crate) async fn next(&mut self) -> Request {
        soon(self.requests.recv()).await.unwrap()
    }

    pub(crate) async fn next_sequences(&mut self, count: usize) -> Vec<u64> {
        let mut sequences = Vec::new();
        for _ in 0..count {
            sequences.push(self.next().await.sequence());
        }
        sequences
    }

    /// Waits until the other side gives up an attempt that gets no answer.
    pub(crate) async fn is_given_up(&mut self) {
        soon(self.given_up.recv()).await.unwrap();
    }

    /// How many connections were made so far.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// No request is left that nobody looked at.
    pub(crate) fn is_quiet(&self) -> bool {
        self.requests.is_empty()
    }
}

/// Serves the requests of one connection.
async fn serve(stream: TcpStream, desk: Desk) {
    desk.connections.fetch_add(1, Ordering::SeqCst);
    let mut stream = BufReader::new(stream);
    while let Some(request) = read(&mut stream).await {
        let scripted = desk.script.lock().unwrap().pop_front();
        let answer = scripted.unwrap_or(desk.afterwards.clone());
        _ = desk.requests.send(request);
        if give(&mut stream, answer, &desk).await.is_none() {
            return;
        }
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let path = lines[0].strip_prefix("POST ").unwrap().strip_suffix(" HTTP/1.1").unwrap().to_owned();
    let headers: HashMap<_, _> = lines[1..]
        .iter()
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let mut body = vec![0; headers["content-length"].parse().unwrap()];
    stream.read_exact(&mut body).await.ok()?;
    Some(Request { path, headers, body: String::from_utf8(body).unwrap() })
}

/// `None` when the connection is to be closed.
async fn give(stream: &mut BufReader<TcpStream>, answer: Answer, desk: &Desk) -> Option<()> {
    let (text, stays) = match answer {
        Answer::Status(status) => (format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n"), true),
        Answer::With(status, header) => {
            (format!("HTTP/1.1 {status} X\r\n{header}\r\ncontent-length: 0\r\n\r\n"), true)
        }
        Answer::WithHeaders(status, count) => {
            let headers: String = (1..count).map(|number| format!("x-{number}: x\r\n")).collect();
            (format!("HTTP/1.1 {status} X\r\n{headers}content-length: 0\r\n\r\n"), true)
        }
        Answer::Silence => {
            _ = stream.read_u8().await;
            _ = desk.given_up.send(());
            return None;
        }
        Answer::HangUp => return None,
        Answer::HalfHead => ("HTTP/1.1 20".to_owned(), false),
        Answer::HalfBody => ("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf".to_owned(), false),
        Answer::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000000000\r\n\r\n").await.ok()?;
            while stream.write_all(&[b' '; 4096]).await.is_ok() {}
            return None;
        }
        Answer::Stalling => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n").await.ok()?;
            _ = stream.read_u8().await;
            return None;
        }
        Answer::Pieces => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n").await.ok()?;
            tokio::task::yield_now().await;
            ("okay".to_owned(), true)
        }
    };
    stream.write_all(text.as_bytes()).await.ok()?;
    stream.flush().await.ok()?;
    stays.then_some(())
}
