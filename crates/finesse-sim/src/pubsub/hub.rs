//! The connected streams, their subscriptions, and publishing to them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gc_environment::Environment;
use tokio::sync::mpsc;

use super::markup;
use crate::world::{Notice, Owner};

/// How many stanzas may be queued for a slow client before its stream is closed.
pub(crate) const MAILBOX: usize = 1024;

/// A message from the hub to a stream.
#[derive(Clone, Debug)]
pub(crate) enum Outgoing {
    /// A stanza.
    Stanza(String),
    /// End the stream with this stream error.
    End(String),
    /// Close the connection without a stream error.
    Cut,
}

/// One bound stream.
struct Stream {
    user: String,
    resource: String,
    /// Whether it sent presence with a non-negative priority; without it no event is delivered.
    available: bool,
    /// The nodes it has subscribed to, including those it has unsubscribed from since.
    nodes: BTreeSet<String>,
    mailbox: mpsc::Sender<Outgoing>,
}

#[derive(Default)]
struct State {
    /// The first part of every item id; as with Finesse, a new one at every start of the web application.
    item_prefix: String,
    published: u64,
    next: u64,
    streams: BTreeMap<u64, Stream>,
    by_user: BTreeMap<String, Vec<u64>>,
    /// Explicit subscriptions: by node, the streams and the JIDs they subscribed with.
    subscriptions: BTreeMap<String, Vec<(u64, String)>>,
}

/// The streams of the notification service.
pub(crate) struct Hub {
    domain: String,
    environment: Arc<dyn Environment>,
    state: Mutex<State>,
}

impl Hub {
    pub(crate) fn new(domain: &str, environment: Arc<dyn Environment>) -> Self {
        let state = State { item_prefix: environment.id().to_string(), ..State::default() };
        Self { domain: domain.to_owned(), environment, state: Mutex::new(state) }
    }

    pub(crate) fn domain(&self) -> &str {
        &self.domain
    }

    /// Binds a stream to a full JID; an older stream with the same JID ends with `conflict`.
    pub(crate) fn attach(&self, user: &str, resource: &str, mailbox: mpsc::Sender<Outgoing>) -> u64 {
        let mut state = self.state();
        let older: Vec<u64> = state.of_user(user).filter(|key| state.has_resource(*key, resource)).collect();
        for key in older {
            state.end(key, "conflict");
            state.remove(key);
        }
        state.next += 1;
        let key = state.next;
        let (user, nodes) = (user.to_owned(), BTreeSet::new());
        let stream = Stream { user, resource: resource.to_owned(), available: false, nodes, mailbox };
        state.by_user.entry(stream.user.clone()).or_default().push(key);
        state.streams.insert(key, stream);
        key
    }

    /// Removes a stream.
    pub(crate) fn detach(&self, key: u64) {
        self.state().remove(key);
    }

    pub(crate) fn set_available(&self, key: u64, available: bool) {
        if let Some(stream) = self.state().streams.get_mut(&key) {
            stream.available = available;
        }
    }

    /// Whether any stream of the user is available.
    pub(crate) fn is_present(&self, user: &str) -> bool {
        let state = self.state();
        state.of_user(user).any(|key| state.streams.get(&key).is_some_and(|stream| stream.available))
    }

    /// How many streams were bound since the start.
    pub(crate) fn logins(&self) -> u64 {
        self.state().next
    }

    /// How many users have an available stream.
    pub(crate) fn present_users(&self) -> usize {
        let state = self.state();
        let is_present = |keys: &&Vec<u64>| {
            keys.iter().any(|key| state.streams.get(key).is_some_and(|stream| stream.available))
        };
        state.by_user.values().filter(is_present).count()
    }

    /// The resources of a user's streams that receive notifications.
    pub(crate) fn resources(&self, user: &str) -> Vec<String> {
        let state = self.state();
        let streams = state.of_user(user).filter_map(|key| state.streams.get(&key));
        streams.filter(|stream| stream.available).map(|stream| stream.resource.clone()).collect()
    }

    /// Subscribes a stream to a node; does nothing if it is subscribed already.
    pub(crate) fn subscribe(&self, key: u64, node: &str, jid: &str) {
        let mut state = self.state();
        let Some(stream) = state.streams.get_mut(&key) else { return };
        stream.nodes.insert(node.to_owned());
        let subscribers = state.subscriptions.entry(node.to_owned()).or_default();
        if !subscribers.iter().any(|(stream, known)| *stream == key && known == jid) {
            subscribers.push((key, jid.to_owned()));
        }
    }

    /// Ends a subscription; `false` if there is none.
    pub(crate) fn unsubscribe(&self, key: u64, node: &str, jid: &str) -> bool {
        let mut state = self.state();
        let Some(subscribers) = state.subscriptions.get_mut(node) else { return false };
        let before = subscribers.len();
        subscribers.retain(|(stream, known)| *stream != key || known != jid);
        let found = subscribers.len() < before;
        if subscribers.is_empty() {
            state.subscriptions.remove(node);
        }
        found
    }

