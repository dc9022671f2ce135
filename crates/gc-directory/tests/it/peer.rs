//! A server that sends configured bytes, valid or not.

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// The answer to every request.
#[derive(Clone, Debug)]
pub(crate) enum Behaviour {
    /// These bytes, after which the connection is closed.
    Bytes(Vec<u8>),
    /// A body of this many spaces.
    Long(usize),
    /// Nothing, until the client gives up.
    Silence,
    /// The connection is closed without an answer.
    Close,
}

impl Behaviour {
    pub(crate) fn answer(status: u16, content_type: &str, body: &str) -> Self {
        let length = body.len();
        let head =
            format!("HTTP/1.1 {status} X\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n");
        Self::Bytes(format!("{head}connection: close\r\n\r\n{body}").into_bytes())
    }
}

pub(crate) struct Peer {
    pub(crate) url: String,
    listening: JoinHandle<()>,
}

impl Peer {
    pub(crate) async fn with(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, behaviour.clone()));
            }
        });
        Self { url, listening }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// A URL without a listener.
pub(crate) async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

async fn serve(stream: TcpStream, behaviour: Behaviour) -> Option<()> {
    let mut stream = BufReader::new(stream);
    read_request(&mut stream).await?;
    match behaviour {
        Behaviour::Bytes(bytes) => stream.write_all(&bytes).await.ok()?,
        Behaviour::Long(length) => {
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
            stream.write_all(head.as_bytes()).await.ok()?;
            for _ in 0..length / 4096 {
                stream.write_all(&[b' '; 4096]).await.ok()?;
            }
        }
        Behaviour::Silence => _ = stream.read_u8().await,
        Behaviour::Close => {}
    }
    stream.shutdown().await.ok()
}

async fn read_request(stream: &mut BufReader<TcpStream>) -> Option<()> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
        match line.trim_end().to_ascii_lowercase().split_once(": ") {
            Some(("content-length", value)) => length = value.parse().unwrap(),
            Some(_) => {}
            None if line.trim_end().is_empty() => break,
            None => {}
        }
    }
    stream.read_exact(&mut vec![0; length]).await.ok().map(|_| ())
}
