//! Lists that a client asked for.

use super::super::{
    EventType, Kind, Member, Object, REQUESTED_BY, SUPERVISOR_ID, count, event, member, text,
};
use super::sessions::{AGENT_STATES, FIRST_NAME, LAST_NAME};
use crate::dialect::Dialect::{Gc4412, Tables};
use crate::event::EventKind;

pub(super) static EVENTS: &[EventType] = &[
    event(
        "ReasonCodes",
        EventKind::ReasonCodes,
        "The reason codes of one category.",
        &[
            member("category", Kind::Known(&["WrapUp", "LOGOUT", "NOT_READY"]), "What the codes are for."),
            member("reasonCodes", Kind::Objects(&REASON_CODE), "The reasons, in Finesse's order.").only(Gc4412),
            member("reasonCodes", Kind::OneKeys("21", "Lunch"), "One object per reason: its code and its label.")
                .only(Tables),
            REQUESTED_BY,
        ],
    ),
    event(
        "Agents",
        EventKind::Agents,
        "The agents who are logged in; answers `getallagents`.",
        &[member("users", Kind::Objects(&AGENT_USER), "The agents."), REQUESTED_BY],
    ),
    event(
        "TeamAgents",
        EventKind::TeamAgents,
        "The members of a team; answers `getteamusers`.",
        &[member("users", Kind::Objects(&TEAM_USER), "The members."), SUPERVISOR_ID],
    ),
    event("PhoneBook", EventKind::PhoneBook, "Team and global phone books.", PHONE_BOOKS),
    event("TeamPhoneBook", EventKind::TeamPhoneBook, "The phone books of one team.", PHONE_BOOKS),
    event(
        "PhoneBookContacts",
        EventKind::PhoneBookContacts,
        "The contacts of a phone book.",
        &[member("contact", Kind::Objects(&CONTACT), "The contacts."), REQUESTED_BY],
    ),
    event(
        "SkillGroup",
        EventKind::SkillGroup,
        "Skill groups (UCCE).",
        &[
            member("skillGroups", Kind::Object(&SKILL_GROUPS), "The names, numbered.").tables("skills"),
            REQUESTED_BY,
        ],
    ),
    event(
        "Supervisors",
        EventKind::Supervisors,
        "Supervisors (UCCE).",
        &[
            member("supervisorList", Kind::Objects(&SUPERVISOR), "The supervisors.").tables("supervisors"),
            REQUESTED_BY,
        ],
    ),
    event(
        "AgentExtension",
        EventKind::AgentExtension,
        "The CTI port and the number to dial that belong to a mobile agent's number (UCCE).",
        &[
            PORT.only(Gc4412),
            DIAL_NUMBER.only(Gc4412),
            member("agentExtension", Kind::Object(&EXTENSION), "Port and number.").only(Tables),
        ],
    )
    .noted(&["It names no agent: the header `gc-agent-id`, or `agentId` of the envelope, does."]),
    event(
        "QueueStatsUcce",
        EventKind::QueueStats,
        "The queues of a supervisor on UCCE; answers `getqueuelist`.",
        &[member("queue", Kind::Objects(&UCCE_QUEUE), "The queues."), SUPERVISOR_ID],
    )
    .in_array()
    .noted(&["On UCCE, the dialect `gc-4.4.12` has this event in an array of one object, as published: `[{\"type\":\"QueueStats\",…}]`."]),
    event(
        "QueueStatsUccx",
        EventKind::QueueStats,
        "The queues of a supervisor on UCCX; answers `getqueuelist`.",
        &[
            member("queue", Kind::Object(&UCCX_QUEUE), "A queue. They are numbered downwards: `queue2`, `queue1`.")
                .numbered()
                .only(Gc4412),
            member("queue", Kind::Objects(&UCCX_QUEUE), "The queues.").only(Tables),
        ],
    )
    .noted(&["It names no agent: the header `gc-agent-id`, or `agentId` of the envelope, does."]),
];

const PHONE_BOOKS: &[Member] =
    &[member("phoneBook", Kind::Objects(&PHONE_BOOK), "The phone books."), REQUESTED_BY];

const PORT: Member = count("port", 2904, "The CTI port.");
const DIAL_NUMBER: Member = count("dialNumber", 2954, "The number to dial.");

static EXTENSION: Object = Object {
    name: "AgentExtensionNumbers",
    about: "A mobile agent's CTI port and number to dial.",
    members: &[PORT, DIAL_NUMBER],
};

