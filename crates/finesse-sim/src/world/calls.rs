//! Agents' actions on calls: answer, hold, retrieve, drop, and change the data.

use super::call_type::CallType;
use super::data::Variables;
use super::{AgentState, Call, CallData, Callback, DialogState, Party, PartyState, Refusal, World};
use crate::Platform;

/// The supported actions on a dialog.
#[derive(Clone, Debug)]
pub(crate) enum DialogAction {
    Answer,
    Hold,
    Retrieve,
    Drop,
    /// With the digits.
    SendDtmf(String),
    /// UCCX only.
    StartRecording,
    /// Single-step transfer to this number.
    TransferSst(String),
    /// Calls this number for a consultation, with this call on hold.
    ConsultCall(String),
    /// Completes a consultation: the consulted party takes the call.
    Transfer,
    /// Completes a consultation: all parties are in one call.
    Conference,
    /// Drops the participant at the target address from a conference.
    ParticipantDrop,
    /// Accepts the customer of a reservation.
    Accept,
    /// Rejects the customer for now.
    Reject,
    /// Rejects the customer for good.
    Close,
    /// Classifies what answered the call.
    Reclassify(String),
    UpdateCallback(Callback),
    CancelCallback,
    UpdateCallData(CallData),
}

impl DialogAction {
    fn name(&self) -> &'static str {
        match self {
            Self::Answer => "ANSWER",
            Self::Hold => "HOLD",
            Self::Retrieve => "RETRIEVE",
            Self::Drop => "DROP",
            Self::StartRecording => "START_RECORDING",
            Self::SendDtmf(_) => "SEND_DTMF",
            Self::TransferSst(_) => "TRANSFER_SST",
            Self::ConsultCall(_) => "CONSULT_CALL",
            Self::Transfer => "TRANSFER",
            Self::Conference => "CONFERENCE",
            Self::ParticipantDrop => "PARTICIPANT_DROP",
            Self::Accept => "ACCEPT",
            Self::Reject => "REJECT",
            Self::Close => "CLOSE",
            Self::Reclassify(_) => "RECLASSIFY",
            Self::UpdateCallback(_) => "UPDATE_SCHEDULED_CALLBACK",
            Self::CancelCallback => "CANCEL_SCHEDULED_CALLBACK",
            Self::UpdateCallData(_) => "UPDATE_CALL_DATA",
        }
    }
}

impl World {
    /// One of the actions of `PUT /Dialog/{id}`, on the line `target`.
    pub(crate) fn act(
        &mut self,
        id: &str,
        dialog: &str,
        target: Option<&str>,
        action: DialogAction,
    ) -> Result<(), Refusal> {
        let extension = self.users.get(id).ok_or_else(Refusal::no_user)?.extension.clone();
        let call = self.calls.get(dialog).ok_or_else(|| Refusal::no_dialog(dialog))?;
        let party = call.party(id).filter(|party| party.shown).ok_or_else(|| Refusal::no_dialog(dialog))?;
        let needs_target = !matches!(action, DialogAction::UpdateCallData(_));
        let target = match target {
            Some(target) if !target.is_empty() => target,
            _ if needs_target => return Err(Refusal::missing("targetMediaAddress")),
            _ => &extension,
        };
        if let DialogAction::ParticipantDrop = action {
            return self.drop_participant(dialog, id, target);
        }
        if let DialogAction::Accept | DialogAction::Reject | DialogAction::Close = action {
            self.check_preview(party, action.name())?;
        }
        if matches!(action, DialogAction::StartRecording) && self.platform == Platform::Ucce {
            return Err(Refusal::no_such_feature());
        }
        if (needs_target && target != extension) || !self.actions(call, party).contains(&action.name()) {
            return Err(Refusal::invalid_action(action.name(), target));
        }
        match action {
            DialogAction::Answer => self.answer(dialog, id),
            DialogAction::Hold => self.hold(dialog, id),
            DialogAction::Retrieve => self.retrieve(dialog, id),
            DialogAction::Drop => self.drop_out_of(dialog, id),
            DialogAction::SendDtmf(digits) => {
                let letters = digits.chars().any(|key| key.is_ascii_alphabetic());
                if self.platform == Platform::Uccx && letters {
                    return Err(Refusal::invalid_input("Not a DTMF string", &digits));
                }
            }
            // The recording takes place elsewhere; the call does not show it.
            DialogAction::StartRecording => {}
            DialogAction::TransferSst(to) => return self.transfer_at_once(dialog, id, &to),
            DialogAction::ConsultCall(to) => return self.consult(dialog, id, &to),
            DialogAction::Transfer => self.complete_transfer(dialog, id),
            DialogAction::Conference => {
                self.check_controller(dialog, id)?;
                self.complete_conference(dialog, id);
            }
            // Handled above, because its target is another party.
            DialogAction::ParticipantDrop => {}
            DialogAction::Accept => self.accept_customer(dialog, id),
            DialogAction::Reject | DialogAction::Close => self.refuse_customer(dialog, id),
            DialogAction::Reclassify(class) => return self.reclassify(dialog, &class),
            DialogAction::UpdateCallback(update) => return self.schedule_callback(dialog, update),
            DialogAction::CancelCallback => self.cancel_callback(dialog),
            DialogAction::UpdateCallData(data) => {
                self.check_data(&call.variables, &data)?;
                self.change_call(dialog, |call| call.write(data));
            }
        }
        Ok(())
    }

    fn answer(&mut self, dialog: &str, id: &str) {
        self.hold_others(dialog, id);
        self.start_talking(id, dialog);
        self.connect(dialog);
    }

