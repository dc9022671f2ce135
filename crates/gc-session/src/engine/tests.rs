//! The engine with a Finesse that does as the test says, under a paused clock.

mod crowd;
mod forgetting;
mod link;
mod restart;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};

use finesse_client::{
    BoxFuture, Credentials, Link, Notification, NotificationStream, Notifications, Priority, StreamError,
    SubscribeError,
};
use finesse_types::{
    Answer, Failure, Payload, Request as Ask, SystemInfo, Update, UpdateEvent, User, UserState,
};
use gc_delivery::{Callback, Item, Journal, Kept, MemoryJournal, Subscription};
use gc_environment::{Watched, Watcher};
use gc_protocol::Request;
use gc_rules::{Outcome, Refusal, Settings};
use gc_store::Sealer;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use self::link::{FakeLink, Manner, Opened};
use super::*;
use crate::SubmitError;
use crate::lock::lock;

/// On the paused clock: longer than anything that is bound to happen.
const A_LONG_TIME: Duration = Duration::from_secs(24 * 60 * 60);

struct Stage {
    engine: Engine,
    link: Arc<FakeLink>,
    requests: mpsc::UnboundedReceiver<Ask>,
    opened: mpsc::UnboundedReceiver<Opened>,
    waiting: mpsc::UnboundedReceiver<Instant>,
    events: Subscription,
}

impl Stage {
    /// An engine and the client "desk".
    fn new() -> Self {
        let stage = Self::with(Arc::new(MemoryJournal::default()), None, Kept::default());
        submit(&stage.engine, "Hello#desk", "").unwrap();
        stage
    }

    /// An engine that goes on with what this journal has kept.
    fn with(journal: Arc<dyn Journal>, sealer: Option<Arc<Sealer>>, kept: Kept) -> Self {
        let ((sender, requests), (opened, streams)) = (mpsc::unbounded_channel(), mpsc::unbounded_channel());
        let (waiting, since) = mpsc::unbounded_channel();
        let user = User { login_id: "1001".to_owned(), state: UserState::Logout, ..User::default() };
        let link = Arc::new(FakeLink {
            service: Watched::new(Service::InService),
            user: Mutex::new(user),
            silent: AtomicBool::new(false),
            refuses: AtomicBool::new(false),
            manners: Mutex::default(),
            waiting,
            requests: sender,
            priorities: Mutex::default(),
            opened,
        });
        let delivery = Arc::new(Delivery::new(gc_delivery::Config::default(), journal).unwrap());
        delivery.register(&"desk".into(), None);
        let settings = Settings { deadline: Duration::from_secs(20), ..Settings::default() };
        let config = EngineConfig {
            max_pending_commands: 3,
            max_refused_passwords: 3,
            sealer,
            ..EngineConfig::default()
        };
        let cluster = EngineCluster::new(Arc::clone(&link) as Arc<dyn Link>);
        let cluster = EngineCluster { settings, ..cluster };
        let engine = Engine::start(config, vec![cluster], Arc::clone(&delivery), kept);
        let events = delivery.subscribe(&"desk".into(), None).unwrap();
        Self { engine, link, requests, opened: streams, waiting: since, events }
    }

    fn submit(&self, command: &str, body: &str) -> Result<Receipt, SubmitError> {
        submit(&self.engine, command, body)
    }

    /// The next event of this type.
    async fn event(&mut self, event_type: &str) -> Value {
        serde_json::from_str(&self.message(event_type).await.body).unwrap()
    }

    /// The same, with what rides in its headers.
    async fn message(&mut self, event_type: &str) -> gc_delivery::Message {
        loop {
            let next = tokio::time::timeout(A_LONG_TIME, self.events.next());
            let Ok(Some(Item::Entry(entry))) = next.await else { panic!("no {event_type} came") };
            if entry.message.event_type == event_type {
                return entry.message.clone();
            }
        }
    }

    /// Agent 1001 is connected, and Finesse has been read.
    async fn connected(&mut self) -> Opened {
        self.submit("Connect#1001", "desk,secret").unwrap();
        self.event("ConnectStatus").await;
        self.was_read().await;
        self.opened.recv().await.unwrap()
    }

    /// What Finesse is asked next.
    async fn next_request(&mut self) -> Ask {
        let next = tokio::time::timeout(A_LONG_TIME, self.requests.recv());
        next.await.ok().flatten().expect("Finesse is not asked")
    }

