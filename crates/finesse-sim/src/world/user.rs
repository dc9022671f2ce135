//! An agent: the state machine of Finesse users, as a table without side effects.

use std::sync::Arc;

use jiff::Timestamp;

use super::error::Refusal;
use crate::{Agent, Platform};

/// The states an agent can be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AgentState {
    Logout,
    NotReady,
    Ready,
    Reserved,
    /// A campaign puts a customer through.
    ReservedOutbound,
    /// A campaign shows a customer.
    ReservedOutboundPreview,
    Talking,
    Hold,
    Work,
    WorkReady,
}

impl AgentState {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Logout => "LOGOUT",
            Self::NotReady => "NOT_READY",
            Self::Ready => "READY",
            Self::Reserved => "RESERVED",
            Self::ReservedOutbound => "RESERVED_OUTBOUND",
            Self::ReservedOutboundPreview => "RESERVED_OUTBOUND_PREVIEW",
            Self::Talking => "TALKING",
            Self::Hold => "HOLD",
            Self::Work => "WORK",
            Self::WorkReady => "WORK_READY",
        }
    }

    /// Whether the agent is on a call or reserved for one.
    pub(crate) fn is_busy(self) -> bool {
        self.is_reserved() || matches!(self, Self::Talking | Self::Hold)
    }

    /// Whether the agent is reserved for a call.
    pub(crate) fn is_reserved(self) -> bool {
        self == Self::Reserved || self.is_reserved_outbound()
    }

    pub(crate) fn is_reserved_outbound(self) -> bool {
        matches!(self, Self::ReservedOutbound | Self::ReservedOutboundPreview)
    }
}

/// The states that a request may name, except LOGIN, which is never a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestedState {
    Logout,
    NotReady,
    Ready,
    Work,
    WorkReady,
}

impl RequestedState {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "LOGOUT" => Self::Logout,
            "NOT_READY" => Self::NotReady,
            "READY" => Self::Ready,
            "WORK" => Self::Work,
            "WORK_READY" => Self::WorkReady,
            _ => return None,
        })
    }

    pub(crate) fn state(self) -> AgentState {
        match self {
            Self::Logout => AgentState::Logout,
            Self::NotReady => AgentState::NotReady,
            Self::Ready => AgentState::Ready,
            Self::Work => AgentState::Work,
            Self::WorkReady => AgentState::WorkReady,
        }
    }
}

/// The effect of a granted request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The state changes now.
    Become(AgentState),
    /// It changes when the call is over (`pendingState`).
    AfterCall(AgentState),
    /// The agent is in this state already.
    Repeat,
}

/// A user and the user's state.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) profile: Arc<Agent>,
    pub(crate) state: AgentState,
    pub(crate) since: Option<Timestamp>,
    /// The id of the reason code of NOT_READY or LOGOUT.
    pub(crate) reason: Option<String>,
    /// The state that follows the call, with its reason.
    pub(crate) pending: Option<(AgentState, Option<String>)>,
    /// The state before the call, to return to.
    pub(crate) resume: AgentState,
    pub(crate) extension: String,
    pub(crate) mobile: Option<Mobile>,
    /// The active one of several devices.
    pub(crate) device: Option<String>,
    /// Counts wrap-ups, so that the timer of an earlier one is recognized.
    pub(crate) wrap_ups: u64,
    /// Counts losses of presence, for the same reason.
    pub(crate) losses: u64,
    pub(crate) present: bool,
}

/// A mobile agent's telephone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mobile {
    pub(crate) mode: String,
    pub(crate) number: String,
}

impl User {
    pub(crate) fn new(profile: Agent) -> Self {
        Self {
            profile: Arc::new(profile),
            state: AgentState::Logout,
            since: None,
            reason: None,
            pending: None,
            resume: AgentState::NotReady,
            extension: String::new(),
            mobile: None,
            device: None,
            wrap_ups: 0,
            losses: 0,
            present: false,
        }
    }

    pub(crate) fn id(&self) -> &str {
        &self.profile.id
    }

