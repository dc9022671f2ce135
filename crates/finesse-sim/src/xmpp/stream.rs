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
            biased;
            () = self.engine.stop.cancelled() => Some(self.session.fail("system-shutdown")),
            outgoing = self.mail.recv() => match outgoing {
                Some(Outgoing::Stanza(stanza)) => Some(Reply { out: vec![stanza], ..Reply::default() }),
                Some(Outgoing::End(condition)) => Some(self.session.fail(&condition)),
                Some(Outgoing::Cut) | None => None,
            },
            // A client that has not come to the end of signing in has its own pace.
            () = tokio::time::sleep_until(self.heard.max(self.pinged) + ping_after), if self.session.is_bound() => {
                if self.heard.elapsed() > ping_after * 4 {
                    return None;
                }
                self.pinged = Instant::now();
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

    /// Longer than a silent client may stay.
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
        stream.heard().open();
        stream.heard().element(&format!("<auth mechanism='PLAIN'>{login}</auth>"));
        stream.heard().open();
        let bind = "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>";
        stream.heard().element(bind);
        assert!(stream.session.is_bound());
    }

    async fn pinged(stream: &mut Stream) -> bool {
        stream.unasked().await.is_some_and(|reply| reply.out.concat().contains("urn:xmpp:ping"))
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_is_pinged_before_binding() {
        let mut stream = stream();
        assert!(tokio::time::timeout(LONG, stream.unasked()).await.is_err());
        let bound = Instant::now();
        bind(&mut stream);
        assert!(pinged(&mut stream).await);
        assert_eq!(bound.elapsed(), stream.engine.ping_after);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_answers_its_pings_stays_until_it_is_silent() {
        let mut stream = stream();
        bind(&mut stream);
        for _ in 0..50 {
            assert!(pinged(&mut stream).await);
            stream.heard().element("<iq type='result' id='p'/>");
        }
        while pinged(&mut stream).await {}
        assert!(stream.heard.elapsed() > stream.engine.ping_after * 4);
    }
}
