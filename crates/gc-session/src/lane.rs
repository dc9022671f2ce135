//! One agent's lane: a task that owns everything of one agent.

use std::collections::{HashMap, VecDeque};
use std::future;
use std::sync::Arc;
use std::time::Duration;

use finesse_client::{
    Closed, Credentials, Notification, NotificationStream, Service, StreamError, SubscribeError,
};
use finesse_types::{Update, is_team_node};
use gc_core::{Agent, ClientId, CommandId, Input, Output, StreamEnd, StreamFault, Timer};
use gc_events::{ErrorCode, ErrorEvent, Event};
use gc_protocol::{ArgumentError, Command};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
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
    orders: mpsc::UnboundedReceiver<Post>,
    timers: Timers,
    /// Requests to Finesse and streams being opened. Dropping the lane drops them.
    under_way: JoinSet<Done>,
    stream: Option<NotificationStream>,
    /// Counts the streams asked for: one that opens too late is nobody's.
    stream_number: u64,
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
/// What comes to a lane from outside.
pub(crate) enum Post {
    Order(Order),
    /// Finesse refuses a request of this agent, and says so on another one's node.
    Forwarded(Box<Update>),
}

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
    pub(crate) fn new(id: &str, shared: Arc<Shared>, orders: mpsc::UnboundedReceiver<Post>) -> Self {
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
        // What comes next may become events.
        self.shared.outlet.delivery.room().await;
        self.subscribe_next();
        tokio::select! {
            Some(post) = self.orders.recv() => Some(match post {
                Post::Order(order) => self.take(order),
                Post::Forwarded(update) => Input::Notified { item_id: None, update },
            }),
            Some(done) = self.under_way.join_next() => match done {
                Ok(Done::Answer(input)) => Some(input),
                Ok(Done::Stream(number, opened)) => self.stream_opened(number, opened),
                Ok(Done::Node(number, node, answered)) => self.node_answered(number, node, answered),
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
                self.close_stream();
                let number = self.stream_number;
                let link = Arc::clone(&self.shared.link);
                let resource = self.shared.config.resource.clone();
                let credentials = Credentials::new(credentials.user, credentials.password);
                let opening =
                    async move { Done::Stream(number, link.open_stream(&credentials, &resource).await) };
                self.under_way.spawn(opening.in_current_span());
            }
            Output::CloseStream => self.close_stream(),
            Output::Emit { client, event, command, .. } => {
                self.shared.emit(&client, &event, &self.id, command.as_ref());
            }
            Output::Forward { agent, update } => self.shared.forward(&agent, update),
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
        while let Ok(post) = self.orders.try_recv() {
            if let Post::Order(order) = post {
                self.take(order);
            }
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

/// The notification stream.
impl Lane {
    /// Closes the stream, if there is one, beside everything else; one that is being opened is nobody's.
    fn close_stream(&mut self) {
        self.stream_number += 1;
        if let Some(stream) = self.stream.take() {
            self.close(stream);
        }
    }

    fn close(&self, stream: NotificationStream) {
        self.shared.tasks.spawn(stream.close().in_current_span());
    }

    fn stream_opened(
        &mut self,
        number: u64,
        opened: Result<NotificationStream, StreamError>,
    ) -> Option<Input> {
        if number != self.stream_number {
            // Asked for again or given up meanwhile.
            opened.into_iter().for_each(|stream| self.close(stream));
            return None;
        }
        match opened {
            Ok(stream) => {
                tracing::info!("notification stream open");
                self.stream = Some(stream);
                self.finesse = Presence::default();
                Some(Input::StreamOpened)
            }
            Err(error) => {
                tracing::warn!(%error, "notification stream not opened");
                Some(Input::StreamFailed(match () {
                    () if error.is_refused() => StreamFault::Refused,
                    () if error.is_conflict() => StreamFault::Conflict,
                    () => StreamFault::Failed,
                }))
            }
        }
    }

    /// One after the other, so that their order is kept; everything else goes on meanwhile.
    fn subscribe_next(&mut self) {
        while !self.subscribing
            && let Some(node) = self.nodes.pop_front()
        {
            // Without a stream there is nothing to ask; a new one is told everything anew.
            let Some(stream) = &self.stream else { continue };
            let asking = match &node {
                Node::Wanted(node) => stream.subscribe(node),
                Node::Unwanted(node) => stream.unsubscribe(node),
            };
            let number = self.stream_number;
            let asking = async move { Done::Node(number, node, asking.await) };
            self.under_way.spawn(asking.in_current_span());
            self.subscribing = true;
        }
    }

    fn node_answered(
        &mut self,
        number: u64,
        node: Node,
        answered: Result<(), SubscribeError>,
    ) -> Option<Input> {
        self.subscribing = false;
        let Err(error) = answered else {
            return match node {
                Node::Wanted(node) if number == self.stream_number => Some(Input::Subscribed { node }),
                _ => None,
            };
        };
        match node {
            // On a lost stream it says nothing: the next one is asked again.
            Node::Wanted(node) if number == self.stream_number && self.stream.is_some() => {
                tracing::warn!(node, %error, "not subscribed");
                Some(Input::NotSubscribed { node })
            }
            Node::Wanted(node) | Node::Unwanted(node) => {
                tracing::info!(node, %error, "not subscribed, or still");
                None
            }
        }
    }

    fn notification(&mut self, notification: Option<Notification>) -> Option<Input> {
        match notification {
            Some(Notification::Update { item_id, update, node }) => Some(match is_team_node(&node) {
                true => Input::TeamNotified { item_id, update },
                false => Input::Notified { item_id, update },
            }),
            Some(Notification::Unreadable { node, reason, .. }) => {
                // What it said is not known: Finesse is read again.
                tracing::warn!(node, reason, "unreadable notification");
                Some(Input::Missed)
            }
            Some(Notification::FinessePresence { available }) => {
                let back = self.finesse.is(available);
                tracing::info!(available, back, "presence of Finesse");
                back.then_some(Input::Missed)
            }
            Some(Notification::Closed { reason }) => {
                tracing::warn!(%reason, "notification stream ended");
                self.stream = None;
                let conflict = reason == Closed::Conflict;
                Some(Input::StreamEnded(if conflict { StreamEnd::Conflict } else { StreamEnd::Lost }))
            }
            None => {
                self.stream = None;
                Some(Input::StreamEnded(StreamEnd::Lost))
            }
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
