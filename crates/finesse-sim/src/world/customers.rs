//! What customers do: call, answer, hang up; and moving a call on, for tests of transfers.

use super::call::CallType;
use super::{AgentState, CallData, DialogState, PartyState, World};

/// A customer calls.
#[derive(Clone, Debug)]
pub(crate) struct CustomerCall {
    /// The customer's number.
    pub(crate) from: String,
    /// A login id, an extension, or the name or number of a queue.
    pub(crate) to: String,
    pub(crate) variables: Vec<(String, String)>,
}

/// Why a call cannot be put through or moved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoCall {
    #[error("nobody signed in has the login id or extension {0:?}, and no queue has that name or number")]
    NobodyThere(String),
    #[error("{0} is busy")]
    Busy(String),
    #[error("there is no call {0:?}")]
    Unknown(String),
    #[error("call {0:?} has no agent who talks and could hand it over")]
    NotConnected(String),
    #[error("there is no call variable {0:?} in this world")]
    Variable(String),
    #[error("the customer's number is empty")]
    NoNumber,
}

impl World {
    /// A customer calls an agent or a queue; the answer is the dialog's id.
    pub(crate) fn customer_calls(&mut self, request: CustomerCall) -> Result<String, NoCall> {
        let CustomerCall { from, to, variables } = request;
        if from.trim().is_empty() {
            return Err(NoCall::NoNumber);
        }
        for (name, _) in &variables {
            let numbered =
                name.strip_prefix("callVariable").is_some_and(|number| number.parse::<u8>().is_ok());
            if !numbered && !self.file.ecc_variables.contains(name) {
                return Err(NoCall::Variable(name.clone()));
            }
        }
        let data = CallData { variables, wrap_up_reason: None };
        let queue =
            self.file.queues.iter().find(|queue| queue.name.eq_ignore_ascii_case(&to) || queue.number == to);
        if let Some(queue) = queue.cloned() {
            let customer = self.new_party(&from, None, PartyState::Initiated, CallType::PrerouteAcdIn);
            let call = self.new_call(&from, vec![customer], data);
            self.set_call(&call, &queue.number, DialogState::Initiated);
            self.enqueue(&call, queue.id);
            return Ok(call);
        }
        let (user, extension) = self.signed_in(&to)?;
        if self.live_states(&user).count() >= 2 {
            return Err(NoCall::Busy(to));
        }
        let customer = self.new_party(&from, None, PartyState::Initiated, CallType::OtherIn);
        let call = self.new_call(&from, vec![customer], data);
        self.set_call(&call, &extension, DialogState::Alerting);
        self.ring(&call, &extension, Some(&user), CallType::OtherIn);
        Ok(call)
    }

    fn set_call(&mut self, id: &str, to: &str, state: DialogState) {
        if let Some(call) = self.calls.get_mut(id) {
            call.to = to.to_owned();
            call.dnis = to.to_owned();
            call.state = state;
        }
    }

    fn signed_in(&self, name: &str) -> Result<(String, String), NoCall> {
        let id = self.lines.get(name).map_or(name, String::as_str);
        match self.user_by_name(id) {
            Some(user) if !user.extension.is_empty() => Ok((user.id().to_owned(), user.extension.clone())),
            _ => Err(NoCall::NobodyThere(name.to_owned())),
        }
    }

    /// The customer who is rung answers, unless the call is gone.
    pub(super) fn customer_answers(&mut self, id: &str) {
        let rings = |party: &super::Party| party.state == PartyState::Alerting && party.user.is_none();
        if self.calls.get(id).is_some_and(|call| call.parties.iter().any(rings)) {
            self.connect(id);
        }
    }

    /// The customer (or the network) hangs up.
    pub(crate) fn hang_up(&mut self, id: &str) -> Result<(), NoCall> {
        let live = |call: &super::Call| call.parties.iter().any(|party| party.state.is_live());
        if self.calls.get(id).is_some_and(live) {
            self.end_call(id);
            Ok(())
        } else {
            Err(NoCall::Unknown(id.to_owned()))
        }
    }

    /// The agent who talks hands the call over to another one (or gets it back): the same dialog, call
    /// type TRANSFER, the old agent still listed as DROPPED in the first notification.
    pub(crate) fn hand_over(&mut self, id: &str, to: &str) -> Result<(), NoCall> {
        let now = self.now;
        let call = self.calls.get(id).ok_or_else(|| NoCall::Unknown(id.to_owned()))?;
        let talks = |party: &&super::Party| {
            party.shown && matches!(party.state, PartyState::Active | PartyState::Held)
        };
        let giver = call.parties.iter().rev().find(talks).and_then(|party| party.user.clone());
        let giver = giver.ok_or_else(|| NoCall::NotConnected(id.to_owned()))?;
        let (taker, extension) = self.signed_in(to)?;
        if taker != giver && self.live_states(&taker).count() >= 2 {
            return Err(NoCall::Busy(to.to_owned()));
        }
        self.set_party(id, &giver, |party| {
            party.enter(PartyState::Dropped, now);
            party.cause = "OTHER";
        });
        self.leave(id, &giver);
        self.after_hand_over(&giver);
        if taker == giver
            && let Some(call) = self.calls.get_mut(id)
        {
            call.parties.retain(|party| !party.is(&giver));
        }
        if self.users.get(&taker).is_some_and(|user| user.state == AgentState::Ready) {
            self.enter(&taker, AgentState::Reserved);
        }
        self.ring(id, &extension, Some(&taker), CallType::Transfer);
        self.change_call(id, |call| call.parties.retain(|party| party.state.is_live()));
        Ok(())
    }

    /// The giver wraps up without the dialog, which lives on elsewhere.
    fn after_hand_over(&mut self, giver: &str) {
        let wrap_up = self.users.get(giver).filter(|user| {
            user.wraps_up(true) && self.live_states(giver).next().is_none() && user.state.is_busy()
        });
        match wrap_up.map(|user| user.wrap_up_state(self.platform)) {
            Some(state) => self.enter_wrap_up(giver, state),
            None => self.after_call(giver),
        }
    }
}
