//! A way to the database on which answers can be lost.

use std::sync::Arc;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    select,
    sync::watch,
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Open,
    /// What the database answers does not arrive.
    Mute,
    /// Of what is sent, no more than 16 KiB arrive.
    Stuck,
}

/// Dropping it ends no connection.
pub(crate) struct Proxy {
    port: u16,
    mode: Arc<watch::Sender<Mode>>,
}

impl Proxy {
    pub(crate) async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap().port();
        let mode = Arc::new(watch::Sender::new(Mode::Open));
        let modes = Arc::clone(&mode);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                tokio::spawn(forward(client, server, modes.subscribe()));
            }
        });
        Self { port: own, mode }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn mute(&self) {
        self.mode.send_replace(Mode::Mute);
    }

    pub(crate) fn stick(&self) {
        self.mode.send_replace(Mode::Stuck);
    }

    /// Ends every connection that was muted; new ones are as they were at first.
    pub(crate) fn cut(&self) {
        self.mode.send_replace(Mode::Open);
    }
}

async fn forward(client: TcpStream, server: TcpStream, mut mode: watch::Receiver<Mode>) {
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
        (client.into_split(), server.into_split());
    let state = mode.clone();
    let up = async {
        let (mut buffer, mut is_stuck) = (vec![0; 16_384], false);
        while let Ok(read @ 1..) = from_client.read(&mut buffer).await {
            if is_stuck {
                std::future::pending().await
            }
            is_stuck = *state.borrow() == Mode::Stuck;
            to_server.write_all(&buffer[..read]).await?;
        }
        Ok::<_, std::io::Error>(())
    };
    let down = async {
        let mut buffer = vec![0; 16_384];
        while let Ok(read @ 1..) = from_server.read(&mut buffer).await {
            if *state.borrow() == Mode::Mute {
                continue;
            }
            to_client.write_all(&buffer[..read]).await?;
        }
        Ok::<_, std::io::Error>(())
    };
    // The first change may be to mute, the next one is the end.
    let cut = async {
        let mut was_mute = false;
        while mode.changed().await.is_ok() {
            match *mode.borrow_and_update() {
                Mode::Mute => was_mute = true,
                Mode::Open if was_mute => return,
                Mode::Open | Mode::Stuck => {}
            }
        }
    };
    select! {
        // Whichever ends first ends the others.
        biased;
        _ = up => {}
        _ = down => {}
        () = cut => {}
    }
}
