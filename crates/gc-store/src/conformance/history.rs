//! Any history: random steps, compared with a model after each.

use std::{collections::BTreeMap, sync::Arc};

use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestCaseError, TestError, TestRunner},
};
use uuid::Uuid;

use super::{
    Opener,
    keeping::command,
    stage::{Subject, ensure, good},
};
use crate::{
    Batch, Change, ClaimToken, DeadLetter, Epoch, Failure, Journal, JournalError, Kept, MemoryJournal,
    Reason, Record, Settled, Settlement,
};

pub(super) const RULE: &str = "any history leads to what the rules say";
pub(super) const REOPENING: &str = "any history goes on where it was when the journal was opened again";
const CLIENTS: usize = 3;

/// What may be done to a journal. Numbers are taken modulo what there is.
#[derive(Clone, Debug)]
enum Step {
    /// One batch for these clients, in this order; with a record for an epoch that is over it is refused.
    Append {
        clients: Vec<usize>,
        stale: bool,
        /// Commands that are accepted (true) or over.
        commands: Vec<(u8, bool)>,
    },
    Claim(usize),
    Settle {
        client: usize,
        stale: bool,
        up_to: u64,
        above: Vec<(u64, u64)>,
        dead: Vec<u64>,
        arrived: Vec<u64>,
        removed: Vec<u64>,
    },
    Forget(usize),
    /// The journal is dropped and opened again.
    Reopen,
}

/// What is done to one journal, from the beginning.
#[derive(Clone, Debug)]
pub(super) struct History(Vec<Step>);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let number = || 0..30_u64;
    let settle = (
        (0..CLIENTS, prop::bool::weighted(0.2), number()),
        vec((number(), 0..4_u64), 0..3),
        (vec(number(), 0..3), vec(number(), 0..2), vec(number(), 0..2)),
    );
    let step = prop_oneof![
        6 => (vec(0..CLIENTS, 0..6), prop::bool::weighted(0.2), vec((0..5_u8, any::<bool>()), 0..2))
            .prop_map(|(clients, stale, commands)| Step::Append { clients, stale, commands }),
        2 => (0..CLIENTS).prop_map(Step::Claim),
        6 => settle.prop_map(|((client, stale, up_to), above, (dead, arrived, removed))| {
            Step::Settle { client, stale, up_to, above, dead, arrived, removed }
        }),
        1 => (0..CLIENTS).prop_map(Step::Forget),
        1 => Just(Step::Reopen),
    ];
    vec(step, 0..60)
}

/// Tries random histories, and looks for the shortest one that fails.
pub(super) fn play(play: impl Fn(History) -> Result<(), String>) -> Result<(), String> {
    let config = Config { failure_persistence: None, ..Config::with_cases(200) };
    let histories = steps().prop_map(History);
    let played =
        TestRunner::new(config).run(&histories, |history| play(history).map_err(TestCaseError::fail));
    played.map_err(|error| match error {
        TestError::Fail(reason, History(steps)) => format!("{reason}, after {steps:?}"),
        TestError::Abort(reason) => reason.to_string(),
    })
}

/// One client as it should be.
struct Model {
    subject: Subject,
    records: Vec<Record>,
    settled: Settled,
    /// With their places among all that were given up.
    dead: Vec<(u64, u64, Reason)>,
    given_up: u64,
    token: Option<ClaimToken>,
    /// Tokens and epochs of before.
    old_tokens: Vec<ClaimToken>,
    old_epochs: Vec<Epoch>,
}

/// Everything as it should be.
struct Stage {
    journal: Arc<dyn Journal>,
    models: BTreeMap<usize, Model>,
    kept: Kept,
    appended: usize,
}

impl Model {
    fn new(subject: Subject, old_epochs: Vec<Epoch>) -> Self {
        let (records, settled, dead, old_tokens) = Default::default();
        Self { subject, records, settled, dead, given_up: 0, token: None, old_tokens, old_epochs }
    }

    fn last(&self) -> u64 {
        u64::try_from(self.records.len()).unwrap_or(u64::MAX)
    }

