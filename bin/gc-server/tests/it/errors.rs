//! Every error code of the table: how it arises, and what the client sees.
//!
//! - `arguments`: what a request lacks;
//! - `sessions`: who may connect and log in; `network`: Finesse does not answer as it should;
//! - `calls`, `states`: what the contact centre refuses;
//! - `raised`: codes that only a real contact centre has a reason for, raised by the simulator on demand.

mod arguments;
mod calls;
mod network;
mod raised;
mod sessions;
mod states;

use std::collections::BTreeSet;

use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt, stream};
use gc_protocol::{CfCode, CtiCode, ErrorCode};

use crate::support::desk::Codes;

/// Codes and how each is shown to arise. `docs/errors.md` says the same in words. A scene returns the codes it saw.
fn scenes() -> Vec<(ErrorCode, BoxFuture<'static, Codes>)> {
    use CfCode as Code;
    use ErrorCode::*;
    vec![
        (BadDestination, calls::the_number_does_not_exist().boxed()),
        (Down, network::finesse_hangs_up().boxed()),
        (GeneralError, network::finesse_fails().boxed()),
        (InvalidCallData, arguments::call_data_are_no_pairs().boxed()),
        (LicensesExceeded, sessions::the_licence_is_used_up().boxed()),
        (MissingDialogId, arguments::no_dialog_id().boxed()),
        (MissingExtension, arguments::no_extension().boxed()),
        (MissingNumber, arguments::no_number().boxed()),
        (MissingPassword, arguments::no_password().boxed()),
        (MissingReasonCode, arguments::no_reason_code().boxed()),
        (NoDialogId, calls::there_is_no_such_call().boxed()),
        (NotReachable, network::finesse_is_silent().boxed()),
        (PleaseRetry, arguments::arguments_that_cannot_be_read().boxed()),
        (PleaseRetry, network::finesse_does_nothing().boxed()),
        (PleaseRetry, states::no_reason_where_one_is_required().boxed()),
        (PleaseRetry, sessions::too_many_passwords_are_wrong().boxed()),
        (SessionInvalidated, sessions::another_client_connects().boxed()),
        (SubscriptionFailed, sessions::the_first_password_is_wrong().boxed()),
        (UnableToSubscribeToFinesse, sessions::there_are_no_notifications().boxed()),
        (Unauthorized, sessions::a_later_password_is_wrong().boxed()),
        (UserNotFound, sessions::there_is_no_such_agent().boxed()),
        (WrongExtension, arguments::an_extension_with_letters().boxed()),
        (Cf(Code::AgentAccountLockedOut), sessions::five_passwords_are_wrong().boxed()),
        (Cf(Code::AgentNotPartyOnCall), calls::the_participant_is_not_there().boxed()),
        (Cf(Code::DropAnyPartyNotEnabledCti), calls::an_agent_drops_a_participant().boxed()),
        (Cf(Code::GenericOperation), calls::another_one_made_the_conference().boxed()),
        (Cf(Code::GenericSystemResourceAvailability), raised::no_resources().boxed()),
        (Cf(Code::GenericUnspecifiedRejection), raised::rejected().boxed()),
        (Cf(Code::InvalidAgentReasonCode), states::there_is_no_such_reason().boxed()),
        (Cf(Code::InvalidAgentWorkmode), states::no_wrap_up_for_this_agent().boxed()),
        (Cf(Code::InvalidCalledDevice), raised::the_called_device().boxed()),
        (Cf(Code::InvalidCallingDevice), raised::the_calling_device().boxed()),
        (Cf(Code::InvalidConnectionIdForActiveCall), raised::the_active_connection().boxed()),
        (Cf(Code::InvalidConsultType), raised::the_kind_of_consultation().boxed()),
        (Cf(Code::InvalidCstaDeviceIdentifier), raised::the_device().boxed()),
        (Cf(Code::InvalidDestination), calls::transfer_to_nobody().boxed()),
        (Cf(Code::InvalidLogonDeviceSpecified), states::there_is_no_such_extension().boxed()),
        (Cf(Code::InvalidObjectState), calls::not_in_this_state().boxed()),
        (Cf(Code::InvalidParameter), states::signed_out_on_uccx().boxed()),
        (Cf(Code::InvalidPasswordSpecified), states::signed_out_on_ucce().boxed()),
        (Cf(Code::ReasonCodeRequired), raised::a_reason_code().boxed()),
        (Cf(Code::ResourceBusy), states::ready_during_a_call_on_uccx().boxed()),
        (Cf(Code::SpecifiedAgentAlreadySignedOn), states::signed_in_elsewhere().boxed()),
        (Cf(Code::SpecifiedExtensionAlreadyInUse), states::somebody_else_sits_there().boxed()),
        (Cti(CtiCode::InvalidCallid), raised::the_call().boxed()),
    ]
}