    /// Connects everybody in the call; the time of new parties starts now.
    pub(super) fn connect(&mut self, dialog: &str) {
        let now = self.now;
        self.change_call(dialog, |call| {
            call.state = DialogState::Active;
            for party in &mut call.parties {
                if matches!(party.state, PartyState::Initiated | PartyState::Alerting) {
                    party.enter(PartyState::Active, now);
                    party.start = now;
                }
            }
        });
    }

    fn hold(&mut self, dialog: &str, id: &str) {
        let now = self.now;
        self.set_party(dialog, id, |party| party.enter(PartyState::Held, now));
        self.notify_call(dialog);
        let talking = self.live_states(id).any(|state| state == PartyState::Active);
        let was_talking = self.users.get(id).is_some_and(|user| user.state == AgentState::Talking);
        if self.platform == Platform::Ucce && was_talking && !talking {
            self.enter(id, AgentState::Hold);
        }
    }

    fn retrieve(&mut self, dialog: &str, id: &str) {
        let now = self.now;
        self.hold_others(dialog, id);
        self.set_party(dialog, id, |party| party.enter(PartyState::Active, now));
        self.notify_call(dialog);
        if self.users.get(id).is_some_and(|user| user.state == AgentState::Hold) {
            self.enter(id, AgentState::Talking);
        }
    }

    /// A telephone has one active line at a time: puts the other one on hold.
    fn hold_others(&mut self, dialog: &str, id: &str) {
        let active = |call: &&Call| {
            call.id != dialog
                && call.party(id).is_some_and(|party| party.state == PartyState::Active && !party.passive)
        };
        let others: Vec<String> = self.calls_of(id).filter(active).map(|call| call.id.clone()).collect();
        for other in others {
            let now = self.now;
            self.set_party(&other, id, |party| party.enter(PartyState::Held, now));
            self.notify_call(&other);
        }
    }

    /// Whether a call affects its agents' states: on UCCX only if it is from a queue or a campaign.
    pub(super) fn affects_states(&self, dialog: &str) -> bool {
        let concerns = |call: &Call| call.queue.is_some() || call.outbound.is_some();
        self.platform == Platform::Ucce || self.calls.get(dialog).is_some_and(concerns)
    }

    /// Enters TALKING, and stores the state to return to. On UCCX some calls do not change the state, nor does a
    /// consultation.
    pub(super) fn start_talking(&mut self, id: &str, dialog: &str) {
        // A consult leg names the queue of the held call, but is not from a queue itself.
        let asks = |call: &Call| {
            let call_type = call.party(id).map(|party| party.call_type);
            matches!(call_type, Some(CallType::Consult | CallType::BargeInConsult))
        };
        let leg = self.platform == Platform::Uccx && self.calls.get(dialog).is_some_and(asks);
        if leg || !self.affects_states(dialog) {
            return;
        }
        let Some(user) = self.users.get_mut(id) else { return };
        match user.state {
            AgentState::Talking => return,
            AgentState::Hold => {}
            AgentState::NotReady | AgentState::Work => user.resume = AgentState::NotReady,
            _ => user.resume = AgentState::Ready,
        }
        self.enter(id, AgentState::Talking);
    }

    /// The states of a user's parties in calls, without monitor calls in which the user is the monitored agent.
    pub(super) fn live_states<'a>(&'a self, id: &'a str) -> impl Iterator<Item = PartyState> + 'a {
        let parties = self.calls.of(id).flat_map(|call| &call.parties);
        parties
            .filter(move |party| party.is(id) && party.state.is_live() && !party.passive)
            .map(|party| party.state)
    }

    pub(super) fn new_party(
        &self,
        address: &str,
        user: Option<&str>,
        state: PartyState,
        call_type: CallType,
    ) -> Party {
        Party {
            address: address.to_owned(),
            user: user.map(str::to_owned),
            device: user.is_some(),
            state,
            cause: "",
            start: self.now,
            changed: self.now,
            call_type,
            incoming: call_type.incoming(),
            shown: user.is_some(),
            passive: false,
        }
    }

    pub(super) fn new_call(&mut self, from: &str, parties: Vec<Party>, data: CallData) -> String {
        let (id, number) = self.next_call_id();
        let mut call = Call {
            id: id.clone(),
            number,
            from: from.to_owned(),
            to: String::new(),
            dnis: String::new(),
            state: DialogState::Initiating,
            parties,
            variables: Variables::empty(),
            wrap_up_reason: None,
            wrap_up_items: Vec::new(),
            associated: None,
            secondary: None,
            outbound: None,
            monitors: None,
            controller: None,
            queue: None,
            recording_paused: false,
            offers: 0,
        };
        call.write(data);
        self.calls.insert(call);
        id
    }

    /// Changes a call and notifies everybody who sees it.
    pub(super) fn change_call(&mut self, id: &str, change: impl FnOnce(&mut Call)) {
        self.calls.change(id, change);
        self.notify_call(id);
    }

    /// Pauses or resumes the recording, which Finesse does not know of; `false` if there is no such call.
    pub(crate) fn pause_recording(&mut self, id: &str, pause: bool) -> bool {
        self.calls.change(id, |call| call.recording_paused = pause).is_some()
    }

    /// Changes a party without a notification.
    pub(super) fn set_party(&mut self, id: &str, user: &str, change: impl FnOnce(&mut Party)) {
        self.calls.change(id, |call| {
            if let Some(party) = call.party_mut(user) {
                change(party);
            }
        });
    }
}
