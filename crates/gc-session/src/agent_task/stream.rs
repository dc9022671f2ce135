//! The agent's notification stream, and what is subscribed on it.

use std::future;
use std::sync::Arc;

use finesse_client::{
    Closed, Credentials, Notification, NotificationStream, Priority, StreamError, SubscribeError,
};
use finesse_types::{Payload, Update, is_team_node};
use gc_rules::{Input, StreamEnd, StreamFault};
use tokio::time::Instant;
use tracing::Instrument;

use super::{AgentTask, Done, Node};
use crate::agent_status::StreamStatus;
use crate::crowd::warn_of_crowd;

/// The notification stream.
impl AgentTask {
    /// Opens the stream anew. An agent whose stream was lost keeps its place among those who wait, however often
    /// this is tried.
    pub(super) fn open_stream(&mut self, credentials: Credentials, priority: Priority) {
        self.close_stream();
        let number = self.stream_number;
        let link = Arc::clone(&self.link.link);
        let resource = self.link.resource.clone();
        let since = self.lost;
        let opening = async move {
            Done::Stream(number, link.open_stream(&credentials, &resource, since, priority).await)
        };
        self.opening = Some(self.in_flight.spawn(opening.in_current_span()));
    }

    /// Closes the stream, if there is one, in the background. One that is being opened is given up: it would
    /// take the place of its successor, whose resource is the same.
    pub(super) fn close_stream(&mut self) {
        self.stream_number += 1;
        for opening in [self.opening.take(), self.moving.take()].into_iter().flatten() {
            opening.abort();
        }
        if let Some(successor) = self.successor.take() {
            self.close(successor);
        }
        if let Some(stream) = self.stream.take() {
            self.count_end("by_us");
            self.lost = Instant::now();
            self.close(stream);
        }
    }

    pub(super) fn stream_status(&self) -> StreamStatus {
        match &self.stream {
            Some(stream) => StreamStatus::Open {
                transport: stream.transport(),
                node: stream.node(),
                age: self.opened.elapsed(),
            },
            None => StreamStatus::Absent { age: self.lost.elapsed() },
        }
    }

    pub(super) fn close(&self, stream: NotificationStream) {
        self.shared.tasks.spawn(stream.close().in_current_span());
    }

    pub(super) fn stream_opened(
        &mut self,
        number: u64,
        opened: Result<NotificationStream, StreamError>,
    ) -> Option<Input> {
        if number != self.stream_number {
            // Asked for again or given up meanwhile.
            opened.into_iter().for_each(|stream| self.close(stream));
            return None;
        }
        self.opening = None;
        match opened {
            Ok(stream) => {
                self.not_opened.over();
                tracing::info!("notification stream open");
                self.levels.transport(Some(stream.transport()));
                self.opened = Instant::now();
                self.shared.taken_streams.over(&self.key);
                self.stream = Some(stream);
                Some(Input::StreamOpened)
            }
            Err(error) => {
                match &error {
                    // The cluster's own line says it.
                    StreamError::OutOfService => tracing::debug!(%error, "notification stream not opened"),
                    _ => {
                        if let Some(times) = self.not_opened.again() {
                            warn_of_crowd!(self, "notification stream not opened", %error, times);
                        }
                    }
                }
                if error.is_conflict() {
                    self.note_taken();
                }
                Some(Input::StreamFailed(match () {
                    () if error.is_refused() => StreamFault::Refused,
                    () if error.is_conflict() => StreamFault::Conflict,
                    () => StreamFault::Failed,
                }))
            }
        }
    }

    /// Opens a stream at another node. The present one goes on until that one is open.
    pub(super) fn move_stream(&mut self, credentials: &Credentials) {
        let Some(stream) = self.stream.as_ref().filter(|_| self.moving.is_none() && self.successor.is_none())
        else {
            return;
        };
        let (number, opening) = (self.stream_number, stream.successor(credentials, &self.link.resource));
        let opening = async move { Done::Successor(number, opening.await) };
        self.moving = Some(self.in_flight.spawn(opening.in_current_span()));
    }

    pub(super) fn successor_opened(
        &mut self,
        number: u64,
        opened: Result<NotificationStream, StreamError>,
    ) -> Option<Input> {
        if number != self.stream_number {
            return self.stream_opened(number, opened);
        }
        self.moving = None;
        match (opened, &mut self.stream) {
            (Ok(successor), Some(stream)) => {
                stream.leave();
                self.successor = Some(successor);
                None
            }
            // The stream was lost meanwhile, and no other one is being opened yet.
            (Ok(successor), None) => self.stream_opened(number, Ok(successor)),
            (Err(error), _) if error.is_refused() || error.is_conflict() => {
                self.stream_opened(number, Err(error))
            }
            // The stream says again that it is to move, if it is.
            (Err(error), _) => {
                tracing::info!(%error, "notification stream not moved");
                None
            }
        }
    }

    /// The stream has brought its last.
    fn stream_left(&mut self, successor: NotificationStream) -> Option<Input> {
        tracing::info!("notification stream moved to another node");
        self.levels.transport(Some(successor.transport()));
        self.opened = Instant::now();
        if let Some(stream) = self.stream.replace(successor) {
            self.close(stream);
        }
        // What was asked for there has no answer any more.
        self.stream_number += 1;
        Some(Input::StreamMoved)
    }

