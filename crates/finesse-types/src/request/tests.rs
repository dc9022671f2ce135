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
fn each_request_matches_the_guide() {
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
            Request::Login { user: user(), extension: "2042".to_owned(), device: None, mobile: None },
            "PUT /finesse/api/User/1042 <User><state>LOGIN</state><extension>2042</extension></User>",
        ),
        (
            Request::Login {
                user: user(),
                extension: "2042".to_owned(),
                device: Some("SEP001122334455".to_owned()),
                mobile: Some(MobileAgent {
                    mode: MobileMode::NailedConnection,
                    dial_number: "5550142".to_owned(),
                }),
            },
            "PUT /finesse/api/User/1042 <User><state>LOGIN</state><extension>2042</extension><activeDeviceId>\
             SEP001122334455</activeDeviceId><mobileAgent><mode>NAILED_CONNECTION</mode><dialNumber>5550142</dialNumber></mobileAgent></User>",
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
            Request::DialogAction {
                dialog: "77".to_owned(),
                action: DialogAction::ParticipantDrop,
                target: "2043".to_owned(),
            },
            "PUT /finesse/api/Dialog/77 <Dialog><requestedAction>PARTICIPANT_DROP</requestedAction>\
             <targetMediaAddress>2043</targetMediaAddress></Dialog>",
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
fn each_request_with_parameters_matches_the_guide() {
    let text = |text: &str| text.to_owned();
    let callback = |time: Option<&str>, number: Option<&str>| Request::UpdateScheduledCallback {
        dialog: text("77"),
        target: text("2042"),
        time: time.map(str::to_owned),
        number: number.map(str::to_owned),
    };
    let by = |action: &str, more: &str| {
        format!(
            "PUT /finesse/api/Dialog/77 <Dialog><requestedAction>{action}</requestedAction>\
             <targetMediaAddress>2042</targetMediaAddress>{more}</Dialog>"
        )
    };
    let params = |params: &[(&str, &str)]| {
        let params: String = params
            .iter()
            .map(|(name, value)| {
                format!("<ActionParam><name>{name}</name><value>{value}</value></ActionParam>")
            })
            .collect();
        format!("<actionParams>{params}</actionParams>")
    };
    let new = |action: &str, more: &str| {
        format!(
            "POST /finesse/api/User/1900/Dialogs <Dialog><requestedAction>{action}</requestedAction>\
             <fromAddress>2900</fromAddress><toAddress>2042</toAddress>{more}</Dialog>"
        )
    };
    let cases = [
        (
            Request::SilentMonitor { user: text("1900"), from: text("2900"), to: text("2042") },
            new("SILENT_MONITOR", ""),
        ),
        (
            Request::BargeCall {
                user: text("1900"),
                from: text("2900"),
                to: text("2042"),
                associated_dialog: text("77"),
            },
            new("BARGE_CALL", "<associatedDialogUri>/finesse/api/Dialog/77</associatedDialogUri>"),
        ),
        (
            Request::ConsultCall { dialog: text("77"), target: text("2042"), to: text("6031") },
            by("CONSULT_CALL", "<toAddress>6031</toAddress>"),
        ),
        (
            Request::TransferSst { dialog: text("77"), target: text("2042"), to: text("6031") },
            by("TRANSFER_SST", "<toAddress>6031</toAddress>"),
        ),
        (
            Request::SendDtmf { dialog: text("77"), target: text("2042"), digits: text("12#") },
            by("SEND_DTMF", &params(&[("dtmfString", "12#")])),
        ),
        (
            Request::Reclassify {
                dialog: text("77"),
                target: text("2042"),
                classification: Classification::AnsweringMachine,
            },
            by("RECLASSIFY", &params(&[("outboundClassification", "ANS_MACHINE")])),
        ),
        (
            callback(Some("2026-04-23T15:45"), None),
            by("UPDATE_SCHEDULED_CALLBACK", &params(&[("callbackTime", "2026-04-23T15:45")])),
        ),
        (
            callback(None, Some("5550159")),
            by("UPDATE_SCHEDULED_CALLBACK", &params(&[("callbackNumber", "5550159")])),
        ),
        (
            callback(Some("2026-04-23T15:45"), Some("5550159")),
            by(
                "UPDATE_SCHEDULED_CALLBACK",
                &params(&[("callbackTime", "2026-04-23T15:45"), ("callbackNumber", "5550159")]),
            ),
        ),
    ];
    for (request, expected) in cases {
        assert_eq!(sent(&request), expected);
        assert!(!request.is_read());
    }
}

#[test]
fn each_list_has_the_path_of_the_guide() {
    let cases = [
        (Request::PhoneBooks { user: "1042".to_owned() }, "GET /finesse/api/User/1042/PhoneBooks"),
        (Request::TeamPhoneBooks { team: "31".to_owned() }, "GET /finesse/api/Team/31/PhoneBooks"),
        (Request::PhoneBookContacts { id: "7".to_owned() }, "GET /finesse/api/PhoneBook/7/Contacts"),
        (Request::Queues { user: "1042".to_owned() }, "GET /finesse/api/User/1042/Queues"),
        (Request::Queue { id: "61".to_owned() }, "GET /finesse/api/Queue/61"),
    ];
    for (request, expected) in cases {
        assert_eq!(sent(&request), expected);
        assert!(request.is_read() && request.body().is_none());
        let has_range = matches!(request, Request::PhoneBooks { .. });
        assert_eq!(request.range(), has_range.then_some("objects=1-6000"), "{expected}");
    }
}

#[test]
fn actions_and_classifications_have_finesses_names() {
    let words = [
        (DialogAction::Answer, "ANSWER"),
        (DialogAction::Hold, "HOLD"),
        (DialogAction::Retrieve, "RETRIEVE"),
        (DialogAction::Drop, "DROP"),
        (DialogAction::Transfer, "TRANSFER"),
        (DialogAction::Conference, "CONFERENCE"),
        (DialogAction::ParticipantDrop, "PARTICIPANT_DROP"),
        (DialogAction::StartRecording, "START_RECORDING"),
        (DialogAction::Accept, "ACCEPT"),
        (DialogAction::Reject, "REJECT"),
        (DialogAction::Close, "CLOSE"),
        (DialogAction::CancelScheduledCallback, "CANCEL_SCHEDULED_CALLBACK"),
    ];
    for (action, word) in words {
        assert_eq!((action.as_str(), DialogAction::from(word)), (word, action.clone()));
    }
    let classes = ["VOICE", "FAX", "ANS_MACHINE", "INVALID", "DO_NOT_CALL", "BUSY"];
    assert!(classes.iter().all(|word| !matches!(Classification::from(*word), Classification::Other(_))));
}

#[test]
fn an_id_stays_one_segment_of_the_path() {
    let path = |id: &str| Request::Dialogs { user: id.to_owned() }.path();
    assert_eq!(path("a/../b?c#d e"), "/finesse/api/User/a%2F..%2Fb%3Fc%23d%20e/Dialogs");
    assert_eq!(path("zoë"), "/finesse/api/User/zo%C3%AB/Dialogs");
    assert_eq!(path(".."), "/finesse/api/User/%252E%252E/Dialogs");
    assert_eq!(path("."), "/finesse/api/User/%252E/Dialogs");
    let contacts = Request::PhoneBookContacts { id: "../User/1".to_owned() };
    assert_eq!(contacts.path(), "/finesse/api/PhoneBook/..%2FUser%2F1/Contacts");
}

#[test]
fn characters_that_xml_does_not_allow_are_replaced() {
    let request =
        Request::MakeCall { user: String::new(), from: String::new(), to: "5\u{0}5\u{1f}".to_owned() };
    assert!(request.body().unwrap().contains("<toAddress>5\u{FFFD}5\u{FFFD}</toAddress>"));
}

/// Any text that XML allows.
const TEXT: &str = "[^\r\\p{Cc}\u{FFFE}\u{FFFF}]*";

#[test]
fn an_agent_needs_no_right_only_for_itself_and_its_calls() {
    let user = |id: &str| Request::User { id: id.into() };
    let drops = |action| Request::DialogAction { dialog: "7".into(), action, target: "2001".into() };
    for (request, everybody) in [
        (user("1001"), true),
        (user("1002"), false),
        (Request::Users, false),
        (Request::Team { id: "5".into(), include_logged_out: true }, false),
        (drops(DialogAction::Drop), true),
        (drops(DialogAction::ParticipantDrop), false),
        (Request::SilentMonitor { user: "1001".into(), from: "2001".into(), to: "2002".into() }, false),
    ] {
        assert_eq!(request.needs_no_right("1001"), everybody, "{request:?}");
    }
}

proptest! {
    #[test]
    fn bodies_parse_back(id: String, text in TEXT, name in "[ -~]*") {
        let update = Request::UpdateCallData {
            dialog: id.clone(),
            wrap_up_reason: Some(text.clone()),
            variables: vec![CallVariable { name: name.clone(), value: text.clone() }],
        };
        let body = update.body().unwrap();
        let root = parse(&body, &Limits::default()).unwrap();
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
    fn the_parameters_of_an_action_parse_back(dialog: String, to in TEXT, number in TEXT) {
        let root = |request: &Request| parse(&request.body().unwrap(), &Limits::default()).unwrap().into_owned();
        let (target, text_of) = (to.clone(), |root: &gc_xml::Element, name: &str| root.child(name).unwrap().text().into_owned());
        for request in [
            Request::ConsultCall { dialog: dialog.clone(), target: target.clone(), to: number.clone() },
            Request::TransferSst { dialog: dialog.clone(), target: target.clone(), to: number.clone() },
        ] {
            let root = root(&request);
            prop_assert_eq!((text_of(&root, "targetMediaAddress"), text_of(&root, "toAddress")), (to.clone(), number.clone()));
        }
        let barge = Request::BargeCall { user: to.clone(), from: to.clone(), to: number.clone(), associated_dialog: dialog.clone() };
        let barged = root(&barge);
        prop_assert_eq!((text_of(&barged, "fromAddress"), text_of(&barged, "toAddress")), (to.clone(), number.clone()));
        prop_assert_eq!(text_of(&barged, "associatedDialogUri"), Request::Dialog { id: dialog.clone() }.path());
        let callback = Request::UpdateScheduledCallback {
            dialog, target, time: Some(to.clone()), number: Some(number.clone()),
        };
        let params = root(&callback).child("actionParams").unwrap().clone();
        let pairs: Vec<_> =
            params.children_named("ActionParam").map(|param| (text_of(param, "name"), text_of(param, "value"))).collect();
        prop_assert_eq!(pairs, [("callbackTime".to_owned(), to), ("callbackNumber".to_owned(), number)]);
    }

    #[test]
    fn any_argument_gives_a_body_that_is_xml(text: String) {
        for request in [
            Request::MakeCall { user: text.clone(), from: text.clone(), to: text.clone() },
            Request::SendDtmf { dialog: text.clone(), target: text.clone(), digits: text.clone() },
            Request::Reclassify {
                dialog: text.clone(),
                target: text.clone(),
                classification: Classification::from(text.as_str()),
            },
        ] {
            prop_assert!(parse(&request.body().unwrap(), &Limits::default()).is_ok());
        }
    }
}
