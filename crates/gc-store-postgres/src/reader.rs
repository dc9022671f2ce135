//! What reads: what is not in memory any more.

use std::{sync::Arc, time::Duration};

use gc_environment::Environment;
use gc_net::{Backoff, Jitter};
use gc_store::{
    JournalError,
    stored::{Look, Reply},
};
use tokio::{sync::mpsc::UnboundedReceiver, time::sleep};

use crate::{address::Address, fault::Fault, link::Link, load};

const FIRST_DELAY: Duration = Duration::from_millis(100);
const MAX_DELAY: Duration = Duration::from_secs(3);

pub(crate) struct Reader {
    pub(crate) address: Address,
    pub(crate) environment: Arc<dyn Environment>,
    pub(crate) link: Link,
}

impl Reader {
    /// Reads one after the other until the journal is dropped. While the database is away, whoever asks waits.
    pub(crate) async fn run(mut self, mut looks: UnboundedReceiver<Look>) {
        while let Some(look) = looks.recv().await {
            match look {
                Look::Page { epoch, after, last, max, oldest_held, answer } => {
                    let page = async |link: &Link| {
                        load::page(&link.client, epoch, (after, last), max, oldest_held).await
                    };
                    self.read(page, answer).await;
                }
                Look::DeadLetters { epoch, answer } => {
                    let letters = async |link: &Link| load::letters(&link.client, epoch).await;
                    self.read(letters, answer).await;
                }
            }
        }
    }

    async fn read<T>(&mut self, read: impl AsyncFn(&Link) -> Result<T, Fault>, answer: Reply<T>) {
        let mut backoff = Backoff::new(FIRST_DELAY, MAX_DELAY, Jitter::Full, Arc::clone(&self.environment));
        let answered = loop {
            match self.attempt(&read).await {
                Ok(found) => break Ok(found),
                Err(fault @ (Fault::Record(_) | Fault::Damaged(_))) => {
                    break Err(JournalError::Failed(Arc::new(fault)));
                }
                Err(fault) => {
                    let delay = backoff.after_failure(None);
                    tracing::warn!(error = %fault, ?delay, "the store could not be read; it is tried again");
                    sleep(delay).await;
                }
            }
        };
        // It does not matter if nobody waits for it.
        let _ = answer.send(answered);
    }

    async fn attempt<T>(&mut self, read: impl AsyncFn(&Link) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.link.is_closed() {
            self.link = Link::open(&self.address).await?;
        }
        read(&self.link).await
    }
}
