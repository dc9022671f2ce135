use super::*;
use crate::read::LIST;
use crate::{DialogState, ReasonCategory, UserState};

fn user() -> Request {
    Request::User { id: "1042".to_owned() }
}

fn ready() -> Request {
    Request::ChangeState { user: "1042".to_owned(), state: UserState::Ready, reason_code_id: None }
}

fn unreadable(request: &Request, body: &[u8]) -> String {
    match read_answer(request, 200, None, body) {
        Err(Failure::Unreadable { status: 200, reason }) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_write_is_accepted_by_200_and_by_202() {
    for status in [200, 202] {
        assert_eq!(read_answer(&ready(), status, Some("text/html"), b""), Ok(Answer::Accepted));
        assert_eq!(read_answer(&ready(), status, None, b" \n"), Ok(Answer::Accepted));
    }
    assert_eq!(read_answer(&ready(), 200, None, b"<User><state>READY</state></User>"), Ok(Answer::Accepted));
}

#[test]
fn an_html_page_is_neither_a_user_nor_an_acceptance() {
    let page = b"<html><body>Sign in</body></html>";
    assert_eq!(unreadable(&user(), page), "expected <User>, found <html>");
    assert_eq!(unreadable(&ready(), page), "expected <User>, found <html>");
    let typed = read_answer(&user(), 200, Some("text/HTML; charset=UTF-8"), b"<User/>");
    assert!(matches!(typed, Err(Failure::Unreadable { .. })), "{typed:?}");
}

#[test]
fn an_empty_body_does_not_answer_a_read() {
    assert_eq!(unreadable(&user(), b""), "XML is not exactly one element");
}

#[test]
fn hostile_xml_is_a_typed_failure() {
    assert_eq!(unreadable(&user(), b"<User><loginId>10"), "XML ends too early");
    assert!(unreadable(&user(), b"<!DOCTYPE User [<!ENTITY a 'b'>]><User/>").contains("document type"));
    let deep = "<a>".repeat(10_000) + &"</a>".repeat(10_000);
    assert!(unreadable(&user(), deep.as_bytes()).contains("deeper"));
    let large = format!("<User><x>{}</x></User>", "x".repeat(50 << 20));
    assert_eq!(unreadable(&user(), large.as_bytes()), "longer than 1048576 bytes");
    assert!(unreadable(&user(), b"<User>\xff</User>").contains("utf-8"));
}

#[test]
fn a_list_may_be_longer_than_an_object_but_its_objects_may_not() {
    let many = |count| format!("<Users>{}</Users>", "<User><loginId>1</loginId></User>".repeat(count));
    let list = many(60_000);
    assert!(list.len() > 1 << 20);
    let Ok(Answer::Users(users)) = read_answer(&Request::Users, 200, None, list.as_bytes()) else { panic!() };
    assert_eq!(users.len(), 60_000);
    assert_eq!(unreadable(&Request::Users, many(100_001).as_bytes()), "more than 100000 objects");
    let large = format!("<Users><User><x>{}</x></User></Users>", "x".repeat(1 << 20));
    assert!(unreadable(&Request::Users, large.as_bytes()).contains("over the limit of 1048576"));
    let team = Request::Team { id: "5".to_owned(), include_logged_out: true };
    let members =
        format!("<Team><users>{}</users></Team>", "<User><loginId>1</loginId></User>".repeat(60_000));
    assert!(matches!(read_answer(&team, 200, None, members.as_bytes()), Ok(Answer::Team(_))));
}

#[test]
fn a_list_is_the_same_in_any_number_of_parts() {
    let list = "\u{feff}<?xml version='1.0'?>\n<ns2:Users xmlns:ns2='x' a='>'>\n <User><firstName>Zoë</firstName></User>\
                <Other/><ns2:User/>\n</ns2:Users>\n";
    let whole = read_answer(&Request::Users, 200, None, list.as_bytes());
    assert!(matches!(&whole, Ok(Answer::Users(users)) if users.len() == 2 && users[0].first_name == "Zoë"));
    let mut reader = AnswerReader::new(&Request::Users, 200, None);
    list.as_bytes().chunks(1).for_each(|part| reader.push(part).unwrap());
    assert_eq!(reader.finish(), whole);
    assert_eq!(read_answer(&Request::Users, 200, None, b"<users/>"), Ok(Answer::Users(Vec::new())));
}

#[test]
fn a_body_that_is_not_a_whole_list_is_unreadable() {
    for (body, reason) in [
        ("", "XML is not exactly one element"),
        ("<Use", "XML ends too early"),
        ("<Users><User/>", "XML ends too early"),
        ("<Users/><Users/>", "XML is not exactly one element"),
        ("<Users/><", "XML ends too early"),
        ("<html><body/></html>", "expected <Users>, found <html>"),
        ("<Users><User>&boom;</User></Users>", "XML has an unknown entity &boom;"),
        ("<!DOCTYPE Users><Users/>", "XML has a document type, which is not allowed"),
        ("Out of order", "XML has text between the elements"),
    ] {
        assert_eq!(unreadable(&Request::Users, body.as_bytes()), reason, "{body}");
    }
    let page = read_answer(&Request::Users, 200, Some("text/html"), b"<Users/>");
    assert!(matches!(page, Err(Failure::Unreadable { .. })), "{page:?}");
}

#[test]
fn a_wrong_answer_fails_before_its_end() {
    let mut reader = AnswerReader::new(&Request::Users, 200, None);
    assert!(reader.push(b"<html><head>").is_err());
    let dialogs = Request::Dialogs { user: "1042".to_owned() };
    let mut reader = AnswerReader::new(&dialogs, 200, None);
    let (mut pushed, megabyte) = (0, vec![b' '; 1 << 20]);
    while reader.push(&megabyte).is_ok() {
        pushed += 1;
        assert!(pushed <= 4, "kept reading");
    }
}

#[test]
fn errors_instead_of_a_list_are_a_refusal() {
    let errors = b"<ApiErrors><ApiError><ErrorType>Generic Error</ErrorType></ApiError></ApiErrors>";
    let refused = read_answer(&Request::Users, 200, None, errors);
    let Err(Failure::Refused { status: 200, errors }) = refused else { panic!("{refused:?}") };
    assert_eq!(errors.errors[0].error_type, "Generic Error");
    // A refusal stays a refusal, whatever its body and however long.
    for request in [Request::Users, user()] {
        let endless = vec![b'x'; 129 << 20];
        assert!(matches!(
            read_answer(&request, 401, None, &endless),
            Err(Failure::Refused { status: 401, .. })
        ));
    }
}

#[test]
fn a_full_phone_book_of_full_contacts_is_an_answer() {
    let text = "😀".repeat(128);
    let contact = format!(
        "<Contact><description>{text}</description><firstName>{text}</firstName><lastName>{text}</lastName>\
         <phoneNumber>{}</phoneNumber><uri>/finesse/api/PhoneBook/300/Contact/50000</uri></Contact>",
        "5".repeat(32)
    );
    let full = format!("<Contacts>{}</Contacts>", contact.repeat(6000));
    let request = Request::PhoneBookContacts { id: "300".to_owned() };
    assert!(full.len() > LIST && full.len() < request.answer_limit());
    let Ok(Answer::Contacts(contacts)) = read_answer(&request, 200, None, full.as_bytes()) else { panic!() };
    assert_eq!((contacts.len(), contacts[0].id.as_str()), (6000, "50000"));
}

#[test]
fn every_write_is_accepted_by_an_empty_body_and_by_its_object() {
    let text = || "7".to_owned();
    for write in [
        Request::SilentMonitor { user: text(), from: text(), to: text() },
        Request::BargeCall { user: text(), from: text(), to: text(), associated_dialog: text() },
        Request::ConsultCall { dialog: text(), target: text(), to: text() },
        Request::UpdateScheduledCallback { dialog: text(), target: text(), time: None, number: None },
    ] {
        assert_eq!(read_answer(&write, 202, None, b""), Ok(Answer::Accepted));
        assert_eq!(read_answer(&write, 200, None, b"<Dialog/>"), Ok(Answer::Accepted));
        assert_eq!(unreadable(&write, b"<User/>"), "expected <Dialog>, found <User>");
    }
}

#[test]
fn a_refusal_keeps_its_status_whatever_its_body() {
    for body in [&b"<html>503</html>"[..], b"", b"<ApiErrors", b"\xff"] {
        let refused = read_answer(&user(), 503, Some("text/html"), body);
        assert_eq!(refused, Err(Failure::Refused { status: 503, errors: ApiErrors::default() }));
    }
    let moved = read_answer(&ready(), 302, None, b"");
    assert_eq!(moved, Err(Failure::Refused { status: 302, errors: ApiErrors::default() }));
}

#[test]
fn all_errors_of_a_refusal_are_read_in_any_case_and_order() {
    let body = "<?xml version=\"1.0\"?><apierrors><ApiError><ErrorMessage>one</ErrorMessage><ErrorType>T\
                </ErrorType></ApiError><x/><apiError><errorData>7</errorData><peripheralErrorCode>9\
                </peripheralErrorCode><peripheralErrorText>why</peripheralErrorText></apiError></apierrors>";
    let Err(Failure::Refused { status: 400, errors }) = read_answer(&ready(), 400, None, body.as_bytes())
    else {
        panic!()
    };
    let texts: Vec<_> =
        errors.errors.iter().map(|e| (e.error_type.as_str(), e.error_data.as_str())).collect();
    assert_eq!(texts, [("T", ""), ("", "7")]);
    assert_eq!(errors.errors[0].error_message, "one");
    assert_eq!(errors.errors[1].peripheral_error_text, "why");
}

#[test]
fn errors_with_a_success_status_are_a_refusal() {
    let answer = read_answer(&ready(), 200, None, b"<ApiErrors><ApiError/></ApiErrors>");
    assert!(matches!(answer, Err(Failure::Refused { status: 200, .. })), "{answer:?}");
}

#[test]
fn fields_are_read_by_name_with_any_prefix_order_and_neighbours() {
    let xml = "\u{feff}<?xml version='1.0'?><f:User xmlns:f='urn:f' since='3'><STATE> WORK </STATE><new><state>no\
               </state></new><teams><Team><id>5</id></Team></teams><loginid>7</loginid><roles><role>Agent</role>\
               <!-- apart --><rank/><role><![CDATA[Super]]>visor</role></roles><teams><Team><name>B &amp; C</name>\
               </Team></teams><reasonCode/><reasonCodeId/><wrapUpTimer/><pendingState> </pendingState>\
               <mobileAgent/></f:User>";
    let Ok(Answer::User(user)) = read_answer(&user(), 200, None, xml.as_bytes()) else { panic!() };
    assert_eq!((user.state.clone(), user.login_id.as_str()), (UserState::Work, "7"));
    assert!(user.is_supervisor());
    assert_eq!(user.teams.len(), 2);
    assert_eq!(user.teams[1].name, "B & C");
    assert_eq!(user.reason_code, None);
    assert_eq!(user.reason_code_id.as_deref(), Some(""));
    assert_eq!(
        (user.wrap_up_timer, user.pending_state.clone(), user.mobile_agent.clone()),
        (None, None, None)
    );
}

#[test]
fn a_reason_code_without_id_takes_it_from_its_path() {
    let request = Request::ReasonCodes { user: "1".to_owned(), category: ReasonCategory::Logout };
    let xml = b"<ReasonCodes><ReasonCode><uri>/finesse/api/ReasonCode/12/</uri></ReasonCode></ReasonCodes>";
    let Ok(Answer::ReasonCodes(reasons)) = read_answer(&request, 200, None, xml) else { panic!() };
    assert_eq!((reasons[0].id.as_str(), reasons[0].system_code), ("12", None));
}

#[test]
fn unknown_states_are_kept() {
    let request = Request::Dialog { id: "9".to_owned() };
    let xml = b"<Dialog><state>PAUSED</state><mediaProperties><callType>HOLOGRAM</callType></mediaProperties></Dialog>";
    let Ok(Answer::Dialog(dialog)) = read_answer(&request, 200, None, xml) else { panic!() };
    assert_eq!(dialog.state, DialogState::Other("PAUSED".to_owned()));
    assert_eq!(dialog.media.call_type.as_str(), "HOLOGRAM");
}