    /// Ends the streams of a user, with or without a stream error, and returns how many there were.
    pub(crate) fn close(&self, user: &str, condition: Option<&str>) -> usize {
        let mut state = self.state();
        let keys: Vec<u64> = state.of_user(user).collect();
        for key in &keys {
            match condition {
                Some(condition) => state.end(*key, condition),
                None => state.send(*key, Outgoing::Cut),
            }
            state.remove(*key);
        }
        keys.len()
    }

    /// Ends every stream.
    pub(crate) fn close_all(&self, condition: &str) {
        let mut state = self.state();
        let keys: Vec<u64> = state.streams.keys().copied().collect();
        for key in keys {
            state.end(key, condition);
        }
    }

    /// Sends every stream the presence of `finesse`, which shows whether the web application is up.
    pub(crate) fn announce_web_application(&self, up: bool) {
        let mut state = self.state();
        if up {
            (state.item_prefix, state.published) = (self.environment.id().to_string(), 0);
        }
        let present = state.streams.iter().filter(|(_, stream)| stream.available);
        let jid = |stream: &Stream| format!("{}@{}/{}", stream.user, self.domain, stream.resource);
        let present: Vec<(u64, String)> = present.map(|(key, stream)| (*key, jid(stream))).collect();
        for (key, jid) in present {
            state.send(key, Outgoing::Stanza(markup::presence_of_finesse(&self.domain, &jid, up)));
        }
    }

    /// Publishes an item: to its owner at the bare JID, to explicit subscribers at the JID they subscribed with. All
    /// copies have the same item id.
    pub(crate) fn publish(&self, notice: &Notice, copies: usize) {
        let mut state = self.state();
        state.published += 1;
        let item = format!("{}{}", state.item_prefix, state.published);
        let mut receivers: Vec<(u64, String)> = Vec::new();
        let bare = |user: &str| format!("{user}@{}", self.domain);
        match &notice.owner {
            Owner::User(user) => receivers.extend(state.of_user(user).map(|key| (key, bare(user)))),
            Owner::Everybody => {
                receivers.extend(state.streams.iter().map(|(key, stream)| (*key, bare(&stream.user))));
            }
            Owner::Nobody => {}
        }
        receivers.extend(state.subscriptions.get(&notice.node).into_iter().flatten().cloned());
        receivers.retain(|(key, _)| state.streams.get(key).is_some_and(|stream| stream.available));
        for (key, to) in receivers {
            let message =
                markup::event(&self.domain, &to, &notice.node, &item, &self.message_id(), &notice.update);
            for _ in 0..copies {
                state.send(key, Outgoing::Stanza(message.clone()));
            }
        }
    }

    /// The last part of a message's id.
    fn message_id(&self) -> String {
        format!("{:05x}", self.environment.random() >> 44)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn of_user<'a>(&'a self, user: &str) -> impl Iterator<Item = u64> + use<'a> {
        self.by_user.get(user).into_iter().flatten().copied()
    }

    fn has_resource(&self, key: u64, resource: &str) -> bool {
        self.streams.get(&key).is_some_and(|stream| stream.resource == resource)
    }

    fn end(&mut self, key: u64, condition: &str) {
        self.send(key, Outgoing::End(condition.to_owned()));
    }

    /// Queues a message for a stream; closes the stream if its queue is full.
    fn send(&mut self, key: u64, outgoing: Outgoing) {
        let Some(stream) = self.streams.get(&key) else { return };
        if stream.mailbox.try_send(outgoing).is_err() {
            tracing::warn!(user = stream.user, "client does not read: closing its stream");
            self.remove(key);
        }
    }

    fn remove(&mut self, key: u64) {
        let Some(stream) = self.streams.remove(&key) else { return };
        if let Some(keys) = self.by_user.get_mut(&stream.user) {
            keys.retain(|known| *known != key);
            if keys.is_empty() {
                self.by_user.remove(&stream.user);
            }
        }
        for node in stream.nodes {
            let Some(subscribers) = self.subscriptions.get_mut(&node) else { continue };
            subscribers.retain(|(stream, _)| *stream != key);
            if subscribers.is_empty() {
                self.subscriptions.remove(&node);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subscriptions_of_a_stream_end_with_it() {
        let hub = Hub::new("cc.example", Arc::new(gc_environment::RealEnvironment));
        let (mailbox, _outgoing) = mpsc::channel(1);
        let keys = ["a", "b"].map(|resource| hub.attach("1091", resource, mailbox.clone()));
        for key in keys {
            hub.subscribe(key, "/finesse/api/Team/1/Users", "1091@cc.example");
            hub.subscribe(key, "/finesse/api/Queue/10", "1091@cc.example");
        }
        assert!(hub.unsubscribe(keys[1], "/finesse/api/Queue/10", "1091@cc.example"));
        hub.detach(keys[0]);
        let left: Vec<_> = hub.state().subscriptions.clone().into_iter().collect();
        let team = "/finesse/api/Team/1/Users".to_owned();
        assert_eq!(left, [(team, vec![(keys[1], "1091@cc.example".to_owned())])]);
        hub.detach(keys[1]);
        hub.subscribe(keys[1], "/finesse/api/Queue/10", "1091@cc.example");
        assert!(hub.state().subscriptions.is_empty(), "a removed stream cannot subscribe");
    }
}
