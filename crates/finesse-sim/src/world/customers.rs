//! Customers' actions: call, answer, hang up.

use super::call_type::CallType;
use super::{CallData, DialogState, PartyState, World};

/// A customer's call.
#[derive(Clone, Debug)]
pub(crate) struct CustomerCall {
    /// The customer's number.
    pub(crate) from: String,
    /// A login id, an extension, or the name or number of a queue.
    pub(crate) to: String,
    pub(crate) variables: Vec<(String, String)>,
}

/// Why a call cannot be made or handed over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CallError {
    #[error("nobody signed in has the login id or extension {0:?}, and no queue has that name or number")]
    NotSignedIn(String),
    #[error("{0} is busy")]
    Busy(String),
    #[error("there is no call {0:?}")]
    Unknown(String),
    #[error("call {0:?} has no agent on it who could hand it over")]
    NotConnected(String),
    #[error("there is no call variable {0:?} in this world")]
    Variable(String),
    #[error("{0} is not READY, or has a call")]
    NotReady(String),
    #[error("the customer's number is empty")]
    NoNumber,
}

impl World {
    /// A customer calls an agent or a queue; returns the dialog's id.
    pub(crate) fn customer_calls(&mut self, request: CustomerCall) -> Result<String, CallError> {
        let CustomerCall { from, to, variables } = request;
        if from.trim().is_empty() {
            return Err(CallError::NoNumber);
        }
        if let Some((name, _)) = variables.iter().find(|(name, _)| !self.has_variable(name)) {
            return Err(CallError::Variable(name.clone()));
        }
        let data = CallData { variables, ..CallData::default() };
        let queue = self.queue_called(&to).or_else(|| self.queue_at(&to));
        if let Some(queue) = queue.cloned() {
            let customer = self.new_party(&from, None, PartyState::Initiated, CallType::PrerouteAcdIn);
            let call = self.new_call(&from, vec![customer], data);
            self.set_call(&call, &queue.number, DialogState::Initiated);
            self.enqueue(&call, queue.id);
            return Ok(call);
        }
        let (user, extension) = self.signed_in(&to)?;
        if self.live_states(&user).count() >= 2 {
            return Err(CallError::Busy(to));
        }
        let customer = self.new_party(&from, None, PartyState::Initiated, CallType::OtherIn);
        let call = self.new_call(&from, vec![customer], data);
        self.set_call(&call, &extension, DialogState::Alerting);
        self.ring(&call, &extension, Some(&user), CallType::OtherIn);
        Ok(call)
    }

    fn set_call(&mut self, id: &str, to: &str, state: DialogState) {
        self.calls.change(id, |call| {
            call.to = to.to_owned();
            call.dnis = to.to_owned();
            call.state = state;
        });
    }

    pub(super) fn signed_in(&self, name: &str) -> Result<(String, String), CallError> {
        let id = self.lines.get(name).map_or(name, String::as_str);
        match self.user_by_name(id) {
            Some(user) if !user.extension.is_empty() => Ok((user.id().to_owned(), user.extension.clone())),
            _ => Err(CallError::NotSignedIn(name.to_owned())),
        }
    }

    /// The customer answers, unless the call has ended.
    pub(super) fn customer_answers(&mut self, id: &str) {
        let rings = |party: &super::Party| party.state == PartyState::Alerting && party.user.is_none();
        if !self.calls.get(id).is_some_and(|call| call.parties.iter().any(rings)) {
            return;
        }
        self.connect(id);
        let talks = |party: &&super::Party| party.shown && party.state == PartyState::Active;
        let talking = self.calls.get(id).and_then(|call| call.parties.iter().find(talks));
        if let Some(user) = talking.and_then(|party| party.user.clone()) {
            // A campaign's agent enters TALKING now; others did when they dialled.
            self.start_talking(&user, id);
        }
    }

    /// The customer (or the network) hangs up.
    pub(crate) fn hang_up(&mut self, id: &str) -> Result<(), CallError> {
        let live = |call: &super::Call| call.parties.iter().any(|party| party.state.is_live());
        if !self.calls.get(id).is_some_and(live) {
            return Err(CallError::Unknown(id.to_owned()));
        }
        if !self.customer_leaves_conference(id) {
            self.end_call(id);
        }
        Ok(())
    }
}
