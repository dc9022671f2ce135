//! One agent's task: it owns everything of one agent.

mod renewal;
mod repeats;
mod stream;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use finesse_client::{NotificationStream, Priority, StreamError, SubscribeError};
use gc_environment::{Timers, Watched};
use gc_protocol::Command;
use gc_rules::{Agent, AgentKey, CommandId, Input, Output, SessionChange, Timer};
use gc_store::CommandRecord;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;
use tracing::Instrument;

use self::repeats::Repeats;
use self::stream::next_of;
use crate::agent_span::span_of;
use crate::agent_status::TaskReport;
use crate::cluster::ClusterLink;
use crate::crowd::warn_of_crowd;
use crate::keeper::Keeper;
use crate::lock::lock;
use crate::measures::{AgentLevels, Counted};
use crate::message::{Message, Question, Submitted};
use crate::pending::{Sender, Ticket};
use crate::resolution::{Resolution, RestoredCommand};
use crate::shared::Shared;

/// Everything of one agent: its machine, stream, timers and requests in flight.
pub(crate) struct AgentTask {
    key: AgentKey,
    shared: Arc<Shared>,
    link: Arc<ClusterLink>,
    agent: Agent,
    messages: mpsc::UnboundedReceiver<Message>,
    timers: Timers<Timer>,
    /// Requests to Finesse and streams being opened. Dropping the task drops them.
    in_flight: JoinSet<Done>,
    stream: Option<NotificationStream>,
    /// The number of the stream that was requested last. One with another number, which opens too late, is closed.
    stream_number: u64,
    /// The stream that is being opened.
    opening: Option<AbortHandle>,
    /// The one that is being opened at another node, while the stream goes on.
    moving: Option<AbortHandle>,
    /// It is open, and takes the stream's place when that has brought its last.
    successor: Option<NotificationStream>,
    /// Since when the agent has been without a stream, while it has none.
    lost: Instant,
    /// Since when the stream is open, while there is one.
    opened: Instant,
    /// Subscriptions to make or to end, one after the other.
    nodes: VecDeque<Node>,
    /// Whether one of them has no answer yet.
    subscribing: bool,
    /// Whether a command has come since something was asked in the background.
    is_waited_for: Watched<bool>,
    /// The tickets of the pending commands. Boxed, because a map makes room for eleven at once, and keeps it.
    tickets: BTreeMap<CommandId, Box<Ticket>>,
    /// Whether the agent has no owner, and no Connect is pending.
    vacant: bool,
    /// Records what a restart has to know, if the journal survives one.
    keeper: Option<Keeper>,
    /// Where it counts.
    levels: AgentLevels,
    /// Streams that could not be opened, and notifications that could not be read: a Finesse that fails can cause many.
    not_opened: Repeats,
    unreadable: Repeats,
    /// For a session that was kept: its first input.
    restored: Option<Input>,
}

/// The result of a background task.
enum Done {
    Answer(Input),
    Stream(u64, Result<NotificationStream, StreamError>),
    Successor(u64, Result<NotificationStream, StreamError>),
    Node(u64, Node, Result<(), SubscribeError>),
}

/// A node other than the agent's own.
enum Node {
    Wanted(String),
    Unwanted(String),
}

impl AgentTask {
    pub(crate) fn new(
        key: AgentKey,
        shared: Arc<Shared>,
        link: Arc<ClusterLink>,
        agent: Agent,
        messages: mpsc::UnboundedReceiver<Message>,
    ) -> Self {
        Self {
            agent,
            key,
            levels: AgentLevels::new(&link.measures),
            shared,
            link,
            messages,
            timers: Timers::default(),
            in_flight: JoinSet::new(),
            stream: None,
            stream_number: 0,
            opening: None,
            moving: None,
            successor: None,
            lost: Instant::now(),
            opened: Instant::now(),
            nodes: VecDeque::new(),
            subscribing: false,
            is_waited_for: Watched::new(false),
            tickets: BTreeMap::new(),
            vacant: true,
            keeper: None,
            not_opened: Repeats::default(),
            unreadable: Repeats::default(),
            restored: None,
        }
        .with_keeper(false)
    }

    /// `is_kept`: there is a record of the session already.
    fn with_keeper(mut self, is_kept: bool) -> Self {
        let survives = self.shared.outlet.delivery.survives();
        self.keeper = survives.then(|| Keeper::new(self.key.clone(), self.shared.sealer.clone(), is_kept));
        self
    }

