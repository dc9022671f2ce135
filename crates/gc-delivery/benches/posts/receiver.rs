//! A receiver of callbacks that does as little as it can, in a process of its own.

use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

/// The process. It ends when this is dropped.
pub(crate) struct Receiver {
    process: Child,
    pub(crate) address: String,
}

impl Receiver {
    /// One that takes so long for each event.
    pub(crate) fn start(delay: Duration) -> Self {
        let program = env::current_exe().expect("this program");
        let mut process = Command::new(program)
            .args(["receive", &delay.as_millis().to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .expect("a receiver");
        let mut address = String::new();
        let output = process.stdout.take().expect("its output");
        BufReader::new(output).read_line(&mut address).expect("its address");
        Self { process, address: address.trim().to_owned() }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The receiver's process.
#[tokio::main(flavor = "current_thread")]
pub(crate) async fn run(delay: Duration) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("http://{}", listener.local_addr().expect("its address"));
    while let Ok((stream, _)) = listener.accept().await {
        let _ = stream.set_nodelay(true);
        tokio::spawn(answer(stream, delay));
    }
}

/// 200 to every request of one connection, each after this time.
async fn answer(stream: TcpStream, delay: Duration) -> std::io::Result<()> {
    let mut stream = tokio::io::BufReader::new(stream);
    let mut line = String::new();
    loop {
        let mut length = 0;
        loop {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap_or_default();
            }
            if line.trim_end().is_empty() {
                break;
            }
        }
        stream.read_exact(&mut vec![0; length]).await?;
        if !delay.is_zero() {
            sleep(delay).await;
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await?;
    }
}
