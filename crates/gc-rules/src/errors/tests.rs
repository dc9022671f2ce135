mod messages;

use finesse_types::{Classification, DialogAction, UserState};
use gc_events::CfCode;

use super::*;

fn code_of(failure: &Failure, request: &Request) -> String {
    error_of(failure, request).0.to_string()
}

fn message_of(failure: &Failure, request: &Request) -> String {
    error_of(failure, request).1
}

fn code_notified(error: &ApiError) -> String {
    error_of_notification(error).0.to_string()
}

fn message_notified(error: &ApiError) -> String {
    error_of_notification(error).1
}

fn error(error_type: &str, error_data: &str, error_message: &str) -> ApiError {
    ApiError {
        error_type: error_type.to_owned(),
        error_data: error_data.to_owned(),
        error_message: error_message.to_owned(),
        ..ApiError::default()
    }
}

fn on_user() -> Request {
    Request::ChangeState { user: "1042".to_owned(), state: UserState::Ready, reason_code_id: None }
}

fn on_dialog() -> Request {
    Request::DialogAction { dialog: "77".to_owned(), action: DialogAction::Hold, target: "2042".to_owned() }
}

fn on_team() -> Request {
    Request::Team { id: "31".to_owned(), include_logged_out: false }
}

fn on_phone_book() -> Request {
    Request::PhoneBookContacts { id: "7".to_owned() }
}

fn on_phone_books() -> Request {
    Request::PhoneBooks { user: "1042".to_owned() }
}

fn on_queue() -> Request {
    Request::Queue { id: "61".to_owned() }
}

fn on_queues() -> Request {
    Request::Queues { user: "1042".to_owned() }
}

fn refused(status: u16, errors: Vec<ApiError>) -> Failure {
    Failure::Refused { status, errors: ApiErrors { errors } }
}

#[test]
fn a_notified_error_has_the_code_in_it_or_the_code_of_its_type() {
    let cases = [
        ("Invalid State", "22", "CF_INVALID_OBJECT_STATE", "CF_INVALID_OBJECT_STATE"),
        ("Invalid Device", "260", "CF_INVALID_LOGON_DEVICE_SPECIFIED", "CF_INVALID_LOGON_DEVICE_SPECIFIED"),
        ("Call Operation Failure", "34", "CF_RESOURCE_OUT_OF_SERVICE", "CF_RESOURCE_OUT_OF_SERVICE"),
        ("Generic Error", "13", "request: E_CTI_INVALID_CALLID.", "E_CTI_INVALID_CALLID"),
        ("Generic Error", "1", "CF_OF_A_LATER_RELEASE", "CF_OF_A_LATER_RELEASE"),
        // By number, for the types whose errorData is a code.
        ("Invalid State", "265", "", "CF_INVALID_AGENT_WORKMODE"),
        ("Invalid Device", "283", "in use", "CF_SPECIFIED_EXTENSION_ALREADY_IN_USE"),
        // 20999 is not a CF_ code, and 260 may be an extension here.
        ("Call Operation Failure", "20999", "Conference failed", "CF_GENERIC_OPERATION"),
        ("Generic Error", "1", "CF_ and E_CTI_ alone", "CF_GENERIC_OPERATION"),
        ("Generic Error", "260", "something", "CF_GENERIC_OPERATION"),
        ("Generic Error", "4047", "INVALID_ACTION TRANSFER on extension 2042", "CF_INVALID_OBJECT_STATE"),
        ("Invalid Device", "", "", "CF_INVALID_LOGON_DEVICE_SPECIFIED"),
        ("device busy", "", "", "CF_RESOURCE_BUSY"),
        // Refused silent monitoring, and a party that may not be dropped.
        ("Generic Error", "13145", "Monitoring failed", "CF_GENERIC_OPERATION"),
        ("Generic Error", "88049", "", "CF_GENERIC_OPERATION"),
        (
            "Call Operation Failure",
            "290",
            "CF_DROP_ANY_PARTY_NOT_ENABLED_CTI",
            "CF_DROP_ANY_PARTY_NOT_ENABLED_CTI",
        ),
        ("Invalid State", "", "No active call", "CF_INVALID_OBJECT_STATE"),
        ("Invalid Destination", "", "", "BAD_DESTINATION"),
        ("Mode Not Allowed", "", "", "GENERAL_ERROR"),
        ("Internal Server Error", "", "", "GENERAL_ERROR"),
        ("Of A Later Release", "", "", "GENERAL_ERROR"),
        ("", "", "", "GENERAL_ERROR"),
    ];
    for (error_type, data, message, code) in cases {
        assert_eq!(code_notified(&error(error_type, data, message)), code, "{error_type} {message}");
    }
}