    /// The task goes on with a session that was kept. `open`: its commands without an outcome, which this one has sent.
    /// Their outcomes are awaited in `restored`.
    pub(crate) fn resume(
        self,
        open: &[CommandRecord],
        sender: &Sender,
        away: Duration,
        restored: &mut Vec<RestoredCommand>,
    ) -> Self {
        let mut resumed = self.with_keeper(true);
        resumed.vacant = false;
        // More than there may be are not admitted, and have their outcome all the same.
        let commands = Arc::clone(&resumed.shared.commands);
        let mut restored_open = Vec::new();
        for command in open {
            let mut id = command.id.clone();
            let (client, command_name) = (command.client.clone(), command.name.clone());
            let sender = Sender { client, command: command_name, ..sender.clone() };
            let resolution = match commands.admit(&resumed.key, &id, sender) {
                Ok(mut ticket) => {
                    let resolution = ticket.resolution();
                    id = ticket.command.clone();
                    let ticket = ticket.counted(Some(Counted::new(&resumed.link.measures, &command.name)));
                    resumed.tickets.insert(id.clone(), Box::new(ticket));
                    resolution
                }
                Err(_) => Resolution::unknown(),
            };
            if let Some(keeper) = &mut resumed.keeper {
                keeper.taken(id.clone(), command.client.clone());
            }
            restored_open.push((id, command.client.clone()));
            restored.push(RestoredCommand::new(command, resolution));
        }
        resumed.restored = Some(Input::Restored { open: restored_open, away });
        resumed
    }

