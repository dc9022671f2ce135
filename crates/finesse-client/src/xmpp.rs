//! Notification streams over gc-xmpp.

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
    /// None when the stream was ended because another node serves.
    events: Option<mpsc::Receiver<Event>>,
    /// Where it is open.
    node: usize,
    health: Arc<Health>,
}

/// Connects to this node and logs in, once.
pub(crate) async fn open(
    options: Options,
    node: usize,
    health: Arc<Health>,
) -> Result<XmppStream, StreamError> {
    let (handle, events) = gc_xmpp::connect(options).await?;
    Ok(XmppStream { handle, events: Some(events), node, health })
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

    /// A node out of service keeps its streams open and tells nothing: who wants notifications goes to the
    /// node that serves.
    fn ended_elsewhere(&mut self) -> Notification {
        // That closes the connection.
        self.events = None;
        Notification::Closed { reason: Closed::Lost("another Finesse node is the current one".to_owned()) }
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
}

impl Notifications for XmppStream {
    fn next(&mut self) -> BoxFuture<'_, Option<Notification>> {
        Box::pin(async {
            loop {
                let events = self.events.as_mut()?;
                let event = tokio::select! {
                    // What the node had told comes before the end.
                    biased;
                    event = events.recv() => event?,
                    () = self.health.left(self.node) => return Some(self.ended_elsewhere()),
                };
                if let Some(notification) = self.notification(event) {
                    return Some(notification);
                }
            }
        })
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

fn local_part(jid: &str) -> &str {
    jid.split_once('@').map_or("", |(local, _)| local)
}
