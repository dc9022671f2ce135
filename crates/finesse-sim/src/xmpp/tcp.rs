//! XMPP over TCP, RFC 6120 (direct TLS or plain; no STARTTLS, since clients insist on what is offered).

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::Outgoing;
use super::session::{Reply, Session};
use super::splitter::{Piece, Splitter};
use super::stanza::Framing;
use crate::engine::Engine;
use crate::net::Socket;

/// Serves one connection to its end.
pub(crate) async fn serve(socket: Socket, engine: Arc<Engine>) {
    let (session, mail) = Session::new(Arc::clone(&engine), Framing::Tcp);
    if let Err(error) = talk(socket, session, mail, &engine).await {
        tracing::debug!(%error, "XMPP connection ended");
    }
}

async fn talk(
    mut socket: Socket,
    mut session: Session,
    mut mail: mpsc::Receiver<Outgoing>,
    engine: &Engine,
) -> io::Result<()> {
    let mut splitter = Splitter::new();
    let mut bytes = [0; 4096];
    let mut heard = Instant::now();
    let mut pinged = heard;
    loop {
        let ping_at = heard.max(pinged) + engine.ping_after;
        let end = tokio::select! {
            read = socket.read(&mut bytes) => {
                let read = read?;
                if read == 0 {
                    return Ok(());
                }
                heard = Instant::now();
                splitter.push(bytes.get(..read).unwrap_or_default());
                read_pieces(&mut socket, &mut splitter, &mut session).await?
            }
            outgoing = mail.recv() => match outgoing {
                Some(Outgoing::Stanza(stanza)) => {
                    socket.write_all(stanza.as_bytes()).await?;
                    false
                }
                Some(Outgoing::End(condition)) => write(&mut socket, session.fail(&condition)).await?,
                Some(Outgoing::Cut) | None => return Ok(()),
            },
            () = tokio::time::sleep_until(ping_at) => {
                if heard.elapsed() > engine.ping_after * 4 {
                    return Ok(());
                }
                pinged = Instant::now();
                socket.write_all(session.ping().unwrap_or_default().as_bytes()).await?;
                false
            }
            () = engine.stop.cancelled() => write(&mut socket, session.fail("system-shutdown")).await?,
        };
        socket.flush().await?;
        if end {
            return socket.shutdown().await;
        }
    }
}

/// Everything that has arrived whole; `true` when the stream is over.
async fn read_pieces(
    socket: &mut Socket,
    splitter: &mut Splitter,
    session: &mut Session,
) -> io::Result<bool> {
    loop {
        let reply = match splitter.next() {
            Ok(None) => return Ok(false),
            Ok(Some(Piece::Header(_))) => session.open(),
            Ok(Some(Piece::Element(text))) => session.element(&text),
            Ok(Some(Piece::End)) => session.close(),
            Err(broken) => session.fail(broken.0),
        };
        if reply.restart {
            splitter.restart();
        }
        if write(socket, reply).await? {
            return Ok(true);
        }
    }
}

async fn write(socket: &mut Socket, reply: Reply) -> io::Result<bool> {
    for text in &reply.out {
        socket.write_all(text.as_bytes()).await?;
    }
    Ok(reply.end)
}
