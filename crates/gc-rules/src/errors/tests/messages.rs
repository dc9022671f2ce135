//! The messages of errors.

use super::*;

#[test]
fn a_message_says_what_is_wrong_and_what_to_do() {
    // The advice is the code's, whatever its text.
    let advised = |what: &str, code: ErrorCode| format!("{what} {}", code.advice());
    let wrong_state = ErrorCode::Cf(CfCode::InvalidObjectState);
    let one = |error_type: &str, data: &str, message: &str| vec![error(error_type, data, message)];
    let cases = [
        (401, vec![], on_user(), ErrorCode::Unauthorized.message()),
        (
            401,
            one("Authorization Failure", "1042", "UNAUTHORIZED"),
            on_user(),
            ErrorCode::Unauthorized.message(),
        ),
        (
            404,
            one("Dialog Not Found", "77", "Invalid dialogId specified"),
            on_dialog(),
            ErrorCode::NoDialogId.message(),
        ),
        (404, vec![], on_dialog(), ErrorCode::NoDialogId.message()),
        (404, one("User Not Found", "4023", "UNKNOWN_USER"), on_user(), ErrorCode::UserNotFound.message()),
        (503, one("Service Unavailable", "", "SERVER_OUT_OF_SERVICE"), on_user(), ErrorCode::Down.message()),
        (
            401,
            one("Authorization Failure", "", "Your account is locked."),
            on_user(),
            ErrorCode::Cf(CfCode::AgentAccountLockedOut).message(),
        ),
        (
            400,
            one("Invalid Input", "", "Bad extension"),
            on_user(),
            advised("Finesse says: Bad extension (Invalid Input).", ErrorCode::PleaseRetry),
        ),
        (
            500,
            vec![],
            on_user(),
            advised("Finesse did not do this and gave no reason (HTTP 500).", ErrorCode::GeneralError),
        ),
        (
            500,
            one("Internal Server Error", "", "RUNTIME_EXCEPTION"),
            on_user(),
            advised("Finesse says: Internal Server Error (RUNTIME_EXCEPTION).", ErrorCode::GeneralError),
        ),
        (
            404,
            one("TeamId Not Found", "31", "No such team"),
            on_team(),
            advised("Finesse says: No such team (TeamId Not Found).", ErrorCode::GeneralError),
        ),
        // Finesse's sentence may add something to the code's message; the name of the code does not.
        (
            400,
            one("Invalid State", "", "No Active call available on agent for TRANSFER."),
            on_dialog(),
            advised(
                &format!(
                    "{} Finesse says: No Active call available on agent for TRANSFER.",
                    wrong_state.description()
                ),
                wrong_state.clone(),
            ),
        ),
    ];
    for (status, errors, request, text) in cases {
        let failure = refused(status, errors);
        assert_eq!(message_of(&failure, &request), text, "{failure:?} to {request:?}");
    }
}

#[test]
fn a_notified_error_also_has_a_message_for_the_agent() {
    let advised = |what: &str, code: ErrorCode| format!("{what} {}", code.advice());
    let wrong_state = ErrorCode::Cf(CfCode::InvalidObjectState);
    let named = error("Invalid State", "22", "CF_INVALID_OBJECT_STATE");
    assert_eq!(message_notified(&named), wrong_state.message());
    let action = error("Generic Error", "2042", "INVALID_ACTION RETRIEVE on extension 2042");
    assert_eq!(message_notified(&action), wrong_state.message(), "agents do not see constants");
    let constant = error("Generic Error", "13", "request: E_CTI_INVALID_CALLID.");
    assert_eq!(message_notified(&constant), error_of_notification(&constant).0.message());
    let unknown = ApiError {
        peripheral_error_text: "line 3 is asleep".to_owned(),
        ..error("Call Operation Failure", "9", "CF_OF_A_LATER_RELEASE")
    };
    assert_eq!(
        message_notified(&unknown),
        advised(
            "Finesse says: line 3 is asleep (CF_OF_A_LATER_RELEASE, Call Operation Failure).",
            ErrorCode::from_name("CF_OF_A_LATER_RELEASE")
        )
    );
    assert_eq!(
        message_notified(&ApiError::default()),
        advised("Finesse refused this and gave no reason.", ErrorCode::GeneralError)
    );
}

#[test]
fn quotes_have_no_duplicates_one_line_and_a_limited_length() {
    let advice = ErrorCode::GeneralError.advice();
    let twice = error("Mode Not Allowed", "", "Mode not allowed.");
    assert_eq!(message_notified(&twice), format!("Finesse says: Mode not allowed. {advice}"));
    let same = ApiError {
        peripheral_error_text: "The line is asleep".to_owned(),
        ..error("Of A Later Release", "", "The line\n   is asleep?")
    };
    assert_eq!(
        message_notified(&same),
        format!("Finesse says: The line is asleep? (The line is asleep, Of A Later Release). {advice}")
    );
    let question = error("", "", "Who are you?");
    assert_eq!(message_notified(&question), format!("Finesse says: Who are you? {advice}"));
    let trace = error("", "", &"at java é ".repeat(1000));
    let text = message_notified(&trace);
    assert!(text.chars().count() < 300 && text.contains("… "), "{text}");
}

#[test]
fn an_agent_without_the_role_is_not_asked_for_another_password() {
    let not_allowed = || vec![error("Authorization Failure", "1042", "UNAUTHORIZED")];
    let text = |request: &Request| message_of(&refused(401, not_allowed()), request);
    assert!(
        text(&on_queues()).starts_with("Invalid Credentials for this action: it is for supervisors only")
    );
    for list in [Request::Users, on_phone_book()] {
        assert!(text(&list).contains("administrator's credentials"), "{list:?}");
    }
    assert_eq!(text(&on_user()), ErrorCode::Unauthorized.message());
}

#[test]
fn refused_monitoring_is_explained_by_the_team_and_the_role_not_by_a_number_to_dial() {
    let (user, from, to) = (|| "1042".to_owned(), || "2042".to_owned(), || "2043".to_owned());
    let monitor = Request::SilentMonitor { user: user(), from: from(), to: to() };
    let barge =
        Request::BargeCall { user: user(), from: from(), to: to(), associated_dialog: "77".to_owned() };
    let says = "No agent of your teams is signed in on this extension, or you are not a supervisor. Check the extension; \
                you can go on working.";
    for request in [monitor, barge] {
        for (status, error_type, code) in
            [(400, "Invalid Destination", "BAD_DESTINATION"), (401, "Invalid Supervisor", "GENERAL_ERROR")]
        {
            let failure = refused(status, vec![error(error_type, "2043", "The destination is invalid")]);
            assert_eq!(code_of(&failure, &request), code, "{request:?}");
            assert_eq!(message_of(&failure, &request), says, "{request:?}");
        }
    }
    let call = Request::MakeCall { user: user(), from: from(), to: to() };
    let failure = refused(400, vec![error("Invalid Destination", "2043", "The destination is invalid")]);
    assert_eq!(message_of(&failure, &call), ErrorCode::BadDestination.message());
}

#[test]
fn an_answer_that_cannot_be_read_is_not_shown_to_the_agent() {
    let odd = Failure::Unreadable { status: 200, reason: "expected <User>, found <html>".to_owned() };
    let text = message_of(&odd, &on_user());
    assert!(!text.contains('<') && text.starts_with("Finesse gave an answer that the connector cannot read"));
}
