//! The door: requests come in, are admitted by the registry and go to their lane.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use finesse_client::{Link, Service};
use gc_core::{Admission, ClientId, CommandId, Input, Refusal, Registry, Settings};
use gc_delivery::{Callback, Delivery, InvalidCallback};
use gc_events::{Dialect, ErrorCode, ErrorEvent, Event};
use gc_protocol::Request;
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::lane::Lane;
use crate::outlet::Outlet;

/// How the engine works.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// The rules' own settings.
    pub settings: Settings,
    /// Which dialect the events are written in.
    pub dialect: Dialect,
    /// Signed-in agents at most.
    pub licences: Option<usize>,
    /// Commands and the like that may wait for one agent; more are refused.
    pub lane_capacity: usize,
    /// Where the events of a client go that names no callback of its own.
    pub default_callback: Option<Callback>,
    /// The XMPP resource of every agent's stream: stable, so that a new stream replaces the old one.
    pub resource: String,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            settings: Settings::default(),
            dialect: Dialect::default(),
            licences: None,
            lane_capacity: 64,
            default_callback: None,
            resource: "gc".to_owned(),
        }
    }
}

/// What became of a request at the door.
#[derive(Debug)]
pub enum Receipt {
    /// It is taken; its outcome comes as events that carry this id.
    Accepted {
        /// The command's id.
        command_id: CommandId,
    },
    /// It is not taken; the event says why.
    Refused {
        /// Why.
        reason: Refusal,
        /// What the client is told.
        event: Event,
    },
}

/// Why nothing is taken at the moment.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Busy {
    /// The engine is stopping.
    #[error("the connector is stopping")]
    Stopping,
    /// Too many commands wait for this agent.
    #[error("too many commands wait for this agent")]
    LaneFull,
    /// The callback address cannot be used.
    #[error("{0}")]
    Callback(#[from] InvalidCallback),
}

/// The door to all agents.
pub struct Engine {
    shared: Arc<Shared>,
}

