//! Outbound campaigns: the dialer reserves an agent for a customer, or connects a customer.

use serde::Deserialize;

use super::call_type::{CallType, DialogState, PartyState};
use super::{AgentState, CallData, CallError, World};
use crate::Platform;

/// How a campaign reaches its customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CampaignKind {
    /// The agent sees the customer first; then the dialer calls.
    Preview,
    /// The agent sees the customer first; then the agent's telephone calls.
    DirectPreview,
    /// The dialer calls first and then connects the customer.
    Progressive,
    /// The same, with more calls than agents.
    Predictive,
    /// A callback that a customer requested, as a preview.
    Callback,
    /// A callback that this agent scheduled.
    PersonalCallback,
}

impl CampaignKind {
    /// The call type of the reservation; `None` for kinds without one.
    fn reservation(self) -> Option<CallType> {
        match self {
            Self::Preview => Some(CallType::OutboundPreview),
            Self::DirectPreview => Some(CallType::OutboundDirectPreview),
            Self::Callback => Some(CallType::OutboundCallbackPreview),
            Self::PersonalCallback => Some(CallType::OutboundPersonalCallbackPreview),
            Self::Progressive | Self::Predictive => None,
        }
    }

    /// The call type of the call with the customer.
    pub(super) fn call(self) -> CallType {
        match self {
            Self::Preview | Self::DirectPreview | Self::Progressive | Self::Predictive => CallType::Outbound,
            Self::Callback => CallType::OutboundCallback,
            Self::PersonalCallback => CallType::OutboundPersonalCallback,
        }
    }

    /// BAStatus on UCCE ("Outbound Call Types and BAStatus"), without the suffix `_RESERVATION`.
    fn status(self) -> &'static str {
        match self {
            Self::Preview | Self::Callback => "PREVIEW_OUTBOUND",
            Self::DirectPreview => "DIRECT_PREVIEW_OUTBOUND",
            Self::Progressive => "PROGRESSIVE_OUTBOUND",
            Self::Predictive => "PREDICTIVE_OUTBOUND",
            Self::PersonalCallback => "PERSONAL_CALLBACK_OUTBOUND",
        }
    }
}

/// A campaign's call to a customer for an agent.
#[derive(Clone, Debug)]
pub(crate) struct Campaign {
    pub(crate) kind: CampaignKind,
    /// Login id or extension.
    pub(crate) agent: String,
    /// The customer's number.
    pub(crate) customer: String,
    pub(crate) name: String,
    pub(crate) account: String,
    /// The agent may reject the customer.
    pub(crate) skippable: bool,
    /// The agent takes inbound calls as well, which BAStatus shows.
    pub(crate) blended: bool,
    /// The first notification has the call type OTHER_IN and none of the campaign's variables.
    pub(crate) first_other_in: bool,
    /// The agent's telephone answers automatically.
    pub(crate) answered: bool,
    pub(crate) variables: Vec<(String, String)>,
}

/// The campaign details of a call, besides its call data.
#[derive(Clone, Debug)]
pub(crate) struct Outbound {
    pub(crate) kind: CampaignKind,
    pub(crate) customer: String,
    pub(crate) stage: Stage,
    pub(super) skippable: bool,
    pub(super) blended: bool,
    /// The callback, once an agent has scheduled one; empty once it is cancelled.
    pub(crate) callback: Option<Callback>,
}

/// A reservation shows the customer; the call follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Reservation,
    Call,
}

/// `scheduledCallbackInfo`
#[derive(Clone, Debug, Default)]
pub(crate) struct Callback {
    /// `YYYY-MM-DDTHH:MM`
    pub(crate) time: String,
    pub(crate) number: String,
}

impl World {
    /// Starts a campaign's call for an agent who is READY, and returns the dialog's id.
    pub(crate) fn campaign(&mut self, campaign: Campaign) -> Result<String, CallError> {
        if campaign.customer.trim().is_empty() {
            return Err(CallError::NoNumber);
        }
        if let Some((name, _)) = campaign.variables.iter().find(|(name, _)| !self.has_variable(name)) {
            return Err(CallError::Variable(name.clone()));
        }
        let (agent, extension) = self.signed_in(&campaign.agent)?;
        let ready = self.users.get(&agent).is_some_and(|user| user.state == AgentState::Ready);
        if !ready || self.live_states(&agent).next().is_some() {
            return Err(CallError::NotReady(campaign.agent));
        }
        Ok(match campaign.kind.reservation() {
            Some(call_type) => self.reserve_for(campaign, &agent, &extension, call_type),
            None => self.put_through(campaign, &agent, &extension),
        })
    }