    /// One after the other, so that their order is kept; everything else goes on meanwhile.
    pub(super) fn subscribe_next(&mut self) {
        while !self.subscribing
            && let Some(node) = self.nodes.pop_front()
        {
            // Without a stream there is nothing to ask; a new one gets everything anew.
            let Some(stream) = &self.stream else { continue };
            let asking = match &node {
                Node::Wanted(node) => stream.subscribe(node),
                Node::Unwanted(node) => stream.unsubscribe(node),
            };
            let number = self.stream_number;
            let asking = async move { Done::Node(number, node, asking.await) };
            self.in_flight.spawn(asking.in_current_span());
            self.subscribing = true;
        }
    }

    pub(super) fn node_answered(
        &mut self,
        number: u64,
        node: Node,
        answered: Result<(), SubscribeError>,
    ) -> Option<Input> {
        self.subscribing = false;
        let Err(error) = answered else {
            return match node {
                Node::Wanted(node) if number == self.stream_number => Some(Input::Subscribed { node }),
                _ => None,
            };
        };
        match node {
            // On a lost stream it says nothing: the next one is asked again.
            Node::Wanted(node) if number == self.stream_number && self.stream.is_some() => {
                warn_of_crowd!(self, "not subscribed", node, %error);
                Some(Input::NotSubscribed { node })
            }
            Node::Wanted(node) | Node::Unwanted(node) => {
                tracing::info!(node, %error, "not subscribed, or still");
                None
            }
        }
    }

    pub(super) fn notification(&mut self, notification: Option<Notification>) -> Option<Input> {
        match notification {
            Some(Notification::Update { item_id, update, node }) => {
                say_notified(&node, item_id.as_deref(), &update);
                Some(match is_team_node(&node) {
                    true => Input::TeamNotified { item_id, update },
                    false => Input::Notified { item_id, update },
                })
            }
            Some(Notification::Unreadable { node, reason, .. }) => {
                // What it said is not known: Finesse is read again.
                if let Some(times) = self.unreadable.again() {
                    warn_of_crowd!(self, "unreadable notification", node, reason, times);
                }
                Some(Input::Unreadable)
            }
            Some(Notification::FinessePresence { available }) => {
                tracing::info!(available, "presence of Finesse");
                Some(Input::FinessePresence { available })
            }
            Some(Notification::Leaving) => Some(Input::StreamLeaving),
            Some(Notification::Closed { reason })
                if reason != Closed::Conflict && self.successor.is_some() =>
            {
                self.count_end("moved");
                let successor = self.successor.take()?;
                self.stream_left(successor)
            }
            Some(Notification::Closed { reason }) => {
                warn_of_crowd!(self, "notification stream ended", %reason);
                self.count_end(reason.kind());
                self.stream_ended(match reason {
                    Closed::Conflict => {
                        self.note_taken();
                        StreamEnd::Conflict
                    }
                    _ => StreamEnd::Lost,
                })
            }
            None => {
                self.count_end("lost");
                self.stream_ended(StreamEnd::Lost)
            }
        }
    }

    /// Another program has the agent's stream, and the session is about to end.
    fn note_taken(&self) {
        let owner = self.shared.roster().switchboard.owner_of(&self.key).cloned();
        if let Some(owner) = owner {
            self.shared.taken_streams.note(&self.key, owner);
        }
    }

    fn count_end(&mut self, reason: &'static str) {
        self.levels.transport(None);
        self.link.measures.streams_closed.add(&reason, 1);
    }

    pub(super) fn stream_ended(&mut self, end: StreamEnd) -> Option<Input> {
        self.stream = None;
        if let Some(successor) = self.successor.take() {
            self.close(successor);
        }
        self.lost = Instant::now();
        Some(Input::StreamEnded(end))
    }
}

/// What came, without what it holds: notifications have telephone numbers and names in them.
fn say_notified(node: &str, item_id: Option<&str>, update: &Update) {
    let (object, dialog_id, state) = match &update.payload {
        Payload::User(user) => ("user", None, Some(user.state.as_str())),
        Payload::Dialog(dialog) => ("dialog", Some(dialog.id.as_str()), Some(dialog.state.as_str())),
        Payload::Dialogs(dialogs) => {
            let dialog = dialogs.first();
            let id = dialog.map(|dialog| dialog.id.as_str());
            ("dialogs", id, dialog.map(|dialog| dialog.state.as_str()))
        }
        Payload::ApiErrors(_) => ("apiErrors", None, None),
        Payload::Team(_) => ("team", None, None),
        Payload::Queue(_) => ("queue", None, None),
        Payload::SystemInfo(_) => ("systemInfo", None, None),
        Payload::TeamMessage(_) => ("teamMessage", None, None),
        Payload::Unknown(name) => (name.as_str(), None, None),
    };
    let (event, request_id) = (update.event.as_str(), update.request_id.as_deref());
    tracing::debug!(node, item_id, event, object, dialog_id, state, request_id, "notification");
}

/// The stream's next notification; forever without a stream.
pub(super) async fn next_of(stream: &mut Option<NotificationStream>) -> Option<Notification> {
    match stream {
        Some(stream) => stream.next().await,
        None => future::pending().await,
    }
}
