use gc_environment::Watched;
use tokio::{sync::mpsc::UnboundedReceiver, time::timeout};

use super::*;

mod failures;
mod outages;
use crate::{
    Attempt, Config, Failure, Journal, Message, Reason, Rest, Settled,
    stage::{Delivering, Seeded, Slow, SlowOutbox, TestSink, record},
};

const MAX_AGE: Duration = Duration::from_secs(3600);

/// A delivery task over a journal and a sink that do as the test says.
struct Stage {
    journal: Arc<Slow>,
    outbox: Arc<SlowOutbox>,
    callback: Watched<Option<Callback>>,
    handed_out: mpsc::UnboundedSender<Cursor>,
    attempts: UnboundedReceiver<Delivering>,
    environment: Arc<Seeded>,
    task: tokio::task::JoinHandle<()>,
}

impl Stage {
    fn new(order: Order) -> Self {
        Self::over(Slow::default(), order)
    }

    fn over(journal: impl Into<Arc<Slow>>, order: Order) -> Self {
        let journal = journal.into();
        let outbox = journal.outbox(&crm());
        let (callback, (handed_out, numbers)) = (Watched::new(Some(address())), mpsc::unbounded_channel());
        let (sink, attempts) = TestSink::new();
        let environment = Arc::new(Seeded::new(7));
        let task = DeliveryTask {
            client: crm(),
            journal: Arc::<Slow>::clone(&journal),
            outbox: Arc::<SlowOutbox>::clone(&outbox),
            sender: environment.id(),
            order,
            callback: callback.watch(),
            handed_out: numbers,
            removed: mpsc::unbounded_channel().1,
            early: Vec::new(),
            activity: Arc::new(Activity::new()),
            sink,
            breakers: Arc::default(),
            measures: Arc::default(),
            environment: Arc::<Seeded>::clone(&environment),
            config: Arc::new(Config { max_age: MAX_AGE, ..Config::default() }).into(),
        };
        let task = tokio::spawn(task.run());
        Self { journal, outbox, callback, handed_out, attempts, environment, task }
    }

    /// Appends an entry of each of these agents.
    async fn append(&self, agents: &[&str]) {
        let message =
            |agent: &&str| Message { agent_id: Some((*agent).to_owned()), ..Message::new("State", "{}") };
        let records = agents.iter().map(|agent| record(&*self.journal, "crm", message(agent)));
        let records = records.map(|record| crate::Record { at: self.environment.now(), ..record });
        self.journal.append(records.collect()).await.unwrap();
    }

    /// A stream has handed an entry out.
    fn hand_out(&self, sequence: u64) {
        self.handed_out.send(Cursor { epoch: self.outbox.epoch(), sequence }).unwrap();
    }

    /// The next attempt, whenever it begins.
    async fn attempt(&mut self) -> Delivering {
        soon(self.attempts.recv()).await.unwrap()
    }

    /// Everything has been done that can be done now.
    async fn quiet(&mut self) -> bool {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        self.attempts.is_empty()
    }

    async fn settled(&self, up_to: u64) {
        soon(self.outbox.counts().until(|counts| (counts.settled == up_to).then_some(()))).await;
    }

    async fn dead(&self) -> Vec<(u64, Reason)> {
        let letters = self.outbox.dead_letters().await.unwrap().into_iter();
        letters.map(|letter| (letter.entry.sequence, letter.reason)).collect()
    }
}

/// What never comes fails the test: the clock runs on by itself.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(24 * 60 * 60), future).await.expect("it never came")
}

fn crm() -> ClientKey {
    ClientKey::from("crm")
}

