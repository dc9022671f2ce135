//! A stream on its transport: the session, its outgoing messages, and pings.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::session::{Reply, Session};
use super::stanza::Framing;
use crate::engine::Engine;
use crate::pubsub::Outgoing;
use crate::world::Side;

/// A stream.
pub(super) struct Stream {
    session: Session,
    outgoing: mpsc::Receiver<Outgoing>,
    engine: Arc<Engine>,
    last_received: Instant,
    last_ping: Instant,
}

impl Stream {
    pub(super) fn new(engine: Arc<Engine>, side: Side, framing: Framing) -> Self {
        let (session, outgoing) = Session::new(Arc::clone(&engine), side, framing);
        let now = Instant::now();
        Self { session, outgoing, engine, last_received: now, last_ping: now }
    }

    /// The session, to pass on what the client has just sent.
    pub(super) fn receive(&mut self) -> &mut Session {
        self.last_received = Instant::now();
        &mut self.session
    }

    /// Waits for what is sent without a request: notifications, pings, the end of the stream. `None` closes the
    /// connection without a stream error. This is cancel-safe.
    pub(super) async fn unsolicited(&mut self) -> Option<Reply> {
        let ping_after = self.engine.ping_after;
        tokio::select! {
            // A stop first, as everywhere in the simulator; a ping last, since anything else sent proves as much.
            biased;
            () = self.engine.stop.cancelled() => Some(self.session.fail("system-shutdown")),
            outgoing = self.outgoing.recv() => match outgoing {
                Some(Outgoing::Stanza(stanza)) => Some(Reply { out: vec![stanza], ..Reply::default() }),
                Some(Outgoing::End(condition)) => Some(self.session.fail(&condition)),
                Some(Outgoing::Cut) | None => None,
            },
            // No pings during login, which has no deadline.
            () = tokio::time::sleep_until(self.last_received.max(self.last_ping) + ping_after), if self.session.is_bound() => {
                if self.last_received.elapsed() > ping_after * 4 {
                    return None;
                }
                self.last_ping = Instant::now();
                Some(Reply { out: self.session.ping().into_iter().collect(), ..Reply::default() })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use base64::Engine as _;
    use base64::prelude::BASE64_STANDARD;
    use gc_environment::RealEnvironment;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::world::{Sides, World};
    use crate::{Platform, WorldFile};

    /// Longer than a silent client stays connected.
    const LONG: Duration = Duration::from_secs(1000);

    fn stream() -> Stream {
        let world = WorldFile::demo().unwrap();
        let world = World::new(world, Platform::Ucce, Sides::new("cc.example", None)).unwrap();
        Stream::new(
            Engine::start(world, Arc::new(RealEnvironment), CancellationToken::new()),
            Side::A,
            Framing::WebSocket,
        )
    }

    fn bind(stream: &mut Stream) {
        let login = BASE64_STANDARD.encode("\0amira.haddad\0demo");
        stream.receive().open();
        stream.receive().element(&format!("<auth mechanism='PLAIN'>{login}</auth>"));
        stream.receive().open();
        let bind = "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>";
        stream.receive().element(bind);
        assert!(stream.session.is_bound());
    }

    async fn is_pinged(stream: &mut Stream) -> bool {
        stream.unsolicited().await.is_some_and(|reply| reply.out.concat().contains("urn:xmpp:ping"))
    }

    #[tokio::test(start_paused = true)]
    async fn no_client_is_pinged_before_binding() {
        let mut stream = stream();
        assert!(tokio::time::timeout(LONG, stream.unsolicited()).await.is_err());
        let bound = Instant::now();
        bind(&mut stream);
        assert!(is_pinged(&mut stream).await);
        assert_eq!(bound.elapsed(), stream.engine.ping_after);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_answers_its_pings_stays_until_it_is_silent() {
        let mut stream = stream();
        bind(&mut stream);
        for _ in 0..50 {
            assert!(is_pinged(&mut stream).await);
            stream.receive().element("<iq type='result' id='p'/>");
        }
        while is_pinged(&mut stream).await {}
        assert!(stream.last_received.elapsed() > stream.engine.ping_after * 4);
    }
}
