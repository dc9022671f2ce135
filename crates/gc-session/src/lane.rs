//! One agent's lane: a task that owns everything of one agent.

use std::collections::HashMap;
use std::future;
use std::sync::Arc;
use std::time::Duration;

use finesse_client::{Closed, Credentials, Notification, NotificationStream, Service, StreamError};
use gc_core::{Agent, CommandId, Input, Output, StreamEnd, StreamFault, Timer};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::task_tracker::TaskTrackerToken;
use tracing::Instrument;

use crate::engine::{Shared, lock};
use crate::timers::Timers;

pub(crate) struct Lane {
    id: String,
    shared: Arc<Shared>,
    agent: Agent,
    inputs: mpsc::Receiver<Input>,
    timers: Timers,
    /// Requests to Finesse and streams being opened. Dropping the lane drops them.
    under_way: JoinSet<Done>,
    stream: Option<NotificationStream>,
    /// Counts the streams asked for: one that opens too late is nobody's.
    stream_number: u64,
    service: watch::Receiver<Service>,
    commands: HashMap<CommandId, TaskTrackerToken>,
}

/// What a task of the lane brought.
enum Done {
    Answer(Input),
    Stream(u64, Result<NotificationStream, StreamError>),
    Nothing,
}

impl Lane {
    pub(crate) fn new(id: &str, shared: Arc<Shared>, inputs: mpsc::Receiver<Input>) -> Self {
        Self {
            id: id.to_owned(),
            agent: Agent::new(id, Arc::new(shared.config.settings.clone())),
            service: shared.link.service(),
            shared,
            inputs,
            timers: Timers::default(),
            under_way: JoinSet::new(),
            stream: None,
            stream_number: 0,
            commands: HashMap::new(),
        }
    }

    /// Runs until the session is over or the engine stops.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let span = tracing::info_span!("agent", id = %self.id);
        async {
            loop {
                let input = tokio::select! {
                    input = self.next() => input,
                    () = stop.cancelled() => break,
                };
                if let Some(input) = input
                    && self.step(input)
                {
                    break;
                }
            }
            if let Some(stream) = self.stream.take() {
                stream.close().await;
            }
        }
        .instrument(span)
        .await;
    }

    /// The next thing that happens.
    async fn next(&mut self) -> Option<Input> {
        tokio::select! {
            Some(input) = self.inputs.recv() => Some(input),
            Some(done) = self.under_way.join_next() => match done {
                Ok(Done::Answer(input)) => Some(input),
                Ok(Done::Stream(number, opened)) => self.stream_opened(number, opened),
                Ok(Done::Nothing) => None,
                Err(error) => {
                    tracing::error!(%error, "a task of the lane failed");
                    None
                }
            },
            notification = next_of(&mut self.stream) => self.notification(notification),
            timer = self.timers.next() => Some(Input::TimerFired(timer)),
            Ok(()) = self.service.changed() => {
                let back = *self.service.borrow_and_update() == Service::InService;
                back.then_some(Input::Missed)
            }
        }
    }

    /// One step of the machine; true when the session is over and the lane closed.
    fn step(&mut self, input: Input) -> bool {
        if let Input::Command { id, .. } = &input {
            self.commands.insert(id.clone(), self.shared.commands.token());
        }
        let mut over = false;
        for output in self.agent.step(input) {
            over |= matches!(output, Output::Forgotten);
            self.perform(output);
        }
        if !over {
            return false;
        }
        tracing::info!("session over");
        // What came in meanwhile meets a fresh machine.
        self.agent = Agent::new(self.id.as_str(), Arc::new(self.shared.config.settings.clone()));
        self.timers = Timers::default();
        self.under_way = JoinSet::new();
        self.shared.close_lane(&self.id, &self.inputs)
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
            Output::OpenStream(credentials) => {
                self.stream = None;
                self.stream_number += 1;
                let number = self.stream_number;
                let link = Arc::clone(&self.shared.link);
                let resource = self.shared.config.resource.clone();
                let credentials = Credentials::new(credentials.user, credentials.password);
                let opening = async move {
                    Done::Stream(number, link.open_stream(&credentials, &resource).await)
                };
                self.under_way.spawn(opening.in_current_span());
            }
            Output::CloseStream => {
                self.stream_number += 1;
                if let Some(stream) = self.stream.take() {
                    self.under_way.spawn(async move {
                        stream.close().await;
                        Done::Nothing
                    });
                }
            }
            Output::Emit { client, event, command } => {
                self.shared.outlet.emit(&client, &event, Some(&self.id), command.as_ref());
            }
            Output::StartTimer(timer, after) => self.timers.start(timer.clone(), jittered(&timer, after)),
            Output::StopTimer(timer) => self.timers.stop(&timer),
            Output::Finished(command) => {
                self.commands.remove(&command);
            }
            Output::Owned(client) => lock(&self.shared.outlet.registry).owned(&self.id, client),
            Output::SignedIn(signed_in) => {
                lock(&self.shared.outlet.registry).signed_in(&self.id, signed_in);
            }
            other => tracing::debug!(?other, "nothing to do"),
        }
    }
}

impl Lane {
    fn stream_opened(&mut self, number: u64, opened: Result<NotificationStream, StreamError>) -> Option<Input> {
        if number != self.stream_number {
            return None; // Asked for again or given up meanwhile; dropping it closes it.
        }
        match opened {
            Ok(stream) => {
                tracing::info!("notification stream open");
                self.stream = Some(stream);
                Some(Input::StreamOpened)
            }
            Err(error) => {
                tracing::warn!(%error, "notification stream not opened");
                let refused = error.is_refused();
                Some(Input::StreamFailed(if refused { StreamFault::Refused } else { StreamFault::Failed }))
            }
        }
    }

    fn notification(&mut self, notification: Option<Notification>) -> Option<Input> {
        match notification {
            Some(Notification::Update { item_id, update, .. }) => Some(Input::Notified { item_id, update }),
            Some(Notification::Unreadable { node, reason, .. }) => {
                // What it said is not known: Finesse is read again.
                tracing::warn!(node, reason, "unreadable notification");
                Some(Input::Missed)
            }
            Some(Notification::FinessePresence { available }) => {
                tracing::info!(available, "presence of Finesse");
                available.then_some(Input::Missed)
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