#[test]
fn a_refusal_has_the_code_of_its_error_otherwise_of_its_status() {
    let some = |error_type: &str| vec![error(error_type, "", "said so")];
    let cases = [
        (401, some("Authorization Failure"), on_user(), "Unauthorized"),
        (401, some("Authentication Failure"), on_user(), "Unauthorized"),
        (401, vec![], on_user(), "Unauthorized"),
        (
            401,
            vec![error("Authorization Failure", "", "Account Locked.")],
            on_user(),
            "CF_AGENT_ACCOUNT_LOCKED_OUT",
        ),
        (401, some("Invalid Supervisor"), on_user(), "GENERAL_ERROR"),
        (401, some("Invalid Authorization User Specified"), on_user(), "GENERAL_ERROR"),
        (401, some("Invalid State"), on_user(), "CF_INVALID_OBJECT_STATE"),
        (403, some("Forbidden"), on_user(), "GENERAL_ERROR"),
        (404, some("User Not Found"), on_user(), "USER_NOT_FOUND"),
        (404, some("Not Found"), on_dialog(), "NO_DIALOG_ID"),
        (404, vec![], on_dialog(), "NO_DIALOG_ID"),
        (405, vec![], on_dialog(), "NO_DIALOG_ID"),
        (405, vec![], on_user(), "GENERAL_ERROR"),
        (404, some("Not Found"), on_team(), "GENERAL_ERROR"),
        (404, vec![], on_user(), "GENERAL_ERROR"),
        (400, some("Bad Request"), on_user(), "PLEASE_RETRY"),
        (400, some("Invalid Input"), on_user(), "PLEASE_RETRY"),
        (400, some("Parameter Missing"), on_user(), "PLEASE_RETRY"),
        (400, vec![], on_user(), "PLEASE_RETRY"),
        (401, vec![error("", "", "UNAUTHORIZED")], on_user(), "Unauthorized"),
        // Only supervisors and administrators may send these; the connector has the administrator's password.
        (401, some("Authorization Failure"), on_queues(), "Unauthorized"),
        (401, some("Authorization Failure"), on_phone_book(), "GENERAL_ERROR"),
        (401, vec![], Request::Users, "GENERAL_ERROR"),
        (416, some("Generic Error"), on_phone_books(), "PLEASE_RETRY"),
        (429, some("Generic Error"), on_dialog(), "PLEASE_RETRY"),
        (405, some("Generic Error"), on_dialog(), "NO_DIALOG_ID"),
        (404, some("Invalid State"), on_dialog(), "NO_DIALOG_ID"),
        (400, some("Mode Not Allowed"), on_user(), "GENERAL_ERROR"),
        (400, some("Generic Error"), on_dialog(), "CF_GENERIC_OPERATION"),
        (400, some("Invalid Destination"), on_user(), "BAD_DESTINATION"),
        (400, some("Finesse API Error"), on_user(), "GENERAL_ERROR"),
        (404, some("TeamId Not Found"), on_team(), "GENERAL_ERROR"),
        (404, some("Not Found"), on_phone_book(), "GENERAL_ERROR"),
        (404, vec![], on_phone_book(), "GENERAL_ERROR"),
        (405, vec![], on_phone_book(), "GENERAL_ERROR"),
        (404, some("Not Found"), on_queue(), "GENERAL_ERROR"),
        (404, vec![], on_queue(), "GENERAL_ERROR"),
        (404, some("User Not Found"), on_queues(), "USER_NOT_FOUND"),
        (401, some("Invalid Authorization"), on_team(), "GENERAL_ERROR"),
        (403, some("Forbidden"), on_phone_book(), "GENERAL_ERROR"),
        (416, some("Invalid Range Specified"), on_phone_books(), "PLEASE_RETRY"),
        (501, some("Not Implemented"), on_queue(), "GENERAL_ERROR"),
        (416, vec![], on_user(), "PLEASE_RETRY"),
        (429, vec![], on_user(), "PLEASE_RETRY"),
        (500, some("Generic Error"), on_user(), "GENERAL_ERROR"),
        (500, vec![], on_user(), "GENERAL_ERROR"),
        (501, some("Not Implemented"), on_dialog(), "GENERAL_ERROR"),
        (503, some("Service Unavailable"), on_user(), "DOWN"),
        (503, vec![], on_dialog(), "DOWN"),
        (302, vec![], on_user(), "GENERAL_ERROR"),
    ];
    for (status, errors, request, code) in cases {
        let failure = refused(status, errors);
        assert_eq!(code_of(&failure, &request), code, "{failure:?} to {request:?}");
    }
}