static REASON_CODE: Object = Object {
    name: "ReasonCode",
    about: "A reason.",
    members: &[text("code", "21", "The code that commands take."), text("label", "Lunch", "Its label.")],
};

static AGENT_USER: Object = Object {
    name: "AgentUser",
    about: "An agent who is logged in.",
    members: &[FIRST_NAME, LAST_NAME, text("extension", "2004", "The extension in use.")],
};

static TEAM_USER: Object = Object {
    name: "TeamUser",
    about: "A member of a team.",
    members: &[
        FIRST_NAME,
        LAST_NAME,
        text("extension", "2004", "The extension in use; empty when logged out."),
        text("loginId", "1004", "Login id."),
        member("state", Kind::Known(AGENT_STATES), "Finesse's state."),
        text("pendingState", "", "The state that follows when the call ends; otherwise empty."),
        text("mediaType", "1", "Finesse's media type."),
        text(
            "stateChangeTime",
            "2030-04-02 10:30:00",
            "`yyyy-MM-dd HH:mm:ss` in the configured zone, or empty.",
        ),
        text("label", "Lunch", "The label of the reason; otherwise empty."),
    ],
};

static PHONE_BOOK: Object = Object {
    name: "PhoneBookEntry",
    about: "A phone book.",
    members: &[
        text("name", "Service", "Its name."),
        member("type", Kind::Known(&["GLOBAL", "Team"]), "Whose it is."),
        text("id", "5", "Its Finesse id, which `GetPhonebookContacts` takes."),
    ],
};

static CONTACT: Object = Object {
    name: "Contact",
    about: "A contact of a phone book.",
    members: &[
        text("description", "open until six", "Free text."),
        FIRST_NAME,
        LAST_NAME,
        text("phoneNumber", "5550199", "The number to dial."),
        text("id", "41", "Its Finesse id."),
    ],
};

static SKILL_GROUPS: Object = Object {
    name: "SkillGroups",
    about: "The names of skill groups, numbered.",
    members: &[text("skill_", "Service_EN", "The name of a skill group.").numbered()],
};

static SUPERVISOR: Object = Object {
    name: "Supervisor",
    about: "A supervisor.",
    members: &[
        text("supervisorName", "Tomás Ferreira", "Name."),
        text("supervisorId", "1091", "Login id."),
        text("supervisorExtension", "2091", "The extension in use; empty when logged out."),
        member("supervisorState", Kind::Known(AGENT_STATES), "Finesse's state."),
    ],
};

static UCCE_QUEUE: Object = Object {
    name: "UcceQueue",
    about: "A queue of UCCE. All numbers are text.",
    members: &[
        text("queueName", "Service_EN", "Its name."),
        text("agentsNotReady", "2", "Agents in NOT_READY."),
        text("agentsReady", "0", "Agents in READY."),
        text("agentsTalkingInbound", "3", "Agents on inbound calls."),
        text("agentsTalkingInternal", "0", "Agents on internal calls."),
        text("agentsTalkingOutbound", "1", "Agents on outbound calls."),
        text("agentsWrapUpNotReady", "0", "Agents in WORK."),
        text("agentsWrapUpReady", "1", "Agents in WORK_READY."),
        text("callsInQueue", "4", "Waiting calls."),
        text(
            "startTimeOfLongestCallInQueue",
            "2030-04-02 09:14:10",
            "When the longest-waiting call entered the queue.",
        ),
    ],
};

static UCCX_QUEUE: Object = Object {
    name: "UccxQueue",
    about: "A queue of UCCX (contact service queue).",
    members: &[
        text("queueName", "Service", "Its name."),
        member("queue_SnapShot", Kind::Object(&UCCX_COUNTS), "The current numbers."),
        member("queue_SinceMidNight", Kind::Object(&UCCX_COUNTS), "The numbers since midnight."),
    ],
};

static UCCX_COUNTS: Object = Object {
    name: "UccxCounts",
    about: "The numbers of a queue of UCCX.",
    members: &[
        member(
            "SnapShot_type",
            Kind::Words(&["SnapShot", "SnapShot_SinceMidNight"]),
            "Which numbers these are.",
        ),
        count("WaitingCalls", 4, "Waiting calls."),
        count("AgentsLoggedIn", 6, "Agents logged in."),
        count("AgentsReady", 1, "Agents ready."),
        count("AgentsNotReady", 1, "Agents not ready."),
        count("AgentsInAfterCallWork", 0, "Agents in after-call work."),
        count("AgentsTalking", 4, "Agents talking."),
        count("AgentsReserved", 0, "Agents reserved."),
    ],
};
