//! What Finesse and the telephones behind it know, and their rules. Plain data: requests come in with
//! the time, [`Effect`]s go out; there is no clock, socket or task in here.
//!
//! - `user`, `call`: the data and its tables   - `open_calls`, `lookup`: what there is, by what is asked for
//! - `accounts`: passwords, and who may act on whom
//! - `states`: what users ask for their own state   - `reasons`: why a state was entered   - `customers`: what customers do
//! - `dialing`: making calls   - `calls`: answering, holding, dropping   - `data`: call variables
//! - `transfer`: handing calls over   - `consult`: asking somebody first, and conferences
//! - `supervise`: listening, barging in, dropping participants
//! - `campaign`, `outbound`: customers brought by the dialer, and what agents do with them
//! - `queues`, `waiting_calls`, `free_agents`: offering waiting calls   - `ending`: hanging up, wrap-up and what follows
//! - `sides`: the two servers of a cluster   - `notices`, `effect`: telling those concerned   - `error`: what is refused, and how

mod accounts;
mod call;
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

pub(crate) use accounts::Caller;
pub(crate) use call::{Call, DialogState, Party, PartyState};
pub(crate) use calls::DialogAction;
pub(crate) use campaign::{Callback, Campaign, CampaignKind};
pub(crate) use customers::{CustomerCall, NoCall};
pub(crate) use data::CallData;
pub(crate) use dialing::{MakeCall, NewDialog};
pub(crate) use effect::{Effect, Notice, Owner, Timer, Waiting};
pub(crate) use error::{ApiError, Refusal};
use free_agents::FreeAgents;
use lookup::Lookup;
pub(crate) use notices::{Origin, Scope};
use open_calls::OpenCalls;
pub(crate) use sides::{Side, Sides};
pub(crate) use states::SignOn;
pub(crate) use supervise::Supervision;
pub(crate) use user::{AgentState, Mobile, User, Wish};
use waiting_calls::WaitingCalls;

use crate::{Platform, WorldFile, WorldFileError};

/// The first dialog id; real ones are numbers of this size.
const FIRST_DIALOG: u64 = 16_777_216;

/// Everything that changes during a day, and the file it started from.
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
    /// The queues in which a call may have met a free agent.
    hopeful: BTreeSet<String>,
    /// Some call came to wait, or waits no longer.
    queues_changed: bool,
    /// The statistics that were told last, by queue.
    statistics: BTreeMap<String, String>,
    /// Their next notification is on its way.
    statistics_due: bool,
    calls_made: u64,
    tries: BTreeMap<String, accounts::Tries>,
    tokens: BTreeMap<String, accounts::Token>,
    /// Tokens that the recorder gave.
    pub(crate) recorder_tokens: BTreeSet<String>,
    now: Timestamp,
    /// Counts resets, so that timers of an earlier life are known as such.
    life: u64,
    origin: Option<Origin>,
    /// The only side that hears, while it is told everything again.
    telling_again: Option<Side>,
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
            hopeful: BTreeSet::new(),
            queues_changed: false,
            statistics: BTreeMap::new(),
            statistics_due: false,
            calls_made: 0,
            tries: BTreeMap::new(),
            tokens: BTreeMap::new(),
            recorder_tokens: BTreeSet::new(),
            now: Timestamp::UNIX_EPOCH,
            life: 0,
            origin: None,
            telling_again: None,
            effects: Vec::new(),
        };
        world.begin_service();
        Ok(world)
    }

    /// Tells the world the time, before anything else happens in it. Two moments are never the same
    /// millisecond, so that a client can tell by `stateChangeTime` which change came later.
    pub(crate) fn at(&mut self, now: Timestamp) -> &mut Self {
        let now = now.round(Unit::Millisecond).unwrap_or(now);
        let next = self.now.saturating_add(SignedDuration::from_millis(1)).unwrap_or(now);
        self.now = now.max(next);
        self
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// What is to be done outside since the last call.
    pub(crate) fn take_effects(&mut self) -> Vec<Effect> {
        self.end_idle_monitors();
        self.serve_queues();
        self.expect_statistics();
        std::mem::take(&mut self.effects)
    }

    /// Everybody signed out and no calls, as at the start. Call numbers go on, so that no dialog id
    /// of before comes back.
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
        self.life += 1;
        self.statistics_due = false;
        self.effects.clear();
    }

    /// A timer is over.
    pub(crate) fn wake(&mut self, timer: Timer) {
        if timer.life != self.life {
            return;
        }
        match timer.what {
            Waiting::Unanswered { call, offer } => self.withdraw_offer(&call, offer),
            Waiting::CustomerAnswers { call } => self.customer_answers(&call),
            Waiting::WrapUpEnds { user, serial } => self.wrap_up_over(&user, serial),
            Waiting::QueueStatistics => self.tell_statistics(),
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
        self.effects.push(Effect::Wait(after, Timer { life: self.life, what }));
    }

    fn next_call_id(&mut self) -> (String, u64) {
        self.calls_made += 1;
        ((FIRST_DIALOG + self.calls_made).to_string(), self.calls_made)
    }
}
