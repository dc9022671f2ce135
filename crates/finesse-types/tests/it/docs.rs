//! The requests in docs/finesse.md are printed from the code. `UPDATE_DOCS=1` updates them.

use std::fs;

use finesse_types::{
    CallVariable, Classification, DialogAction, MobileAgent, MobileMode, ReasonCategory, Request, UserState,
};

#[test]
fn the_requests_in_the_documentation_match_the_code() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/finesse.md");
    let page = fs::read_to_string(path).unwrap();
    let printed = with_table(&page, "requests", &request_table());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(path, printed).unwrap();
    } else {
        assert_eq!(page, printed, "run the test once with UPDATE_DOCS=1");
    }
}

/// The page, with this table between its markers.
fn with_table(page: &str, name: &str, table: &str) -> String {
    let (begin, end) = (format!("<!-- {name}: printed from the code -->\n"), "<!-- end -->");
    let (before, rest) = page.split_once(&begin).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    format!("{before}{begin}\n{table}\n{end}{after}")
}

fn request_table() -> String {
    let mut table = String::from("| request | method and path | body |\n|---|---|---|\n");
    for (name, request) in requests() {
        let query = request.query().map(|query| format!("?{query}")).unwrap_or_default();
        let body = request.body().map(|body| format!("`{body}`")).unwrap_or_default();
        let range = request.range().map(|range| format!(" with `Range: {range}`")).unwrap_or_default();
        table.push_str(&format!(
            "| {name} | `{} {}{query}`{range} | {body} |\n",
            request.method().as_str(),
            request.path()
        ));
    }
    table
}

fn requests() -> Vec<(&'static str, Request)> {
    let user = || "1042".to_owned();
    let dialog = || "16777217".to_owned();
    let extension = || "2042".to_owned();
    let mobile = MobileAgent { mode: MobileMode::CallByCall, dial_number: "5550142".to_owned() };
    let reasons = |category| Request::ReasonCodes { user: user(), category };
    let action = |action| Request::DialogAction { dialog: dialog(), action, target: extension() };
    let state = |state, reason: Option<&str>| Request::ChangeState {
        user: user(),
        state,
        reason_code_id: reason.map(str::to_owned),
    };
    vec![
        ("SystemInfo (without credentials)", Request::SystemInfo),
        ("User", Request::User { id: user() }),
        ("Users (administrator)", Request::Users),
        ("Dialogs", Request::Dialogs { user: user() }),
        ("Dialog", Request::Dialog { id: dialog() }),
        ("ReasonCodes", reasons(ReasonCategory::NotReady)),
        ("ReasonCodes", reasons(ReasonCategory::Logout)),
        ("WrapUpReasons", Request::WrapUpReasons { user: user() }),
        ("Team (supervisor)", Request::Team { id: "31".to_owned(), include_logged_out: true }),
        ("PhoneBooks", Request::PhoneBooks { user: user() }),
        ("TeamPhoneBooks (administrator)", Request::TeamPhoneBooks { team: "31".to_owned() }),
        ("PhoneBookContacts (administrator)", Request::PhoneBookContacts { id: "7".to_owned() }),
        ("Queues (UCCE)", Request::Queues { user: user() }),
        ("Queue (UCCE)", Request::Queue { id: "61".to_owned() }),
        ("Login", Request::Login { user: user(), extension: extension(), device: None, mobile: None }),
        (
            "Login at one of several devices (UCCE)",
            Request::Login {
                user: user(),
                extension: extension(),
                device: Some("SEP001122334455".into()),
                mobile: None,
            },
        ),
        (
            "Login, mobile",
            Request::Login { user: user(), extension: extension(), device: None, mobile: Some(mobile) },
        ),
        ("ChangeState", state(UserState::Ready, None)),
        ("ChangeState with a reason", state(UserState::NotReady, Some("16"))),
        ("MakeCall", Request::MakeCall { user: user(), from: extension(), to: "5550100".to_owned() }),
        (
            "SilentMonitor (supervisor)",
            Request::SilentMonitor { user: user(), from: extension(), to: "2043".to_owned() },
        ),
        (
            "BargeCall (supervisor)",
            Request::BargeCall {
                user: user(),
                from: extension(),
                to: "2043".to_owned(),
                associated_dialog: dialog(),
            },
        ),
        ("DialogAction", action(DialogAction::Answer)),
        (
            "DialogAction, dropping the target (UCCE)",
            Request::DialogAction {
                dialog: dialog(),
                action: DialogAction::ParticipantDrop,
                target: "2043".to_owned(),
            },
        ),
        (
            "ConsultCall",
            Request::ConsultCall { dialog: dialog(), target: extension(), to: "2043".to_owned() },
        ),
        (
            "TransferSst",
            Request::TransferSst { dialog: dialog(), target: extension(), to: "2043".to_owned() },
        ),
        ("SendDtmf", Request::SendDtmf { dialog: dialog(), target: extension(), digits: "12#".to_owned() }),
        (
            "Reclassify",
            Request::Reclassify {
                dialog: dialog(),
                target: extension(),
                classification: Classification::AnsweringMachine,
            },
        ),
        (
            "UpdateScheduledCallback, either or both",
            Request::UpdateScheduledCallback {
                dialog: dialog(),
                target: extension(),
                time: Some("2026-04-23T15:45".to_owned()),
                number: Some("5550159".to_owned()),
            },
        ),
        (
            "UpdateCallData",
            Request::UpdateCallData {
                dialog: dialog(),
                wrap_up_reason: Some("Sold".to_owned()),
                variables: vec![CallVariable { name: "callVariable1".to_owned(), value: "42".to_owned() }],
            },
        ),
    ]
}
