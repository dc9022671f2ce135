//! The state of Finesse and the telephones behind it, and their rules. Plain data: requests come in with the time,
//! [`Effect`]s go out; there is no clock, socket or task in here.
//!
//! - `user`, `call`: the data and its tables   - `open_calls`, `lookup`: indexes
//! - `accounts`: passwords, and who may act on whom
//! - `states`: changes of agent state   - `reasons`: reason codes   - `customers`: customers' actions
//! - `dialing`: making calls   - `calls`: answering, holding, dropping   - `data`: call variables
//! - `transfer`: single-step transfer   - `consult`: consultation, transfer and conference
//! - `supervise`: monitoring, barging in, dropping participants
//! - `campaign`, `outbound`: campaigns' calls, and agents' actions on them
//! - `queues`, `waiting_calls`, `free_agents`: offering queue calls   - `ending`: the end of calls, and wrap-up
//! - `sides`: the two servers of a cluster   - `notices`, `effect`: notifications   - `error`: refusals

mod accounts;
mod call;
mod call_type;
mod calls;
mod campaign;
mod consult;
mod customers;
mod data;
mod dialing;
mod effect;
mod ending;
mod error;
mod free_agents;
mod lookup;
mod notices;
mod open_calls;
mod outbound;
mod queues;
mod reasons;
mod sides;
mod states;
mod supervise;
#[cfg(test)]
mod tests;
mod transfer;
mod user;
mod waiting_calls;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp, Unit};

pub(crate) use accounts::{Caller, IssuedToken};
pub(crate) use call::{Call, Party};
pub(crate) use call_type::{DialogState, PartyState};
pub(crate) use calls::DialogAction;
pub(crate) use campaign::{Callback, Campaign, CampaignKind};
pub(crate) use customers::{CallError, CustomerCall};
pub(crate) use data::CallData;
pub(crate) use dialing::{MakeCall, NewDialog};
pub(crate) use effect::{Effect, Notice, Owner, Timer, Waiting};
pub(crate) use error::{ApiError, Refusal};
use free_agents::FreeAgents;
use lookup::Lookup;
pub(crate) use notices::{Origin, Scope};
use open_calls::OpenCalls;
pub(crate) use sides::{Maintained, MaintenanceStatus, NamedPorts, Side, Sides};
pub(crate) use states::SignOn;
pub(crate) use supervise::Supervision;
pub(crate) use user::{AgentState, Mobile, RequestedState, User};
use waiting_calls::WaitingCalls;

use crate::{Platform, WorldFile, WorldFileError};

/// The first dialog id; real ones are numbers of this size.
const FIRST_DIALOG: u64 = 16_777_216;

/// The complete state, and the file it started from.
pub(crate) struct World {
    pub(crate) file: WorldFile,
    pub(crate) platform: Platform,
    pub(crate) sides: Sides,
    devices: BTreeSet<String>,
    users: BTreeMap<String, User>,
    /// Login name to login id.
    names: BTreeMap<String, String>,
    /// Extension to the login id of the user signed in there.
    lines: BTreeMap<String, String>,
    lookup: Lookup,
    calls: OpenCalls,
    waiting: WaitingCalls,
    free_agents: FreeAgents,
    /// The queues to check, because a call or a free agent is new in them.
    candidate_queues: BTreeSet<String>,
    /// Whether a call was added to or removed from a queue.
    queues_changed: bool,
    /// The last published statistics, by queue.
    statistics: BTreeMap<String, String>,
    /// Whether the timer for the next publication is running.
    statistics_due: bool,
    calls_made: u64,
    tries: BTreeMap<String, accounts::LoginAttempts>,
    tokens: BTreeMap<String, accounts::Token>,
    /// Tokens that the recorder issued.
    pub(crate) recorder_tokens: BTreeSet<String>,
    now: Timestamp,
    /// Counts resets, so that timers set before a reset are ignored.
    generation: u64,
    origin: Option<Origin>,
    /// The only side that publishes, while everything is republished there.
    republishing: Option<Side>,
    effects: Vec<Effect>,
}

