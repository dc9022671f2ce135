//! XMPP over TCP, RFC 6120: direct TLS, plain, or STARTTLS, which is required where it is offered.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

use super::WRITE_TIMEOUT;
use super::session::{Reply, Session};
use super::splitter::{Piece, Splitter};
use super::stanza::Framing;
use super::stream::Stream;
use crate::engine::Engine;
use crate::net::{HANDSHAKE_TIMEOUT, Socket};
use crate::world::Side;

/// Serves one connection until it ends.
pub(crate) async fn serve(socket: Socket, starttls: Option<TlsAcceptor>, engine: Arc<Engine>, side: Side) {
    let mut stream = Stream::new(engine, side, Framing::Tcp);
    if starttls.is_some() {
        stream.receive().require_tls();
    }
    if let Err(error) = run(socket, starttls, stream).await {
        tracing::debug!(%error, "XMPP connection ended");
    }
}

async fn run(mut socket: Socket, starttls: Option<TlsAcceptor>, mut stream: Stream) -> io::Result<()> {
    let mut splitter = Splitter::new();
    let mut bytes = [0; 4096];
    loop {
        let reply = tokio::select! {
            // Reads first: the client may have answered a ping that is due again.
            biased;
            read = socket.read(&mut bytes) => {
                let read = read?;
                if read == 0 {
                    return Ok(());
                }
                splitter.push(bytes.get(..read).unwrap_or_default());
                read_pieces(&mut splitter, stream.receive())
            }
            unsolicited = stream.unsolicited() => match unsolicited {
                Some(reply) => reply,
                None => return Ok(()),
            },
        };
        // One write for each, as Openfire does: some clients treat each read as one element, and would lose the
        // features if they arrived with the header.
        for text in reply.out {
            let write = async {
                socket.write_all(text.as_bytes()).await?;
                socket.flush().await
            };
            tokio::time::timeout(WRITE_TIMEOUT, write).await??;
        }
        if reply.end {
            return socket.shutdown().await;
        }
        if let (true, Some(tls)) = (reply.start_tls, &starttls) {
            // What came before the handshake was not encrypted and must not count as if it were.
            if !splitter.is_empty() {
                return Ok(());
            }
            socket = Box::new(tokio::time::timeout(HANDSHAKE_TIMEOUT, tls.accept(socket)).await??);
            splitter = Splitter::new();
            stream.receive().encrypted();
        }
    }
}

/// The replies to all complete pieces.
fn read_pieces(splitter: &mut Splitter, session: &mut Session) -> Reply {
    let mut all = Reply::default();
    while !all.end && !all.start_tls {
        let reply = match splitter.next() {
            Ok(None) => break,
            Ok(Some(Piece::Header(_))) => session.open(),
            Ok(Some(Piece::Element(text))) => session.element(&text),
            Ok(Some(Piece::End)) => session.close(),
            Err(broken) => session.fail(broken.0),
        };
        if reply.restart {
            splitter.restart();
        }
        all.out.extend(reply.out);
        (all.end, all.start_tls) = (reply.end, reply.start_tls);
    }
    all
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::sync::Mutex;
    use std::task::{Context, Poll};

    use gc_environment::RealEnvironment;
    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::world::{Sides, World};
    use crate::{Platform, WorldFile};

    /// A client that sends one message and closes the connection. It records what is written to it, with `|` for each
    /// flush.
    struct Recorder {
        sends: &'static [u8],
        written: Arc<Mutex<Vec<String>>>,
    }

    impl Recorder {
        fn record(&self, text: &str) {
            self.written.lock().unwrap().push(text.to_owned());
        }
    }

    impl AsyncRead for Recorder {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            buffer.put_slice(std::mem::take(&mut self.sends));
            Poll::Ready(Ok(()))
        }
    }

    impl AsyncWrite for Recorder {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            self.record(std::str::from_utf8(bytes).unwrap());
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            self.record("|");
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn the_header_and_the_features_are_separate_writes() {
        let world = WorldFile::demo().unwrap();
        let world = World::new(world, Platform::Ucce, Sides::new("cc.example", None)).unwrap();
        let engine = Engine::start(world, Arc::new(RealEnvironment), CancellationToken::new());
        let written = Arc::default();
        let sends = b"<stream:stream xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>";
        let client = Recorder { sends, written: Arc::clone(&written) };
        serve(Box::new(client), None, engine, Side::A).await;
        let written = written.lock().unwrap();
        let [header, first, features, second] = written.as_slice() else { panic!("{written:?}") };
        assert_eq!((first.as_str(), second.as_str()), ("|", "|"));
        assert!(header.contains(
            "<stream:stream xmlns:stream=\"http://etherx.jabber.org/streams\" xmlns=\"jabber:client\""
        ));
        assert!(header.ends_with("version=\"1.0\">"), "{header}");
        assert!(features.starts_with("<stream:features"), "{features}");
    }
}
