//! A way to a server that can be shut.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

pub(crate) struct Door {
    pub(crate) port: u16,
    task: JoinHandle<()>,
}

impl Door {
    pub(crate) async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let task = tokio::spawn(async move {
            let mut inside = JoinSet::new();
            loop {
                let (mut outside, _) = listener.accept().await.unwrap();
                inside.spawn(async move {
                    let mut server = TcpStream::connect(server).await.unwrap();
                    _ = copy_bidirectional(&mut outside, &mut server).await;
                });
            }
        });
        Self { port, task }
    }

    /// Nobody gets in any more, and whoever is in is cut off.
    pub(crate) async fn shut(self) {
        self.task.abort();
        assert!(self.task.await.unwrap_err().is_cancelled());
    }
}
