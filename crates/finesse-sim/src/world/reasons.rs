//! Reason codes: those that agents choose, and those that the system gives itself.

use super::{AgentState, Refusal, Wish, World};
use crate::{Platform, ReasonCode};

/// Why the system changes an agent's state by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// The agent signed on.
    SignedOn,
    /// A call of no queue reached an agent who was READY.
    DirectCall,
    /// A queue's call was not answered.
    Unanswered,
    /// The agent called somebody from READY.
    OwnCall,
    /// A supervisor asked for it.
    Supervisor,
    /// The agent's last XMPP presence went.
    PresenceLost,
}

impl Cause {
    /// The code, where the platform has one. UCCX: "Reason codes for agent state change" of its CTI protocol guide;
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
    /// The id of the reason code that the system gives; `None` without one on this platform or in this world.
    pub(super) fn system_reason(&self, cause: Cause, state: AgentState) -> Option<String> {
        let code = cause.code(self.platform, state)?;
        let mut codes = self.file.reason_codes.iter();
        codes.find(|entry| entry.category == state.name() && entry.code == code).map(|entry| entry.id.clone())
    }

    /// The codes of a category (`ALL` for every one) that may be chosen. Those of the system are in no list
    /// (guide, "ReasonCode").
    pub(crate) fn choosable_reasons<'a>(&'a self, category: &'a str) -> impl Iterator<Item = &'a ReasonCode> {
        let of_category = move |code: &&ReasonCode| category == "ALL" || code.category == category;
        self.file.reason_codes.iter().filter(|code| !code.system).filter(of_category)
    }

    /// The reason code of an agent's own request must be one to choose, and be there if the site demands it and has
    /// any.
    pub(super) fn check_reason(
        &self,
        state: AgentState,
        wish: Wish,
        reason: Option<&str>,
    ) -> Result<(), Refusal> {
        let mut choosable = self.choosable_reasons(wish.state().name());
        let takes_reason = matches!(wish, Wish::NotReady | Wish::Logout);
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
