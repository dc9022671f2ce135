//! Each file of fixtures/finesse, and its content.

use std::fs;
use std::path::{Path, PathBuf};

use finesse_types::{
    Answer, ApiErrors, Dialog, Failure, Maintenance, NodeAddress, Payload, ReasonCategory, Request,
    SystemStatus, Update, User, read_answer,
};

use crate::fixture_table::TABLE;
use crate::list_fixtures::LISTS;
use crate::unwrap::update;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/finesse")
}

pub(crate) fn file(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap()
}

/// The content of an Update in one line.
fn summary(update: &Update) -> String {
    let what = match &update.payload {
        Payload::User(user) => user_line(user),
        Payload::Dialog(dialog) => dialog_line(dialog),
        Payload::Dialogs(dialogs) => dialogs.iter().map(dialog_line).collect::<Vec<_>>().join("; "),
        Payload::ApiErrors(ApiErrors { errors }) => errors
            .iter()
            .map(|e| format!("{} | {} | {}", e.error_type, e.error_data, e.error_message))
            .collect(),
        Payload::Queue(queue) => format!(
            "queue {} {} with {} figures, {} waiting since '{}'",
            queue.id,
            queue.name,
            queue.statistics.len(),
            queue.statistic("callsInQueue").unwrap(),
            queue.statistic("startTimeOfLongestCallInQueue").unwrap()
        ),
        other => format!("{other:?}"),
    };
    let request = update.request_id.as_deref().map(|id| format!(" for {id}")).unwrap_or_default();
    format!("{} {what} at {}{request}", update.event, update.source)
}

fn user_line(user: &User) -> String {
    let reason = user.reason_code.as_ref().map(|reason| format!(" {}={}", reason.code, reason.label));
    format!(
        "{} {} {} {} is {}{} reason {:?}, roles {:?}, teams {:?}, wrap-up {}/{} {:?}, since {}",
        user.login_id,
        user.extension,
        user.first_name,
        user.last_name,
        user.state,
        reason.unwrap_or_default(),
        user.reason_code_id,
        user.roles,
        user.teams.iter().map(|team| team.id.as_str()).collect::<Vec<_>>(),
        user.wrap_up_on_incoming,
        user.wrap_up_on_outgoing,
        user.wrap_up_timer,
        user.state_change_time,
    )
}

fn dialog_line(dialog: &Dialog) -> String {
    let parties: Vec<_> = dialog
        .participants
        .iter()
        .map(|party| {
            let cause = Some(&party.state_cause).filter(|cause| !cause.is_empty());
            let cause = cause.map(|cause| format!("({cause})")).unwrap_or_default();
            format!("{} {}{cause} {} actions", party.media_address, party.state, party.actions.len())
        })
        .collect();
    format!(
        "{} {} {} {}>{} [{}] {} variables, wrap-up '{}'",
        dialog.id,
        dialog.state,
        dialog.media.call_type,
        dialog.from_address,
        dialog.to_address,
        parties.join(", "),
        dialog.media.call_variables.len(),
        dialog.media.wrap_up_reason,
    )
}

#[test]
fn each_notification_is_read_completely() {
    for (name, expected) in TABLE {
        assert_eq!(summary(&update(&file(name))), *expected, "{name}");
    }
}

#[test]
fn every_file_is_in_a_test_and_in_the_readme() {
    let list = file("README.md");
    let mut files = 0;
    for entry in fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name == "README.md" {
            continue;
        }
        files += 1;
        let tested = TABLE.iter().any(|(known, _)| *known == name)
            || ANSWERS.contains(&name.as_str())
            || LISTS.contains(&name.as_str());
        assert!(tested, "{name} is in no test");
        assert!(list.contains(&format!("`{name}`")), "{name} is not in README.md");
    }
    assert_eq!(files, TABLE.len() + ANSWERS.len() + LISTS.len());
}

/// The files that are REST answers; each has its own test below.
const ANSWERS: &[&str] = &[
    "api-errors-invalid-state.xml",
    "dialogs-empty.xml",
    "reason-codes-logout.xml",
    "reason-codes-not-ready.xml",
    "system-info-maintenance.xml",
    "system-info.xml",
    "team-message.xml",
];

pub(crate) fn answer(request: &Request, name: &str) -> Answer {
    read_answer(request, 200, Some("application/xml;charset=UTF-8"), file(name).as_bytes()).unwrap()
}

#[test]
fn the_system_info_names_the_notification_service() {
    let Answer::SystemInfo(info) = answer(&Request::SystemInfo, "system-info.xml") else { panic!() };
    assert_eq!(info.status, SystemStatus::InService);
    assert_eq!(info.deployment_type.to_string(), "UCCE");
    assert_eq!(
        (info.xmpp_domain.as_str(), info.xmpp_pubsub_domain.as_str()),
        ("node-a.desk.example", "pubsub.node-a.desk.example")
    );
    assert_eq!(
        (info.primary_node.host.as_str(), info.secondary_node.map(|node| node.host).as_deref()),
        ("node-a.desk.example", Some("node-a.desk.example"))
    );
    assert_eq!(info.auth_mode, "NON_SSO");
    assert!(!info.finesse_maintenance.is_on() && !info.cti_maintenance.is_on());
}

