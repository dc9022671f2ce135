//! Agents' actions on campaigns' calls: accept or reject the customer, classify the call, schedule a callback.

use jiff::civil::DateTime;

use super::call_type::CallType;
use super::campaign::{Callback, CampaignKind, Outbound, Stage};
use super::dialing::{Destination, is_dialable, matches_any};
use super::{Call, DialogState, Party, PartyState, Refusal, Waiting, World};
use crate::Platform;

/// The values of RECLASSIFY.
const CLASSES: [&str; 6] = ["VOICE", "FAX", "ANS_MACHINE", "INVALID", "DO_NOT_CALL", "BUSY"];

impl World {
    /// The actions of a party in a campaign's call; a reservation has no others.
    pub(super) fn campaign_actions(&self, outbound: &Outbound, party: &Party) -> Vec<&'static str> {
        match (outbound.stage, party.state) {
            (Stage::Reservation, PartyState::Active) if party.user.is_none() => Vec::new(),
            (Stage::Reservation, PartyState::Active) if outbound.skippable => {
                vec!["ACCEPT", "REJECT", "CLOSE"]
            }
            (Stage::Reservation, PartyState::Active) => vec!["ACCEPT"],
            (Stage::Reservation, _) => Vec::new(),
            (Stage::Call, PartyState::Active | PartyState::WrapUp) => {
                let mut actions = party.state.actions().to_vec();
                actions.extend(["RECLASSIFY", "UPDATE_SCHEDULED_CALLBACK"]);
                if outbound.callback.as_ref().is_some_and(|callback| !callback.is_empty()) {
                    actions.push("CANCEL_SCHEDULED_CALLBACK");
                }
                actions
            }
            (Stage::Call, state) => state.actions().to_vec(),
        }
    }

    /// UCCX supports direct previews only.
    pub(super) fn check_preview(&self, party: &Party, action: &str) -> Result<(), Refusal> {
        use CallType as T;
        let unsupported = matches!(
            party.call_type,
            T::OutboundPreview | T::OutboundCallbackPreview | T::OutboundPersonalCallbackPreview
        );
        if self.platform == Platform::Uccx && unsupported {
            return Err(Refusal::wrong_platform(action));
        }
        Ok(())
    }

    /// ACCEPT: calls the customer, in a new dialog that names the reservation, and ends the reservation.
    pub(super) fn accept_customer(&mut self, id: &str, agent: &str) {
        let now = self.now;
        self.change_call(id, |call| {
            call.state = DialogState::Accepted;
            call.parties.iter_mut().filter(|party| party.is(agent)).for_each(|party| {
                party.enter(PartyState::Accepted, now);
            });
        });
        let Some(reservation) = self.calls.get(id).cloned() else { return };
        let data = reservation.data();
        let Some(mut outbound) = reservation.outbound else { return };
        outbound.stage = Stage::Call;
        let (customer, extension) = (outbound.customer.clone(), reservation.to);
        let call_type = outbound.kind.call();
        let caller = self.new_party(&extension, Some(agent), PartyState::Initiating, call_type);
        let call = self.new_call(&extension, vec![caller], data);
        let status = outbound.status(self.platform);
        self.calls.change(&call, |call| {
            call.variables.set("BAStatus", &status);
            call.associated = Some(id.to_owned());
            call.outbound = Some(outbound.clone());
        });
        self.notify_dialogs(&call, agent, "POST");
        self.end_reservation(id, agent);
        self.change_call(&call, |call| {
            call.to.clone_from(&customer);
            call.dnis.clone_from(&customer);
        });
        self.call_customer(&call, &customer, outbound.kind);
    }

    /// The dialer or the agent's telephone calls the customer.
    fn call_customer(&mut self, id: &str, customer: &str, kind: CampaignKind) {
        let destination = self.destination(customer, "");
        let by_dialer = kind != CampaignKind::DirectPreview;
        let reachable = !matches!(destination, Destination::Busy | Destination::Nowhere);
        let ringing = self.new_party(customer, None, PartyState::Alerting, kind.call());
        self.change_call(id, |call| {
            call.state = DialogState::Initiated;
            call.parties.iter_mut().for_each(|party| party.state = PartyState::Initiated);
            if by_dialer && reachable {
                call.parties.push(ringing);
            }
        });
        match destination {
            Destination::Busy => self.fail(id, "BUSY"),
            Destination::Nowhere => self.fail(id, "BAD_DESTINATION"),
            _ if by_dialer => {
                if !matches_any(&self.file.numbers.silent, customer) {
                    let after = self.file.timers.customer_answers;
                    self.wait(after, Waiting::CustomerAnswers { call: id.to_owned() });
                }
            }
            reachable => self.call_out(id, customer, reachable, CallType::Out),
        }
    }

    /// REJECT and CLOSE: the agent is free again.
    pub(super) fn refuse_customer(&mut self, id: &str, agent: &str) {
        self.notify_call(id);
        self.end_reservation(id, agent);
        self.after_call(agent);
    }

    fn end_reservation(&mut self, id: &str, agent: &str) {
        let now = self.now;
        self.calls.change(id, |call| {
            call.state = DialogState::Dropped;
            call.parties.iter_mut().for_each(|party| party.enter(PartyState::Dropped, now));
        });
        self.leave(id, agent);
        self.calls.remove(id);
    }

    /// RECLASSIFY: sets what answered the call.
    pub(super) fn reclassify(&mut self, id: &str, class: &str) -> Result<(), Refusal> {
        if !CLASSES.contains(&class) {
            return Err(Refusal::invalid_input("There is no such classification", class));
        }
        self.change_call(id, |call| call.variables.set("BAResponse", class));
        Ok(())
    }

    /// UPDATE_SCHEDULED_CALLBACK: replaces the given parts of the callback.
    pub(super) fn schedule_callback(&mut self, id: &str, update: Callback) -> Result<(), Refusal> {
        if update.is_empty() {
            return Err(Refusal::missing("callbackTime"));
        }
        let is_valid = |time: &str| time.len() == 16 && DateTime::strptime("%Y-%m-%dT%H:%M", time).is_ok();
        if !update.time.is_empty() && !is_valid(&update.time) {
            return Err(Refusal::invalid_input("The time is not YYYY-MM-DDTHH:MM", &update.time));
        }
        if !update.number.is_empty() && !is_dialable(&update.number) {
            return Err(Refusal::invalid_input("The number cannot be dialled", &update.number));
        }
        self.change_callback(id, |callback| {
            if !update.time.is_empty() {
                callback.time = update.time;
            }
            if !update.number.is_empty() {
                callback.number = update.number;
            }
        });
        Ok(())
    }

    /// CANCEL_SCHEDULED_CALLBACK
    pub(super) fn cancel_callback(&mut self, id: &str) {
        self.change_callback(id, |callback| *callback = Callback::default());
    }

    fn change_callback(&mut self, id: &str, change: impl FnOnce(&mut Callback)) {
        self.change_call(id, |call: &mut Call| {
            if let Some(outbound) = &mut call.outbound {
                change(outbound.callback.get_or_insert_default());
            }
        });
    }

    /// On UCCX, BAStatus shows a transfer or conference of a campaign's call, except for direct previews.
    pub(super) fn mark_outbound(&mut self, id: &str, status: &str) {
        let shows_status = |outbound: &Outbound| outbound.kind != CampaignKind::DirectPreview;
        if self.platform == Platform::Uccx {
            self.calls.change(id, |call| {
                if call.outbound.as_ref().is_some_and(shows_status) {
                    call.variables.set("BAStatus", status);
                }
            });
        }
    }
}

impl Callback {
    fn is_empty(&self) -> bool {
        self.time.is_empty() && self.number.is_empty()
    }
}
