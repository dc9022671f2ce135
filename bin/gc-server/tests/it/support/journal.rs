//! Everything that happens in a run, in order, and what each client knows of its agents by its events alone.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard};

use gc_scenario::{Book, Heard, brief, dialog};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

use super::receiver::{Callback, Receiver};
use crate::history::Recorder;

pub(crate) struct Journal {
    begun: Instant,
    /// When, about which agent (none: about all), and what.
    lines: Mutex<Vec<(u128, Option<String>, String)>>,
    book: Mutex<Book>,
    grown: watch::Sender<()>,
    /// For a history that is looked at afterwards.
    pub(crate) recorder: Arc<Recorder>,
}

impl Journal {
    pub(crate) fn new() -> Arc<Self> {
        let (grown, recorder) = (watch::Sender::new(()), Arc::default());
        let (lines, book) = Default::default();
        Arc::new(Self { begun: Instant::now(), lines, book, grown, recorder })
    }

    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap()
    }

    /// Something that the clients do not hear; without an agent it is about all.
    pub(crate) fn note(&self, agent: Option<&str>, what: impl Into<String>) {
        self.write(agent, what.into(), |_| ());
    }

    /// The command was taken under this id.
    pub(crate) fn took(&self, agent: &str, command: &str, body: &str, id: &str) {
        self.recorder.accepted(id, command);
        self.write(Some(agent), format!("> {command} {body} [{id}]"), |book| {
            book.took(agent, command, body, id)
        });
    }

    /// Writes down what this client's callback receives.
    pub(crate) fn listen(self: &Arc<Self>, client: &str, mut receiver: Receiver) -> AbortOnDropHandle<()> {
        let (journal, client) = (Arc::clone(self), client.to_owned());
        AbortOnDropHandle::new(tokio::spawn(async move {
            while let Some(callback) = receiver.received().await {
                journal.recorder.posted(&client, &callback);
                journal.hears(&client, &callback);
            }
        }))
    }

    fn hears(&self, client: &str, callback: &Callback) {
        let header = |name: &str| callback.headers.get(name).map(String::as_str);
        let (agent, command) = (header("gc-agent-id"), header("gc-command-id"));
        let mut line = format!("< {}", brief(&callback.event));
        for more in [dialog(&callback.event), callback.event["errorMessage"].as_str()].into_iter().flatten() {
            _ = write!(line, " {more}");
        }
        if let Some(id) = command {
            _ = write!(line, " [{id}]");
        }
        let (sequence, event) = (callback.sequence(), &callback.event);
        self.write(agent, line, |book| book.hears(&Heard { client, sequence, agent, command, event }));
    }

    fn write(&self, agent: Option<&str>, line: String, change: impl FnOnce(&mut Book)) {
        let at = self.begun.elapsed().as_millis();
        self.lines.lock().unwrap().push((at, agent.map(str::to_owned), line));
        change(&mut self.book());
        self.grown.send_replace(());
    }

    /// Returns when this holds.
    pub(crate) async fn until(&self, holds: impl Fn(&Book) -> bool) {
        let mut grown = self.grown.subscribe();
        while !holds(&self.book()) {
            _ = grown.changed().await;
        }
    }

    /// What happened to the agent and to all, one line each.
    pub(crate) fn transcript(&self, agent: &str) -> String {
        let mut text = String::new();
        for (at, about, line) in &*self.lines.lock().unwrap() {
            if about.as_deref().is_none_or(|about| about == agent) {
                _ = writeln!(text, "{at:>7} ms  {line}");
            }
        }
        text
    }
}
