//! What the rules share: short words for what is done to a journal.

use gc_environment::{Environment, RealEnvironment};
use std::{fmt::Debug, sync::Arc};

use uuid::Uuid;

use crate::{
    Answer, ClaimToken, ClientKey, Counts, Entry, Journal, JournalError, Message, Outbox, Reason, Record,
    Settled, Settlement,
};

/// Asserts that something holds, in a function that returns `Result<_, String>`.
macro_rules! ensure {
    ($holds:expr, $($detail:tt)+) => {
        if !$holds {
            return Err(format!($($detail)+));
        }
    };
}
pub(super) use ensure;

/// A client and its outbox.
#[derive(Clone)]
pub(super) struct Subject {
    pub(super) client: ClientKey,
    pub(super) outbox: Arc<dyn Outbox>,
}

impl Subject {
    pub(super) fn open(journal: &dyn Journal, client: &str) -> Self {
        let client = ClientKey::from(client);
        let outbox = journal.open(&client);
        Self { client, outbox }
    }

    /// A record for this outbox.
    pub(super) fn record(&self, body: &str) -> Record {
        Record {
            client: self.client.clone(),
            epoch: self.outbox.epoch(),
            id: RealEnvironment.id(),
            at: RealEnvironment.now(),
            message: Message::new("State", body),
        }
    }

    /// Appends these, each for itself.
    pub(super) async fn append(&self, journal: &dyn Journal, bodies: &[&str]) -> Result<(), String> {
        for body in bodies {
            good(journal.append([self.record(body)].into_iter().collect())).await?;
        }
        Ok(())
    }

    pub(super) fn counts(&self) -> Counts {
        self.outbox.counts().get()
    }

    /// Everything that is still held.
    pub(super) async fn entries(&self) -> Result<Vec<Entry>, String> {
        Ok(good(self.outbox.read(0, usize::MAX)).await?.entries)
    }

    /// Numbers and bodies of everything that is still held.
    pub(super) async fn bodies(&self) -> Result<Vec<(u64, String)>, String> {
        let entries = self.entries().await?;
        Ok(entries.into_iter().map(|entry| (entry.sequence, entry.message.body.clone())).collect())
    }

    pub(super) async fn claim(&self) -> Result<ClaimToken, String> {
        Ok(good(self.outbox.claim(Uuid::from_u128(1))).await?.token)
    }

    /// What a new sender would begin with. It fences the one before.
    pub(super) async fn settled(&self) -> Result<Settled, String> {
        Ok(good(self.outbox.claim(Uuid::from_u128(2))).await?.settled)
    }

    pub(super) fn settle(&self, token: ClaimToken, settled: Settled) -> Answer<()> {
        self.outbox.settle(token, Settlement { settled, ..Settlement::default() })
    }

    pub(super) async fn dead(&self) -> Result<Vec<(u64, Reason)>, String> {
        let letters = good(self.outbox.dead_letters()).await?;
        Ok(letters.into_iter().map(|letter| (letter.entry.sequence, letter.reason)).collect())
    }
}

/// What must succeed.
pub(super) async fn good<T>(answer: Answer<T>) -> Result<T, String> {
    answer.await.map_err(|error| format!("unexpected error: {error:?}"))
}

/// What must fail, and like this.
pub(super) async fn refused<T: Debug>(
    answer: Answer<T>,
    expected: impl Fn(&JournalError) -> bool,
) -> Result<(), String> {
    match answer.await {
        Err(error) if expected(&error) => Ok(()),
        Err(error) => Err(format!("another error was expected than {error:?}")),
        Ok(answer) => Err(format!("an error was expected, not {answer:?}")),
    }
}

/// Numbers and bodies, from 1 on.
pub(super) fn numbered(bodies: &[&str]) -> Vec<(u64, String)> {
    (1..).zip(bodies.iter().map(|body| (*body).to_owned())).collect()
}

/// Everything up to a number, and ranges above it.
pub(super) fn up_to(number: u64, above: &[(u64, u64)]) -> Settled {
    let mut settled = Settled::up_to(number);
    above.iter().for_each(|(first, last)| settled.insert(*first..=*last));
    settled
}
