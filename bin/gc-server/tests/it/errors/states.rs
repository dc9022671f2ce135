//! States that the contact centre does not grant, and telephones at which nobody may sign in.

use finesse_sim::Platform;

use crate::support::desk::{Codes, Desk};

async fn on_uccx() -> Desk {
    let mut desk = Desk::in_world(&[], |config| config.platform = Platform::Uccx).await;
    desk.signs_in("1001").await;
    desk
}

pub(super) async fn there_is_no_such_extension() -> Codes {
    let mut desk = Desk::with(&[]).await;
    desk.connects("1001").await;
    desk.fails("Login#1001", "demo,2999", "CF_INVALID_LOGON_DEVICE_SPECIFIED").await;
    desk.signs_in("1001").await;
    desk.goes_on("1001").await
}

pub(super) async fn somebody_else_sits_there() -> Codes {
    let mut desk = Desk::of(&["1002"]).await;
    desk.connects("1001").await;
    desk.fails("Login#1001", "demo,2002", "CF_SPECIFIED_EXTENSION_ALREADY_IN_USE").await;
    desk.signs_in("1001").await;
    desk.goes_on("1001").await
}

pub(super) async fn signed_in_elsewhere() -> Codes {
    let mut desk = Desk::of(&["1001"]).await;
    desk.fails("Login#1001", "demo,2101", "CF_SPECIFIED_AGENT_ALREADY_SIGNED_ON").await;
    desk.goes_on("1001").await
}

pub(super) async fn there_is_no_such_reason() -> Codes {
    let mut desk = Desk::of(&["1001"]).await;
    for command in ["MakeNotReadyWithReason#1001", "logoutwithreason#1001"] {
        desk.fails(command, "4711", "CF_INVALID_AGENT_REASON_CODE").await;
    }
    desk.does("MakeNotReadyWithReason#1001", "101").await;
    desk.goes_on("1001").await
}

pub(super) async fn no_reason_where_one_is_required() -> Codes {
    let mut desk = Desk::in_world(&[], |config| config.world.rules.reason_code_required = true).await;
    desk.signs_in("1001").await;
    desk.does("MakeReady#1001", "").await;
    let text = desk.fails("MakeNotReady#1001", "", "PLEASE_RETRY").await;
    assert!(text.contains("reason code"), "{text}");
    desk.does("MakeNotReadyWithReason#1001", "101").await;
    desk.goes_on("1001").await
}

pub(super) async fn no_wrap_up_for_this_agent() -> Codes {
    let mut desk = Desk::of(&["1016"]).await;
    desk.talks("1016").await;
    desk.fails("makeworkready#1016", "", "CF_INVALID_AGENT_WORKMODE").await;
    desk.goes_on("1016").await
}

pub(super) async fn signed_out_on_ucce() -> Codes {
    let mut desk = Desk::of(&["1001"]).await;
    desk.does("Logout#1001", "").await;
    desk.fails("MakeNotReady#1001", "", "CF_INVALID_PASSWORD_SPECIFIED").await;
    desk.signs_in("1001").await;
    desk.goes_on("1001").await
}

pub(super) async fn signed_out_on_uccx() -> Codes {
    let mut desk = on_uccx().await;
    desk.does("Logout#1001", "").await;
    desk.fails("MakeNotReady#1001", "", "CF_INVALID_PARAMETER").await;
    desk.signs_in("1001").await;
    desk.goes_on("1001").await
}

pub(super) async fn ready_during_a_call_on_uccx() -> Codes {
    let mut desk = on_uccx().await;
    let call = desk.talks("1001").await;
    desk.fails("MakeReady#1001", "", "CF_RESOURCE_BUSY").await;
    desk.does("ReleaseCall#1001", &call).await;
    desk.does("MakeReady#1001", "").await;
    desk.goes_on("1001").await
}
