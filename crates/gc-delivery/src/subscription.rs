//! The live stream: a cursor over an outbox that somebody reads.

use std::{
    collections::VecDeque,
    error::Error,
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures_util::{Stream, stream};
use gc_environment::Watcher;
use tokio::{select, sync::mpsc, time};

use crate::{
    Callback, ClientKey, Counts, Cursor, Entry, Epoch, Journal, JournalError, Outbox, Page, Since,
    activity::Activity,
};

/// How many entries are read at once. A slow reader keeps no more than these in memory.
const PAGE: usize = 64;
/// A stream that cannot read tries again after this.
const PAUSE: Duration = Duration::from_secs(1);

/// What a live stream gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// The next entry.
    Entry(Entry),
    /// Entries that cannot be replayed; the stream goes on behind them.
    Gap(Missed),
}

/// The entries `from` to `to` cannot be replayed: whoever reads must ask for the present state anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missed {
    /// The outbox's epoch.
    pub epoch: Epoch,
    /// The first number missed.
    pub from: u64,
    /// The last number missed; less than `from` when none of this epoch is.
    pub to: u64,
    /// The place where the reader wanted to begin is not known in this outbox (it is of another epoch, or before everything
    /// that is held): what else was missed is not known.
    pub foreign: bool,
}

impl Missed {
    /// The place just behind the gap.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        Cursor { epoch: self.epoch, sequence: self.to }
    }
}

/// A live stream of one client. Each has its own place, and a slow one delays nobody.
pub struct Subscription {
    client: ClientKey,
    journal: Arc<dyn Journal>,
    outbox: Arc<dyn Outbox>,
    counts: Watcher<Counts>,
    callback: Watcher<Option<Callback>>,
    open: Watcher<bool>,
    handed_out: mpsc::UnboundedSender<Cursor>,
    activity: Arc<Activity>,
    /// The last number that was read out of the outbox.
    position: u64,
    foreign: bool,
    skipping: Option<Skipping>,
    page: VecDeque<Entry>,
}

/// What a stream leaves out at its beginning.
struct Skipping {
    /// Entries that are older,
    before: SystemTime,
    /// but none behind this number: the clock of the machine may have been set back.
    up_to: u64,
}

/// What a live stream has of its client.
pub(crate) struct Source {
    pub(crate) client: ClientKey,
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) outbox: Arc<dyn Outbox>,
    pub(crate) callback: Watcher<Option<Callback>>,
    /// False when the delivery has ended or the client was forgotten.
    pub(crate) open: Watcher<bool>,
    /// The numbers that are delivered because the stream has handed them out.
    pub(crate) handed_out: mpsc::UnboundedSender<Cursor>,
    pub(crate) activity: Arc<Activity>,
}

impl Subscription {
    pub(crate) fn new(source: Source, since: Option<Since>, now: SystemTime) -> Self {
        let Source { client, journal, outbox, callback, open, handed_out, activity } = source;
        let mut counts = outbox.counts();
        let Counts { last, settled, .. } = counts.get();
        let mut skipping = None;
        let known = match since {
            None => Some(settled),
            Some(Since::Cursor(Cursor { epoch, sequence })) => {
                (epoch == outbox.epoch() && sequence <= last).then_some(sequence)
            }
            Some(Since::Sequence(sequence)) => (sequence <= last).then_some(sequence),
            Some(Since::Time(time)) if time > now => Some(last),
            Some(Since::Time(before)) => {
                skipping = Some(Skipping { before, up_to: last });
                None
            }
        };
        let (position, foreign, page) = (known.unwrap_or(0), known.is_none(), VecDeque::new());
        Self {
            client,
            journal,
            outbox,
            counts,
            callback,
            open,
            handed_out,
            activity,
            position,
            foreign,
            skipping,
            page,
        }
    }

    /// Whether the delivery has ended, or the client was forgotten: nothing comes but what the outbox holds already, and whoever asks
    /// again gets no more.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        !self.open.peek()
    }

    /// The next item, as soon as there is one. `None` when the client was forgotten or the delivery
    /// has ended. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Item> {
        loop {
            if let Some(entry) = self.page.pop_front() {
                return Some(Item::Entry(self.hand_out(entry)));
            }
            // Looked at before the outbox: what was appended before the end is still given.
            let open = self.open.get();
            if open && self.counts.get().superseded {
                self.follow();
            }
            match self.outbox.read(self.position, PAGE).await {
                Ok(page) => {
                    if let Some(gap) = self.take(page) {
                        return Some(Item::Gap(gap));
                    }
                    if self.skipping.is_some() {
                        continue;
                    }
                }
                // The other outbox is about to be there.
                Err(JournalError::Superseded) if open => self.counts.changed().await,
                Err(error) if open && error.may_pass() => {
                    tracing::warn!(error = &error as &dyn Error, "a live stream cannot read on yet");
                    time::sleep(PAUSE).await;
                    continue;
                }
                Err(error) => {
                    tracing::warn!(error = &error as &dyn Error, "a live stream cannot read on");
                    return None;
                }
            }
            if self.page.is_empty() && !self.counts.peek().superseded {
                if !open {
                    return None;
                }
                // Either way the loop checks both.
                select! {
                    biased;
                    () = self.counts.changed() => {}
                    () = self.open.changed() => {}
                }
            }
        }
    }

    /// Goes on with the outbox that has superseded this one. What it holds begins with a gap, as at a cursor of another epoch.
    fn follow(&mut self) {
        self.outbox = self.journal.open(&self.client);
        self.counts = self.outbox.counts();
        (self.position, self.foreign, self.skipping) = (0, true, None);
    }

    /// The items as a stream.
    pub fn into_stream(self) -> impl Stream<Item = Item> + Send {
        stream::unfold(self, async |mut this| this.next().await.map(|item| (item, this)))
    }

    /// Takes the next page. If entries are missing before it, that gap comes first.
    fn take(&mut self, page: Page) -> Option<Missed> {
        let from = self.position.saturating_add(1);
        let to = page.oldest.saturating_sub(1).max(self.position);
        self.position = page.entries.last().map_or(to, |entry| entry.sequence);
        let foreign = std::mem::take(&mut self.foreign);
        // What is missing before an entry that is too old is older still.
        let wanted = !self.skips(page.entries.first());
        let entries: Vec<_> = page.entries.into_iter().skip_while(|entry| self.skips(Some(entry))).collect();
        self.page.extend(entries);
        if !self.page.is_empty()
            || self.skipping.as_ref().is_some_and(|skipping| self.position >= skipping.up_to)
        {
            self.skipping = None;
        }
        let missing = wanted && (foreign || from <= to);
        missing.then(|| Missed { epoch: self.outbox.epoch(), from, to, foreign })
    }

    fn skips(&self, entry: Option<&Entry>) -> bool {
        let skipped = self.skipping.as_ref().zip(entry);
        skipped
            .is_some_and(|(skipping, entry)| entry.at < skipping.before && entry.sequence <= skipping.up_to)
    }

    /// A client without a callback has no other delivery than this.
    fn hand_out(&mut self, entry: Entry) -> Entry {
        if self.callback.read(Option::is_none) {
            // Without its task the client was forgotten.
            let _ = self.handed_out.send(entry.cursor());
        }
        entry
    }
}

/// As long as it is read, the client is not silent; from now on it is.
impl Drop for Subscription {
    fn drop(&mut self) {
        self.activity.is_active();
    }
}