/// What every lane has a part in.
pub(crate) struct Shared {
    pub config: EngineConfig,
    pub link: Arc<dyn Link>,
    pub outlet: Outlet,
    lanes: Mutex<HashMap<String, mpsc::Sender<Input>>>,
    /// Commands without an outcome: each lane holds a token for each of its own.
    pub commands: TaskTracker,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// Nothing that runs under these locks can leave what they guard half changed.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Engine {
    /// Starts the engine on the current runtime.
    pub fn start(config: EngineConfig, link: Arc<dyn Link>, delivery: Arc<Delivery>) -> Self {
        let registry = Arc::new(Mutex::new(Registry::new(config.licences)));
        let outlet = Outlet { delivery, registry, dialect: config.dialect };
        let shared = Arc::new(Shared {
            config,
            link,
            outlet,
            lanes: Mutex::default(),
            commands: TaskTracker::new(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        });
        shared.tasks.spawn(watch_service(Arc::clone(&shared)));
        Self { shared }
    }

    /// Takes one request. Never waits: what is accepted has its outcome as events.
    ///
    /// # Errors
    /// When the request cannot be taken now, or its callback address never.
    pub fn submit(&self, request: &Request) -> Result<Receipt, Busy> {
        if self.shared.commands.is_closed() {
            return Err(Busy::Stopping);
        }
        let parts = request.callback.as_ref();
        let callback = parts.map(|parts| Callback::from_parts(&parts.fqdn, &parts.endpoint)).transpose()?;
        let admission = lock(&self.shared.outlet.registry).admit(request);
        let command_id = CommandId::from(
            request.correlation_id.clone().unwrap_or_else(|| Uuid::new_v4().to_string()),
        );
        let agent = request.id.as_str();
        match admission {
            Admission::Refused { reason, event, tell } => {
                if let Some(client) = tell {
                    self.shared.outlet.emit(&client, &event, Some(agent), Some(&command_id));
                }
                tracing::info!(command = %request.name, id = agent, ?reason, "command refused");
                return Ok(Receipt::Refused { reason, event: *event });
            }
            Admission::Client { client, event } => {
                self.register(&client, callback);
                self.shared.outlet.emit(&client, &event, None, Some(&command_id));
            }
            Admission::Denied { client, event } => {
                self.shared.outlet.emit(&client, &event, Some(agent), Some(&command_id));
            }
            Admission::Agent { client } => {
                self.register(&client, callback);
                let command = request.command();
                let input = Input::Command { id: command_id.clone(), client, command };
                self.shared.send(agent, input)?;
            }
        }
        tracing::info!(command = %request.name, id = agent, command_id = %command_id, "command accepted");
        Ok(Receipt::Accepted { command_id })
    }

    /// Makes the client known to the delivery. A callback stays until another one comes.
    fn register(&self, client: &ClientId, callback: Option<Callback>) {
        let delivery = &self.shared.outlet.delivery;
        let to = gc_delivery::ClientId::from(client.as_str());
        if callback.is_some() {
            delivery.register(&to, callback);
        } else if delivery.counts(&to).is_err() {
            delivery.register(&to, self.shared.config.default_callback.clone());
        }
    }

    /// An `Error` event for a request that never reached the registry.
    pub fn error(code: ErrorCode, message: impl Into<String>) -> Event {
        Event::Error(ErrorEvent::of_service(code).with_message(message))
    }

    /// The dialect in which events are written.
    pub fn dialect(&self) -> Dialect {
        self.shared.config.dialect
    }

    /// Whether Finesse is in service.
    pub fn is_in_service(&self) -> bool {
        *self.shared.link.service().borrow() == Service::InService
    }

    /// Stops: nothing new is taken, commands under way have `grace` to end, then the streams are closed
    /// politely. Returns whether every command had its outcome.
    pub async fn stop(&self, grace: Duration) -> bool {
        self.shared.commands.close();
        let ended = tokio::time::timeout(grace, self.shared.commands.wait()).await.is_ok();
        self.shared.stop.cancel();
        self.shared.tasks.close();
        // Each lane gives its own stream a few seconds to close.
        self.shared.tasks.wait().await;
        ended
    }
}

impl Shared {
    /// Hands an input to the agent's lane; makes the lane if there is none.
    fn send(self: &Arc<Self>, agent: &str, input: Input) -> Result<(), Busy> {
        let mut lanes = lock(&self.lanes);
        let input = match lanes.get(agent) {
            None => input,
            Some(lane) => match lane.try_send(input) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Full(_)) => return Err(Busy::LaneFull),
                // The lane ended without a word: make another one.
                Err(TrySendError::Closed(input)) => input,
            },
        };
        let (inputs, lane_inputs) = mpsc::channel(self.config.lane_capacity.max(1));
        let lane = Lane::new(agent, Arc::clone(self), lane_inputs);
        self.tasks.spawn(lane.run(self.stop.clone()));
        let sent = inputs.try_send(input).map_err(|_| Busy::LaneFull);
        lanes.insert(agent.to_owned(), inputs);
        sent
    }

    /// The agent's session is over. True if its lane has nothing left to do and is closed now.
    pub(crate) fn close_lane(&self, agent: &str, inputs: &mpsc::Receiver<Input>) -> bool {
        let mut lanes = lock(&self.lanes);
        if !inputs.is_empty() {
            return false;
        }
        lanes.remove(agent);
        lock(&self.outlet.registry).forgotten(agent);
        true
    }
}

/// Tells every client once when Finesse goes out of service or comes back.
async fn watch_service(shared: Arc<Shared>) {
    let mut service = shared.link.service();
    loop {
        let now = *service.borrow_and_update();
        if now != Service::Unknown {
            let told = lock(&shared.outlet.registry).service_changed(now == Service::InService);
            for (client, event) in told {
                shared.outlet.emit(&client, &event, None, None);
            }
        }
        tokio::select! {
            changed = service.changed() => if changed.is_err() { return },
            () = shared.stop.cancelled() => return,
        }
    }
}
