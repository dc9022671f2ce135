//! Notification streams over gc-xmpp.

use std::collections::VecDeque;
use std::sync::Arc;

use finesse_types::{Payload, Update};
use gc_xmpp::{CloseReason, Event, Handle};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::SubscribeError;
use crate::health::Health;
use crate::notifications::{Closed, Notification, Notifications, StreamError};
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
    place: Place,
}

/// Where a stream is open, and for whom.
pub(crate) struct Place {
    pub(crate) node: usize,
    pub(crate) user: String,
    pub(crate) health: Arc<Health>,
}

impl XmppStream {
    /// The stream of a session at this place.
    pub(crate) fn new(
        session: (Handle, mpsc::Receiver<Event>),
        transport: &'static str,
        place: Place,
    ) -> Self {
        let (handle, events) = session;
        Self { handle, transport, events: Some(events), early: VecDeque::new(), place }
    }

    /// Waits until the web application behind the notifications is there: by its presence on this stream, or by
    /// an answer over REST that is newer than its absence. What comes meanwhile is kept.
    pub(crate) async fn finesse_is_there(&mut self) -> Result<(), StreamError> {
        let (mut ready, mut here, mut gone) = (false, false, None);
        while !(ready && here) {
            let event = tokio::select! {
                // What came before the session was ready is read first: it may be the absence.
                biased;
                event = next_event(&mut self.events) => event.unwrap_or(Event::Closed(CloseReason::Ended)),
                () = self.place.health.serves(self.place.node, gone), if ready => break,
            };
            match &event {
                Event::Closed(reason) => return Err(reason.clone().into()),
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
            Event::Notification(item) => Some(self.read(item)),
            Event::Unreadable(error) => {
                tracing::debug!(%error, "a stanza cannot be read");
                let reason = error.to_string();
                Some(Notification::Unreadable { item_id: None, node: String::new(), reason })
            }
            Event::Presence { from, available } if local_part(&from).eq_ignore_ascii_case(FINESSE) => {
                if !available {
                    self.place.health.check_soon();
                }
                Some(Notification::FinessePresence { available })
            }
            Event::Closed(reason) => {
                let reason = Closed::from(reason);
                if matches!(reason, Closed::Lost(_) | Closed::ServerShutdown) {
                    self.place.health.check_soon();
                }
                Some(Notification::Closed { reason })
            }
            _ => None,
        }
    }

    /// A node out of service keeps its streams open and sends nothing: whoever wants notifications goes to the
    /// node that serves. So does a user who was moved.
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
                    self.place.health.check_soon();
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
                    () = self.place.health.left(self.place.node, &self.place.user) => return Some(self.ended_elsewhere()),
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
        self.place.health.checks().name(self.place.node)
    }

    fn subscribe(&self, node: &str) -> BoxFuture<'static, Result<(), SubscribeError>> {
        Box::pin(self.handle.subscribe(node))
    }

    fn unsubscribe(&self, node: &str) -> BoxFuture<'static, Result<(), SubscribeError>> {
        Box::pin(self.handle.unsubscribe(node))
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

async fn next_event(events: &mut Option<mpsc::Receiver<Event>>) -> Option<Event> {
    events.as_mut()?.recv().await
}

fn local_part(jid: &str) -> &str {
    jid.split_once('@').map_or("", |(local, _)| local)
}
