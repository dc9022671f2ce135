//! Everything that happens in a run, in order.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard};

use gc_delivery::{Cursor, Entry, Item, Subscription};
use gc_scenario::{Book, Heard, brief, dialog};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::ledger::Ledger;

pub(crate) struct Journal {
    begun: Instant,
    lines: Mutex<Vec<String>>,
    book: Mutex<Book>,
    ledger: Arc<Ledger>,
    /// How far each reader of a live stream has come.
    cursors: Mutex<BTreeMap<String, Cursor>>,
    grown: Notify,
}

impl Journal {
    pub(crate) fn new(ledger: Arc<Ledger>) -> Arc<Self> {
        let (lines, book, cursors) = (Mutex::default(), Mutex::default(), Mutex::default());
        Arc::new(Self { begun: Instant::now(), lines, book, ledger, cursors, grown: Notify::new() })
    }

    /// What the clients know.
    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap()
    }

    pub(crate) fn note(&self, line: impl AsRef<str>) {
        let at = self.begun.elapsed().as_micros();
        let line = format!("{:>6}.{:03}  {}", at / 1000, at % 1000, line.as_ref());
        if std::env::var_os("RUST_LOG").is_some() {
            println!("{line}");
        }
        self.lines.lock().unwrap().push(line);
    }

    pub(crate) fn took(&self, agent: &str, command: &str, body: &str, id: &str) {
        self.note(format!("> {command}#{agent} {body} [{id}]"));
        self.book().took(agent, command, body, id);
        self.grown.notify_waiters();
    }

    /// How far the reader of a live stream has come.
    pub(crate) fn cursor(&self, client: &str) -> Option<Cursor> {
        self.cursors.lock().unwrap().get(client).copied()
    }

    /// Writes down what this client's live stream brings, to the end.
    pub(crate) async fn listens(self: Arc<Self>, client: String, mut events: Subscription) {
        while let Some(item) = events.next().await {
            match item {
                Item::Entry(entry) => {
                    self.cursors.lock().unwrap().insert(client.clone(), entry.cursor());
                    self.takes(&client, &entry, true);
                }
                Item::Gap(gap) => self.note(format!("{client}: {gap:?}")),
            }
        }
    }

    /// A client receives this, as a reader of a live stream or by its callback. It knows by the id what it has already.
    pub(crate) fn takes(&self, client: &str, entry: &Entry, reads: bool) {
        let Some(sequence) = self.ledger.arrives(client, entry, reads) else {
            return self.note(format!("< {client}/{} again", entry.sequence));
        };
        let event = serde_json::from_str(&entry.message.body).unwrap();
        let (agent, command) = (entry.message.agent_id.as_deref(), entry.message.command_id.as_deref());
        self.hears(entry.sequence, &Heard { client, sequence, agent, command, event: &event });
    }

    fn hears(&self, number: u64, heard: &Heard<'_>) {
        let Heard { client, agent, command, event, .. } = heard;
        let mut line = format!("< {client}/{number} {} {}", agent.unwrap_or("-"), brief(event));
        for more in [dialog(event), event["errorMessage"].as_str()].into_iter().flatten() {
            _ = write!(line, " {more}");
        }
        if let Some(id) = command {
            _ = write!(line, " [{id}]");
        }
        self.note(line);
        self.book().hears(heard);
        self.grown.notify_waiters();
    }

    /// Returns when this holds.
    pub(crate) async fn until(&self, holds: impl Fn(&Book) -> bool) {
        loop {
            let grown = self.grown.notified();
            if holds(&self.book()) {
                return;
            }
            grown.await;
        }
    }

    /// All lines.
    pub(crate) fn transcript(&self) -> String {
        self.lines.lock().unwrap().join("\n")
    }
}
