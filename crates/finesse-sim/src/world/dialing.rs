//! Dialling: MAKE_CALL, the destinations of numbers, and ringing at the other end.

use super::call_type::CallType;
use super::data::Variables;
use super::reasons::Cause;
use super::{AgentState, CallData, DialogState, Party, PartyState, Refusal, Supervision, Waiting, World};
use crate::Platform;

/// How many calls a telephone can have before it is busy.
const LINES: usize = 2;

/// A `POST /User/{id}/Dialogs` request.
#[derive(Clone, Debug)]
pub(crate) enum NewDialog {
    MakeCall(MakeCall),
    SilentMonitor(Supervision),
    /// With the id of the monitored call.
    BargeCall(Supervision, String),
}

/// A MAKE_CALL request.
#[derive(Clone, Debug)]
pub(crate) struct MakeCall {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) data: CallData,
}

/// The destination of a dialled number.
pub(super) enum Destination {
    Agent(String),
    UnattendedTelephone,
    Customer { answers: bool },
    Queue(String),
    Busy,
    Nowhere,
}

impl World {
    /// One of the requests of `POST /User/{id}/Dialogs`.
    pub(crate) fn new_dialog(&mut self, id: &str, request: NewDialog) -> Result<(), Refusal> {
        match request {
            NewDialog::MakeCall(request) => self.make_call(id, request),
            NewDialog::SilentMonitor(request) => self.silent_monitor(id, &request),
            NewDialog::BargeCall(request, dialog) => self.barge(id, &request, &dialog),
        }
    }

    /// MAKE_CALL on the user's own line.
    pub(super) fn make_call(&mut self, id: &str, request: MakeCall) -> Result<(), Refusal> {
        let user = self.users.get(id).ok_or_else(Refusal::no_user)?;
        let (state, extension) = (user.state, user.extension.clone());
        let MakeCall { from, to, data } = request;
        if state == AgentState::Logout {
            return Err(Refusal::invalid_state("The user is not signed in"));
        }
        if from != extension {
            return Err(Refusal::invalid_input("fromAddress is not the extension of the user", &from));
        }
        if from == to || !is_dialable(&to) {
            return Err(Refusal::invalid_destination(&to));
        }
        if self.platform == Platform::Uccx && !data.variables.is_empty() {
            return Err(Refusal::invalid_input("Call variables cannot be set here", "callvariables"));
        }
        self.check_data(&Variables::empty(), &data)?;
        let on_a_call = self.live_states(id).any(|state| state != PartyState::Held);
        let from_here = match self.platform {
            Platform::Ucce => matches!(state, AgentState::NotReady | AgentState::Ready | AgentState::Hold),
            // There is no HOLD: an agent whose only call is on hold is TALKING.
            Platform::Uccx => matches!(state, AgentState::NotReady | AgentState::Talking),
        };
        if on_a_call || !from_here {
            return Err(Refusal::invalid_state(&format!("MAKE_CALL is not possible from {}", state.name())));
        }
        if state == AgentState::Ready {
            let reason = self.system_reason(Cause::OwnCall, AgentState::NotReady);
            self.enter_for(id, AgentState::NotReady, reason);
        }
        self.dial(id, &extension, &to, data, None);
        Ok(())
    }

    /// The agent's telephone calls a number, for a consultation if there is a held call.
    pub(super) fn dial(&mut self, id: &str, extension: &str, to: &str, data: CallData, held: Option<&str>) {
        let destination = self.destination(to, extension);
        let internal = matches!(destination, Destination::Agent(_) | Destination::UnattendedTelephone);
        let usual = if internal { CallType::AgentInside } else { CallType::Out };
        let (call_type, their_type) = match (held, self.platform) {
            (None, _) => (usual, usual),
            (Some(_), Platform::Ucce) => (usual, CallType::ConsultOffered),
            (Some(_), Platform::Uccx) => (CallType::Consult, CallType::Consult),
        };
        self.dial_as(id, extension, to, data, held, (call_type, their_type));
    }

    /// Like `dial`, with the call types of both ends given; returns the new call's id.
    pub(super) fn dial_as(
        &mut self,
        id: &str,
        extension: &str,
        to: &str,
        data: CallData,
        held: Option<&str>,
        (call_type, their_type): (CallType, CallType),
    ) -> String {
        let destination = self.destination(to, extension);
        let mut caller = self.new_party(extension, Some(id), PartyState::Initiating, call_type);
        let asked_about = held.and_then(|held| self.calls.get(held));
        // For wrap-up, a consultation has the direction of the held call.
        if let Some(own) = asked_about.and_then(|held| held.party(id)) {
            caller.incoming = own.incoming;
        }
        // The consultation about a queue's call shows the queue as well.
        let queue = asked_about.and_then(|held| held.queue.clone());
        let call = self.new_call(extension, vec![caller], data);
        self.calls.change(&call, |call| {
            call.associated = held.map(str::to_owned);
            call.queue = queue;
        });
        self.notify_dialogs(&call, id, "POST");
        self.dialled(&call, to);
        match destination {
            Destination::Busy => self.fail(&call, "BUSY"),
            Destination::Nowhere => self.fail(&call, "BAD_DESTINATION"),
            reachable => self.call_out(&call, to, reachable, their_type),
        }
        self.start_talking(id, &call);
        call
    }

