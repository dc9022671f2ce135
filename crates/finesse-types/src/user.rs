//! The User: an agent or supervisor ("Finesse Developer Guide, User API parameters").

use gc_xml::Element;
use serde::{Deserialize, Serialize};

use crate::open_enum::open_enum;
use crate::read::{content, filled, items, number, text, texts};
use crate::reason::ReasonCode;

/// An agent or supervisor, from a REST answer or a notification.
///
/// A field that is missing or empty is an empty string. A summary in a team has fewer fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The id in all URIs: the agent's number on UCCE, the login name on UCCX.
    pub login_id: String,
    /// The name with which the agent can log in.
    pub login_name: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// The extension; empty after logout.
    pub extension: String,
    /// The agent's state.
    pub state: UserState,
    /// The state that follows the call, if one was requested during it.
    pub pending_state: Option<UserState>,
    /// When the state was entered, in Finesse's notation; empty before the first state.
    pub state_change_time: String,
    /// The id of the reason code, unchanged: `None` if the element is missing, `Some("-1")` for "no code", `Some("")` for
    /// an empty element. It is the id of the object, not its code.
    pub reason_code_id: Option<String>,
    /// The reason code, if there is one.
    pub reason_code: Option<ReasonCode>,
    /// Roles: Agent, Supervisor.
    pub roles: Vec<String>,
    /// The id of the agent's own team.
    pub team_id: String,
    /// The name of the agent's own team.
    pub team_name: String,
    /// The teams that a supervisor supervises.
    pub teams: Vec<TeamRef>,
    /// Whether wrap-up follows an incoming call: REQUIRED, OPTIONAL, NOT_ALLOWED, REQUIRED_WITH_WRAP_UP_DATA.
    pub wrap_up_on_incoming: String,
    /// Whether wrap-up follows an outgoing call, with the same values.
    pub wrap_up_on_outgoing: String,
    /// How long wrap-up lasts, in seconds.
    pub wrap_up_timer: Option<u32>,
    /// The medium: 1 is voice.
    pub media_type: String,
    /// BUSY or IDLE: the state of the telephone (UCCX, in answers about teams).
    pub media_state: String,
    /// The telephone of a mobile agent.
    pub mobile_agent: Option<MobileAgent>,
    /// The device that is used, of several with the extension; empty where there is only one (UCCE 12.6 and later).
    #[serde(default)]
    pub active_device_id: String,
    /// The user's own path.
    pub uri: String,
}

impl User {
    /// Whether the user is a supervisor.
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
            active_device_id: text(user, "activeDeviceId"),
            uri: text(user, "uri"),
        }
    }
}

open_enum! {
    /// An agent's state ("User API parameters", `state`).
    pub enum UserState {
        /// Only requested, never reported.
        Login = "LOGIN",
        /// Logged out.
        Logout = "LOGOUT",
        /// Logged in, and does not receive calls.
        NotReady = "NOT_READY",
        /// Waiting for a call.
        Ready = "READY",
        /// A call is about to arrive.
        Reserved = "RESERVED",
        /// Reserved for a dialer call.
        ReservedOutbound = "RESERVED_OUTBOUND",
        /// Offered a dialer call as a preview.
        ReservedOutboundPreview = "RESERVED_OUTBOUND_PREVIEW",
        /// On a call.
        Talking = "TALKING",
        /// On a call that is on hold (UCCE).
        Hold = "HOLD",
        /// In wrap-up; NOT_READY follows.
        Work = "WORK",
        /// In wrap-up; READY follows (UCCE).
        WorkReady = "WORK_READY",
        /// Finesse does not know the state.
        Unknown = "UNKNOWN",
    }
}

/// The id and name of a team.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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

/// The telephone of a mobile agent (UCCE).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MobileAgent {
    /// How the telephone is connected.
    pub mode: MobileMode,
    /// The number of the telephone.
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
    /// How a mobile agent's telephone is connected.
    pub enum MobileMode {
        /// The telephone is called for each call.
        CallByCall = "CALL_BY_CALL",
        /// The telephone stays connected from login to logout.
        NailedConnection = "NAILED_CONNECTION",
    }
}
