//! Reason codes: those that agents select, and those that the system sets.

use super::{AgentState, Refusal, RequestedState, World};
use crate::{Platform, ReasonCode};

/// Why the system changes an agent's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// The agent signed on.
    SignedOn,
    /// A call that is not from a queue rang at a READY agent.
    DirectCall,
    /// A queue call was not answered.
    Unanswered,
    /// The agent made a call while READY.
    OwnCall,
    /// A supervisor requested it.
    Supervisor,
    /// The agent's last XMPP presence ended.
    PresenceLost,
}

impl Cause {
    /// The code, if the platform has one. UCCX: "Reason codes for agent state change" of its CTI protocol guide;
    /// UCCE: "Reason codes" of its database schema handbook, and captures.
    fn code(self, platform: Platform, state: AgentState) -> Option<&'static str> {
        Some(match (self, platform) {
            (Self::SignedOn | Self::DirectCall, Platform::Ucce) | (Self::OwnCall, Platform::Uccx) => {
                return None;
            }
            (Self::SignedOn, Platform::Uccx) => "32760",
            (Self::DirectCall, Platform::Uccx) => "32761",
            (Self::Unanswered, Platform::Uccx) => "32763",
            (Self::Unanswered, Platform::Ucce) => "32767",
            (Self::OwnCall, Platform::Ucce) => "50006",
            (Self::Supervisor, Platform::Ucce) => match state {
                AgentState::NotReady | AgentState::Logout => "999",
                _ => return None,
            },
            (Self::Supervisor, Platform::Uccx) => match state {
                AgentState::NotReady => "33",
                AgentState::Logout => "22",
                _ => return None,
            },
            (Self::PresenceLost, _) => "255",
        })
    }
}

impl World {
    /// The id of the system's reason code; `None` if this platform or this world has none.
    pub(super) fn system_reason(&self, cause: Cause, state: AgentState) -> Option<String> {
        let code = cause.code(self.platform, state)?;
        let mut codes = self.file.reason_codes.iter();
        codes.find(|entry| entry.category == state.name() && entry.code == code).map(|entry| entry.id.clone())
    }

    /// The codes of a category (or `ALL`) that agents can select. The system's codes are not among them (guide,
    /// "ReasonCode").
    pub(crate) fn selectable_reasons<'a>(
        &'a self,
        category: &'a str,
    ) -> impl Iterator<Item = &'a ReasonCode> {
        let of_category = move |code: &&ReasonCode| category == "ALL" || code.category == category;
        self.file.reason_codes.iter().filter(|code| !code.system).filter(of_category)
    }

    /// Checks the reason code of an agent's own request: it must be selectable, and it is required if the site demands
    /// one and has any.
    pub(super) fn check_reason(
        &self,
        state: AgentState,
        requested: RequestedState,
        reason: Option<&str>,
    ) -> Result<(), Refusal> {
        let mut choosable = self.selectable_reasons(requested.state().name());
        let takes_reason = matches!(requested, RequestedState::NotReady | RequestedState::Logout);
        let demanded = self.file.rules.reason_code_required && state != AgentState::Logout;
        match reason {
            Some(id) if !takes_reason => Err(Refusal::invalid_input("This state takes no reason code", id)),
            Some(id) if choosable.any(|code| code.id == id) => Ok(()),
            Some(id) => Err(Refusal::invalid_input("The reason code does not exist", id)),
            None if takes_reason && demanded && choosable.next().is_some() => Err(Refusal::reason_required()),
            None => Ok(()),
        }
    }
}