    /// The effect of a request by the agent (guide, "User - Change agent state").
    pub(crate) fn grant(&self, requested: RequestedState, platform: Platform) -> Result<Step, Refusal> {
        use AgentState as S;
        let uccx = platform == Platform::Uccx;
        match (self.state, requested) {
            (S::Logout, RequestedState::Logout) => Err(Refusal::invalid_state("The user is not signed in")),
            (S::Logout, RequestedState::NotReady) => Err(Refusal::signed_out(uccx)),
            (state, RequestedState::Ready | RequestedState::NotReady)
                if state.is_reserved_outbound() && !uccx =>
            {
                Ok(Step::AfterCall(requested.state()))
            }
            (state, _) if state.is_reserved_outbound() && uccx => Err(Refusal::kept_by_campaign()),
            (S::Logout, _)
            | (
                S::Reserved,
                RequestedState::Ready
                | RequestedState::NotReady
                | RequestedState::Work
                | RequestedState::WorkReady,
            ) => Err(Refusal::wrong_state()),
            (S::NotReady, RequestedState::Logout) => Ok(Step::Become(S::Logout)),
            (S::Ready, RequestedState::Logout) if uccx => Ok(Step::Become(S::Logout)),
            (_, RequestedState::Logout) => {
                Err(Refusal::invalid_state(&format!("LOGOUT is not possible from {}", self.state.name())))
            }
            (S::ReservedOutbound | S::ReservedOutboundPreview, _) => Err(Refusal::wrong_state()),
            (_, RequestedState::WorkReady) if uccx => Err(Refusal::wrong_work_mode()),
            (S::Talking | S::Hold, RequestedState::Work | RequestedState::WorkReady)
                if !self.may_wrap_up() =>
            {
                Err(Refusal::wrong_work_mode())
            }
            // UCCX keeps one pending state, and a queue call is followed by READY anyway.
            (S::Talking, RequestedState::Ready) if uccx => Err(Refusal::wrong_work_mode()),
            (S::Talking, RequestedState::NotReady) if uccx && self.pending.is_some() => {
                Err(Refusal::wrong_work_mode())
            }
            (S::Talking | S::Hold, requested) => Ok(Step::AfterCall(requested.state())),
            (state, requested) if state == requested.state() => Ok(Step::Repeat),
            (_, RequestedState::Work | RequestedState::WorkReady) => Err(Refusal::wrong_state()),
            (_, requested) => Ok(Step::Become(requested.state())),
        }
    }

    /// The effect of a request by a supervisor of the team ("Supervisor: change agent state").
    pub(crate) fn grant_to_supervisor(
        &self,
        requested: RequestedState,
        with_reason: bool,
    ) -> Result<Step, Refusal> {
        use AgentState as S;
        match (self.state, requested) {
            (_, RequestedState::Work | RequestedState::WorkReady) => {
                Err(Refusal::not_for_supervisors(requested.state().name()))
            }
            (_, RequestedState::NotReady | RequestedState::Logout) if with_reason => {
                Err(Refusal::reason_not_allowed())
            }
            (S::Logout, _) => Err(Refusal::wrong_state()),
            // NOT_READY is refused during a call, while READY and LOGOUT wait for its end.
            (S::Ready | S::Work | S::WorkReady, RequestedState::NotReady) => Ok(Step::Become(S::NotReady)),
            (_, RequestedState::NotReady) => Err(Refusal::wrong_state()),
            (S::Ready, RequestedState::Ready) => Ok(Step::Repeat),
            (S::Reserved, RequestedState::Ready) => Err(Refusal::wrong_state()),
            (state, requested) if state.is_busy() => Ok(Step::AfterCall(requested.state())),
            (_, requested) => Ok(Step::Become(requested.state())),
        }
    }

    fn may_wrap_up(&self) -> bool {
        self.profile.wrap_up_on_incoming != "NOT_ALLOWED" || self.profile.wrap_up_on_outgoing != "NOT_ALLOWED"
    }

    /// Whether a call of this direction ends in wrap-up: always, never, or when the agent requested it.
    pub(crate) fn wraps_up(&self, incoming: bool) -> bool {
        let setting =
            if incoming { &self.profile.wrap_up_on_incoming } else { &self.profile.wrap_up_on_outgoing };
        match setting.as_str() {
            "OPTIONAL" => {
                matches!(self.pending, Some((AgentState::Work | AgentState::WorkReady, _)))
            }
            "NOT_ALLOWED" => false,
            _ => true,
        }
    }

