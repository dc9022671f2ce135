//! One agent's lane: a task that owns everything of one agent.

mod stream;

use std::collections::{HashMap, VecDeque};
use std::future;
use std::sync::Arc;
use std::time::Duration;

use finesse_client::{Credentials, Notification, NotificationStream, Service, StreamError, SubscribeError};
use gc_core::{Agent, ClientId, CommandId, Input, Output, Timer};
use gc_events::{ErrorCode, ErrorEvent, Event};
use gc_protocol::{ArgumentError, Command};
use tokio::sync::{mpsc, watch};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;
use tracing::Instrument;

use crate::engine::Shared;
use crate::open_commands::Ticket;
use crate::timers::Timers;

const STOPPED: &str =
    "The connector stopped before the outcome was known. Connect again and ask for the state.";

/// A command on its way into the lane.
pub(crate) struct Order {
    pub client: ClientId,
    /// The team member for whom it is, when the agent of the lane is a supervisor.
    pub member: Option<String>,
    pub command: Result<Command, ArgumentError>,
    pub ticket: Ticket,
}

pub(crate) struct Lane {
    id: String,
    shared: Arc<Shared>,
    agent: Agent,
    orders: mpsc::UnboundedReceiver<Order>,
    timers: Timers,
    /// Requests to Finesse and streams being opened. Dropping the lane drops them.
    under_way: JoinSet<Done>,
    stream: Option<NotificationStream>,
    /// Counts the streams asked for: one that opens too late is nobody's.
    stream_number: u64,
    /// The stream that is being opened.
    opening: Option<AbortHandle>,
    /// Since when the agent has been without a stream, while it has none.
    lost: Instant,
    /// What is to be subscribed, or no longer, one after the other.
    nodes: VecDeque<Node>,
    /// Whether one of them is under way.
    subscribing: bool,
    service: watch::Receiver<Service>,
    cluster: Presence,
    finesse: Presence,
    /// Commands without an outcome, and who asked.
    commands: HashMap<CommandId, (ClientId, Ticket)>,
    /// The agent is nobody's, and nobody is connecting.
    vacant: bool,
}

/// What a task of the lane brought.
enum Done {
    Answer(Input),
    Stream(u64, Result<NotificationStream, StreamError>),
    Node(u64, Node, Result<(), SubscribeError>),
}

/// A node beside the agent's own.
enum Node {
    Wanted(String),
    Unwanted(String),
}

/// Whether something is there whose absence means that notifications were missed.
#[derive(Default)]
struct Presence {
    gone: bool,
}

impl Presence {
    /// Notes whether it is there now. True when it is back.
    fn is(&mut self, there: bool) -> bool {
        let back = self.gone && there;
        self.gone = !there;
        back
    }
}

impl Lane {
    pub(crate) fn new(id: &str, shared: Arc<Shared>, orders: mpsc::UnboundedReceiver<Order>) -> Self {
        let service = shared.link.service();
        let gone = *service.borrow() == Service::OutOfService;
        Self {
            id: id.to_owned(),
            agent: Agent::new(id, shared.settings()),
            shared,
            orders,
            timers: Timers::default(),
            under_way: JoinSet::new(),
            stream: None,
            stream_number: 0,
            opening: None,
            lost: Instant::now(),
            nodes: VecDeque::new(),
            subscribing: false,
            service,
            cluster: Presence { gone },
            finesse: Presence::default(),
            commands: HashMap::new(),
            vacant: true,
        }
    }

    /// Runs until the session is over or the engine stops.
    pub(crate) async fn run(mut self) {
        let span = tracing::info_span!("agent", id = %self.id);
        let stop = self.shared.stop.clone();
        async {
            loop {
                let input = tokio::select! {
                    input = self.next() => input,
                    () = stop.cancelled() => break self.stopped().await,
                };
                if let Some(input) = input
                    && self.step(input)
                {
                    break;
                }
            }
        }
        .instrument(span)
        .await;
    }

    /// The next thing that happens.
    async fn next(&mut self) -> Option<Input> {
        self.subscribe_next();
        tokio::select! {
            Some(order) = self.orders.recv() => Some(self.take(order)),
            Some(done) = self.under_way.join_next() => match done {
                Ok(Done::Answer(input)) => Some(input),
                Ok(Done::Stream(number, opened)) => self.stream_opened(number, opened),
                Ok(Done::Node(number, node, answered)) => self.node_answered(number, node, answered),
                // A stream that nobody waits for any more.
                Err(error) if error.is_cancelled() => None,
                Err(error) => {
                    tracing::error!(%error, "a task of the lane failed");
                    None
                }
            },
            notification = next_of(&mut self.stream) => self.notification(notification),
            timer = self.timers.next() => Some(Input::TimerFired(timer)),
            Ok(()) = self.service.changed() => {
                let back = self.cluster.is(*self.service.borrow_and_update() != Service::OutOfService);
                // Without a stream, everything is read again as soon as there is one.
                (back && self.stream.is_some()).then_some(Input::Missed)
            }
        }
    }

