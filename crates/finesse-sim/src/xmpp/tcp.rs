//! XMPP over TCP, RFC 6120 (direct TLS or plain; no STARTTLS, since clients insist on what is offered).

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::WRITE;
use super::session::{Reply, Session};
use super::splitter::{Piece, Splitter};
use super::stanza::Framing;
use super::stream::Stream;
use crate::engine::Engine;
use crate::net::Socket;
use crate::world::Side;

/// Serves one connection to its end.
pub(crate) async fn serve(socket: Socket, engine: Arc<Engine>, side: Side) {
    if let Err(error) = talk(socket, Stream::new(engine, side, Framing::Tcp)).await {
        tracing::debug!(%error, "XMPP connection ended");
    }
}

async fn talk(mut socket: Socket, mut stream: Stream) -> io::Result<()> {
    let mut splitter = Splitter::new();
    let mut bytes = [0; 4096];
    loop {
        let reply = tokio::select! {
            // What the client said first: it may have answered a ping that is due again.
            biased;
            read = socket.read(&mut bytes) => {
                let read = read?;
                if read == 0 {
                    return Ok(());
                }
                splitter.push(bytes.get(..read).unwrap_or_default());
                read_pieces(&mut splitter, stream.heard())
            }
            unasked = stream.unasked() => match unasked {
                Some(reply) => reply,
                None => return Ok(()),
            },
        };
        // Each in a write of its own, as Openfire does: some clients take what one read brings for one thing, and
        // lose the features that come together with the header.
        for text in reply.out {
            let write = async {
                socket.write_all(text.as_bytes()).await?;
                socket.flush().await
            };
            tokio::time::timeout(WRITE, write).await??;
        }
        if reply.end {
            return socket.shutdown().await;
        }
    }
}

/// The answers to everything that has arrived whole.
fn read_pieces(splitter: &mut Splitter, session: &mut Session) -> Reply {
    let mut all = Reply::default();
    while !all.end {
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
        all.end = reply.end;
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

    /// A client that says one thing and hangs up; what is written to it is kept, with `|` for each flush.
    struct Recorder {
        says: &'static [u8],
        written: Arc<Mutex<Vec<String>>>,
    }

    impl Recorder {
        fn keep(&self, text: &str) {
            self.written.lock().unwrap().push(text.to_owned());
        }
    }

    impl AsyncRead for Recorder {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            buffer.put_slice(std::mem::take(&mut self.says));
            Poll::Ready(Ok(()))
        }
    }

    impl AsyncWrite for Recorder {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            self.keep(std::str::from_utf8(bytes).unwrap());
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            self.keep("|");
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn the_header_and_the_features_are_written_apart() {
        let world = WorldFile::demo().unwrap();
        let world = World::new(world, Platform::Ucce, Sides::new("cc.example", None)).unwrap();
        let engine = Engine::start(world, Arc::new(RealEnvironment), CancellationToken::new());
        let written = Arc::default();
        let says = b"<stream:stream xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>";
        let client = Recorder { says, written: Arc::clone(&written) };
        serve(Box::new(client), engine, Side::A).await;
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
