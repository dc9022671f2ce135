//! The door: requests come in, are admitted by the registry and go to their lane.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use finesse_client::{Link, Service};
use finesse_types::{Deployment, Update};
use gc_core::{Admission, ClientId, CommandId, Platform, Refusal, Registry, Settings};
use gc_delivery::{Callback, Delivery, InvalidCallback};
use gc_events::{Dialect, ErrorCode, ErrorEvent, Event};
use gc_protocol::Request;
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::SendError;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::EngineConfig;
use crate::directory::Directory;
use crate::lane::{Lane, Order, Post};
use crate::open_commands::OpenCommands;
use crate::outlet::{Beside, Outlet};

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
        event: Box<Event>,
    },
}

/// Why a request is not taken at the moment.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Busy {
    /// The engine is stopping.
    #[error("The connector is stopping. Send the command again when it is back.")]
    Stopping,
    /// Events are written down more slowly than they come.
    #[error("The connector has more events than it can write down. Send the command again in a moment.")]
    Overloaded,
    /// Too many commands of this agent are open.
    #[error("{most} commands of this agent have no outcome yet. Wait for theirs.")]
    TooMany {
        /// How many may be open.
        most: usize,
    },
    /// An open command of this agent has the same `correlationId`.
    #[error("A command of this agent with the same correlationId has no outcome yet. Wait for its events.")]
    Repeated,
    /// The callback address cannot be used.
    #[error("{0}")]
    Callback(#[from] InvalidCallback),
}

/// The door to all agents. Dropping it ends all lanes at once; see [`Engine::stop`] for the polite way.
pub struct Engine {
    shared: Arc<Shared>,
}

/// What every lane has a part in.
pub(crate) struct Shared {
    pub config: EngineConfig,
    pub link: Arc<dyn Link>,
    pub directory: Arc<dyn Directory>,
    pub outlet: Outlet,
    pub commands: Arc<OpenCommands>,
    /// The lanes, and streams that are being closed.
    pub tasks: TaskTracker,
    pub stop: CancellationToken,
    door: Mutex<Door>,
}

/// Who is there. One lock for both: whom the registry knows is who has a lane, or is about to.
pub(crate) struct Door {
    pub registry: Registry,
    lanes: HashMap<String, mpsc::UnboundedSender<Post>>,
}

/// Nothing that runs under these locks waits, or can leave what they guard half changed.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Engine {
    /// Starts the engine on the current runtime.
    pub fn start(
        config: EngineConfig,
        link: Arc<dyn Link>,
        directory: Arc<dyn Directory>,
        delivery: Arc<Delivery>,
    ) -> Self {
        let mut registry = Registry::new(config.licences, config.max_clients);
        registry.service_changed(*link.service().borrow() == Service::InService);
        let door = Door { registry, lanes: HashMap::new() };
        let default_callback = config.default_callback.clone();
        let shared = Arc::new(Shared {
            link,
            directory,
            outlet: Outlet { delivery, dialect: config.dialect, default_callback },
            commands: Arc::new(OpenCommands::new(config.max_open_commands)),
            config,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            door: Mutex::new(door),
        });
        shared.tasks.spawn(watch_service(Arc::clone(&shared)));
        Self { shared }
    }

    /// Takes one request. Never waits: what is accepted has its outcome as events.
    ///
    /// # Errors
    /// When the request cannot be taken now, or its callback address never.
    pub fn submit(&self, request: &Request) -> Result<Receipt, Busy> {
        if self.is_stopping() {
            return Err(Busy::Stopping);
        }
        if !self.shared.outlet.delivery.has_room() {
            return Err(Busy::Overloaded);
        }
        let parts = request.callback.as_ref();
        let callback = parts.map(|parts| Callback::from_parts(&parts.fqdn, &parts.endpoint)).transpose()?;
        let id = request.correlation_id.clone().unwrap_or_else(|| Uuid::new_v4().to_string());
        let command_id = CommandId::from(id);

        let outlet = &self.shared.outlet;
        let agent = request.id.as_str();
        let mut door = self.shared.door();
        match door.registry.admit(request) {
            Admission::Refused { reason, event, tell } => {
                if let Some(client) = tell {
                    outlet.emit(&client, &event, door.beside(&client, Some(agent), Some(&command_id)));
                }
                tracing::info!(command = %request.name, id = agent, ?reason, "command refused");
                return Ok(Receipt::Refused { reason, event });
            }
            Admission::Client { client, event } => {
                outlet.register(&client, callback);
                outlet.emit(&client, &event, door.beside(&client, None, Some(&command_id)));
            }
            Admission::Denied { client, event } => {
                outlet.emit(&client, &event, door.beside(&client, Some(agent), Some(&command_id)));
            }
            Admission::Agent { client } => {
                outlet.register(&client, callback);
                let ticket = self.shared.commands.admit(agent, &command_id)?;
                let order = Order { client, member: None, command: request.command(), ticket };
                self.shared.send(&mut door, order);
            }
            Admission::Member { client, supervisor } => {
                let ticket = self.shared.commands.admit(&supervisor, &command_id)?;
                let member = Some(agent.to_owned());
                let order = Order { client, member, command: request.command(), ticket };
                self.shared.send(&mut door, order);
            }
        }
        drop(door);
        tracing::info!(command = %request.name, id = agent, command_id = %command_id, "command accepted");
        Ok(Receipt::Accepted { command_id })
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

    /// Whether a stop has begun.
    pub fn is_stopping(&self) -> bool {
        self.shared.commands.is_closed()
    }

    /// How many agents have a session, or are about to.
    pub fn sessions(&self) -> usize {
        self.shared.door().lanes.len()
    }

    /// How many commands have no outcome yet.
    pub fn open_commands(&self) -> usize {
        self.shared.commands.count()
    }

    /// Stops: nothing new is taken, commands under way have `grace` to end, then the streams are closed
    /// politely. A command that is still open is told that its outcome is unknown. Returns whether there was
    /// none.
    pub async fn stop(&self, grace: Duration) -> bool {
        self.shared.commands.close();
        let ended = tokio::time::timeout(grace, self.shared.commands.wait()).await.is_ok();
        self.shared.stop.cancel();
        self.shared.tasks.close();
        // Each stream has a few seconds of its own to close.
        self.shared.tasks.wait().await;
        ended
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.shared.commands.close();
        self.shared.stop.cancel();
    }
}