    /// WORK or WORK_READY, depending on the state that follows.
    pub(crate) fn wrap_up_state(&self, platform: Platform) -> AgentState {
        let next = self.pending.as_ref().map_or(self.resume, |(state, _)| *state);
        match next {
            AgentState::Ready | AgentState::WorkReady if platform == Platform::Ucce => AgentState::WorkReady,
            _ => AgentState::Work,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent(state: AgentState, wrap_up: &str) -> User {
        let mut user = User::new(Agent {
            id: "1001".into(),
            login_name: "ann".into(),
            first_name: String::new(),
            last_name: String::new(),
            extension: "2001".into(),
            team: "1".into(),
            supervises: Vec::new(),
            password: None,
            wrap_up_on_incoming: wrap_up.into(),
            wrap_up_on_outgoing: "NOT_ALLOWED".into(),
            wrap_up_timer: 30,
        });
        user.state = state;
        user
    }

    use AgentState as S;

    #[test]
    fn ucce_agents_sign_out_from_not_ready_only() {
        let logout = |state| agent(state, "OPTIONAL").grant(RequestedState::Logout, Platform::Ucce);
        assert_eq!(logout(S::NotReady), Ok(Step::Become(S::Logout)));
        for state in [S::Logout, S::Ready, S::Reserved, S::Talking, S::Hold, S::Work, S::WorkReady] {
            assert!(matches!(logout(state), Err(Refusal::Now(400, _))), "{state:?}");
        }
        let uccx = agent(S::Ready, "OPTIONAL").grant(RequestedState::Logout, Platform::Uccx);
        assert_eq!(uccx, Ok(Step::Become(S::Logout)));
    }

    #[test]
    fn a_signed_out_agent_is_refused_by_the_contact_centre() {
        let user = agent(S::Logout, "OPTIONAL");
        assert_eq!(user.grant(RequestedState::Ready, Platform::Ucce), Err(Refusal::wrong_state()));
        assert_eq!(user.grant(RequestedState::NotReady, Platform::Ucce), Err(Refusal::signed_out(false)));
        assert_eq!(user.grant(RequestedState::NotReady, Platform::Uccx), Err(Refusal::signed_out(true)));
    }

    #[test]
    fn requests_during_a_call_take_effect_at_its_end() {
        for state in [S::Talking, S::Hold] {
            for requested in [
                RequestedState::Ready,
                RequestedState::NotReady,
                RequestedState::Work,
                RequestedState::WorkReady,
            ] {
                let step = agent(state, "OPTIONAL").grant(requested, Platform::Ucce);
                assert_eq!(step, Ok(Step::AfterCall(requested.state())));
            }
        }
        let work = agent(S::Talking, "NOT_ALLOWED").grant(RequestedState::Work, Platform::Ucce);
        assert_eq!(work, Err(Refusal::wrong_work_mode()));
    }

    #[test]
    fn wrap_up_is_requested_or_required() {
        let mut user = agent(S::Talking, "OPTIONAL");
        assert!(!user.wraps_up(true));
        user.pending = Some((S::WorkReady, None));
        assert!(user.wraps_up(true));
        assert!(!user.wraps_up(false));
        assert_eq!(user.wrap_up_state(Platform::Ucce), S::WorkReady);
        assert_eq!(user.wrap_up_state(Platform::Uccx), S::Work);
        assert!(agent(S::Talking, "REQUIRED").wraps_up(true));
        assert!(!agent(S::Talking, "NOT_ALLOWED").wraps_up(true));
    }

    #[test]
    fn supervisors_set_three_states_and_name_no_reason() {
        let ready = agent(S::Ready, "OPTIONAL");
        assert_eq!(ready.grant_to_supervisor(RequestedState::NotReady, false), Ok(Step::Become(S::NotReady)));
        assert_eq!(ready.grant_to_supervisor(RequestedState::Logout, false), Ok(Step::Become(S::Logout)));
        assert!(matches!(
            ready.grant_to_supervisor(RequestedState::NotReady, true),
            Err(Refusal::Now(400, _))
        ));
        assert!(matches!(ready.grant_to_supervisor(RequestedState::Work, false), Err(Refusal::Now(401, _))));
        let not_ready = agent(S::NotReady, "OPTIONAL");
        let refused = not_ready.grant_to_supervisor(RequestedState::NotReady, false);
        assert_eq!(refused, Err(Refusal::wrong_state()));
        let granted = not_ready.grant_to_supervisor(RequestedState::Ready, false);
        assert_eq!(granted, Ok(Step::Become(S::Ready)));
    }

    #[test]
    fn supervisors_set_not_ready_from_three_states_and_logout_from_any() {
        let grant = |state, requested| agent(state, "OPTIONAL").grant_to_supervisor(requested, false);
        for state in [S::Ready, S::Work, S::WorkReady] {
            assert_eq!(grant(state, RequestedState::NotReady), Ok(Step::Become(S::NotReady)), "{state:?}");
            assert_eq!(grant(state, RequestedState::Logout), Ok(Step::Become(S::Logout)), "{state:?}");
        }
        for state in [S::Talking, S::Hold, S::Reserved, S::ReservedOutbound, S::ReservedOutboundPreview] {
            assert_eq!(grant(state, RequestedState::NotReady), Err(Refusal::wrong_state()), "{state:?}");
            assert_eq!(grant(state, RequestedState::Logout), Ok(Step::AfterCall(S::Logout)), "{state:?}");
        }
        assert_eq!(grant(S::Logout, RequestedState::Logout), Err(Refusal::wrong_state()));
    }
}