    /// A reservation: a dialog between the dialer and the agent that shows the customer.
    fn reserve_for(
        &mut self,
        campaign: Campaign,
        agent: &str,
        extension: &str,
        call_type: CallType,
    ) -> String {
        let port = self.file.numbers.dialer.clone();
        if self.platform == Platform::Ucce {
            self.enter(agent, AgentState::Reserved);
        }
        self.enter(agent, AgentState::ReservedOutboundPreview);
        let parties = vec![
            self.new_party(&port, None, PartyState::Active, call_type),
            self.new_party(extension, Some(agent), PartyState::Active, call_type),
        ];
        let call = self.new_call(&port, parties, CallData::default());
        self.calls.change(&call, |call| {
            call.to = extension.to_owned();
            call.dnis = extension.to_owned();
            call.state = DialogState::Active;
        });
        self.announce(&call, agent, campaign, Stage::Reservation);
        call
    }

    /// Connects a customer who has answered; the agent's telephone rings.
    fn put_through(&mut self, campaign: Campaign, agent: &str, extension: &str) -> String {
        let answered = campaign.answered;
        self.enter(agent, AgentState::Reserved);
        self.enter(agent, AgentState::ReservedOutbound);
        let parties = vec![
            self.new_party(&campaign.customer, None, PartyState::Active, CallType::Outbound),
            self.new_party(extension, Some(agent), PartyState::Alerting, CallType::Outbound),
        ];
        let call = self.new_call(extension, parties, CallData::default());
        self.calls.change(&call, |call| {
            call.to.clone_from(&campaign.customer);
            call.dnis = extension.to_owned();
            call.state = if answered { DialogState::Active } else { DialogState::Alerting };
            if answered {
                call.parties.iter_mut().for_each(|party| party.state = PartyState::Active);
            }
        });
        self.announce(&call, agent, campaign, Stage::Call);
        if answered {
            self.start_talking(agent, &call);
        }
        call
    }

    /// Notifies the agent of the call; with `first_other_in`, first without its call type and variables.
    fn announce(&mut self, id: &str, agent: &str, campaign: Campaign, stage: Stage) {
        let Campaign { kind, customer, name, account, skippable, blended, variables, .. } = campaign;
        let platform = self.platform;
        let mut known = None;
        if campaign.first_other_in {
            self.set_party(id, agent, |party| {
                known = Some(std::mem::replace(&mut party.call_type, CallType::OtherIn));
            });
            self.notify_dialogs(id, agent, "POST");
        }
        let outbound = Outbound { kind, customer, stage, skippable, blended, callback: None };
        self.calls.change(id, |call| {
            for (variable, value) in [
                ("BACampaign", name.as_str()),
                ("BAAccountNumber", &account),
                ("BAResponse", ""),
                ("BAStatus", &outbound.status(platform)),
                ("BADialedListID", &call.number.to_string()),
                ("BATimeZone", "0"),
                (
                    if platform == Platform::Ucce { "BABuddyName" } else { "BACustomerNumber" },
                    &outbound.customer,
                ),
            ] {
                call.variables.set(variable, value);
            }
            for (variable, value) in &variables {
                call.variables.set(variable, value);
            }
            call.outbound = Some(outbound);
        });
        match known {
            Some(call_type) => {
                self.set_party(id, agent, |party| party.call_type = call_type);
                self.notify_call(id);
            }
            None => self.notify_dialogs(id, agent, "POST"),
        }
    }
}

impl Outbound {
    /// BAStatus; on UCCX only that it is an outbound call.
    pub(super) fn status(&self, platform: Platform) -> String {
        if platform == Platform::Uccx {
            return "OUTBOUND".to_owned();
        }
        let blended = if self.blended { "BLENDED_" } else { "" };
        let reservation = if self.stage == Stage::Reservation { "_RESERVATION" } else { "" };
        format!("{blended}{}{reservation}", self.kind.status())
    }
}