    async fn settle(&mut self, stale: bool, settlement: Settlement) -> Result<(), String> {
        let token = if stale { self.old_tokens.last().copied() } else { self.token };
        let Some(token) = token else { return Ok(()) };
        let highest = settlement.dead.iter().map(|(sequence, _)| *sequence).max().unwrap_or_default();
        let is_ahead = settlement.settled.highest().max(highest) > self.last();
        match self.subject.outbox.settle(token, settlement.clone()).await {
            Err(JournalError::Fenced) if stale => return Ok(()),
            Err(JournalError::Ahead { .. }) if is_ahead && !stale => return Ok(()),
            Ok(()) if !stale && !is_ahead => {}
            other => return Err(format!("{other:?} to {settlement:?} of {token:?}")),
        }
        for (sequence, reason) in settlement.dead {
            if sequence > 0 && !self.settled.contains(sequence) {
                self.settled.insert(sequence..=sequence);
                self.given_up += 1;
                self.dead.push((self.given_up, sequence, reason));
            }
        }
        self.settled.merge(&settlement.settled);
        self.dead.retain(|(number, sequence, _)| {
            !settlement.arrived.contains(sequence) && !settlement.removed.contains(number)
        });
        Ok(())
    }

    async fn compare(&self) -> Result<(), String> {
        let (counts, client) = (self.subject.counts(), &self.subject.client);
        let seen = (counts.last, counts.settled, counts.undelivered, counts.dead_letters);
        let dead_letters = u64::try_from(self.dead.len()).unwrap_or(u64::MAX);
        let expected = (self.last(), self.settled.prefix(), self.settled.missing(self.last()), dead_letters);
        ensure!(seen == expected, "{client} has {counts:?} instead of {expected:?}");
        let page = good(self.subject.outbox.read(0, usize::MAX)).await?;
        ensure!(page.oldest <= self.settled.prefix() + 1, "{client} has lost undelivered entries: {page:?}");
        let kept = (1..).zip(&self.records).skip_while(|(sequence, _)| *sequence < page.oldest);
        let is_same = page.entries.iter().map(|entry| (entry.sequence, &*entry.record)).eq(kept);
        ensure!(is_same, "{client} holds {page:?} instead of {:?}", self.records);
        let letters = good(self.subject.outbox.dead_letters()).await?;
        let described = |letter: DeadLetter| (letter.number, letter.entry.sequence, letter.reason);
        let dead: Vec<_> = letters.into_iter().map(described).collect();
        ensure!(dead == self.dead, "{client} has the dead letters {dead:?} instead of {:?}", self.dead);
        Ok(())
    }
}

impl History {
    /// Takes all steps, and compares with the model after each. Without `reopens` the journal stays open.
    pub(super) async fn play(self, open: &Opener<'_>, reopens: bool) -> Result<(), String> {
        let mut stage = Stage::new(open());
        for step in self.0 {
            match step {
                Step::Append { clients, stale, commands } => stage.append(&clients, stale, &commands).await?,
                Step::Claim(client) => stage.claim(client).await?,
                Step::Settle { client, stale, up_to, above, dead, arrived, removed } => {
                    if let Some(model) = stage.models.get_mut(&client) {
                        // One more than there is, so that it is ahead now and then.
                        let there = model.last() + 2;
                        let mut settled = Settled::up_to(up_to % there);
                        above
                            .iter()
                            .for_each(|(first, more)| settled.insert(first % there..=(first + more) % there));
                        let reason = || Reason::Expired(Failure::TimedOut);
                        let mut dead: Vec<_> =
                            dead.iter().map(|sequence| (sequence % there, reason())).collect();
                        dead.dedup();
                        let arrived = arrived.into_iter().map(|sequence| sequence % there).collect();
                        let places = model.given_up + 2;
                        let removed = removed.into_iter().map(|number| number % places).collect();
                        model.settle(stale, Settlement { settled, dead, arrived, removed }).await?;
                    }
                }
                Step::Forget(client) => stage.forget(client).await?,
                Step::Reopen if reopens => stage = stage.reopen(open)?,
                Step::Reopen => {}
            }
            for model in stage.models.values() {
                model.compare().await?;
            }
            let kept = good(stage.journal.kept()).await?;
            ensure!(kept == stage.kept, "{kept:?} is kept instead of {:?}", stage.kept);
        }
        Ok(())
    }
}

