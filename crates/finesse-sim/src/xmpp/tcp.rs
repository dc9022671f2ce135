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
        let write = async {
            socket.write_all(reply.out.concat().as_bytes()).await?;
            socket.flush().await
        };
        tokio::time::timeout(WRITE, write).await??;
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
