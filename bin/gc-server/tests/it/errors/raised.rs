//! What only a real contact centre has a reason for: the simulator takes the request and then refuses it, on demand.

use gc_protocol::ErrorCode;

use crate::support::desk::{Codes, Desk};

/// Finesse's errorType for what becomes of a call.
const CALL: &str = "Call Operation Failure";

/// The command is refused once, and has success when it comes again.
async fn refused(desk: &mut Desk, command: &str, body: &str, action: &str, error: [&str; 3]) {
    desk.refused_later(action, error).await;
    desk.fails(command, body, error[1]).await;
    desk.does(command, body).await;
}

pub(super) async fn the_called_device() -> Codes {
    let mut desk = Desk::of(&["1001"]).await;
    let error = [CALL, "CF_INVALID_CALLED_DEVICE", "6"];
    refused(&mut desk, "MakeCall#1001", "5550100", "MAKE_CALL", error).await;
    desk.goes_on("1001").await
}

pub(super) async fn the_calling_device() -> Codes {
    let mut desk = Desk::of(&["1001"]).await;
    let error = [CALL, "CF_INVALID_CALLING_DEVICE", "5"];
    refused(&mut desk, "MakeCall#1001", "5550100", "MAKE_CALL", error).await;
    desk.goes_on("1001").await
}

pub(super) async fn a_reason_code() -> Codes {
    let mut desk = Desk::of(&["1001"]).await;
    let error = ["Invalid State", "CF_REASON_CODE_REQUIRED", "281"];
    refused(&mut desk, "MakeReady#1001", "", "READY", error).await;
    desk.goes_on("1001").await
}

pub(super) async fn no_resources() -> Codes {
    let mut desk = Desk::of(&["1001"]).await;
    let error = [CALL, "CF_GENERIC_SYSTEM_RESOURCE_AVAILABILITY", "31"];
    refused(&mut desk, "MakeCall#1001", "5550100", "MAKE_CALL", error).await;
    desk.goes_on("1001").await
}

pub(super) async fn the_active_connection() -> Codes {
    let mut desk = Desk::of(&["1001"]).await;
    let call = desk.talks("1001").await;
    let error = [CALL, "CF_INVALID_CONNECTION_ID_FOR_ACTIVE_CALL", "23"];
    refused(&mut desk, "HoldCall#1001", &call, "HOLD", error).await;
    desk.goes_on("1001").await
}

pub(super) async fn the_kind_of_consultation() -> Codes {
    let mut desk = Desk::of(&["1001"]).await;
    let call = desk.talks("1001").await;
    let error = [CALL, "CF_INVALID_CONSULT_TYPE", "273"];
    refused(&mut desk, "ConsultCall#1001", &format!("5550101,{call}"), "CONSULT_CALL", error).await;
    desk.goes_on("1001").await
}

pub(super) async fn the_call() -> Codes {
    let mut desk = Desk::of(&["1001"]).await;
    let call = desk.talks("1001").await;
    let error = ["Generic Error", "E_CTI_INVALID_CALLID", "13"];
    refused(&mut desk, "ReleaseCall#1001", &call, "DROP", error).await;
    desk.goes_on("1001").await
}

pub(super) async fn the_device() -> Codes {
    let mut desk = Desk::with(&[]).await;
    desk.connects("1001").await;
    let error = ["Invalid Device", "CF_INVALID_CSTA_DEVICE_IDENTIFIER", "12"];
    refused(&mut desk, "Login#1001", "demo,2001", "LOGIN", error).await;
    desk.goes_on("1001").await
}

pub(super) async fn rejected() -> Codes {
    let mut desk = Desk::of(&["1001"]).await;
    let error = ["Invalid State", "CF_GENERIC_UNSPECIFIED_REJECTION", "70"];
    refused(&mut desk, "MakeReady#1001", "", "READY", error).await;
    desk.goes_on("1001").await
}

#[tokio::test]
async fn every_code_that_finesse_knows_reaches_the_client_by_its_name_and_by_its_number() {
    let mut desk = Desk::of(&["1001"]).await;
    let call = desk.talks("1001").await;
    for code in ErrorCode::all() {
        let name = code.to_string();
        let raised = match code {
            ErrorCode::Cf(code) => {
                let number = code.number().to_string();
                vec![[CALL, &name, &number].map(str::to_owned), [CALL, "Refused", &number].map(str::to_owned)]
            }
            ErrorCode::Cti(code) => {
                vec![["Generic Error", &name, &code.number().to_string()].map(str::to_owned)]
            }
            _ => Vec::new(),
        };
        for [error_type, message, data] in &raised {
            desk.refused_later("HOLD", [error_type, message, data]).await;
            desk.fails("HoldCall#1001", &call, &name).await;
        }
    }
    desk.does("HoldCall#1001", &call).await;
    desk.goes_on("1001").await;
}

#[tokio::test]
async fn a_code_that_nobody_knows_keeps_its_name() {
    let mut desk = Desk::of(&["1001"]).await;
    let call = desk.talks("1001").await;
    for name in ["CF_FROM_THE_FUTURE", "E_CTI_FROM_THE_FUTURE"] {
        desk.refused_later("HOLD", [CALL, name, "9999"]).await;
        let text = desk.fails("HoldCall#1001", &call, name).await;
        assert!(text.contains(name), "{text}");
    }
    desk.refused_later("HOLD", [CALL, "The request was refused", "9999"]).await;
    desk.fails("HoldCall#1001", &call, "CF_GENERIC_OPERATION").await;
    desk.refused_later("HOLD", ["Something New", "It is not known", "9999"]).await;
    let text = desk.fails("HoldCall#1001", &call, "GENERAL_ERROR").await;
    assert!(text.contains("It is not known"), "{text}");
    desk.does("HoldCall#1001", &call).await;
    desk.goes_on("1001").await;
}