    /// Finesse is asked for the agent and its calls.
    async fn was_read(&mut self) {
        assert!(matches!(self.next_request().await, Ask::User { .. }));
        assert!(matches!(self.next_request().await, Ask::Dialogs { .. }));
    }

    /// Finesse has the agent in this state now, and notifies.
    fn notify_state(&self, stream: &Opened, state: UserState) {
        let mut user = lock(&self.link.user);
        (user.state, user.extension) = (state, "2001".to_owned());
        let update = Update {
            source: "/finesse/api/User/1001".to_owned(),
            event: UpdateEvent::Put,
            request_id: None,
            payload: Payload::User(Box::new(user.clone())),
        };
        let node = "/finesse/api/User/1001".to_owned();
        stream.notify.send(Notification::Update { item_id: None, node, update: Box::new(update) }).unwrap();
    }
}

fn submit(engine: &Engine, command: &str, body: &str) -> Result<Receipt, SubmitError> {
    submit_as(engine, command, body, None)
}

fn submit_as(engine: &Engine, command: &str, body: &str, id: Option<&str>) -> Result<Receipt, SubmitError> {
    let json = json!({ "data": { "type": command, "body": body, "correlationId": id } });
    engine.submit(&Request::from_json(json.to_string().as_bytes()).unwrap(), None)
}

#[tokio::test(start_paused = true)]
async fn what_a_command_needs_goes_before_what_nobody_waits_for() {
    let mut stage = Stage::new();
    let stream = stage.connected().await;
    assert!(lock(&stage.link.priorities).drain(..).all(|priority| priority.is_waited_for()));
    drop(stream);
    stage.was_read().await;
    let in_background = std::mem::take(&mut *lock(&stage.link.priorities));
    assert!(!in_background.is_empty() && !in_background.iter().any(Priority::is_waited_for));
    stage.submit("GetState#1001", "").unwrap();
    stage.was_read().await;
    assert!(lock(&stage.link.priorities).drain(..).all(|priority| priority.is_waited_for()));
    assert!(in_background.iter().all(Priority::is_waited_for), "the command waits for what was asked before");
}

#[tokio::test(start_paused = true)]
async fn a_finesse_that_was_never_away_is_not_read_again() {
    let mut stage = Stage::new();
    let stream = stage.connected().await;
    let presence = |available| stream.notify.send(Notification::FinessePresence { available }).unwrap();
    presence(true);
    stage.notify_state(&stream, UserState::NotReady);
    stage.event("State").await;
    // By what came after it, the presence has had its effect: none.
    assert!(stage.requests.is_empty());
    presence(false);
    presence(true);
    stage.was_read().await;
}