impl Shared {
    pub(crate) fn door(&self) -> MutexGuard<'_, Door> {
        lock(&self.door)
    }

    /// The rules' settings for a session that begins now.
    pub(crate) fn settings(&self) -> Arc<Settings> {
        let told = || match self.link.system_info()?.deployment_type {
            Deployment::Uccx => Some(Platform::Uccx),
            _ => Some(Platform::Ucce),
        };
        let platform = self.config.platform.or_else(told).unwrap_or_default();
        Arc::new(Settings { platform, ..self.config.settings.clone() })
    }

    /// Tells a client what an agent's lane has to say.
    pub(crate) fn emit(&self, client: &ClientId, event: &Event, agent: &str, command: Option<&CommandId>) {
        let beside = self.door().beside(client, Some(agent), command);
        self.outlet.emit(client, event, beside);
    }

    /// Hands a command to the agent's lane; makes the lane if there is none.
    fn send(self: &Arc<Self>, door: &mut Door, order: Order) {
        let agent = order.ticket.agent.clone();
        let order = match door.lanes.get(&agent) {
            None => order,
            Some(lane) => match lane.send(Post::Order(order)) {
                Ok(()) => return,
                // The lane ended without a word: make another one.
                Err(SendError(Post::Order(order))) => order,
                Err(SendError(Post::Forwarded(_))) => return,
            },
        };
        let (orders, received) = mpsc::unbounded_channel();
        self.tasks.spawn(Lane::new(&agent, Arc::clone(self), received).run());
        // Its receiver was made just now.
        let _ = orders.send(Post::Order(order));
        door.lanes.insert(agent, orders);
    }

    /// Hands a refusal to the agent who asked; without a session it is nobody's.
    pub(crate) fn forward(&self, agent: &str, update: Box<Update>) {
        if let Some(lane) = self.door().lanes.get(agent) {
            let _ = lane.send(Post::Forwarded(update));
        }
    }

    /// The agent's session is over. True if its lane has nothing left to do and is closed now.
    pub(crate) fn close_lane(&self, agent: &str, orders: &mpsc::UnboundedReceiver<Post>) -> bool {
        let mut door = self.door();
        if !orders.is_empty() {
            return false;
        }
        door.lanes.remove(agent);
        door.registry.forgotten(agent);
        true
    }
}

impl Door {
    fn beside<'a>(
        &self,
        client: &ClientId,
        agent: Option<&'a str>,
        command: Option<&'a CommandId>,
    ) -> Beside<'a> {
        Beside { agent, command, session_url: self.registry.session_url(client).map(str::to_owned) }
    }
}

/// Tells every client once when Finesse goes out of service or comes back.
async fn watch_service(shared: Arc<Shared>) {
    let mut service = shared.link.service();
    loop {
        let now = *service.borrow_and_update();
        if now != Service::Unknown {
            // Told under the lock: a Hello sees it either before or after, as its client hears it.
            let mut door = shared.door();
            for (client, event) in door.registry.service_changed(now == Service::InService) {
                shared.outlet.emit(&client, &event, door.beside(&client, None, None));
            }
        }
        tokio::select! {
            changed = service.changed() => if changed.is_err() { return },
            () = shared.stop.cancelled() => return,
        }
    }
}

#[cfg(test)]
mod tests;
