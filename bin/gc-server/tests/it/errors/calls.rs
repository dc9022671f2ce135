//! What cannot be done with a call.

use serde_json::json;

use crate::support::desk::{Codes, Desk, is_error};

pub(super) async fn there_is_no_such_call() -> Codes {
    let mut desk = Desk::of(&["1001"]).await;
    for (command, body) in [("HoldCall#1001", "4711"), ("ConsultCall#1001", "2002,4711")] {
        desk.fails(command, body, "NO_DIALOG_ID").await;
    }
    desk.goes_on("1001").await
}

/// The call has begun, and answered the command, before the number turns out to be wrong: the error is the call's.
pub(super) async fn the_number_does_not_exist() -> Codes {
    let mut desk = Desk::of(&["1001"]).await;
    let call = desk.does("MakeCall#1001", "123").await["dialogId"].as_str().unwrap().to_owned();
    // It answers the MakeCall, which had its effect before.
    let error = desk.hears(|event| event["type"] == "Error").await;
    is_error(&error, "BAD_DESTINATION");
    let failed = desk.hears(|_| true).await;
    assert_eq!((&failed["type"], &failed["state"]), (&json!("InboundCall"), &json!("FAILED")), "{failed}");
    desk.does("ReleaseCall#1001", &call).await;
    // One's own number is refused at once.
    desk.fails("MakeCall#1001", "2001", "BAD_DESTINATION").await;
    desk.goes_on("1001").await
}

pub(super) async fn not_in_this_state() -> Codes {
    let mut desk = Desk::of(&["1001"]).await;
    let call = desk.talks("1001").await;
    desk.fails("RetrieveCall#1001", &call, "CF_INVALID_OBJECT_STATE").await;
    desk.does("HoldCall#1001", &call).await;
    desk.goes_on("1001").await
}

pub(super) async fn transfer_to_nobody() -> Codes {
    let mut desk = Desk::of(&["1001"]).await;
    let call = desk.talks("1001").await;
    desk.fails("Transfer_sst#1001", &format!("123,{call}"), "CF_INVALID_DESTINATION").await;
    desk.does("HoldCall#1001", &call).await;
    desk.goes_on("1001").await
}

/// 1001 talks to a customer and to 1002, and has made a conference of it; its dialog id.
async fn conference() -> (Desk, String) {
    let mut desk = Desk::of(&["1001", "1002", "1003"]).await;
    let call = desk.talks("1001").await;
    consult(&mut desk, "1001", "1002", &call).await;
    desk.does("Conferencecall#1001", &format!("2001,{call}")).await;
    desk.hears(|event| event["agentId"] == "1002" && event["callType"] == "CONFERENCE").await;
    (desk, call)
}

/// An agent asks a colleague, who answers.
async fn consult(desk: &mut Desk, agent: &str, colleague: &str, call: &str) {
    let extension = format!("2{}", &colleague[1..]);
    desk.does(&format!("ConsultCall#{agent}"), &format!("{extension},{call}")).await;
    let rings =
        |event: &serde_json::Value| event["type"] == "NewInboundCall" && event["agentId"] == colleague;
    let leg = desk.hears(rings).await["dialogId"].as_str().unwrap().to_owned();
    desk.does(&format!("AnswerCall#{colleague}"), &leg).await;
}

pub(super) async fn another_one_made_the_conference() -> Codes {
    let (mut desk, call) = conference().await;
    consult(&mut desk, "1002", "1003", &call).await;
    desk.fails("Conferencecall#1002", &format!("2002,{call}"), "CF_GENERIC_OPERATION").await;
    desk.goes_on("1002").await
}

pub(super) async fn the_participant_is_not_there() -> Codes {
    let (mut desk, call) = conference().await;
    desk.fails("dropparticipant#1001", &format!("2003,{call}"), "CF_AGENT_NOT_PARTY_ON_CALL").await;
    desk.goes_on("1001").await
}

pub(super) async fn an_agent_drops_a_participant() -> Codes {
    let (mut desk, call) = conference().await;
    desk.fails("dropparticipant#1001", &format!("2002,{call}"), "CF_DROP_ANY_PARTY_NOT_ENABLED_CTI").await;
    desk.goes_on("1001").await
}
