//! The receivers of callbacks, in process: slow, failing, away for minutes, or with answers that are lost.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use gc_delivery::{Attempt, Callback, Entry, Failure, Rest, Sink};
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use tokio::time::sleep;

use crate::journal::Journal;
use crate::ledger::Ledger;
use crate::plan::FaultPlan;
use crate::players::Player;
use crate::site::{Site, desk, has_callback};

pub(crate) struct Receivers {
    journal: Arc<Journal>,
    ledger: Arc<Ledger>,
    dice: Mutex<StdRng>,
    /// Of a hundred attempts.
    fails: u32,
    late: Duration,
    works: AtomicBool,
    troubles: Mutex<BTreeMap<String, Trouble>>,
    /// Those that have said that they are gone. Nothing is sent to them for ten minutes, unless they say Hello.
    gone: Mutex<BTreeSet<String>>,
}

/// What is wrong with one receiver for a while.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    /// It answers after seconds.
    Slow,
    /// Nobody listens.
    Unreachable,
    /// It never answers.
    Silent,
    /// Everything is answered with this status, and with this `Retry-After`.
    Fails(u16, Option<Duration>),
    /// It answers 410.
    Gone,
    /// It reads each event, and answers to some of them with this status.
    Rejects(u16),
}

#[derive(Clone, Copy)]
enum Fate {
    Arrives,
    Fails,
    AnswerIsLost,
    Trouble(Trouble),
}

/// A receiver is in trouble for so long at most, unless it is until the end.
const MOST: Duration = Duration::from_secs(20);

/// How long an attempt takes at most, as it is configured.
const ATTEMPT: Duration = Duration::from_secs(10);

impl Receivers {
    pub(crate) fn new(plan: &FaultPlan, journal: Arc<Journal>, ledger: Arc<Ledger>, dice: StdRng) -> Self {
        let (fails, late) = (plan.callback_fails, plan.callback_late);
        let (dice, works) = (Mutex::new(dice), AtomicBool::new(true));
        let (troubles, gone) = Default::default();
        Self { journal, ledger, dice, fails, late, works, troubles, gone }
    }

    /// From now on they fail as the plan has it, or no more.
    pub(crate) fn set_works(&self, works: bool) {
        self.works.store(works, Ordering::Relaxed);
    }

    fn set_trouble(&self, client: &str, trouble: Option<Trouble>) {
        self.journal.note(format!("-- {client}'s receiver: {trouble:?}"));
        let mut troubles = self.troubles.lock().unwrap();
        if matches!(trouble, Some(Trouble::Gone)) {
            self.gone.lock().unwrap().insert(client.to_owned());
        }
        match trouble {
            Some(trouble) => troubles.insert(client.to_owned(), trouble),
            None => troubles.remove(client),
        };
    }

    fn fate(&self, client: &str) -> (Duration, Fate) {
        let mut dice = self.dice.lock().unwrap();
        let late = dice.random_range(Duration::ZERO..=self.late);
        let roll = dice.random_range(0..100);
        if let Some(trouble) = self.troubles.lock().unwrap().get(client) {
            let late = match trouble {
                Trouble::Slow => dice.random_range(Duration::from_secs(1)..=Duration::from_secs(5)),
                Trouble::Silent => ATTEMPT,
                _ => late,
            };
            return (late, Fate::Trouble(*trouble));
        }
        let fate = match roll {
            _ if self.works.load(Ordering::Relaxed) => Fate::Arrives,
            n if n < self.fails => Fate::Fails,
            n if n < 2 * self.fails => Fate::AnswerIsLost,
            _ => Fate::Arrives,
        };
        (late, fate)
    }
}

impl Sink for Receivers {
    fn deliver(&self, to: &Callback, entry: &Entry) -> BoxFuture<'static, Attempt> {
        let client = to.as_str().trim_start_matches("https://").trim_end_matches("/").to_owned();
        let (late, fate) = self.fate(&client);
        let (journal, ledger) = (Arc::clone(&self.journal), Arc::clone(&self.ledger));
        let entry = entry.clone();
        Box::pin(async move {
            let retry = |failure| Attempt::Retry { failure, after: None };
            let status = |status| Failure::Status { status };
            sleep(late).await;
            match fate {
                Fate::Fails => return retry(status(503)),
                Fate::AnswerIsLost => {
                    journal.takes(&client, &entry, false);
                    return retry(Failure::TimedOut);
                }
                Fate::Trouble(Trouble::Unreachable) => {
                    return retry(Failure::Unreachable("refused".to_owned()));
                }
                Fate::Trouble(Trouble::Silent) => return retry(Failure::TimedOut),
                Fate::Trouble(Trouble::Fails(number, after)) => {
                    return Attempt::Retry { failure: status(number), after };
                }
                Fate::Trouble(Trouble::Gone) => return retry(status(410)),
                Fate::Trouble(Trouble::Rejects(number)) if entry.id.as_u128().is_multiple_of(4) => {
                    journal.takes(&client, &entry, false);
                    ledger.refuses(&client, &entry);
                    return retry(status(number));
                }
                Fate::Arrives | Fate::Trouble(Trouble::Slow | Trouble::Rejects(_)) => {}
            }
            journal.takes(&client, &entry, false);
            ledger.takes(&client, &entry);
            Attempt::Delivered(Rest::none())
        })
    }
}

impl Player<'_> {
    /// A receiver is in trouble again and again, until the run is over, and perhaps for longer.
    pub(crate) async fn troubles(mut self) {
        let Some(every) = self.site.plan.trouble_every else { return };
        let receivers = &self.site.receivers;
        // The others have no receiver.
        let clients: Vec<_> = (0..self.site.plan.clients).filter(|client| has_callback(*client)).collect();
        while self.pause(every).await {
            let Some(client) = clients.choose(&mut self.dice).copied().map(desk) else { return };
            let (errors, rejections) = ([401, 404, 408, 429, 500, 502, 503], [400, 413, 422]);
            let error = *errors.choose(&mut self.dice).unwrap();
            let after =
                self.dice.random_bool(0.3).then(|| Duration::from_secs(self.dice.random_range(1..60)));
            let rejection = *rejections.choose(&mut self.dice).unwrap();
            let troubles = [
                Trouble::Slow,
                Trouble::Unreachable,
                Trouble::Silent,
                Trouble::Fails(error, after),
                Trouble::Gone,
                Trouble::Rejects(rejection),
            ];
            receivers.set_trouble(&client, troubles.choose(&mut self.dice).copied());
            self.pause(MOST).await;
            if self.dice.random_bool(0.7) {
                receivers.set_trouble(&client, None);
            }
        }
    }
}

/// Those who are in trouble stay so for the time of the plan. Then all work again; they say Hello, and so do those that were
/// gone before.
pub(crate) async fn go_on(site: &Site) {
    let troubled = site.receivers.troubles.lock().unwrap().clone();
    if !troubled.is_empty() {
        sleep(site.plan.outage).await;
    }
    site.receivers.set_works(true);
    let gone = site.receivers.gone.lock().unwrap().clone();
    for client in 0..site.plan.clients {
        if troubled.contains_key(&desk(client)) {
            site.receivers.set_trouble(&desk(client), None);
        }
        if troubled.contains_key(&desk(client)) || gone.contains(&desk(client)) {
            site.says_hello(client).await;
        }
    }
}
