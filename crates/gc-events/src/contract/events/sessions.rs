//! Events about the service, sessions and agents, and about what a live stream cannot replay.

use super::super::{AGENT_ID, EventType, Kind, Member, Object, count, event, member, text};
use crate::event::EventKind;

pub(super) static EVENTS: &[EventType] = &[
    event(
        "System",
        EventKind::System,
        "Whether commands can currently be carried out. Answers Hello and Beat; also sent when that changes.",
        &[member(
            "status",
            Kind::Words(&["IN_SERVICE", "OUT_OF_SERVICE", "RECONNECT"]),
            "RECONNECT: the connector does not know this client, which must send Hello again.",
        )],
    ),
    event(
        "Error",
        EventKind::Error,
        "A command failed, or a session ended.",
        &[
            member("errorType", Kind::Code, "The code. One that is not in the list is Finesse's, passed on."),
            text(
                "errorMessage",
                "The number is not valid. Correct it and try again.",
                "A text for the agent: what is wrong and what to do.",
            ),
            AGENT_ID.absent("it concerns no agent"),
        ],
    )
    .noted(&["Which command failed is in the header `gc-command-id`, or `commandId` of the envelope, not in the event."]),
    event(
        "ConnectStatus",
        EventKind::ConnectStatus,
        "The agent's notification stream is open; answers Connect.",
        &[member("status", Kind::Known(&["ConnectSuccess"]), "A failure is an Error event instead.")],
    ),
    event(
        "AgentInfo",
        EventKind::AgentInfo,
        "The agent's name, teams and settings; sent after a login and a refresh.",
        &[
            FIRST_NAME,
            LAST_NAME,
            member("supervisor", Kind::Flag, "Whether the agent supervises teams."),
            member(
                "wrapUpOnIncoming",
                Kind::Known(&["REQUIRED", "OPTIONAL", "NOT_ALLOWED", "REQUIRED_WITH_WRAP_UP_DATA", ""]),
                "Finesse's setting.",
            ),
            text("totalNumberOfTeams", "2", "How many teams the agent supervises, as text; empty for none."),
            member("teams", Kind::Objects(&TEAM), "The teams that the agent supervises."),
            member("team", Kind::Object(&TEAM), "The agent's own team."),
            AGENT_ID,
        ],
    ),
    event(
        "State",
        EventKind::State,
        "The state of an agent: it has changed, or it was asked for.",
        &[
            text("teamAgentId", "1004", "The team member whose state this is.")
                .absent("it is the agent's own state"),
            member("state", Kind::Known(AGENT_STATES), "Finesse's state, or RE_LOGIN.").tables("State"),
            text(
                "reasonCode",
                "21",
                "The code of the reason, not Finesse's object id; `-1` if Finesse sends that; otherwise empty.",
            )
            .absent(RE_LOGIN),
            text("stateChangeTimeString", "", "Always empty.").absent(RE_LOGIN),
            text("pendingState", "NOT_READY", "The state that follows when the call ends (UCCE); otherwise empty.")
                .absent(RE_LOGIN),
            text("stateChangeTime", "2030-04-02 10:30:00", "`yyyy-MM-dd HH:mm:ss` in the configured zone.")
                .absent(RE_LOGIN),
            text("fullName", "Nora Lindqvist", "First and last name.").absent(RE_LOGIN),
            text("extension", "2004", "The extension in use; empty when logged out.").absent(RE_LOGIN),
            text("label", "Lunch", "The label of the reason; otherwise empty.").absent(RE_LOGIN),
            text("agentId", "1004", "The agent; of a team member's state, the supervisor who receives it."),
        ],
    )
    .noted(&[
        "A team member's state carries the member in `teamAgentId` and the supervisor in `agentId`: with `teamAgentId`, it is not the state of `agentId`.",
        "LOGOUT ends the agent's calls: the client forgets them, and no DROPPED comes for them. RE_LOGIN does so too, and asks for Connect and Login.",
    ]),
    event(
        "Gap",
        EventKind::Gap,
        "Only in a live stream: these events cannot be replayed. Ask for the present state of each agent (`refresh`).",
        &[
            count("from", 5, "The first number that is missing."),
            count("to", 9, "The last number that is missing; less than `from` if none of the present epoch is."),
            member(
                "otherEpoch",
                Kind::Flag,
                "Whether the stream was to begin at a place that is not known in the present epoch: more may be missing.",
            ),
        ],
    ),
];

const RE_LOGIN: &str = "the state is RE_LOGIN";

pub(super) const AGENT_STATES: &[&str] = &[
    "LOGOUT",
    "NOT_READY",
    "READY",
    "RESERVED",
    "RESERVED_OUTBOUND",
    "RESERVED_OUTBOUND_PREVIEW",
    "TALKING",
    "HOLD",
    "WORK",
    "WORK_READY",
    "RE_LOGIN",
];

pub(super) const FIRST_NAME: Member = text("firstName", "Nora", "First name.");
pub(super) const LAST_NAME: Member = text("lastName", "Lindqvist", "Last name.");

static TEAM: Object = Object {
    name: "Team",
    about: "A team.",
    members: &[text("id", "12", "Its Finesse id."), text("name", "Service", "Its name.")],
};