    fn take(&mut self, order: Order) -> Input {
        let Order { client, member, command, ticket } = order;
        let id = ticket.command.clone();
        self.vacant &= !matches!(command, Ok(Command::Connect { .. }));
        self.commands.insert(id.clone(), (client.clone(), ticket));
        match (member, command) {
            (Some(member), Ok(command)) => Input::ForMember { id, client, member, command },
            (_, command) => Input::Command { id, client, command },
        }
    }

    /// One step of the machine; true when the session is over and the lane closed.
    fn step(&mut self, input: Input) -> bool {
        for output in self.agent.step(input) {
            self.perform(output);
        }
        self.vacant && self.commands.is_empty() && self.shared.close_lane(&self.id, &self.orders)
    }

    fn perform(&mut self, output: Output) {
        match output {
            Output::Ask { ask, request, credentials, request_id } => {
                let link = Arc::clone(&self.shared.link);
                let credentials = Credentials::new(credentials.user, credentials.password);
                let asking = async move {
                    let result = link.request(&credentials, request, request_id).await;
                    Done::Answer(Input::Answered { ask, result })
                };
                self.under_way.spawn(asking.in_current_span());
            }
            Output::LookUp { ask, query } => {
                let directory = Arc::clone(&self.shared.directory);
                let asking = async move {
                    let result = directory.look_up(query).await;
                    Done::Answer(Input::LookedUp { ask, result })
                };
                self.under_way.spawn(asking.in_current_span());
            }
            Output::Subscribe { node } => self.nodes.push_back(Node::Wanted(node)),
            Output::Unsubscribe { node } => self.nodes.push_back(Node::Unwanted(node)),
            Output::Supervises { members } => self.shared.door().registry.supervises(&self.id, members),
            Output::OpenStream(credentials) => {
                self.open_stream(Credentials::new(credentials.user, credentials.password));
            }
            Output::CloseStream => self.close_stream(),
            Output::Emit { client, event, command } => {
                self.shared.emit(&client, &event, &self.id, command.as_ref());
            }
            Output::StartTimer(timer, after) => self.timers.start(timer.clone(), jittered(&timer, after)),
            Output::StopTimer(timer) => self.timers.stop(&timer),
            Output::Finished(command) => {
                self.commands.remove(&command);
            }
            Output::Owned(client) => self.shared.door().registry.owned(&self.id, client),
            Output::SignedIn(signed_in) => self.shared.door().registry.signed_in(&self.id, signed_in),
            Output::Forgotten => self.forgotten(),
            other => tracing::error!(?other, "the lane cannot do this"),
        }
    }

    /// The session is over. What waits in the lane meets a fresh machine.
    fn forgotten(&mut self) {
        tracing::info!("session over");
        self.close_stream();
        self.agent = Agent::new(self.id.as_str(), self.shared.settings());
        self.timers = Timers::default();
        self.under_way = JoinSet::new();
        self.nodes.clear();
        self.subscribing = false;
        self.vacant = true;
    }

    /// The engine stops: no command is left without a word, and the stream is closed.
    async fn stopped(&mut self) {
        while let Ok(order) = self.orders.try_recv() {
            self.take(order);
        }
        for (id, (client, _ticket)) in self.commands.drain() {
            let event = ErrorEvent::of_agent(ErrorCode::PleaseRetry, &self.id).with_message(STOPPED);
            self.shared.emit(&client, &Event::Error(event), &self.id, Some(&id));
        }
        if let Some(stream) = self.stream.take() {
            stream.close().await;
        }
    }
}

/// The stream's next notification; forever without a stream.
async fn next_of(stream: &mut Option<NotificationStream>) -> Option<Notification> {
    match stream {
        Some(stream) => stream.next().await,
        None => future::pending().await,
    }
}

/// A thousand agents that lost their streams together come back spread over the pause.
fn jittered(timer: &Timer, after: Duration) -> Duration {
    match timer {
        Timer::Reconnect => after.mul_f64(rand::random_range(0.5..=1.0)),
        _ => after,
    }
}
