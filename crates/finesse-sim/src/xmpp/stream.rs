//! A stream on its transport: the session, and everything that happens beside what the client says.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::Outgoing;
use super::session::{Reply, Session};
use super::stanza::Framing;
use crate::engine::Engine;
use crate::world::Side;

/// A stream.
pub(super) struct Stream {
    session: Session,
    mail: mpsc::Receiver<Outgoing>,
    engine: Arc<Engine>,
    heard: Instant,
    pinged: Instant,
}

impl Stream {
    pub(super) fn new(engine: Arc<Engine>, side: Side, framing: Framing) -> Self {
        let (session, mail) = Session::new(Arc::clone(&engine), side, framing);
        let now = Instant::now();
        Self { session, mail, engine, heard: now, pinged: now }
    }

    /// The client says something, which the session is to be told.
    pub(super) fn heard(&mut self) -> &mut Session {
        self.heard = Instant::now();
        &mut self.session
    }

    /// Waits for what is sent unasked: notifications, pings, the end. `None` closes the connection without a
    /// word. Waiting may be given up and begun again.
    pub(super) async fn unasked(&mut self) -> Option<Reply> {
        let ping_after = self.engine.ping_after;
        tokio::select! {
            outgoing = self.mail.recv() => match outgoing {
                Some(Outgoing::Stanza(stanza)) => Some(Reply { out: vec![stanza], ..Reply::default() }),
                Some(Outgoing::End(condition)) => Some(self.session.fail(&condition)),
                Some(Outgoing::Cut) | None => None,
            },
            () = tokio::time::sleep_until(self.heard.max(self.pinged) + ping_after) => {
                if self.heard.elapsed() > ping_after * 4 {
                    return None;
                }
                self.pinged = Instant::now();
                Some(Reply { out: self.session.ping().into_iter().collect(), ..Reply::default() })
            }
            () = self.engine.stop.cancelled() => Some(self.session.fail("system-shutdown")),
        }
    }
}
