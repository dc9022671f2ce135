//! Lists: reason codes, agents, phone books, skill groups, supervisors.

use super::{AGENT, NUMBER, optional, required};
use crate::declaration::{Declaration, Kind, Need, Platform};
use gc_events::ErrorCode;

const LIST: Declaration =
    Declaration { effect: "The list is read.", errors: &[ErrorCode::GeneralError], ..AGENT };

pub(crate) static WRAPUP_REASON_CODE: Declaration = Declaration {
    wire: "wrapupreasoncode",
    category: "agent_work",
    events: &["ReasonCodes"],
    summary: "Asks for the wrap-up reasons.",
    ..LIST
};

pub(crate) static REASON_CODE_LOGOUT: Declaration = Declaration {
    wire: "reasoncodelogout",
    category: "agent_state",
    events: &["ReasonCodes"],
    summary: "Asks for the reason codes of logging out.",
    ..LIST
};

pub(crate) static REASON_CODE_NOT_READY: Declaration = Declaration {
    wire: "reasoncodenotready",
    category: "agent_state",
    events: &["ReasonCodes"],
    summary: "Asks for the reason codes of not being ready.",
    ..LIST
};

pub(crate) static GET_ALL_AGENTS: Declaration = Declaration {
    wire: "getallagents",
    category: "agent_call",
    needs: Some(Need::Administrator),
    events: &["Agents"],
    summary: "Asks who is logged in.",
    ..LIST
};

pub(crate) static GET_PHONEBOOKS: Declaration = Declaration {
    wire: "GetPhonebooks",
    category: "phonebook",
    events: &["PhoneBook", "no_data_found"],
    summary: "Asks for the agent's team phone books and the global ones.",
    ..LIST
};

pub(crate) static GET_TEAM_PHONEBOOKS: Declaration = Declaration {
    wire: "GetTeamPhonebooks",
    category: "team_phonebooks",
    needs: Some(Need::Administrator),
    arguments: &[required("teamId", Kind::Text, ErrorCode::PleaseRetry)],
    events: &["TeamPhoneBook", "no_data_found"],
    summary: "Asks for the phone books of a team.",
    ..LIST
};

pub(crate) static GET_PHONEBOOK_CONTACTS: Declaration = Declaration {
    wire: "GetPhonebookContacts",
    category: "contacts",
    needs: Some(Need::Administrator),
    arguments: &[required("phonebookId", Kind::Text, ErrorCode::PleaseRetry)],
    events: &["phoneBookContacts"],
    summary: "Asks for the contacts of a phone book.",
    ..LIST
};

pub(crate) static GET_SKILL_GROUP: Declaration = Declaration {
    wire: "GETSKILLGROUP",
    category: "skill_group",
    platform: Platform::Ucce,
    needs: Some(Need::CceConfiguration),
    arguments: &[
        required("range", Kind::Word(&["ALL", "INDEXING"]), ErrorCode::PleaseRetry),
        optional("from", Kind::Count),
        optional("count", Kind::Count),
    ],
    events: &["skillGroup"],
    summary: "Asks for skill groups: ALL,0,0 or, as a page of the list, INDEXING,from,count.",
    ..LIST
};

pub(crate) static GET_SUPERVISOR: Declaration = Declaration {
    wire: "GETSUPERVISOR",
    category: "supervisor_list",
    platform: Platform::Ucce,
    needs: Some(Need::CceConfiguration),
    events: &["supervisors"],
    summary: "Asks for the supervisors.",
    ..LIST
};

pub(crate) static GET_AGENT_EXTENSION: Declaration = Declaration {
    wire: "GETAGENTEXTENSION",
    category: "agent_extension",
    platform: Platform::Ucce,
    needs: Some(Need::Axl),
    arguments: &[NUMBER],
    events: &["agentExtension"],
    summary: "Asks for the port and the number to dial behind a mobile agent's number.",
    ..LIST
};
