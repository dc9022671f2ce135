//! Notification streams over gc-xmpp.

use std::collections::VecDeque;
use std::sync::Arc;

use finesse_types::{Payload, Update};
use gc_xmpp::{Account, Event, Handle, Options};
use tokio::sync::mpsc;

use crate::SubscribeError;
use crate::credentials::Credentials;
use crate::health::Health;
use crate::link::BoxFuture;
use crate::notifications::{Closed, Notification, Notifications, StreamError};

/// The name of the pseudo user whose presence is the web application's (Finesse Developer Guide, "Failure
/// Scenarios").
const FINESSE: &str = "finesse";

/// One user's stream.
pub(crate) struct XmppStream {
    handle: Handle,
    events: mpsc::Receiver<Event>,
    /// What came while a subscription was waited for.
    waiting: VecDeque<Event>,
    health: Arc<Health>,
}

/// Connects and logs in, once.
pub(crate) async fn open(options: Options, health: Arc<Health>) -> Result<XmppStream, StreamError> {
    let (handle, events) = gc_xmpp::connect(options).await?;
    Ok(XmppStream { handle, events, waiting: VecDeque::new(), health })
}

/// The account of a user at a node; a node that names no pubsub service has the usual one.
pub(crate) fn account(
    credentials: &Credentials,
    resource: &str,
    domain: &str,
    pubsub: &str,
) -> Result<Account, StreamError> {
    let account = Account::new(credentials.user(), domain, resource, credentials.password().clone())
        .map_err(|error| StreamError::Failed { reason: error.to_string(), transient: false })?;
    Ok(if pubsub.is_empty() { account } else { account.with_pubsub_service(pubsub) })
}

impl XmppStream {
    async fn next_event(&mut self) -> Option<Event> {
        match self.waiting.pop_front() {
            Some(event) => Some(event),
            None => self.events.recv().await,
        }
    }

    /// What an event says to us; nothing when it is about somebody else.
    fn notification(&self, event: Event) -> Option<Notification> {
        match event {
            Event::Notification(item) => Some(self.read(item)),
            Event::Presence { from, available } if local_part(&from).eq_ignore_ascii_case(FINESSE) => {
                if !available {
                    self.health.look_soon();
                }
                Some(Notification::FinessePresence { available })
            }
            Event::Closed(reason) => {
                let reason = Closed::from(reason);
                if matches!(reason, Closed::Lost(_) | Closed::ServerShutdown) {
                    self.health.look_soon();
                }
                Some(Notification::Closed { reason })
            }
            _ => None,
        }
    }

    fn read(&self, item: gc_xmpp::Notification) -> Notification {
        let gc_xmpp::Notification { node, item_id, payload, .. } = item;
        match Update::parse(&payload) {
            Ok(update) => {
                if matches!(update.payload, Payload::SystemInfo(_)) {
                    self.health.look_soon();
                }
                Notification::Update { item_id, node, update: Box::new(update) }
            }
            Err(error) => {
                tracing::warn!(%node, ?item_id, %error, "a notification cannot be read");
                Notification::Unreadable { item_id, node, reason: error.to_string() }
            }
        }
    }

    /// Waits for an answer that comes on the same stream: what comes before it is kept for [`Self::next`].
    async fn ask(&mut self, node: &str, wanted: bool) -> Result<(), SubscribeError> {
        let Self { handle, events, waiting, .. } = self;
        let asked =
            async { if wanted { handle.subscribe(node).await } else { handle.unsubscribe(node).await } };
        tokio::pin!(asked);
        loop {
            tokio::select! {
                answer = &mut asked => return answer,
                Some(event) = events.recv() => waiting.push_back(event),
            }
        }
    }
}

impl Notifications for XmppStream {
    fn next(&mut self) -> BoxFuture<'_, Option<Notification>> {
        Box::pin(async {
            loop {
                let event = self.next_event().await?;
                if let Some(notification) = self.notification(event) {
                    return Some(notification);
                }
            }
        })
    }

    fn subscribe<'a>(&'a mut self, node: &'a str) -> BoxFuture<'a, Result<(), SubscribeError>> {
        Box::pin(self.ask(node, true))
    }

    fn unsubscribe<'a>(&'a mut self, node: &'a str) -> BoxFuture<'a, Result<(), SubscribeError>> {
        Box::pin(self.ask(node, false))
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

fn local_part(jid: &str) -> &str {
    jid.split_once('@').map_or("", |(local, _)| local)
}