#[test]
fn a_newer_system_info_names_the_nodes_ports_and_a_maintenance() {
    let Answer::SystemInfo(info) = answer(&Request::SystemInfo, "system-info-maintenance.xml") else {
        panic!()
    };
    let primary = NodeAddress {
        host: "node-a.desk.example".to_owned(),
        https_port: Some(8445),
        xmpp_port: Some(5222),
        xmpp_secure_port: Some(15223),
    };
    let secondary = NodeAddress {
        host: "node-b.desk.example".to_owned(),
        https_port: Some(9445),
        ..NodeAddress::default()
    };
    assert_eq!((info.primary_node, info.secondary_node), (primary, Some(secondary)));
    assert_eq!(info.finesse_maintenance, Maintenance::InProgress);
    assert!(info.finesse_maintenance.is_on() && !info.cti_maintenance.is_on());
}

#[test]
fn reason_codes_have_an_id_and_a_separate_code() {
    let request = |category| Request::ReasonCodes { user: "1104".to_owned(), category };
    let Answer::ReasonCodes(away) = answer(&request(ReasonCategory::NotReady), "reason-codes-not-ready.xml")
    else {
        panic!()
    };
    let pairs: Vec<_> = away.iter().map(|reason| (reason.id.as_str(), reason.code.as_str())).collect();
    assert_eq!(pairs.len(), 11);
    assert_eq!(&pairs[..3], [("71", "301"), ("73", "302"), ("74", "303")]);
    assert!(away.iter().all(|reason| {
        reason.category == ReasonCategory::NotReady && reason.for_all && reason.system_code == Some(false)
    }));
    let Answer::ReasonCodes(out) = answer(&request(ReasonCategory::Logout), "reason-codes-logout.xml") else {
        panic!()
    };
    let labels: Vec<_> = out.iter().map(|reason| (reason.id.as_str(), reason.label.as_str())).collect();
    assert_eq!(labels, [("97", "Going home"), ("79", "Dinner")]);
}

#[test]
fn no_dialogs_are_an_empty_list() {
    let request = Request::Dialogs { user: "1104".to_owned() };
    assert_eq!(answer(&request, "dialogs-empty.xml"), Answer::Dialogs(vec![]));
}

#[test]
fn a_refusal_on_uccx_has_a_type_and_no_data() {
    let request = Request::Dialog { id: "7".to_owned() };
    let refused = read_answer(&request, 400, None, file("api-errors-invalid-state.xml").as_bytes());
    let Err(Failure::Refused { status: 400, errors }) = refused else { panic!("{refused:?}") };
    let error = &errors.errors[0];
    assert_eq!((error.error_type.as_str(), error.error_data.as_str()), ("Invalid State", ""));
    assert_eq!(error.error_message, "No Active call available on agent for CONFERENCE");
}

#[test]
fn a_team_message_names_its_teams() {
    let Payload::TeamMessage(message) = update(&file("team-message.xml")).payload else { panic!() };
    assert_eq!(message.teams, ["49", "41"]);
    assert_eq!(
        (message.created_by.as_str(), message.created_at, message.duration),
        ("1092", Some(1_764_000_000), Some(600))
    );
    assert_eq!(message.content, "Stocktaking today: close at 17:30");
}

#[test]
fn a_scheduled_callback_has_its_own_time_and_number() {
    let Payload::Dialog(dialog) = update(&file("dialog-put-callback-planned.xml")).payload else { panic!() };
    let callback = dialog.scheduled_callback.as_ref().unwrap();
    assert_eq!((callback.time.as_str(), callback.number.as_str()), ("2026-04-23T15:45", "5550159"));
    assert_eq!(dialog.callback_number, "5550158");
    assert_eq!(dialog.associated_dialog_id(), Some("2130708811"));
    assert_eq!(dialog.media.variable("BAStatus"), Some("PREVIEW_OUTBOUND"));
}

#[test]
fn a_dialog_keeps_all_its_variables_with_unusual_names() {
    let Payload::Dialogs(dialogs) = update(&file("dialogs-post-alerting.xml")).payload else { panic!() };
    let media = &dialogs[0].media;
    assert_eq!(media.variable("callVariable7"), Some("36"));
    assert_eq!(media.variable("user.microapp.locale"), Some("ko-kr"));
    assert!(media.variable("user.microapp.FromExtVXML[3]").unwrap().starts_with("to21="));
    assert_eq!(media.variable("user.account"), Some(""));
    assert_eq!(media.variable("user.nothing"), None);
    assert_eq!((media.dnis.as_str(), media.dialed_number.as_str()), ("2104", "6048"));
    assert_eq!(dialogs[0].associated_dialog_id(), None);
    let agent = dialogs[0].participants.iter().find(|party| party.media_address == "2104").unwrap();
    assert_eq!(
        (agent.actions.as_slice(), agent.media_address_type.as_str()),
        (&["ANSWER".to_owned()][..], "AGENT_DEVICE")
    );
}
