//! The engine goes on with what was kept.

use finesse_types::ReasonCategory;
use gc_access::Destinations;
use gc_environment::RealEnvironment;
use gc_store::{AgentKey, Sealed, SessionRecord};
use secrecy::ExposeSecret;

use super::*;

const KEY: &str = "2026:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

fn sealer(keys: &str) -> Option<Arc<Sealer>> {
    Some(Arc::new(Sealer::parse(&keys.into(), Arc::new(RealEnvironment)).unwrap()))
}

/// A client with an agent who is connected, and the journal that survives them.
struct Before {
    journal: Arc<MemoryJournal>,
    stage: Stage,
    stream: Opened,
}

impl Before {
    async fn new(keys: Option<&str>) -> Self {
        let journal = Arc::new(MemoryJournal::default().that_survives());
        let journal_of = Arc::clone(&journal) as Arc<dyn Journal>;
        let mut stage = Stage::with(journal_of, keys.and_then(sealer), Kept::default());
        submit(&stage.engine, "Hello#desk", "").unwrap();
        let stream = stage.connected().await;
        Self { journal, stage, stream }
    }

    async fn kept(&self) -> Kept {
        // A step that is under way ends.
        tokio::task::yield_now().await;
        self.journal.kept().await.unwrap()
    }

    /// The process dies and another one begins.
    async fn dies(self, keys: Option<&str>) -> (Stage, Kept) {
        let kept = self.kept().await;
        let Self { journal, stage, .. } = self;
        drop(stage);
        (Stage::with(journal, keys.and_then(sealer), kept.clone()), kept)
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_goes_on_after_a_restart_without_its_client() {
    let (mut after, kept) = Before::new(Some(KEY)).await.dies(Some(KEY)).await;
    let text = format!("{kept:?}");
    assert!(kept.sessions.len() == 1 && !text.contains("secret"), "{text}");
    let stream = after.opened.recv().await.unwrap();
    assert_eq!(stream.credentials.password().expose_secret(), "secret");
    after.was_read().await;
    after.notify_state(&stream, UserState::NotReady);
    assert_eq!(after.event("State").await["state"], "NOT_READY");
    after.submit("MakeReady#1001", "").unwrap();
    assert!(matches!(after.next_request().await, Ask::ChangeState { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_command_in_flight_has_its_outcome_after_a_restart() {
    let mut before = Before::new(Some(KEY)).await;
    before.stage.submit("MakeReady#1001", "").unwrap();
    assert!(matches!(before.stage.next_request().await, Ask::ChangeState { .. }));
    let (mut after, kept) = before.dies(Some(KEY)).await;
    assert_eq!(
        kept.commands.values().map(|command| command.name.as_str()).collect::<Vec<_>>(),
        ["MakeReady"]
    );
    assert_eq!(after.event("Error").await["errorType"], "PLEASE_RETRY");
    assert_eq!(after.engine.pending_commands(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_command_that_waits_for_something_has_its_outcome_after_a_restart() {
    let mut before = Before::new(Some(KEY)).await;
    before.stage.link.silent.store(true, Ordering::SeqCst);
    before.stage.submit("MakeNotReadyWithReason#1001", "21").unwrap();
    let request = before.stage.next_request().await;
    assert!(matches!(request, Ask::ReasonCodes { category: ReasonCategory::NotReady, .. }), "{request:?}");
    let (mut after, _) = before.dies(Some(KEY)).await;
    assert_eq!(after.event("Error").await["errorType"], "PLEASE_RETRY");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_kept_of_a_command_that_has_ended_or_of_a_session_that_is_over() {
    let mut before = Before::new(Some(KEY)).await;
    before.stage.submit("GetState#1001", "").unwrap();
    before.stage.event("DialogState").await;
    assert!(before.kept().await.commands.is_empty());
    before.stream.notify.send(Notification::Closed { reason: finesse_client::Closed::Conflict }).unwrap();
    before.stage.event("Error").await;
    let kept = before.kept().await;
    assert!(kept.sessions.is_empty() && kept.clients.len() == 1, "{kept:?}");
}

#[tokio::test(start_paused = true)]
async fn without_a_key_no_session_is_kept_and_its_client_is_asked_to_connect_again() {
    let before = Before::new(None).await;
    before.stage.link.silent.store(true, Ordering::SeqCst);
    before.stage.submit("MakeReady#1001", "").unwrap();
    let (mut after, kept) = before.dies(None).await;
    assert!(kept.sessions.is_empty(), "{kept:?}");
    assert_eq!(after.event("Error").await["errorType"], "PLEASE_RETRY");
    assert_eq!(after.event("System").await["status"], "RECONNECT");
    let refused = after.submit("GetState#1001", "").unwrap();
    assert!(matches!(refused, Receipt::Refused { reason: Refusal::UnknownAgent, .. }));
    assert!(after.submit("Beat#desk", "").is_ok(), "the client is known");
}

#[tokio::test(start_paused = true)]
async fn a_session_whose_key_is_gone_or_whose_record_is_damaged_is_not_resumed() {
    let other = KEY.replace("2026", "2027");
    let before = Before::new(Some(KEY)).await;
    let journal = Arc::clone(&before.journal);
    let (mut after, _) = before.dies(Some(&other)).await;
    assert_eq!(after.event("System").await["status"], "RECONNECT");
    drop(after);
    // With the right key again nothing is lost.
    let kept = journal.kept().await.unwrap();
    let mut after = Stage::with(journal, sealer(KEY), kept);
    let opened = tokio::time::timeout(A_LONG_TIME, after.opened.recv()).await;
    assert!(opened.is_ok_and(|stream| stream.is_some()), "the session is not resumed");

    let damages: [fn(&mut SessionRecord); 3] = [
        |session| session.state.truncate(20),
        |session| session.password = Some(Sealed { key: "2026".to_owned(), text: "AAAA".to_owned() }),
        |session| session.agent = AgentKey::new("elsewhere".into(), "1001"),
    ];
    for damage in damages {
        let before = Before::new(Some(KEY)).await;
        let mut kept = before.kept().await;
        kept.sessions.values_mut().for_each(damage);
        let mut after = Stage::with(before.journal, sealer(KEY), kept);
        assert_eq!(after.event("System").await["status"], "RECONNECT");
        assert_eq!(after.engine.sessions(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_kept_of_a_caller_who_is_not_listed_any_more_is_dropped() {
    let callers = |name: &str, destination: &str| {
        Some(vec![Principal::new(name, Destinations::new([destination]), [Right::Agent])])
    };
    let administrator = Principal::new("root", Destinations::new(["*"]), [Right::Admin]);
    for (callers, stays) in [
        (callers("crm", "desk"), true),
        (callers("crm", "other"), false),
        // The entry was renamed, or the destination is another's now.
        (callers("another", "desk"), true),
        // Who may not read the events is not who they are for.
        (Some(vec![administrator]), false),
        (Some(Vec::new()), false),
        (None, true),
    ] {
        let before = Before::new(Some(KEY)).await;
        let mut kept = before.kept().await;
        kept.clients.values_mut().for_each(|client| client.principal = Some("crm".to_owned()));
        let config = EngineConfig { callers, sealer: sealer(KEY), ..EngineConfig::default() };
        let delivery =
            Delivery::new(gc_delivery::Config::default(), Arc::clone(&before.journal) as _).unwrap();
        let cluster = EngineCluster::new(Arc::clone(&before.stage.link) as Arc<dyn Link>);
        let engine = Engine::start(config, vec![cluster], Arc::new(delivery), kept);
        tokio::task::yield_now().await;
        assert_eq!(engine.sessions(), usize::from(stays));
        assert_eq!(before.kept().await.clients.len(), usize::from(stays));
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_that_begins_without_a_key_takes_the_place_of_one_that_was_kept() {
    let before = Before::new(Some(KEY)).await;
    let journal = Arc::clone(&before.journal);
    let (mut after, _) = before.dies(None).await;
    after.event("System").await;
    assert_eq!(journal.kept().await.unwrap().sessions.len(), 1);
    after.connected().await;
    tokio::task::yield_now().await;
    assert_eq!(journal.kept().await.unwrap().sessions.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn commands_of_two_clients_with_the_same_id_each_have_their_outcome_after_a_restart() {
    let before = Before::new(Some(KEY)).await;
    submit(&before.stage.engine, "Hello#other", "").unwrap();
    before.stage.link.silent.store(true, Ordering::SeqCst);
    submit_as(&before.stage.engine, "MakeReady#1001", "", Some("mine")).unwrap();
    lock(&before.stage.link.manners).push_back(Manner::Hangs(oneshot::channel().0));
    submit_as(&before.stage.engine, "Connect#1002", "other,secret", Some("mine")).unwrap();
    let (mut after, kept) = before.dies(Some(KEY)).await;
    let clients: Vec<_> = kept.commands.keys().map(|key| (key.client.as_str(), key.id.as_str())).collect();
    assert_eq!(clients, [("desk", "mine"), ("other", "mine")]);
    let mut restored = after.engine.take_restored();
    restored.sort_by(|one, other| one.client.cmp(&other.client));
    let clients: Vec<_> = restored.iter().map(|command| command.client.as_str()).collect();
    assert_eq!(clients, ["desk", "other"]);
    let answer = after.message("Error").await;
    assert_eq!(answer.command_id.as_deref(), Some("mine"));
    for command in restored {
        assert_eq!(command.resolution.outcome().await, Some(Outcome::Failed(ErrorCode::PleaseRetry)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_command_counts_as_accepted_once_it_is_kept() {
    let before = Before::new(Some(KEY)).await;
    let Ok(Receipt::Accepted { command_id, commit, .. }) = before.stage.submit("MakeReady#1001", "") else {
        panic!("it is taken");
    };
    commit.await.unwrap();
    let kept = before.journal.kept().await.unwrap();
    assert!(kept.commands.keys().any(|key| key.id == command_id.as_str()), "{kept:?}");
}

/// An engine that goes on with what was kept, and posts to this address where a client names none.
fn with_default(journal: &Arc<MemoryJournal>, url: Option<&str>, kept: Kept) -> (Engine, Arc<Delivery>) {
    let default_callback = url.map(|url| Callback::parse(url).unwrap());
    let config = EngineConfig { default_callback, ..EngineConfig::default() };
    let delivery = Arc::new(Delivery::new(gc_delivery::Config::default(), Arc::clone(journal) as _).unwrap());
    let stage = Stage::with(Arc::new(MemoryJournal::default()), None, Kept::default());
    let cluster = EngineCluster::new(Arc::clone(&stage.link) as Arc<dyn Link>);
    (Engine::start(config, vec![cluster], Arc::clone(&delivery), kept), delivery)
}

#[tokio::test(start_paused = true)]
async fn a_client_without_a_callback_of_its_own_follows_the_default_through_a_restart() {
    let journal = Arc::new(MemoryJournal::default().that_survives());
    let (before, old) = ("http://192.0.2.1/old", "http://192.0.2.2/own");
    let (engine, _) = with_default(&journal, Some(before), Kept::default());
    submit(&engine, "Hello#plain", "").unwrap();
    let own = json!({ "data": { "type": "Hello#own", "callbackFqdn": old, "callbackEndpoint": "" } });
    // A documentation network is refused where it is given, so this one is private.
    let own = own.to_string().replace("192.0.2.2", "10.0.0.2");
    engine.submit(&Request::from_json(own.as_bytes()).unwrap(), None).unwrap();
    // It names none this time, and keeps the one that it has named.
    submit(&engine, "Hello#own", "").unwrap();
    drop(engine);

    for now in [Some("http://192.0.2.1/new"), None] {
        let kept = journal.kept().await.unwrap();
        let (_engine, delivery) = with_default(&journal, now, kept);
        let callback =
            |client: &str| delivery.callback(&client.into()).map(|callback| callback.as_str().to_owned());
        assert_eq!(callback("plain").as_deref(), now);
        assert_eq!(callback("own").as_deref(), Some("http://10.0.0.2/own"));
    }
}