fn address() -> Callback {
    Callback::from_parts("crm.example.com", "/events").unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_next_entry_starts_when_the_one_before_it_was_taken() {
    let mut stage = Stage::new(Order::Client);
    stage.append(&["1", "2"]).await;
    let first = stage.attempt().await;
    assert!(stage.quiet().await);
    assert_eq!((first.entry.sequence, first.to.clone()), (1, address()));
    first.arrives();
    let second = stage.attempt().await;
    assert_eq!((second.entry.sequence, stage.outbox.counts().get().settled), (2, 1));
    second.arrives();
    stage.settled(2).await;
}

#[tokio::test(start_paused = true)]
async fn while_an_answer_is_read_the_entry_is_delivered_and_the_next_one_waits() {
    let mut stage = Stage::new(Order::Client);
    stage.append(&["1", "2"]).await;
    let (rest, is_read) = tokio::sync::oneshot::channel::<()>();
    stage.attempt().await.ends(Attempt::Delivered(Rest::of(async { is_read.await.unwrap() })));
    stage.settled(1).await;
    assert!(stage.quiet().await);
    rest.send(()).unwrap();
    assert_eq!(stage.attempt().await.entry.sequence, 2);
}

#[tokio::test(start_paused = true)]
async fn entries_of_different_agents_are_on_their_way_together_where_the_order_is_theirs() {
    let mut stage = Stage::new(Order::Agent { max_in_flight: 3 });
    stage.append(&["1", "1", "2", "3", "4"]).await;
    let [of_1, of_2, of_3] = [stage.attempt().await, stage.attempt().await, stage.attempt().await];
    assert_eq!([&of_1, &of_2, &of_3].map(|attempt| attempt.entry.sequence), [1, 3, 4]);
    assert!(stage.quiet().await);
    of_2.arrives();
    let of_4 = stage.attempt().await;
    assert_eq!(of_4.entry.sequence, 5);
    // A hole is noted as one.
    let noted = stage.outbox.settled.lock().unwrap().last().unwrap().settled.clone();
    assert_eq!((noted.prefix(), noted.contains(3)), (0, true));
    of_1.arrives();
    assert_eq!(stage.attempt().await.entry.sequence, 2);
    stage.settled(1).await;
}

#[tokio::test(start_paused = true)]
async fn deliveries_do_not_wait_for_notes_and_fewer_notes_are_made_when_they_are_slow() {
    let mut stage = Stage::new(Order::Client);
    stage.append(&["1"; 10]).await;
    let mut first = Some(stage.attempt().await);
    assert!(stage.quiet().await);
    stage.journal.close();
    for sequence in 1..=10 {
        let attempt = match first.take() {
            Some(first) => first,
            None => stage.attempt().await,
        };
        assert_eq!(attempt.entry.sequence, sequence);
        attempt.arrives();
    }
    assert!(stage.quiet().await);
    stage.journal.open_again();
    stage.settled(10).await;
    let notes: Vec<_> =
        stage.outbox.settled.lock().unwrap().iter().map(|note| note.settled.prefix()).collect();
    assert_eq!(notes, [1, 10]);
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_fails_or_refuses_a_claim_or_a_note_is_asked_until_it_answers() {
    for fails in [JournalError::Failed, JournalError::Refused] {
        let error = || fails(Arc::new(std::io::Error::other("it does not take it")));
        let journal = Slow::default();
        journal.fails_with(Some(error()));
        let mut stage = Stage::over(journal, Order::Client);
        assert!(stage.quiet().await);
        stage.journal.fails_with(None);
        stage.append(&["1", "2"]).await;
        let first = stage.attempt().await;
        stage.journal.fails_with(Some(error()));
        first.ends(Attempt::Dead { failure: Failure::Other("never".to_owned()) });
        let second = stage.attempt().await;
        assert_eq!((second.entry.sequence, stage.dead().await), (2, Vec::new()));
        second.arrives();
        stage.journal.fails_with(None);
        stage.settled(2).await;
        assert_eq!(stage.dead().await, [(1, Reason::Refused(Failure::Other("never".to_owned())))]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_that_was_fenced_ends_and_leaves_the_outbox_to_the_other_one() {
    let mut stage = Stage::new(Order::Client);
    stage.append(&["1", "2"]).await;
    let first = stage.attempt().await;
    let settled = stage.outbox.claim(Uuid::nil()).await.unwrap().settled;
    assert_eq!(settled, Settled::default());
    first.arrives();
    soon(&mut stage.task).await.unwrap();
    assert_eq!(stage.outbox.counts().get().settled, 0);
    assert!(stage.attempts.recv().await.is_none(), "a fenced task begins nothing more");
}

#[tokio::test(start_paused = true)]
async fn what_streams_have_handed_out_is_not_sent_to_a_callback_that_comes_later() {
    let mut stage = Stage::new(Order::Client);
    stage.callback.replace(None);
    stage.append(&["1"; 5]).await;
    assert!(stage.quiet().await);
    (1..=3).for_each(|number| stage.hand_out(number));
    stage.callback.replace(Some(address()));
    assert_eq!(stage.attempt().await.entry.sequence, 4);
    stage.settled(3).await;
}

#[tokio::test(start_paused = true)]
async fn a_claim_of_the_same_outbox_goes_on_where_the_one_before_left() {
    let mut stage = Stage::new(Order::Agent { max_in_flight: 4 });
    stage.append(&["1", "2", "3"]).await;
    let _first = stage.attempt().await;
    stage.attempt().await.arrives();
    assert_eq!(stage.attempt().await.entry.sequence, 3);
    assert!(stage.quiet().await);
    stage.task.abort();
    let mut next = Stage::over(stage.journal, Order::Agent { max_in_flight: 4 });
    let again = [next.attempt().await, next.attempt().await];
    assert_eq!(again.map(|attempt| attempt.entry.sequence), [1, 3], "2 has arrived");
    assert!(next.quiet().await);
}
