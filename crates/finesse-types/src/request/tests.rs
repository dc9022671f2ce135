use gc_xml::{Limits, parse};
use proptest::prelude::*;

use super::*;
use crate::user::MobileMode;

fn sent(request: &Request) -> String {
    let query = request.query().map(|query| format!("?{query}")).unwrap_or_default();
    let body = request.body().map(|body| format!(" {body}")).unwrap_or_default();
    format!("{} {}{query}{body}", request.method().as_str(), request.path())
}

#[test]
fn each_request_is_what_the_guide_asks_for() {
    let user = || "1042".to_owned();
    let cases = [
        (Request::SystemInfo, "GET /finesse/api/SystemInfo"),
        (Request::User { id: user() }, "GET /finesse/api/User/1042"),
        (Request::Users, "GET /finesse/api/Users"),
        (Request::Dialogs { user: user() }, "GET /finesse/api/User/1042/Dialogs"),
        (Request::Dialog { id: "77".to_owned() }, "GET /finesse/api/Dialog/77"),
        (
            Request::ReasonCodes { user: user(), category: ReasonCategory::NotReady },
            "GET /finesse/api/User/1042/ReasonCodes?category=NOT_READY",
        ),
        (Request::WrapUpReasons { user: user() }, "GET /finesse/api/User/1042/WrapUpReasons"),
        (
            Request::Team { id: "31".to_owned(), include_logged_out: true },
            "GET /finesse/api/Team/31?includeLoggedOutAgents=true",
        ),
        (
            Request::Login { user: user(), extension: "2042".to_owned(), mobile: None },
            "PUT /finesse/api/User/1042 <User><state>LOGIN</state><extension>2042</extension></User>",
        ),
        (
            Request::Login {
                user: user(),
                extension: "2042".to_owned(),
                mobile: Some(MobileAgent {
                    mode: MobileMode::NailedConnection,
                    dial_number: "5550142".to_owned(),
                }),
            },
            "PUT /finesse/api/User/1042 <User><state>LOGIN</state><extension>2042</extension><mobileAgent>\
             <mode>NAILED_CONNECTION</mode><dialNumber>5550142</dialNumber></mobileAgent></User>",
        ),
        (
            Request::ChangeState { user: user(), state: UserState::Ready, reason_code_id: None },
            "PUT /finesse/api/User/1042 <User><state>READY</state></User>",
        ),
        (
            Request::ChangeState {
                user: user(),
                state: UserState::NotReady,
                reason_code_id: Some("16".to_owned()),
            },
            "PUT /finesse/api/User/1042 <User><state>NOT_READY</state><reasonCodeId>16</reasonCodeId></User>",
        ),
        (
            Request::MakeCall { user: user(), from: "2042".to_owned(), to: "5550100".to_owned() },
            "POST /finesse/api/User/1042/Dialogs <Dialog><requestedAction>MAKE_CALL</requestedAction>\
             <fromAddress>2042</fromAddress><toAddress>5550100</toAddress></Dialog>",
        ),
        (
            Request::DialogAction {
                dialog: "77".to_owned(),
                action: DialogAction::Retrieve,
                target: "2042".to_owned(),
            },
            "PUT /finesse/api/Dialog/77 <Dialog><requestedAction>RETRIEVE</requestedAction>\
             <targetMediaAddress>2042</targetMediaAddress></Dialog>",
        ),
        (
            Request::UpdateCallData {
                dialog: "77".to_owned(),
                wrap_up_reason: Some("Sold & shipped".to_owned()),
                variables: vec![CallVariable { name: "user.note[0]".to_owned(), value: "<3".to_owned() }],
            },
            "PUT /finesse/api/Dialog/77 <Dialog><requestedAction>UPDATE_CALL_DATA</requestedAction>\
             <mediaProperties><wrapUpReason>Sold &amp; shipped</wrapUpReason><callvariables><CallVariable>\
             <name>user.note[0]</name><value>&lt;3</value></CallVariable></callvariables></mediaProperties></Dialog>",
        ),
    ];
    for (request, expected) in cases {
        assert_eq!(sent(&request), expected);
        assert_eq!(request.is_read(), request.body().is_none());
    }
}

#[test]
fn an_id_stays_one_segment_of_the_path() {
    let path = |id: &str| Request::Dialogs { user: id.to_owned() }.path();
    assert_eq!(path("a/../b?c#d e"), "/finesse/api/User/a%2F..%2Fb%3Fc%23d%20e/Dialogs");
    assert_eq!(path("zoë"), "/finesse/api/User/zo%C3%AB/Dialogs");
    assert_eq!(path(".."), "/finesse/api/User/%252E%252E/Dialogs");
    assert_eq!(path("."), "/finesse/api/User/%252E/Dialogs");
}

#[test]
fn what_xml_cannot_hold_is_replaced() {
    let request =
        Request::MakeCall { user: String::new(), from: String::new(), to: "5\u{0}5\u{1f}".to_owned() };
    assert!(request.body().unwrap().contains("<toAddress>5\u{FFFD}5\u{FFFD}</toAddress>"));
}

proptest! {
    #[test]
    fn bodies_parse_back(id: String, text in "[^\r\\p{Cc}\u{FFFE}\u{FFFF}]*", name in "[ -~]*") {
        let update = Request::UpdateCallData {
            dialog: id.clone(),
            wrap_up_reason: Some(text.clone()),
            variables: vec![CallVariable { name: name.clone(), value: text.clone() }],
        };
        let root = parse(&update.body().unwrap(), &Limits::default()).unwrap();
        let media = root.child("mediaProperties").unwrap();
        prop_assert_eq!(media.child("wrapUpReason").unwrap().text(), text.clone());
        let variable = media.child("callvariables").unwrap().child("CallVariable").unwrap();
        prop_assert_eq!(variable.child("name").unwrap().text(), name);
        prop_assert_eq!(variable.child("value").unwrap().text(), text);
        let path = update.path();
        prop_assert_eq!(path.matches('/').count(), 4);
        prop_assert!(path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-._~%".contains(&b)));
    }

    #[test]
    fn any_argument_gives_a_body_that_is_xml(text: String) {
        let request = Request::MakeCall { user: text.clone(), from: text.clone(), to: text };
        prop_assert!(parse(&request.body().unwrap(), &Limits::default()).is_ok());
    }
}