#[tokio::test(start_paused = true)]
async fn an_agent_keeps_its_place_among_those_who_wait_until_its_stream_is_open() {
    let mut stage = Stage::new();
    let began = Instant::now();
    let stream = stage.connected().await;
    assert_eq!(stage.waiting.recv().await, Some(began));
    tokio::time::advance(Duration::from_secs(100)).await;
    let lost = Instant::now();
    lock(&stage.link.manners).extend([Manner::Fails, Manner::Fails]);
    drop(stream.notify);
    for _ in 0..3 {
        assert_eq!(stage.waiting.recv().await, Some(lost));
    }
    let stream = stage.opened.recv().await.unwrap();
    tokio::time::advance(Duration::from_secs(100)).await;
    let lost_again = Instant::now();
    drop(stream.notify);
    assert_eq!(stage.waiting.recv().await, Some(lost_again));
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_asked_for_anew_is_not_opened_twice() {
    let mut stage = Stage::new();
    let stream = stage.connected().await;
    let (held, given_up) = oneshot::channel();
    lock(&stage.link.manners).push_back(Manner::Hangs(held));
    drop(stream.notify);
    stage.waiting.recv().await;
    stage.waiting.recv().await.unwrap();
    stage.submit("Connect#1001", "desk,secret").unwrap();
    stage.event("ConnectStatus").await;
    let given_up = tokio::time::timeout(Duration::from_secs(1), given_up).await;
    assert!(given_up.expect("the first one still waits for its login").is_err());
}

#[tokio::test(start_paused = true)]
async fn a_subscription_that_is_not_answered_holds_nothing_up() {
    let mut stage = Stage::new();
    let stream = stage.connected().await;
    stage.submit("getteamusers#1001", "5,true").unwrap();
    stage.notify_state(&stream, UserState::NotReady);
    stage.event("State").await;
    stage.submit("MakeReady#1001", "").unwrap();
    assert!(matches!(stage.next_request().await, Ask::ChangeState { .. }));
}

#[tokio::test(start_paused = true)]
async fn finesse_is_read_again_after_it_was_out_of_service_and_the_client_hears_it_once() {
    let mut stage = Stage::new();
    let _stream = stage.connected().await;
    stage.link.service.replace(Service::OutOfService);
    assert_eq!(stage.event("System").await["status"], "OUT_OF_SERVICE");
    stage.link.service.replace(Service::InService);
    assert_eq!(stage.event("System").await["status"], "IN_SERVICE");
    stage.was_read().await;
}

#[tokio::test(start_paused = true)]
async fn a_session_that_is_forgotten_closes_its_stream_politely_and_leaves_no_task() {
    let mut stage = Stage::new();
    let stream = stage.connected().await;
    stage.submit("Login#1001", "secret,2001").unwrap();
    while !matches!(stage.next_request().await, Ask::Login { .. }) {}
    stage.notify_state(&stream, UserState::NotReady);
    stage.event("DialogState").await;
    stage.submit("Logout#1001", "").unwrap();
    while !matches!(stage.next_request().await, Ask::ChangeState { .. }) {}
    stage.notify_state(&stream, UserState::Logout);
    // The clock runs on by itself until the signed-out agent is forgotten.
    stream.closed.await.unwrap();
    assert_eq!((stage.engine.sessions(), stage.engine.pending_commands()), (0, 0));
    let gone = stage.submit("GetState#1001", "").unwrap();
    assert!(matches!(gone, Receipt::Refused { reason: Refusal::UnknownAgent, .. }));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_carries_no_command_id_but_the_clients_own() {
    let mut stage = Stage::new();
    let submit = |engine: &Engine, command: &str, id: Option<&str>| {
        let json = json!({ "data": { "type": command, "sessionUrl": "desk/7", "correlationId": id } });
        engine.submit(&Request::from_json(json.to_string().as_bytes()).unwrap(), None).unwrap();
    };
    submit(&stage.engine, "Hello#desk", None);
    for id in [None, Some("mine")] {
        submit(&stage.engine, "GetState#1001", id);
        assert_eq!(stage.message("State").await.command_id.as_deref(), id);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_password_leaves_no_task_and_what_waited_behind_it_is_answered() {
    let mut stage = Stage::new();
    stage.link.refuses.store(true, Ordering::SeqCst);
    stage.submit("Connect#1001", "desk,wrong").unwrap();
    stage.submit("GetState#1001", "").unwrap();
    assert_eq!(stage.event("Error").await["errorType"], "SUBSCRIPTION_FAILED");
    assert_eq!(stage.event("State").await["state"], "RE_LOGIN");
    tokio::task::yield_now().await;
    assert_eq!((stage.engine.sessions(), stage.engine.pending_commands()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn finesse_is_asked_again_five_minutes_after_the_first_refusal() {
    let mut stage = Stage::new();
    stage.link.refuses.store(true, Ordering::SeqCst);
    for error in ["SUBSCRIPTION_FAILED", "SUBSCRIPTION_FAILED", "PLEASE_RETRY"] {
        stage.submit("Connect#1001", "desk,wrong").unwrap();
        assert_eq!(stage.event("Error").await["errorType"], error);
    }
    stage.link.refuses.store(false, Ordering::SeqCst);
    for (seconds, event) in [(299, "Error"), (1, "ConnectStatus")] {
        tokio::time::advance(Duration::from_secs(seconds)).await;
        stage.submit("Connect#1001", "desk,secret").unwrap();
        stage.event(event).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_connect_waits_for_those_whose_passwords_may_still_be_refused() {
    let mut stage = Stage::new();
    let hangs = || Manner::Hangs(oneshot::channel().0);
    lock(&stage.link.manners).extend([hangs(), hangs(), hangs()]);
    for agent in ["1001", "1002", "1003"] {
        stage.submit(&format!("Connect#{agent}"), "desk,secret").unwrap();
        stage.waiting.recv().await.unwrap();
    }
    // By then the others have half of their time left.
    tokio::time::sleep(Duration::from_secs(10)).await;
    stage.submit("Connect#1004", "desk,secret").unwrap();
    tokio::time::sleep(Duration::from_secs(9)).await;
    assert!(stage.waiting.try_recv().is_err(), "Finesse was asked about a fourth");
    for _ in ["1001", "1002", "1003"] {
        assert_eq!(stage.event("Error").await["errorType"], "UNABLE_TO_SUBSCRIBE_TO_FINESSE");
    }
    stage.event("ConnectStatus").await;
}

#[tokio::test(start_paused = true)]
async fn so_many_commands_of_an_agent_may_be_open_and_no_two_of_a_name() {
    let mut stage = Stage::new();
    let _stream = stage.connected().await;
    stage.link.silent.store(true, Ordering::SeqCst);
    let engine = &stage.engine;
    submit_as(engine, "MakeReady#1001", "", Some("mine")).unwrap();
    assert_eq!(submit_as(engine, "MakeReady#1001", "", Some("mine")).unwrap_err(), SubmitError::Repeated);
    submit(engine, "MakeReady#1001", "").unwrap();
    submit(engine, "MakeReady#1001", "").unwrap();
    assert_eq!(
        submit(engine, "MakeReady#1001", "").unwrap_err(),
        SubmitError::TooMany { most: 3, of: "agent" }
    );
    // Each has its outcome, in the end by its deadline; then there is room again.
    for _ in 0..3 {
        assert_eq!(stage.event("Error").await["errorType"], "PLEASE_RETRY");
    }
    assert_eq!(stage.engine.pending_commands(), 0);
    stage.submit("GetState#1001", "").unwrap();
}

#[tokio::test(start_paused = true)]
async fn whoever_sent_a_command_can_wait_for_its_outcome() {
    let mut stage = Stage::new();
    let outcome_of = async |receipt: Receipt| {
        let Receipt::Accepted { client, resolution, .. } = receipt else { panic!("{receipt:?}") };
        assert_eq!(client.as_str(), "desk");
        resolution.outcome().await
    };
    let beat = stage.submit("Beat#desk", "").unwrap();
    assert_eq!(outcome_of(beat).await, Some(Outcome::Done));
    let _stream = stage.connected().await;
    let read = stage.submit("GetState#1001", "").unwrap();
    assert_eq!(outcome_of(read).await, Some(Outcome::Done));
    let bad = stage.submit("MakeCall#1001", "").unwrap();
    assert!(matches!(outcome_of(bad).await, Some(Outcome::Failed(_))));
    stage.link.silent.store(true, Ordering::SeqCst);
    let cut_off = stage.submit("MakeReady#1001", "").unwrap();
    drop(stage.engine);
    assert!(matches!(outcome_of(cut_off).await, Some(Outcome::Failed(ErrorCode::PleaseRetry))));
}

#[tokio::test]
async fn no_command_is_taken_while_its_events_could_not_be_kept() {
    let stage = Stage::new();
    let config = gc_delivery::Config { max_backlog: 0, ..gc_delivery::Config::default() };
    let delivery = Arc::new(Delivery::new(config, Arc::new(MemoryJournal::default())).unwrap());
    let cluster = EngineCluster::new(Arc::clone(&stage.link) as Arc<dyn Link>);
    let engine = Engine::start(EngineConfig::default(), vec![cluster], delivery, Kept::default());
    for command in ["Hello#desk", "Beat#desk", "GetState#1001"] {
        assert_eq!(submit(&engine, command, "").unwrap_err(), SubmitError::Overloaded, "{command}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_waits_for_commands_under_way_and_closes_the_streams_politely() {
    let mut stage = Stage::new();
    let stream = stage.connected().await;
    stage.submit("GetState#1001", "").unwrap();
    assert!(stage.engine.stop(Duration::from_secs(10)).await);
    stage.event("DialogState").await;
    stream.closed.await.unwrap();
    assert_eq!(stage.submit("GetState#1001", "").unwrap_err(), SubmitError::Stopping);
    assert_eq!(stage.submit("Hello#desk", "").unwrap_err(), SubmitError::Stopping);
}

#[tokio::test(start_paused = true)]
async fn a_command_that_does_not_end_in_time_ends_because_the_connector_stopped() {
    let mut stage = Stage::new();
    let stream = stage.connected().await;
    stage.link.silent.store(true, Ordering::SeqCst);
    stage.submit("MakeReady#1001", "").unwrap();
    assert!(!stage.engine.stop(Duration::from_secs(1)).await);
    let error = stage.event("Error").await;
    assert_eq!(error["errorType"], "PLEASE_RETRY");
    assert!(error["errorMessage"].as_str().unwrap().contains("stopped"), "{error}");
    stream.closed.await.unwrap();
    assert_eq!(stage.engine.pending_commands(), 0);
}
