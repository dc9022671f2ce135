//! Clients are forgotten.

use gc_delivery::Caller;

use super::*;
use crate::ForgetError;

/// A journal whose disk has failed.
struct WithoutDisk(MemoryJournal);

impl Journal for WithoutDisk {
    fn open(&self, client: &ClientKey) -> Arc<dyn gc_store::Outbox> {
        self.0.open(client)
    }

    fn append(&self, batch: gc_store::Batch) -> gc_store::Answer<()> {
        self.0.append(batch)
    }

    fn kept(&self) -> gc_store::Answer<Kept> {
        self.0.kept()
    }

    fn survives(&self) -> bool {
        true
    }

    fn health(&self) -> Watcher<gc_store::Health> {
        Watched::new(gc_store::Health::InMemory { reason: "the disk is full".to_owned() }).watch()
    }

    fn forget(&self, client: &ClientKey) -> gc_store::Answer<()> {
        self.0.forget(client)
    }
}

#[tokio::test(start_paused = true)]
async fn while_the_disk_fails_a_client_is_forgotten_but_may_come_back() {
    let journal = Arc::new(WithoutDisk(MemoryJournal::default()));
    let stage = Stage::with(Arc::clone(&journal) as _, None, Kept::default());
    submit(&stage.engine, "Hello#desk", "").unwrap();
    let forgotten = stage.engine.forget(&"desk".into()).await;
    assert!(matches!(forgotten, Err(ForgetError::InMemory(_))), "{forgotten:?}");
    assert!(matches!(stage.engine.forget(&"desk".into()).await, Err(ForgetError::Unknown(_))));
    assert!(journal.kept().await.unwrap().clients.is_empty());
}

const AFTER: Duration = Duration::from_secs(60 * 60);

/// An engine that forgets silent clients, and the client "desk".
fn engine(journal: &Arc<MemoryJournal>) -> (Engine, Arc<Delivery>, Stage) {
    let stage = Stage::with(Arc::new(MemoryJournal::default()), None, Kept::default());
    let delivery = Arc::new(Delivery::new(gc_delivery::Config::default(), Arc::clone(journal) as _).unwrap());
    let config = EngineConfig { forget_after: Some(AFTER), ..EngineConfig::default() };
    let cluster = EngineCluster::new(Arc::clone(&stage.link) as Arc<dyn Link>);
    let engine = Engine::start(config, vec![cluster], Arc::clone(&delivery), Kept::default());
    submit(&engine, "Hello#desk", "").unwrap();
    (engine, delivery, stage)
}

fn journal() -> Arc<MemoryJournal> {
    Arc::new(MemoryJournal::default().that_survives())
}

#[tokio::test(start_paused = true)]
async fn a_silent_client_is_forgotten_and_one_that_says_or_reads_something_is_not() {
    let journal = journal();
    let (engine, delivery, _stage) = engine(&journal);
    let knows = |client: &str| delivery.counts(&client.into()).is_ok();
    submit(&engine, "Hello#reads", "").unwrap();
    submit(&engine, "Hello#says", "").unwrap();
    let stream = delivery.subscribe(&"reads".into(), None).unwrap();
    for _ in 0..4 {
        tokio::time::sleep(AFTER / 2).await;
        submit(&engine, "Beat#says", "").unwrap();
    }
    assert_eq!(["desk", "reads", "says"].map(knows), [false, true, true]);
    assert!(!journal.kept().await.unwrap().clients.contains_key(&"desk".into()));
    assert!(matches!(submit(&engine, "Beat#desk", ""), Ok(Receipt::Refused { .. })));
    drop(stream);
    tokio::time::sleep(AFTER / 2).await;
    assert!(knows("reads"));
    tokio::time::sleep(AFTER).await;
    assert!(!knows("reads"));
}

#[tokio::test(start_paused = true)]
async fn a_client_is_kept_while_it_has_an_agent() {
    let (engine, delivery, stage) = engine(&journal());
    lock(&stage.link.user).state = UserState::NotReady;
    submit(&engine, "Connect#1001", "desk,secret").unwrap();
    tokio::time::sleep(AFTER * 3).await;
    assert!(delivery.counts(&"desk".into()).is_ok());
    assert!(matches!(engine.forget(&"desk".into()).await, Err(ForgetError::Connected(1))));
    assert!(matches!(engine.forget(&"nobody".into()).await, Err(ForgetError::Unknown(_))));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_an_agent_over_is_not_forgotten_meanwhile() {
    let (engine, _, stage) = engine(&journal());
    submit(&engine, "Connect#1001", "desk,secret").unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    submit(&engine, "Hello#other", "").unwrap();
    stage.link.silent.store(true, Ordering::SeqCst);
    submit(&engine, "Connect#1001", "other,secret").unwrap();
    assert!(matches!(engine.forget(&"other".into()).await, Err(ForgetError::InUse)));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_an_agent_over_from_another_one_of_the_same_caller_is_not_forgotten_meanwhile() {
    let (engine, delivery, _stage) = engine(&journal());
    let caller = Principal::new("acme", gc_access::Destinations::new(["*"]), [Right::Agent]);
    let submit = |command: &str, body: &str| {
        let json = json!({ "data": { "type": command, "body": body } }).to_string();
        let request = Request::from_json(json.as_bytes()).unwrap();
        let receipt = engine.submit_as(&caller, Caller::Loopback, &request, None);
        assert!(matches!(receipt, Ok(Receipt::Accepted { .. })), "{command}: {receipt:?}");
    };
    submit("Hello#desk", "");
    submit("Connect#1001", "desk,secret");
    tokio::time::sleep(Duration::from_secs(1)).await;
    submit("Hello#other", "");
    // The password is another one, so that Finesse is asked about it.
    submit("Connect#1001", "other,newer");
    let refused = engine.forget(&"other".into()).await;
    assert!(matches!(refused, Err(ForgetError::InUse)), "{refused:?}");
    assert!(delivery.counts(&"other".into()).is_ok());
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(matches!(engine.forget(&"other".into()).await, Err(ForgetError::Connected(1))));
    engine.forget(&"desk".into()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn nothing_is_kept_of_a_forgotten_client_and_it_comes_again_as_a_new_one() {
    let journal = journal();
    let (engine, delivery, _stage) = engine(&journal);
    let epoch = |delivery: &Delivery| {
        let mut stream = delivery.subscribe(&"desk".into(), None).unwrap();
        async move {
            match stream.next().await {
                Some(Item::Entry(entry)) => (entry.epoch, entry.sequence),
                other => panic!("{other:?}"),
            }
        }
    };
    let (before, _) = epoch(&delivery).await;
    engine.forget(&"desk".into()).await.unwrap();
    assert!(journal.kept().await.unwrap().clients.is_empty());
    submit(&engine, "Hello#desk", "").unwrap();
    let (after, number) = epoch(&delivery).await;
    assert!(after != before && number == 1);
    assert_eq!(journal.kept().await.unwrap().clients.len(), 1);
}