/// So many stages at a time, lest a slow machine take for silence what is only waiting.
const AT_ONCE: usize = 8;

/// One test for all; `CODE=DOWN` picks one.
#[tokio::test(flavor = "multi_thread")]
async fn every_code_arises_as_its_scene_shows() {
    let wanted = std::env::var("CODE").ok();
    let mut scenes = scenes();
    scenes.retain(|(code, _)| wanted.as_ref().is_none_or(|wanted| *wanted == code.to_string()));
    assert!(!scenes.is_empty(), "no code is called {wanted:?}");
    let played = stream::iter(scenes)
        .map(|(code, scene)| {
            let played = tokio::spawn(shows(scene, code.to_string()));
            played.map(move |played| played.is_err().then_some(code))
        })
        .buffer_unordered(AT_ONCE);
    let failed: Vec<_> = played.filter_map(std::future::ready).collect().await;
    assert!(failed.is_empty(), "failed, for the reasons above: {failed:?}");
}

/// The scene comes to its end, and an error of this code was heard in it.
async fn shows(scene: BoxFuture<'static, Codes>, code: String) {
    let heard = scene.await;
    assert!(heard.contains(&code), "{code} is not among {heard:?}");
}

#[test]
fn every_code_whose_cause_is_documented_has_its_scene() {
    let documented = ErrorCode::all().filter(|code| code.cause().is_some());
    let documented: BTreeSet<_> = documented.map(|code| code.to_string()).collect();
    let shown: BTreeSet<_> = scenes().iter().map(|(code, _)| code.to_string()).collect();
    assert_eq!(documented, shown);
}

/// The rows of the published error table.
const PUBLISHED: [&str; 30] = [
    "CF_INVALID_CALLED_DEVICE",
    "CF_INVALID_CALLING_DEVICE",
    "CF_INVALID_CONNECTION_ID_FOR_ACTIVE_CALL",
    "CF_INVALID_CONSULT_TYPE",
    "CF_AGENT_ACCOUNT_LOCKED_OUT",
    "CF_INVALID_CSTA_DEVICE_IDENTIFIER",
    "CF_RESOURCE_BUSY",
    "CF_INVALID_LOGON_DEVICE_SPECIFIED",
    "CF_GENERIC_UNSPECIFIED_REJECTION",
    "CF_INVALID_OBJECT_STATE",
    "CF_INVALID_PASSWORD_SPECIFIED",
    "CF_GENERIC_SYSTEM_RESOURCE_AVAILABILITY",
    "E_CTI_INVALID_CALLID",
    "USER_NOT_FOUND",
    "GENERAL_ERROR",
    "CF_GENERIC_OPERATION",
    "BAD_DESTINATION",
    "DOWN",
    "LICENSES_EXCEEDED",
    "MISSING_EXTENSION",
    "MISSING_NUMBER",
    "MISSING_PASSWORD",
    "MISSING_REASON_CODE",
    "NO_DIALOG_ID",
    "NOT_REACHABLE",
    "PLEASE_RETRY",
    "SUBSCRIPTION_FAILED",
    "UNABLE_TO_SUBSCRIBE_TO_FINESSE",
    "WRONG_EXTENSION",
    "SESSION_INVALIDATED",
];

#[test]
fn every_published_code_has_its_scene() {
    let shown: BTreeSet<_> = scenes().iter().map(|(code, _)| code.to_string()).collect();
    let missing: Vec<_> = PUBLISHED.iter().filter(|code| !shown.contains(**code)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
