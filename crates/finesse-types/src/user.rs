//! The User: an agent or supervisor ("Finesse Developer Guide, User API parameters").

use gc_xml::Element;

use crate::open_enum::open_enum;
use crate::read::{content, filled, items, number, text, texts};
use crate::reason::ReasonCode;

/// An agent or supervisor, as REST answers and notifications tell it.
///
/// What Finesse left out or sent empty is an empty string; a summary in a team has fewer fields filled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// The id in every URI: the agent's number on UCCE, the login name on UCCX.
    pub login_id: String,
    /// The name that the agent may sign in with.
    pub login_name: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// The extension; empty after a sign-out.
    pub extension: String,
    /// The agent's state.
    pub state: UserState,
    /// The state that follows the call, when one was asked for during it.
    pub pending_state: Option<UserState>,
    /// When the state was entered, as Finesse writes it; empty before the first one.
    pub state_change_time: String,
    /// The id of the reason code as it came: `None` when the element is absent, `Some("-1")` for "no code",
    /// `Some("")` for an empty element. It is the id of the object, not its code.
    pub reason_code_id: Option<String>,
    /// The reason code itself, when there is one.
    pub reason_code: Option<ReasonCode>,
    /// Roles: Agent, Supervisor.
    pub roles: Vec<String>,
    /// The id of the agent's own team.
    pub team_id: String,
    /// The name of the agent's own team.
    pub team_name: String,
    /// The teams that a supervisor looks after.
    pub teams: Vec<TeamRef>,
    /// Whether wrap-up follows an incoming call: REQUIRED, OPTIONAL, NOT_ALLOWED, REQUIRED_WITH_WRAP_UP_DATA.
    pub wrap_up_on_incoming: String,
    /// Whether wrap-up follows an outgoing call; words as for incoming ones.
    pub wrap_up_on_outgoing: String,
    /// How long wrap-up lasts, in seconds.
    pub wrap_up_timer: Option<u32>,
    /// The medium: 1 is voice.
    pub media_type: String,
    /// BUSY or IDLE: what the phone does beside the state (UCCX, in answers about teams).
    pub media_state: String,
    /// The phone of an agent who works elsewhere.
    pub mobile_agent: Option<MobileAgent>,
    /// The user's own path.
    pub uri: String,
}

impl User {
    /// Whether the user may supervise.
    pub fn is_supervisor(&self) -> bool {
        self.roles.iter().any(|role| role.eq_ignore_ascii_case("Supervisor"))
    }

    pub(crate) fn read(user: &Element) -> Self {
        let setting = |name| user.child("settings").map(|settings| text(settings, name)).unwrap_or_default();
        Self {
            login_id: text(user, "loginId"),
            login_name: text(user, "loginName"),
            first_name: text(user, "firstName"),
            last_name: text(user, "lastName"),
            extension: text(user, "extension"),
            state: UserState::from(text(user, "state").as_str()),
            pending_state: filled(user, "pendingState").map(|state| UserState::from(state.as_str())),
            state_change_time: text(user, "stateChangeTime"),
            reason_code_id: user.child("reasonCodeId").map(content),
            reason_code: user.child("reasonCode").and_then(ReasonCode::read_filled),
            roles: texts(user, "roles", "role"),
            team_id: text(user, "teamId"),
            team_name: text(user, "teamName"),
            teams: items(user, "teams", "Team").map(TeamRef::read).collect(),
            wrap_up_on_incoming: setting("wrapUpOnIncoming"),
            wrap_up_on_outgoing: setting("wrapUpOnOutgoing"),
            wrap_up_timer: number(user, "wrapUpTimer"),
            media_type: text(user, "mediaType"),
            media_state: text(user, "mediaState"),
            mobile_agent: user.child("mobileAgent").and_then(MobileAgent::read_filled),
            uri: text(user, "uri"),
        }
    }
}

open_enum! {
    /// What an agent is doing ("User API parameters", `state`).
    pub enum UserState {
        /// Only asked for, never told.
        Login = "LOGIN",
        /// Signed out.
        Logout = "LOGOUT",
        /// Signed in, takes no calls.
        NotReady = "NOT_READY",
        /// Waits for a call.
        Ready = "READY",
        /// A call is on its way.
        Reserved = "RESERVED",
        /// Reserved for a call of the dialer.
        ReservedOutbound = "RESERVED_OUTBOUND",
        /// Is offered a call of the dialer to look at first.
        ReservedOutboundPreview = "RESERVED_OUTBOUND_PREVIEW",
        /// On a call.
        Talking = "TALKING",
        /// On a call that is held (UCCE).
        Hold = "HOLD",
        /// Wraps up; not ready follows.
        Work = "WORK",
        /// Wraps up; ready follows (UCCE).
        WorkReady = "WORK_READY",
        /// Finesse does not know.
        Unknown = "UNKNOWN",
    }
}

/// A team by id and name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TeamRef {
    /// The team's id.
    pub id: String,
    /// The team's name.
    pub name: String,
}

impl TeamRef {
    fn read(team: &Element) -> Self {
        Self { id: text(team, "id"), name: text(team, "name") }
    }
}

/// The phone of an agent who works elsewhere (UCCE).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MobileAgent {
    /// How the phone is connected.
    pub mode: MobileMode,
    /// The number of the phone.
    pub dial_number: String,
}

impl MobileAgent {
    fn read_filled(mobile: &Element) -> Option<Self> {
        let agent = Self {
            mode: MobileMode::from(text(mobile, "mode").as_str()),
            dial_number: text(mobile, "dialNumber"),
        };
        (agent != Self::default()).then_some(agent)
    }
}

open_enum! {
    /// How a mobile agent's phone is connected.
    pub enum MobileMode {
        /// The phone rings for each call.
        CallByCall = "CALL_BY_CALL",
        /// The phone stays connected from sign-in to sign-out.
        NailedConnection = "NAILED_CONNECTION",
    }
}
