//! What a request lacks, or says in a way that cannot be read. Finesse is asked for nothing.

use crate::support::desk::{Codes, Desk};

pub(super) async fn no_dialog_id() -> Codes {
    let mut desk = Desk::of(&["1001"]).await;
    for (command, body) in [("AnswerCall#1001", ""), ("Transfer_sst#1001", "2002"), ("wrapup#1001", "Sale")] {
        desk.fails(command, body, "MISSING_DIALOG_ID").await;
    }
    desk.goes_on("1001").await
}

pub(super) async fn no_extension() -> Codes {
    let mut desk = Desk::with(&[]).await;
    desk.connects("1001").await;
    for body in ["demo", "demo,", "demo, "] {
        desk.fails("Login#1001", body, "MISSING_EXTENSION").await;
    }
    desk.signs_in("1001").await;
    desk.goes_on("1001").await
}

pub(super) async fn no_number() -> Codes {
    let mut desk = Desk::of(&["1001"]).await;
    for (command, body) in [("MakeCall#1001", ""), ("ConsultCall#1001", ",4711"), ("Transfer_sst#1001", "")] {
        desk.fails(command, body, "MISSING_NUMBER").await;
    }
    desk.goes_on("1001").await
}

pub(super) async fn no_password() -> Codes {
    let mut desk = Desk::with(&[]).await;
    // Who it is for is not known yet, so the HTTP answer has it.
    for body in ["desk", "desk,", "desk, ,true"] {
        desk.client.send("Connect#1001", body).await.is_error(400, "MISSING_PASSWORD");
    }
    desk.connects("1001").await;
    desk.fails("Login#1001", ",2001", "MISSING_PASSWORD").await;
    desk.signs_in("1001").await;
    desk.goes_on("1001").await
}

pub(super) async fn no_reason_code() -> Codes {
    let mut desk = Desk::of(&["1001"]).await;
    for command in ["MakeNotReadyWithReason#1001", "logoutwithreason#1001"] {
        desk.fails(command, "", "MISSING_REASON_CODE").await;
    }
    desk.goes_on("1001").await
}

pub(super) async fn an_extension_with_letters() -> Codes {
    let mut desk = Desk::of(&["1001"]).await;
    for (command, body) in [("Login#1001", "demo,x2001"), ("TransferCall#1001", "Ben,4711")] {
        desk.fails(command, body, "WRONG_EXTENSION").await;
    }
    desk.goes_on("1001").await
}

pub(super) async fn call_data_are_no_pairs() -> Codes {
    let mut desk = Desk::of(&["1001"]).await;
    let call = desk.talks("1001").await;
    for data in ["callVariable1", "=gold", "callVariable1=gold|", ""] {
        desk.fails("update_call_variable#1001", &format!("{call},{data}"), "INVALID_CALL_DATA").await;
    }
    desk.does("update_call_variable#1001", &format!("{call},callVariable1=gold")).await;
    desk.goes_on("1001").await
}

pub(super) async fn arguments_that_cannot_be_read() -> Codes {
    let mut desk = Desk::of(&["1001"]).await;
    for (command, body) in [
        ("MakeReady#1001", "at once"),
        ("HoldCall#1001", "4711,4712"),
        ("AcceptOutboundPreview#1001", "4711,REJECT"),
        ("GETSKILLGROUP#1001", "INDEXING,one,2"),
        ("SHCEDULECALLBACK#1001", "2001,4711,tomorrow,5550100"),
    ] {
        desk.fails(command, body, "PLEASE_RETRY").await;
    }
    desk.goes_on("1001").await
}
