//! One agent and its steps.

use std::sync::Arc;
use std::time::Duration;

use gc_protocol::{Command, Event, Request};
use secrecy::SecretString;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::client::Client;
use crate::control::Control;
use crate::health::Health;
use crate::inbox::Received;
use crate::resent::Resent;
use crate::scenario::{Shift, Step};

/// What all agents share.
#[derive(Debug)]
pub(crate) struct Stage {
    /// Of the first connector.
    pub(crate) health: Health,
    pub(crate) control: Control,
    pub(crate) password: SecretString,
    /// How long a step may take.
    pub(crate) timeout: Duration,
    /// Where a connector ends in between, or others are there: what was not taken is sent again, as a client would.
    pub(crate) resent: Option<Resent>,
}

/// The outcome of a command that the connector was stopped in.
const UNKNOWN_OUTCOME: &str = "PLEASE_RETRY";

impl Stage {
    /// Sends a command, until it is taken if that is wanted; whether it was sent more than once. The step's deadline ends it.
    async fn send(&self, client: &Client, request: &Request) -> Result<bool, String> {
        match &self.resent {
            Some(resent) => resent.send(client, request).await,
            None => client.send(request).await.map(|()| false).map_err(|refused| refused.code),
        }
    }
}

/// An agent.
#[derive(Debug)]
pub(crate) struct Agent {
    pub(crate) id: String,
    pub(crate) extension: String,
    /// The client that owns it.
    pub(crate) client: Arc<Client>,
    /// The number of the customer who calls it.
    pub(crate) customer: String,
    pub(crate) events: mpsc::UnboundedReceiver<Received>,
    dialog: String,
    sent: u32,
}

/// The result of an agent's steps: all steps of a phase, or of one call of a shift.
#[derive(Debug)]
pub(crate) struct Chain {
    /// The duration of each step that succeeded.
    pub(crate) steps: Vec<Duration>,
    /// Nothing, or the code of the step that failed.
    pub(crate) outcome: Result<(), String>,
}

impl Agent {
    pub(crate) fn new(
        id: String,
        extension: String,
        client: Arc<Client>,
        customer: String,
        events: mpsc::UnboundedReceiver<Received>,
    ) -> Self {
        Self { id, extension, client, customer, events, dialog: String::new(), sent: 0 }
    }

    /// Takes the steps in order, until one fails.
    pub(crate) async fn walk(&mut self, steps: &[Step], stage: &Stage) -> Chain {
        self.walk_since(Instant::now(), steps, Duration::ZERO, stage).await
    }

    /// Takes the steps for each of the calls, which are due so long after the beginning, until one fails.
    ///
    /// A call that is due while the one before it goes on begins late, and its first step is counted from when it was due:
    /// whoever is slow does not make the load less.
    pub(crate) async fn work(
        &mut self,
        shift: Shift,
        begin: Instant,
        calls: impl Iterator<Item = Duration>,
        steps: &[Step],
        stage: &Stage,
    ) -> Vec<Chain> {
        let mut chains = Vec::new();
        for due in calls.map(|due| begin + due) {
            sleep_until(due).await;
            let chain = self.walk_since(due, steps, shift.talk, stage).await;
            let has_failed = chain.outcome.is_err();
            chains.push(chain);
            if has_failed {
                break;
            }
        }
        chains
    }

    /// The first step counts from here; `talk` passes before the end of the call, and is not counted.
    async fn walk_since(
        &mut self,
        mut start: Instant,
        steps: &[Step],
        talk: Duration,
        stage: &Stage,
    ) -> Chain {
        let mut done = Vec::with_capacity(steps.len());
        for step in steps {
            if matches!(step, Step::Release | Step::Abandon) && !talk.is_zero() {
                sleep(talk).await;
                start = Instant::now();
            }
            let taken = timeout(stage.timeout, self.take(*step, stage)).await;
            if let Err(code) = taken.unwrap_or_else(|_| Err("no event in time".to_owned())) {
                return Chain { steps: done, outcome: Err(code) };
            }
            done.push(start.elapsed());
            start = Instant::now();
        }
        Chain { steps: done, outcome: Ok(()) }
    }

    async fn take(&mut self, step: Step, stage: &Stage) -> Result<(), String> {
        // Earlier events cannot be the effect of this step.
        while self.events.try_recv().is_ok() {}
        self.sent = self.sent.saturating_add(1);
        let id = format!("{}-{}-{}", self.client.name, self.id, self.sent);
        match self.command(step, &stage.password) {
            None if step == Step::Abandon => stage.control.hang_up(&self.dialog).await?,
            None => stage.control.ring(&self.customer, &self.id).await?,
            Some(command) => {
                let mut request = Request::new(&command, &self.id).map_err(|error| error.to_string())?;
                request.session_url = Some(self.client.name.clone());
                request.correlation_id = Some(id.clone());
                let mut is_repeated = stage.send(&self.client, &request).await?;
                loop {
                    match (self.wait_for_effect(step, &id).await, &stage.resent) {
                        (Err(code), Some(resent)) if code == UNKNOWN_OUTCOME => {
                            resent.count();
                            stage.send(&self.client, &request).await?;
                            is_repeated = true;
                        }
                        // An earlier attempt may have had the effect already, whose event is still to come.
                        (Err(_), Some(_)) if is_repeated && !self.events.is_closed() => {}
                        (outcome, _) => return outcome,
                    }
                }
            }
        }
        self.wait_for_effect(step, &id).await
    }

    /// The command of the step; none for what the customer does.
    fn command(&self, step: Step, password: &SecretString) -> Option<Command> {
        let (password, dialog_id) = (password.clone(), self.dialog.clone());
        Some(match step {
            Step::Connect => Command::Connect { destination: self.client.name.clone(), password, sso: false },
            Step::Login => Command::Login { password, extension: self.extension.clone(), device: None },
            Step::Ready => Command::MakeReady,
            Step::Ring | Step::Abandon => return None,
            Step::Answer => Command::AnswerCall { dialog_id },
            Step::Hold => Command::HoldCall { dialog_id },
            Step::Retrieve => Command::RetrieveCall { dialog_id },
            Step::Release => Command::ReleaseCall { dialog_id },
            Step::NotReady => Command::MakeNotReady,
            Step::Logout => Command::Logout,
        })
    }

    async fn wait_for_effect(&mut self, step: Step, command: &str) -> Result<(), String> {
        while let Some(received) = self.events.recv().await {
            match received.event {
                Event::Error(error) if received.command.as_deref() == Some(command) => {
                    return Err(error.code.to_string());
                }
                event if step.is_ended_by(&event) => {
                    if let Event::NewInboundCall(call) = event {
                        self.dialog = call.dialog_id;
                    }
                    return Ok(());
                }
                _ => {}
            }
        }
        Err("the receiver of events has ended".to_owned())
    }
}
