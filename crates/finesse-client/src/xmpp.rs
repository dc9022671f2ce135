//! Notification streams over gc-xmpp.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use finesse_types::{Credentials, Payload, Update};
use gc_xmpp::{CloseReason, Event, Handle};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use crate::SubscribeError;
use crate::health::Health;
use crate::notifications::{Closed, Notification, NotificationStream, Notifications, StreamError};
use crate::transports::Polls;
use crate::turns::{Kind, Turn, Turns};
use futures_util::future::BoxFuture;

/// The name of the pseudo user whose presence is the web application's (Finesse Developer Guide, "Failure
/// Scenarios").
const FINESSE: &str = "finesse";

/// One user's stream.
pub(crate) struct XmppStream {
    handle: Handle,
    transport: &'static str,
    /// None when the stream was ended because another node serves.
    events: Option<mpsc::Receiver<Event>>,
    /// What came before Finesse was there.
    early: VecDeque<Notification>,
    context: StreamContext,
    departure: Departure,
    /// The answer to a ping that was sent when the successor was open: what came before it was on its way by then.
    last: Option<BoxFuture<'static, Result<(), SubscribeError>>>,
}

/// Where a stream is open, for whom, and what it needs to move.
pub(crate) struct StreamContext {
    pub(crate) node: usize,
    pub(crate) user: String,
    pub(crate) health: Arc<Health>,
    /// Limits the streams that move at one time to another node.
    pub(crate) moves: Arc<Turns>,
    pub(crate) opens: Arc<dyn Opens>,
    pub(crate) polls: Arc<Polls>,
}

/// Whoever opens the stream that takes another one's place.
pub(crate) trait Opens: Send + Sync {
    /// Opens it at the user's node, if that is another one than this.
    fn open_elsewhere(
        self: Arc<Self>,
        than: usize,
        credentials: Credentials,
        resource: String,
    ) -> BoxFuture<'static, Result<NotificationStream, StreamError>>;
}

/// How long one stream may keep its turn to move. The login there, with its wait, and the end here take less.
const TURN: Duration = Duration::from_secs(30);

/// How far the stream is on its way to another node.
#[derive(Debug, Default)]
struct Departure {
    /// Since when it waits for its turn.
    since: Option<Instant>,
    /// Its turn, and until when.
    turn: Option<(Turn, Instant)>,
}

impl Departure {
    /// Waits until the user's node is another one and it is this stream's turn; again, if nothing has come of an earlier one.
    /// Dropping the future does not lose its place.
    async fn next(&mut self, context: &StreamContext) {
        if let Some((_, until)) = &self.turn {
            // Even if it stays here after all, others get the turn.
            sleep_until(*until).await;
            (self.turn, self.since) = (None, None);
        }
        context.health.left(context.node, &context.user).await;
        let since = *self.since.get_or_insert_with(Instant::now);
        let turn = context.moves.turn(Kind::Background, since).await;
        self.turn = Some((turn, Instant::now() + TURN));
    }
}

impl XmppStream {
    /// The stream of a session.
    pub(crate) fn new(
        session: (Handle, mpsc::Receiver<Event>),
        transport: &'static str,
        context: StreamContext,
    ) -> Self {
        let ((handle, events), departure) = (session, Departure::default());
        Self {
            handle,
            transport,
            events: Some(events),
            early: VecDeque::new(),
            context,
            departure,
            last: None,
        }
    }

    /// Waits until the web application behind the notifications is there: by its presence on this stream, or by
    /// an answer over REST that is newer than its absence. What comes meanwhile is kept.
    pub(crate) async fn finesse_is_there(&mut self) -> Result<(), StreamError> {
        let (mut ready, mut here, mut gone) = (false, false, None);
        while !(ready && here) {
            let event = tokio::select! {
                // What came before the session was ready is read first: it may be the absence.
                biased;
                event = next_event(&mut self.events) => event.unwrap_or(Event::Closed(Box::new(CloseReason::Ended))),
                () = self.context.health.serves(self.context.node, gone), if ready => break,
            };
            match &event {
                Event::Closed(reason) => return Err(CloseReason::clone(reason).into()),
                Event::Ready { .. } => ready = true,
                _ => {}
            }
            let Some(notification) = self.notification(event) else { continue };
            if let Notification::FinessePresence { available } = notification {
                here = available;
                gone = (!available).then(Instant::now);
            }
            self.early.push_back(notification);
        }
        Ok(())
    }