impl World {
    pub(crate) fn new(file: WorldFile, platform: Platform, sides: Sides) -> Result<Self, WorldFileError> {
        let devices = file.all_devices()?;
        let users: BTreeMap<_, _> =
            file.agents.iter().map(|agent| (agent.id.clone(), User::new(agent.clone()))).collect();
        let names = file.agents.iter().map(|agent| (agent.login_name.clone(), agent.id.clone())).collect();
        let mut world = Self {
            lookup: Lookup::new(&file),
            file,
            platform,
            sides,
            devices,
            users,
            names,
            lines: BTreeMap::new(),
            calls: OpenCalls::default(),
            waiting: WaitingCalls::default(),
            free_agents: FreeAgents::default(),
            candidate_queues: BTreeSet::new(),
            queues_changed: false,
            statistics: BTreeMap::new(),
            statistics_due: false,
            calls_made: 0,
            tries: BTreeMap::new(),
            tokens: BTreeMap::new(),
            recorder_tokens: BTreeSet::new(),
            now: Timestamp::UNIX_EPOCH,
            generation: 0,
            origin: None,
            republishing: None,
            effects: Vec::new(),
        };
        world.begin_service();
        Ok(world)
    }

    /// Sets the time; must be called before any change. The time advances by at least a millisecond, so that clients
    /// can order changes by `stateChangeTime`.
    pub(crate) fn at(&mut self, now: Timestamp) -> &mut Self {
        let now = now.round(Unit::Millisecond).unwrap_or(now);
        let next = self.now.saturating_add(SignedDuration::from_millis(1)).unwrap_or(now);
        self.now = now.max(next);
        self
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// The effects since the last call.
    pub(crate) fn take_effects(&mut self) -> Vec<Effect> {
        self.end_idle_monitors();
        self.serve_queues();
        self.schedule_statistics();
        std::mem::take(&mut self.effects)
    }

    /// Restores the initial state: everybody signed out, no calls. Call numbers continue, so that no dialog id is
    /// reused.
    pub(crate) fn reset(&mut self) {
        for user in self.users.values_mut() {
            *user = User { present: user.present, ..User::new((*user.profile).clone()) };
        }
        self.lines.clear();
        self.calls = OpenCalls::default();
        self.waiting = WaitingCalls::default();
        self.free_agents = FreeAgents::default();
        self.tries.clear();
        self.tokens.clear();
        self.recorder_tokens.clear();
        self.begin_service();
        self.generation += 1;
        self.statistics_due = false;
        self.effects.clear();
    }

    /// Handles an expired timer.
    pub(crate) fn wake(&mut self, timer: Timer) {
        if timer.generation != self.generation {
            return;
        }
        match timer.what {
            Waiting::Unanswered { call, offer } => self.withdraw_offer(&call, offer),
            Waiting::CustomerAnswers { call } => self.customer_answers(&call),
            Waiting::WrapUpEnds { user, serial } => self.wrap_up_over(&user, serial),
            Waiting::QueueStatistics => self.publish_statistics(),
            Waiting::PresenceGone { user, serial } => self.presence_gone(&user, serial),
        }
    }

    pub(crate) fn users(&self) -> impl Iterator<Item = &User> {
        self.users.values()
    }

    pub(crate) fn calls(&self) -> impl Iterator<Item = &Call> {
        self.calls.all()
    }

    pub(crate) fn call(&self, id: &str) -> Option<&Call> {
        self.calls.get(id)
    }

    /// The calls that a user sees.
    pub(crate) fn calls_of<'a>(&'a self, user: &'a str) -> impl Iterator<Item = &'a Call> {
        self.calls.of(user).filter(move |call| call.parties.iter().any(|party| party.is(user) && party.shown))
    }

    fn wait(&mut self, after: std::time::Duration, what: Waiting) {
        self.effects.push(Effect::Wait(after, Timer { generation: self.generation, what }));
    }

    fn next_call_id(&mut self) -> (String, u64) {
        self.calls_made += 1;
        ((FIRST_DIALOG + self.calls_made).to_string(), self.calls_made)
    }
}