impl Stage {
    fn new(journal: Arc<dyn Journal>) -> Self {
        let new = |client| (client, Model::new(subject(&*journal, client), Vec::new()));
        let models = (0..CLIENTS).map(new).collect();
        Self { journal, models, kept: Kept::default(), appended: 0 }
    }

    async fn append(
        &mut self,
        clients: &[usize],
        stale: bool,
        commands: &[(u8, bool)],
    ) -> Result<(), String> {
        let mut batch = Vec::new();
        for model in clients.iter().filter_map(|client| self.models.get(client)) {
            self.appended += 1;
            batch.push(model.subject.record(&format!("{}", self.appended)));
        }
        let gone = self.models.values().find_map(|model| Some((model, *model.old_epochs.last()?)));
        let gone =
            gone.filter(|_| stale).map(|(model, epoch)| Record { epoch, ..model.subject.record("stale") });
        let is_refused = gone.is_some();
        let change = |(number, accepted): &(u8, bool)| {
            let command = command(&format!("c-{number}"));
            if *accepted { Change::Command(command) } else { Change::CommandOver(command.key()) }
        };
        let changes: Vec<_> = commands.iter().map(change).collect();
        let records: Batch = batch.iter().cloned().chain(gone).collect();
        match self.journal.append(records.with(changes.iter().cloned())).await {
            Ok(()) if !is_refused => {
                for (client, record) in clients.iter().zip(batch) {
                    self.models.entry(*client).and_modify(|model| model.records.push(record));
                }
                changes.into_iter().for_each(|change| self.kept.apply(change));
                Ok(())
            }
            Err(JournalError::NoOutbox(_)) if is_refused => Ok(()),
            other => Err(format!("{other:?} to a batch")),
        }
    }

    async fn claim(&mut self, client: usize) -> Result<(), String> {
        let Some(model) = self.models.get_mut(&client) else { return Ok(()) };
        let claim = good(model.subject.outbox.claim(Uuid::from_u128(1))).await?;
        let (found, expected) = (claim.settled, &model.settled);
        ensure!(found == *expected, "{found:?} instead of {expected:?}");
        let newest = model.token.map_or(0, |token| token.number);
        ensure!(claim.token.number > newest, "{:?} after {newest}", claim.token);
        model.old_tokens.extend(model.token.replace(claim.token));
        Ok(())
    }

    async fn forget(&mut self, client: usize) -> Result<(), String> {
        let Some(mut model) = self.models.remove(&client) else { return Ok(()) };
        good(self.journal.forget(&model.subject.client)).await?;
        model.old_epochs.push(model.subject.outbox.epoch());
        self.models.insert(client, Model::new(subject(&*self.journal, client), model.old_epochs));
        Ok(())
    }

    fn reopen(self, open: &Opener<'_>) -> Result<Self, String> {
        let Self { journal, mut models, kept, appended } = self;
        // Nothing of the old journal is held: it must be over before it is opened again.
        let epochs: Vec<_> = models.values().map(|model| model.subject.outbox.epoch()).collect();
        let nothing: Arc<dyn Journal> = Arc::new(MemoryJournal::default());
        models.iter_mut().for_each(|(client, model)| model.subject = subject(&*nothing, *client));
        drop(journal);
        let journal = open();
        for ((client, model), epoch) in models.iter_mut().zip(epochs) {
            model.subject = subject(&*journal, *client);
            let found = model.subject.outbox.epoch();
            // Of an outbox that was never used, not even its epoch need be kept.
            let is_used = model.token.is_some() || !model.records.is_empty();
            ensure!(!is_used || found == epoch, "client {client} has the epoch {found} instead of {epoch}");
        }
        Ok(Self { journal, models, kept, appended })
    }
}

fn subject(journal: &dyn Journal, client: usize) -> Subject {
    Subject::open(journal, &format!("client-{client}"))
}