    /// The number is complete: the call is initiated.
    pub(super) fn dialled(&mut self, id: &str, to: &str) {
        self.change_call(id, |call| {
            call.to = to.to_owned();
            call.dnis = to.to_owned();
            call.state = DialogState::Initiated;
            call.parties.iter_mut().for_each(|party| party.state = PartyState::Initiated);
        });
    }

    pub(super) fn destination(&self, number: &str, from: &str) -> Destination {
        let numbers = &self.file.numbers;
        if let Some(queue) = self.queue_at(number) {
            Destination::Queue(queue.id.clone())
        } else if let Some(other) = self.lines.get(number) {
            if self.live_states(other).count() >= LINES {
                Destination::Busy
            } else {
                Destination::Agent(other.clone())
            }
        } else if self.devices.contains(number) && number != from {
            Destination::UnattendedTelephone
        } else if matches_any(&numbers.busy, number) {
            Destination::Busy
        } else if matches_any(&numbers.silent, number) {
            Destination::Customer { answers: false }
        } else if matches_any(&numbers.customers, number) {
            Destination::Customer { answers: true }
        } else {
            Destination::Nowhere
        }
    }

    /// Routes the call to a reachable destination: it rings there, or waits in the queue.
    pub(super) fn call_out(&mut self, id: &str, to: &str, destination: Destination, call_type: CallType) {
        match destination {
            Destination::Agent(other) => self.ring(id, to, Some(&other), call_type),
            Destination::UnattendedTelephone => self.ring(id, to, None, call_type),
            Destination::Customer { answers } => {
                self.ring(id, to, None, call_type);
                if answers {
                    let after = self.file.timers.customer_answers;
                    self.wait(after, Waiting::CustomerAnswers { call: id.to_owned() });
                }
            }
            Destination::Queue(queue) => self.enqueue(id, queue),
            Destination::Busy | Destination::Nowhere => {}
        }
    }

    /// The other end rings.
    pub(super) fn ring(&mut self, id: &str, address: &str, user: Option<&str>, call_type: CallType) {
        self.ring_as(id, address, user, call_type, |_| {});
    }

    /// Like `ring`, with a change to the new party.
    pub(super) fn ring_as(
        &mut self,
        id: &str,
        address: &str,
        user: Option<&str>,
        call_type: CallType,
        special: impl FnOnce(&mut Party),
    ) {
        let mut party = self.new_party(address, user, PartyState::Alerting, call_type);
        special(&mut party);
        if let Some(user) = user.filter(|_| !party.passive) {
            self.end_ready_for_direct_call(user, id);
        }
        party.device |= self.devices.contains(address);
        party.shown = false;
        self.change_call(id, |call| {
            if call.state != DialogState::Active {
                call.state = DialogState::Alerting;
            }
            call.parties.push(party);
        });
        if let Some(user) = user {
            self.set_party(id, user, |party| party.shown = true);
            self.notify_dialogs(id, user, "POST");
        }
    }

    /// On UCCX, a call that is not from a queue or a campaign makes a READY agent NOT_READY when it rings, and the
    /// agent stays NOT_READY.
    fn end_ready_for_direct_call(&mut self, user: &str, call: &str) {
        let ready = self.users.get(user).is_some_and(|user| user.state == AgentState::Ready);
        if ready && !self.affects_states(call) {
            let reason = self.system_reason(Cause::DirectCall, AgentState::NotReady);
            self.enter_for(user, AgentState::NotReady, reason);
        }
    }

    pub(super) fn fail(&mut self, id: &str, cause: &'static str) {
        let now = self.now;
        self.change_call(id, |call| {
            call.state = DialogState::Failed;
            for party in &mut call.parties {
                party.enter(PartyState::Failed, now);
                party.cause = cause;
            }
        });
    }
}

/// Whether a telephone can dial it.
pub(super) fn is_dialable(number: &str) -> bool {
    !number.is_empty() && number.chars().all(|key| key.is_ascii_digit() || "*#+".contains(key))
}

/// Whether a number is in a list whose entries may end in `*`.
pub(super) fn matches_any(patterns: &[String], number: &str) -> bool {
    patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(prefix) => number.starts_with(prefix),
        None => pattern == number,
    })
}
