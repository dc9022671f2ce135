//! XMPP in HTTP requests (BOSH: XEP-0124 and XEP-0206).

mod body;
mod core;
mod exchange;

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use self::core::{Core, Outcome};
use super::{Frame, ReceiveError};
use crate::Lost;
use exchange::Connection;

pub(crate) use exchange::BoshTarget;

pub(crate) struct BoshTransport {
    core: Core,
    target: Arc<BoshTarget>,
    /// Connections that wait for their next request.
    idle: Vec<Connection>,
    exchanges: JoinSet<(u64, Outcome, Option<Connection>)>,
    /// The numbers of requests that go out.
    leaving: (mpsc::UnboundedSender<u64>, mpsc::UnboundedReceiver<u64>),
    received: VecDeque<Result<Frame, ReceiveError>>,
}

impl BoshTransport {
    /// A transport without a session yet, over a connection that stands.
    pub(crate) fn new(target: BoshTarget, connection: Connection, random: u64) -> Self {
        Self {
            core: Core::new(random),
            target: Arc::new(target),
            idle: vec![connection],
            exchanges: JoinSet::new(),
            leaving: mpsc::unbounded_channel(),
            received: VecDeque::new(),
        }
    }

    pub(super) async fn receive(&mut self) -> Result<Frame, ReceiveError> {
        loop {
            if let Some(received) = self.received.pop_front() {
                return received;
            }
            self.send_requests();
            let wake_at = self.core.wake_at();
            if self.exchanges.is_empty() && wake_at.is_none() {
                return Err(ReceiveError::Lost(Lost::Eof));
            }
            tokio::select! {
                // Answers first: they may say what is sent next.
                biased;
                Some(done) = self.exchanges.join_next() => {
                    let Ok((rid, outcome, connection)) = done else {
                        return Err(ReceiveError::Lost(Lost::Eof));
                    };
                    self.idle.extend(connection);
                    self.received.extend(self.core.take(rid, outcome, Instant::now()));
                }
                Some(rid) = self.leaving.1.recv() => self.core.left(rid, Instant::now()),
                () = sleep_until(wake_at.unwrap_or_else(Instant::now)), if wake_at.is_some() => {}
            }
        }
    }

    pub(super) fn open_stream(&mut self, domain: &str) {
        self.core.open(domain);
        self.send_requests();
    }

    /// What cannot be sent now is sent when an answer has made room for it.
    pub(super) fn send(&mut self, stanza: &str) {
        self.core.send(stanza);
        self.send_requests();
    }

    pub(super) fn close_stream(&mut self) {
        self.core.close();
        self.send_requests();
    }

    /// The server should learn that the session has ended. Best effort: the caller bounds it.
    pub(super) async fn shut_down(&mut self) {
        while self.core.is_terminating() && self.receive().await.is_ok() {}
    }

    fn send_requests(&mut self) {
        while let Some(request) = self.core.next_request(Instant::now()) {
            let (target, connection) = (Arc::clone(&self.target), self.idle.pop());
            let (rid, leaving) = (request.rid, self.leaving.0.clone());
            self.exchanges.spawn(async move {
                // Nobody has to know it when the session has ended meanwhile.
                let leaves = || _ = leaving.send(rid);
                let (outcome, connection) = target.exchange(connection, &request.text, leaves).await;
                (rid, outcome, connection)
            });
        }
    }
}
