use serde_json::json;

use super::*;

fn call(event_type: &str, state: &str) -> Value {
    let member = if event_type == "ConsultCall" { "assDialogId" } else { "dialogId" };
    json!({ "type": event_type, "state": state, member: "7" })
}

/// The rules that these events break.
fn broken(events: &[Value]) -> Vec<String> {
    let mut known = AgentRecord::default();
    events.iter().filter_map(|event| known.hears(event, false).err()).collect()
}

#[test]
fn a_call_is_announced_once_and_ends_once() {
    let (rings, talks, ends) =
        (call("NewInboundCall", ""), call("InboundCall", "ACTIVE"), call("InboundCall", "DROPPED"));
    assert!(broken(&[rings.clone(), talks.clone(), ends.clone(), rings.clone(), ends.clone()]).is_empty());
    assert_eq!(broken(&[rings.clone(), rings.clone()]), ["call 7 was announced although it is open"]);
    assert_eq!(broken(&[talks, ends.clone(), ends]), ["call 7 ended although it is not open"]);
}

#[test]
fn a_call_keeps_its_kind() {
    let (call_, leg) = (call("InboundCall", "ACTIVE"), call("ConsultCall", "ACTIVE"));
    assert_eq!(broken(&[call_.clone(), leg.clone()]), ["call 7 changed its kind: ConsultCall"]);
    assert_eq!(broken(&[leg, call_]), ["call 7 changed its kind: InboundCall"]);
}

#[test]
fn each_event_has_the_next_number_and_the_service_changes_once() {
    let mut book = Book::default();
    let mut hears = |sequence: u64, status: &str| {
        let event = json!({ "type": "System", "status": status });
        book.hears(&Heard { client: "desk", sequence, agent: None, command: None, event: &event });
    };
    hears(1, "IN_SERVICE");
    hears(1, "IN_SERVICE");
    hears(2, "OUT_OF_SERVICE");
    hears(4, "OUT_OF_SERVICE");
    let broken: Vec<_> = book.broken().into_iter().map(|(_, rule)| rule).collect();
    let expected = ["desk: event 4 comes after 2", "desk: System OUT_OF_SERVICE comes twice in a row"];
    assert_eq!(broken, expected);
}

fn made_call(answers: &[Value]) -> Taken {
    let answers = answers.to_vec();
    Taken {
        agent: "1001".to_owned(),
        command: "MakeCall".to_owned(),
        body: "2002".to_owned(),
        answers,
        again: false,
    }
}

#[test]
fn a_command_has_one_outcome() {
    let (begins, fails) =
        (call("InboundCall", "INITIATING"), json!({ "type": "Error", "errorType": "DOWN" }));
    let bad_number = json!({ "type": "Error", "errorType": "BAD_DESTINATION" });
    let outcome = |answers: &[Value]| made_call(answers).outcome();
    assert!(
        outcome(&[begins.clone(), begins.clone()]).is_ok() && outcome(std::slice::from_ref(&fails)).is_ok()
    );
    assert!(outcome(&[begins.clone(), bad_number]).is_ok());
    assert_eq!(outcome(&[]), Err("has no outcome"));
    assert_eq!(outcome(&[fails.clone(), fails.clone()]), Err("has more than one Error"));
    assert_eq!(outcome(&[begins, fails]), Err("has both success and an Error"));
}

#[test]
fn a_call_is_begun_by_one_command() {
    let begins = call("InboundCall", "INITIATING");
    let commands = [("a", made_call(&[begins.clone(), begins.clone()])), ("b", made_call(&[begins]))];
    let taken = commands.map(|(id, taken)| (id.to_owned(), taken)).into();
    let book = Book { taken, ..Book::default() };
    assert_eq!(book.broken(), [("1001".to_owned(), "[a] and [b] both began 7".to_owned())]);
}

#[test]
fn a_consult_call_does_not_begin_the_call_that_it_names() {
    let (holds, begins) = (
        call("ConsultCall", "HELD"),
        json!({
            "type": "ConsultCall", "state": "INITIATING", "assDialogId": "8",
        }),
    );
    let (command, body) = ("ConsultCall".to_owned(), "2002,7".to_owned());
    let taken = Taken { command, body, ..made_call(&[holds, begins]) };
    assert_eq!(taken.begun().collect::<Vec<_>>(), ["8"]);
}

#[test]
fn a_session_that_is_lost_takes_its_calls_along() {
    let mut known = AgentRecord::default();
    let lost = json!({ "type": "State", "state": "RE_LOGIN" });
    assert!(known.hears(&lost, true).is_ok(), "there was none");
    known.hears(&json!({ "type": "ConnectStatus", "status": "ConnectSuccess" }), true).unwrap();
    known.hears(&call("InboundCall", "ACTIVE"), false).unwrap();
    assert!(known.hears(&lost, false).is_err());
    assert_eq!(known.view, View { state: "RE_LOGIN".to_owned(), ..View::default() });
}

#[test]
fn a_process_that_went_back_may_repeat_itself_and_is_believed_after_a_refresh() {
    let mut book = Book::default();
    let (rings, info) = (call("NewInboundCall", ""), json!({ "type": "AgentInfo" }));
    let mut number = 0;
    let mut hears = |book: &mut Book, command, event: &Value| {
        number += 1;
        book.hears(&Heard { client: "desk", sequence: number, agent: Some("7001"), command, event });
    };
    let error = json!({ "type": "Error", "errorType": "PLEASE_RETRY" });
    for id in ["open", "other"] {
        book.took("7001", "MakeReady", "", id);
        hears(&mut book, Some(id), &error);
    }
    hears(&mut book, None, &rings);
    book.went_back(["open"]);
    hears(&mut book, None, &rings);
    hears(&mut book, Some("open"), &error);
    assert_eq!(book.broken(), []);
    hears(&mut book, None, &info);
    assert!(book.view("7001").calls.is_empty());
    hears(&mut book, Some("other"), &error);
    assert_eq!(book.broken().len(), 1, "{:?}", book.broken());
}