#[test]
fn of_several_errors_the_most_specific_counts() {
    let vague = || error("Generic Error", "1", "Refused");
    let named = || error("Call Operation Failure", "34", "CF_RESOURCE_OUT_OF_SERVICE");
    let by_number = || error("Invalid Device", "283", "in use");
    let cti = || error("Generic Error", "13", "E_CTI_INVALID_CALLID");
    let of_kind = || error("Invalid State", "", "No active call");
    let by_word = || error("Generic Error", "4047", "INVALID_ACTION HOLD on extension 2042");
    let new = || error("Generic Error", "9999", "CF_OF_A_LATER_RELEASE");
    let odd = || error("Of A Later Release", "", "Something else");
    let cases = [
        (vec![vague(), named()], "CF_RESOURCE_OUT_OF_SERVICE"),
        (vec![named(), vague()], "CF_RESOURCE_OUT_OF_SERVICE"),
        (vec![vague(), cti(), named()], "E_CTI_INVALID_CALLID"),
        (vec![odd(), by_number(), named()], "CF_SPECIFIED_EXTENSION_ALREADY_IN_USE"),
        // A known code is more specific than a known type, and that more than an unknown code.
        (vec![of_kind(), named()], "CF_RESOURCE_OUT_OF_SERVICE"),
        (vec![new(), of_kind()], "CF_INVALID_OBJECT_STATE"),
        (vec![vague(), by_word()], "CF_INVALID_OBJECT_STATE"),
        (vec![vague(), new()], "CF_OF_A_LATER_RELEASE"),
        (vec![odd(), vague()], "GENERAL_ERROR"),
        (vec![vague(), odd()], "CF_GENERIC_OPERATION"),
        (vec![vague(), error("Parameter Missing", "", "state")], "PLEASE_RETRY"),
        (vec![odd(), error("Invalid Supervisor", "", "Another team")], "GENERAL_ERROR"),
    ];
    for (errors, code) in cases {
        let failure = refused(400, errors.clone());
        assert_eq!(code_of(&failure, &on_dialog()), code, "{errors:?}");
        let errors = ApiErrors { errors };
        assert_eq!(code_notified(most_specific(&errors).unwrap()), code, "{errors:?}");
    }
    let supervisor = refused(400, vec![odd(), error("Invalid Supervisor", "", "Another team")]);
    assert!(
        message_of(&supervisor, &on_user()).contains("Another team"),
        "{}",
        message_of(&supervisor, &on_user())
    );
    assert_eq!(most_specific(&ApiErrors::default()), None);
}

#[test]
fn every_action_on_a_call_that_does_not_exist_gives_no_dialog_id() {
    let (dialog, target, to) = (|| "77".to_owned(), || "2042".to_owned(), || "6031".to_owned());
    for request in [
        Request::Dialog { id: dialog() },
        Request::ConsultCall { dialog: dialog(), target: target(), to: to() },
        Request::TransferSst { dialog: dialog(), target: target(), to: to() },
        Request::SendDtmf { dialog: dialog(), target: target(), digits: "1".to_owned() },
        Request::Reclassify { dialog: dialog(), target: target(), classification: Classification::Busy },
        Request::UpdateScheduledCallback { dialog: dialog(), target: target(), time: None, number: None },
        Request::UpdateCallData { dialog: dialog(), wrap_up_reason: None, variables: vec![] },
    ] {
        assert_eq!(code_of(&refused(404, vec![]), &request), "NO_DIALOG_ID", "{request:?}");
    }
    let monitor = Request::SilentMonitor { user: "1900".to_owned(), from: "2900".to_owned(), to: target() };
    assert_eq!(code_of(&refused(404, vec![]), &monitor), "GENERAL_ERROR");
}

#[test]
fn a_network_failure_is_down_or_not_reachable() {
    let broken = Failure::Unreachable { sent: true, reason: "reset".to_owned() };
    assert_eq!(code_of(&broken, &on_user()), "DOWN");
    assert_eq!(code_of(&Failure::TimedOut { sent: true }, &on_user()), "NOT_REACHABLE");
    let (code, text) = error_of(&Failure::TimedOut { sent: false }, &on_user());
    assert_eq!((code, text.contains("nothing was changed")), (ErrorCode::NotReachable, true));
    let odd = Failure::Unreadable { status: 200, reason: "a page".to_owned() };
    assert_eq!(code_of(&odd, &on_user()), "GENERAL_ERROR");
}

#[test]
fn failures_are_transient_or_not_and_may_have_arrived_or_not() {
    let broken = |sent| Failure::Unreachable { sent, reason: String::new() };
    for (failure, transient, arrived) in [
        (broken(true), true, true),
        (broken(false), true, false),
        (Failure::TimedOut { sent: true }, true, true),
        (Failure::TimedOut { sent: false }, true, false),
        (refused(503, vec![]), true, false),
        (refused(504, vec![]), true, true),
        (refused(401, vec![]), false, false),
        (refused(400, vec![]), false, false),
        (Failure::Unreadable { status: 200, reason: String::new() }, false, true),
    ] {
        assert_eq!((failure.is_transient(), failure.may_have_arrived()), (transient, arrived), "{failure:?}");
    }
}
