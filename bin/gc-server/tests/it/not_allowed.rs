//! What is well said and not for the one who says it, or not now: refused with a code and a text that fit, and
//! work goes on. Actions in the wrong state of a call are in `fixtures/scenarios/calls_in_wrong_states.txt`.

use finesse_sim::Platform;
use gc_protocol::{CommandName, Kind, Need, Role};

use crate::support::desk::{Desk, is_error};

const ADMINISTRATOR: (&str, &str) =
    ("finesse.administrator", "{ user = 'administrator', password = 'demo' }");

/// Good arguments for a command about this call.
pub(crate) fn about(name: CommandName, call: &str) -> String {
    let arguments = name.declaration().arguments.iter().map(|argument| match argument.kind {
        _ if argument.name == "dialogId" => call,
        Kind::Extension => "2002",
        Kind::Variables => "callVariable1=gold",
        Kind::Word(words) => words[0],
        Kind::Device => "SEP001122334455",
        Kind::Time => "2030-01-31T10:00",
        _ => "5550101",
    });
    arguments.collect::<Vec<_>>().join(",")
}

/// bargein is for the calls of others.
fn is_about_own_calls(name: CommandName) -> bool {
    let arguments = name.declaration().arguments;
    arguments.iter().any(|argument| argument.name == "dialogId") && name != CommandName::BargeIn
}

#[tokio::test]
async fn nobody_can_do_anything_with_somebody_elses_call() {
    let mut desk = Desk::of(&["1001", "1002", "1091"]).await;
    let call = desk.talks("1001").await;
    let mut tried = 0;
    for name in CommandName::ALL.iter().filter(|name| is_about_own_calls(**name)) {
        let agent = if name.declaration().role == Role::Supervisor { "1091" } else { "1002" };
        let (command, body) = (format!("{name}#{agent}"), about(*name, &call));
        if *name == CommandName::GetDialogState {
            assert_eq!(desk.does(&command, &body).await["state"], "NOT_FOUND");
        } else {
            desk.fails(&command, &body, "NO_DIALOG_ID").await;
        }
        tried += 1;
    }
    assert!(tried > 15, "{tried}");
    // It is as it was.
    desk.does("HoldCall#1001", &call).await;
    desk.goes_on("1002").await;
}

#[tokio::test]
async fn what_an_agent_cannot_do_in_this_state_is_refused() {
    let mut desk = Desk::of(&["1001"]).await;
    for command in ["makeworkready#1001", "makeworknotready#1001"] {
        desk.fails(command, "", "CF_INVALID_OBJECT_STATE").await;
    }
    let call = desk.talks("1001").await;
    for (command, body) in [("MakeCall#1001", "5550101"), ("Logout#1001", "")] {
        desk.fails(command, body, "CF_INVALID_OBJECT_STATE").await;
    }
    desk.does("ReleaseCall#1001", &call).await;
    desk.does("MakeReady#1001", "").await;
    desk.fails("Logout#1001", "", "CF_INVALID_OBJECT_STATE").await;
    desk.does("MakeNotReady#1001", "").await;
    desk.does("Logout#1001", "").await;
    for (command, body) in [("MakeReady#1001", ""), ("MakeCall#1001", "5550101"), ("Logout#1001", "")] {
        desk.fails(command, body, "CF_INVALID_OBJECT_STATE").await;
    }
    desk.signs_in("1001").await;
    desk.goes_on("1001").await;
}

#[tokio::test]
async fn a_supervisor_has_no_say_over_other_teams() {
    let mut desk = Desk::of(&["1091", "1011"]).await;
    desk.talks("1011").await;
    for (command, body) in
        [("getteamusers#1091", "2"), ("getteamusers#1091", "2,true"), ("getteamuserstate#1091", "1011")]
    {
        let text = desk.fails(command, body, "GENERAL_ERROR").await;
        assert!(text.starts_with("Finesse says: "), "{text}");
    }
    let text = desk.fails("silentmonitor#1091", "2011", "GENERAL_ERROR").await;
    assert!(text.starts_with("No agent of your teams is signed in on this extension"), "{text}");
    for command in ["MakeReady#1012", "MakeNotReady#1012", "Logout#1012"] {
        let refused = desk.tries(command, "").await.unwrap();
        is_error(&refused, "GENERAL_ERROR");
        assert_eq!(refused["agentId"], "1091", "{refused}");
    }
    // Nor has one who supervises nobody.
    for (command, body) in [("getteamusers#1011", "2"), ("getteamuserstate#1011", "1091")] {
        desk.fails(command, body, "GENERAL_ERROR").await;
    }
    desk.does("getteamusers#1091", "1").await;
    desk.goes_on("1091").await;
}