    /// The notification in an event; none if the event does not concern us.
    fn notification(&self, event: Event) -> Option<Notification> {
        match event {
            Event::Notification(item) => Some(self.read(*item)),
            Event::Unreadable(error) => {
                tracing::debug!(%error, "a stanza cannot be read");
                let reason = error.to_string();
                Some(Notification::Unreadable { item_id: None, node: String::new(), reason })
            }
            Event::Presence { from, available } if local_part(&from).eq_ignore_ascii_case(FINESSE) => {
                if !available {
                    self.context.health.check_soon();
                }
                Some(Notification::FinessePresence { available })
            }
            Event::Polls { every } => {
                self.context.polls.note(&self.node().unwrap_or_default(), every);
                None
            }
            Event::Closed(reason) => {
                let reason = Closed::from(*reason);
                if matches!(reason, Closed::Lost(_) | Closed::ServerShutdown) {
                    self.context.health.check_soon();
                }
                Some(Notification::Closed { reason })
            }
            _ => None,
        }
    }

    /// A node out of service keeps its streams open and sends nothing: whoever wants notifications goes to the
    /// node that serves.
    fn ended_elsewhere(&mut self) -> Notification {
        // That closes the connection.
        self.events = None;
        Notification::Closed {
            reason: Closed::Lost("the agent belongs to another Finesse node now".to_owned()),
        }
    }

    fn read(&self, item: gc_xmpp::Notification) -> Notification {
        let gc_xmpp::Notification { node, item_id, payload, .. } = item;
        match Update::parse(&payload) {
            Ok(update) => {
                if matches!(update.payload, Payload::SystemInfo(_)) {
                    self.context.health.check_soon();
                }
                Notification::Update { item_id, node, update: Box::new(update) }
            }
            Err(error) => {
                tracing::debug!(%node, item_id, %error, "a notification cannot be read");
                Notification::Unreadable { item_id, node, reason: error.to_string() }
            }
        }
    }
}

impl Notifications for XmppStream {
    fn next(&mut self) -> BoxFuture<'_, Option<Notification>> {
        Box::pin(async {
            if let Some(notification) = self.early.pop_front() {
                return Some(notification);
            }
            loop {
                let event = tokio::select! {
                    // What the node sent before it ended comes first.
                    biased;
                    event = next_event(&mut self.events) => event?,
                    () = answer_to(&mut self.last) => {
                        self.events = None;
                        return Some(Notification::Closed { reason: Closed::ByUs });
                    }
                    () = self.context.health.gone(self.context.node, &self.context.user) => {
                        return Some(self.ended_elsewhere());
                    }
                    () = self.departure.next(&self.context), if self.last.is_none() => {
                        return Some(Notification::Leaving);
                    }
                };
                if let Some(notification) = self.notification(event) {
                    return Some(notification);
                }
            }
        })
    }

    fn transport(&self) -> &'static str {
        self.transport
    }

    fn node(&self) -> Option<String> {
        self.context.health.checks().name(self.context.node)
    }

    fn subscribe(&self, node: &str) -> BoxFuture<'static, Result<(), SubscribeError>> {
        Box::pin(self.handle.subscribe(node))
    }

    fn unsubscribe(&self, node: &str) -> BoxFuture<'static, Result<(), SubscribeError>> {
        Box::pin(self.handle.unsubscribe(node))
    }

    fn successor(
        &self,
        credentials: &Credentials,
        resource: &str,
    ) -> BoxFuture<'static, Result<NotificationStream, StreamError>> {
        let StreamContext { node, opens, .. } = &self.context;
        Arc::clone(opens).open_elsewhere(*node, credentials.clone(), resource.to_owned())
    }

    fn leave(&mut self) {
        self.last = Some(Box::pin(self.handle.ping()));
    }

    fn close(self: Box<Self>) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            let Self { handle, events, .. } = *self;
            // Nobody reads any more: a full channel must not keep the stream from closing.
            drop(events);
            handle.close().await;
        })
    }
}

/// Waits for the answer, of whatever kind; forever if nothing was asked.
async fn answer_to(last: &mut Option<BoxFuture<'static, Result<(), SubscribeError>>>) {
    match last {
        Some(answer) => {
            let _ = answer.await;
            *last = None;
        }
        None => std::future::pending().await,
    }
}

async fn next_event(events: &mut Option<mpsc::Receiver<Event>>) -> Option<Event> {
    events.as_mut()?.recv().await
}

fn local_part(jid: &str) -> &str {
    jid.split_once('@').map_or("", |(local, _)| local)
}