    /// Runs until the session is over or the engine stops. Boxed, because a future holds its arguments twice.
    pub(crate) async fn run(mut self: Box<Self>, mut questions: mpsc::UnboundedReceiver<Question>) {
        let span = span_of(&self.key);
        let stop = self.shared.stop.clone();
        async {
            if let Some(input) = self.restored.take() {
                self.step(input);
            }
            loop {
                let input = tokio::select! {
                    // A stop first: an agent that is never idle cannot delay it.
                    biased;
                    () = stop.cancelled() => break self.stopped().await,
                    Some(question) = questions.recv() => {
                        // Whoever asked may have gone.
                        _ = question.send(self.report());
                        continue;
                    }
                    input = self.next() => input,
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

    fn report(&self) -> TaskReport {
        TaskReport { overview: self.agent.overview(), stream: self.stream_status() }
    }

    /// The next thing that happens.
    async fn next(&mut self) -> Option<Input> {
        // What comes next may become events.
        self.shared.wait_for_capacity().await;
        self.subscribe_next();
        // Answers and notifications before commands, so that what is known is known when a command comes; timers
        // last, so that a deadline does not pass before the answer that was there in time.
        tokio::select! {
            biased;
            Some(done) = self.in_flight.join_next() => match done {
                Ok(Done::Answer(input)) => {
                    if let Input::TokenRenewed { result: Err(failure), .. } = &input {
                        let (reason, then) = renewal::explained(failure);
                        let service = self.link.link.token_service();
                        warn_of_crowd!(self, "token not renewed", service, reason, then);
                    }
                    Some(input)
                }
                Ok(Done::Stream(number, opened)) => self.stream_opened(number, opened),
                Ok(Done::Successor(number, opened)) => self.successor_opened(number, opened),
                Ok(Done::Node(number, node, answered)) => self.node_answered(number, node, answered),
                // A stream that nobody waits for any more.
                Err(error) if error.is_cancelled() => None,
                Err(error) => {
                    tracing::error!(%error, "a task of the agent failed");
                    None
                }
            },
            notification = next_of(&mut self.stream) => self.notification(notification),
            Some(message) = self.messages.recv() => Some(match message {
                Message::Command(submitted) => self.take(*submitted),
                Message::Input(input) => *input,
            }),
            timer = self.timers.next() => Some(Input::TimerFired(timer)),
        }
    }

    fn take(&mut self, submitted: Submitted) -> Input {
        let Submitted { client, member, command, ticket } = submitted;
        let id = ticket.command.clone();
        self.vacant &= !matches!(command, Ok(Command::Connect { .. }));
        self.tickets.insert(id.clone(), Box::new(ticket));
        // What is asked in the background is what this command waits for now, if it has not begun.
        std::mem::replace(&mut self.is_waited_for, Watched::new(false)).replace(true);
        if let Some(keeper) = &mut self.keeper {
            keeper.taken(id.clone(), client.clone());
        }
        Input::of_command(id, client, member, command)
    }

    /// One step of the machine; true when the session is over and the task has nothing left to do.
    fn step(&mut self, input: Input) -> bool {
        // Its outcome may come with this step: what is asked then belongs to it still.
        let priority = match self.tickets.is_empty() {
            true => Priority::Background(self.is_waited_for.watch()),
            false => Priority::WaitedFor,
        };
        let outputs = self.recorded(input);
        // The events first, and as one batch: what was decided is handed over before the world is changed.
        let changes = self.keeper.as_mut().map(|keeper| keeper.changes(&outputs, &self.agent));
        self.shared.emit(&self.key, &outputs, changes.unwrap_or_default());
        outputs.into_iter().for_each(|output| self.perform(output, priority.clone()));
        self.levels.state(self.agent.state());
        for cause in self.agent.take_rereads() {
            self.link.measures.rereads.add(&cause, 1);
        }
        self.vacant && self.tickets.is_empty() && self.shared.close_task(&self.key, &self.messages)
    }

    /// What the machine does with this input. If the agent is recorded, both are.
    fn recorded(&mut self, input: Input) -> Vec<Output> {
        let Some(recorder) = self.shared.recordings.of(&self.key) else { return self.agent.step(input) };
        let now = self.shared.started.elapsed();
        let outputs = {
            let mut recorder = lock(&recorder);
            recorder.begin(&self.agent, now);
            recorder.before(&input, now);
            let outputs = self.agent.step(input);
            recorder.after(&outputs);
            outputs
        };
        self.shared.recordings.note(&self.key, &outputs);
        outputs
    }

    /// `priority`: whether a command of the agent has no outcome yet.
    fn perform(&mut self, output: Output, priority: Priority) {
        match output {
            Output::Ask { ask, request, credentials, request_id } => {
                let link = Arc::clone(&self.link.link);
                let asking = async move {
                    let result = link.request(&credentials, request, request_id, priority).await;
                    Done::Answer(Input::Answered { ask, result })
                };
                self.in_flight.spawn(asking.in_current_span());
            }
            Output::RenewToken { ask, credentials } => {
                let link = Arc::clone(&self.link.link);
                let asking = async move {
                    let result = link.renew_token(&credentials).await;
                    Done::Answer(Input::TokenRenewed { ask, result })
                };
                self.in_flight.spawn(asking.in_current_span());
            }
            Output::LookUp { ask, query } => {
                let directory = Arc::clone(&self.link.directory);
                let asking = async move {
                    let result = directory.look_up(query).await;
                    Done::Answer(Input::LookedUp { ask, result })
                };
                self.in_flight.spawn(asking.in_current_span());
            }
            Output::Subscribe { node } => self.nodes.push_back(Node::Wanted(node)),
            Output::Unsubscribe { node } => self.nodes.push_back(Node::Unwanted(node)),
            Output::OpenStream(credentials) => {
                self.open_stream(credentials, priority);
            }
            Output::MoveStream(credentials) => self.move_stream(&credentials),
            Output::CloseStream => self.close_stream(),
            // Handed over with the other events of its step.
            Output::Emit { .. } => {}
            Output::Forward { agent, update } => {
                self.shared.forward(&self.key, agent, update);
            }
            Output::StartTimer(timer, delay) => self.timers.start(timer, delay.at(self.shared.random_bits())),
            Output::StopTimer(timer) => self.timers.stop(&timer),
            Output::Finished { id, outcome } => {
                if let Some(ticket) = self.tickets.remove(&id) {
                    ticket.resolve(outcome);
                }
            }
            Output::RequestAttempt { command, client, asks_finesse } => {
                self.shared.request_attempt(&self.key, &client, command, asks_finesse);
            }
            Output::Session(SessionChange::Forgotten) => self.forgotten(),
            Output::Session(change) => self.shared.note(&self.key, change),
        }
    }

    /// The session is over. Messages that are queued go to a new machine.
    fn forgotten(&mut self) {
        tracing::info!("session over");
        self.close_stream();
        self.agent = self.link.new_agent(&self.key, &self.shared.roster().switchboard);
        self.timers = Timers::default();
        self.in_flight = JoinSet::new();
        self.nodes.clear();
        self.subscribing = false;
        self.vacant = true;
    }

    /// The engine stops: no command is left without an outcome, and the stream is closed.
    async fn stopped(&mut self) {
        while let Ok(message) = self.messages.try_recv() {
            if let Message::Command(submitted) = message {
                let input = self.take(*submitted);
                self.step(input);
            }
        }
        let streams = [self.stream.take(), self.successor.take()];
        self.step(Input::Stop);
        for stream in streams.into_iter().flatten() {
            stream.close().await;
        }
    }
}