#[tokio::test]
async fn only_who_talks_can_be_listened_to_and_only_who_is_listened_to_can_be_joined() {
    let mut desk = Desk::of(&["1091", "1001", "1002"]).await;
    desk.fails("silentmonitor#1091", "2002", "CF_GENERIC_OPERATION").await;
    desk.fails("silentmonitor#1091", "2999", "BAD_DESTINATION").await;
    desk.fails("silentmonitor#1091", "2091", "BAD_DESTINATION").await;
    let call = desk.talks("1001").await;
    desk.fails("bargein#1091", &format!("2001,{call}"), "CF_INVALID_OBJECT_STATE").await;
    desk.fails("endsilentmonitor#1091", &call, "NO_DIALOG_ID").await;
    desk.fails("bargein#1091", &format!("2999,{call}"), "BAD_DESTINATION").await;
    let monitor = desk.does("silentmonitor#1091", "2001").await["dialogId"].as_str().unwrap().to_owned();
    desk.fails("silentmonitor#1091", "2001", "CF_INVALID_OBJECT_STATE").await;
    desk.fails("bargein#1091", &format!("2002,{call}"), "CF_INVALID_OBJECT_STATE").await;
    // By the monitor leg, whose calls they are is looked up first.
    let text = desk.fails("bargein#1091", &format!("2999,{monitor}"), "CF_INVALID_CALLED_DEVICE").await;
    assert!(text.contains("2999"), "{text}");
    desk.does("endsilentmonitor#1091", &monitor).await;
    desk.does("MakeReady#1091", "").await;
    desk.fails("silentmonitor#1091", "2001", "CF_INVALID_OBJECT_STATE").await;
    desk.goes_on("1091").await;
}

#[tokio::test]
async fn who_is_not_in_the_conference_cannot_be_dropped_from_it() {
    let mut desk = Desk::of(&["1091", "1001"]).await;
    let call = desk.talks("1001").await;
    desk.does("silentmonitor#1091", "2001").await;
    desk.does("bargein#1091", &format!("2001,{call}")).await;
    desk.hears(|event| event["agentId"] == "1091" && event["callType"] == "CONFERENCE").await;
    for nobody in ["2002", "5550199"] {
        let body = format!("{nobody},{call}");
        desk.fails("dropparticipant#1091", &body, "CF_AGENT_NOT_PARTY_ON_CALL").await;
    }
    desk.does("dropparticipant#1091", &format!("5550100,{call}")).await;
    desk.goes_on("1091").await;
}

#[tokio::test]
async fn a_command_whose_need_is_not_configured_names_it() {
    for platform in [Platform::Ucce, Platform::Uccx] {
        let mut desk = Desk::in_world(&[], |config| config.platform = platform).await;
        desk.signs_in("1001").await;
        desk.signs_in("1091").await;
        // On UCCE Finesse itself has the queues; all other needs are the same on both, or UCCE's alone.
        let arises_here = |need: &Need| (*need == Need::CcxStatistics) == (platform == Platform::Uccx);
        for name in CommandName::ALL {
            let declaration = name.declaration();
            let Some(need) = declaration.needs.filter(arises_here) else { continue };
            let agent = if declaration.role == Role::Supervisor { "1091" } else { "1001" };
            let text = desk.fails(&format!("{name}#{agent}"), &about(*name, "4711"), "GENERAL_ERROR").await;
            assert!(text.contains(&format!("{need} is missing in")), "{name}: {text}");
        }
        desk.goes_on("1001").await;
    }
}

#[tokio::test]
async fn phone_books_that_do_not_exist_are_reported_as_such() {
    let mut desk = Desk::with(&[ADMINISTRATOR]).await;
    desk.signs_in("1001").await;
    for (command, body) in [("GetPhonebookContacts#1001", "4711"), ("GetTeamPhonebooks#1001", "4711")] {
        let text = desk.fails(command, body, "GENERAL_ERROR").await;
        assert!(text.contains("does not exist"), "{text}");
    }
    assert_eq!(desk.does("GetPhonebookContacts#1001", "61").await["type"], "phoneBookContacts");
    assert_eq!(desk.does("GetTeamPhonebooks#1001", "1").await["type"], "TeamPhoneBook");
    desk.goes_on("1001").await;
}

#[tokio::test]
async fn call_variables_that_are_unknown_too_long_or_not_for_finesse_change_nothing() {
    let mut desk = Desk::of(&["1001"]).await;
    let call = desk.talks("1001").await;
    let long = "x".repeat(17_000);
    for data in [
        "callVariable0=x",
        "callVariable11=x",
        "user.shoesize=44",
        "callVariable1=漢字",
        &format!("callVariable1={long}"),
    ] {
        let body = format!("{call},callVariable2=silver|{data}");
        let text = desk.fails("update_call_variable#1001", &body, "PLEASE_RETRY").await;
        assert!(text.len() < 300, "{text}");
    }
    let updated = desk.does("update_call_variable#1001", &format!("{call},callVariable1=gold")).await;
    assert_eq!(updated["callVariables"][0]["callVariable1"], "gold", "{updated}");
    assert_eq!(updated["callVariables"][1]["callVariable2"], "", "{updated}");
    desk.goes_on("1001").await;
}

#[tokio::test]
async fn callback_times_that_cannot_be_read_are_refused_with_an_example() {
    let mut desk = Desk::of(&["1001"]).await;
    for time in
        ["tomorrow", "2030-01-31", "2030-02-29T10:00", "2030-01-31T25:00", "31.01.2030 10:00", "10:00"]
    {
        for command in ["SHCEDULECALLBACK#1001", "UPDATECALLBACK#1001"] {
            let text = desk.fails(command, &format!("2001,4711,{time},5550100"), "PLEASE_RETRY").await;
            assert!(text.contains("2030-01-31T14:30"), "{text}");
        }
    }
    desk.goes_on("1001").await;
}
