//! Every command with arguments that it cannot take: one outcome, the one that the grammar says.

use gc_protocol::{Command, CommandName, Declaration, ErrorCode, Kind, Role};
use serde_json::Value;

use crate::support::client::Answer;
use crate::support::desk::{Desk, is_error};

/// A value that an argument of this kind takes, and that is nothing at Finesse.
fn unknown(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::FreeText | Kind::Secret => "no such thing",
        Kind::Extension => "2999",
        Kind::Device => "SEP001122334455",
        Kind::Variables => "callVariable1=gold",
        Kind::Word(words) => words[0],
        Kind::Count => "1",
        Kind::Time => "2030-01-31T10:00",
    }
}

/// A value that an argument of this kind cannot be, by itself or for its length.
fn wrong(kind: Kind) -> String {
    match kind {
        Kind::Text | Kind::FreeText | Kind::Secret => "x".repeat(kind.limit() + 1),
        Kind::Extension => "20o1".to_owned(),
        Kind::Device => "7x".to_owned(),
        Kind::Variables => "nonsense".to_owned(),
        Kind::Word(_) => "perhaps".to_owned(),
        Kind::Count => "many".to_owned(),
        Kind::Time => "tomorrow".to_owned(),
    }
}

/// Bodies with too few, too many and wrong arguments.
fn bad_bodies(name: CommandName) -> Vec<String> {
    let kinds: Vec<_> = name.declaration().arguments.iter().map(|argument| argument.kind).collect();
    let unknown: Vec<_> = kinds.iter().map(|kind| unknown(*kind).to_owned()).collect();
    let mut bodies =
        vec![",".repeat(kinds.len() + 2), format!("{},1", unknown.join(",")), "x".repeat(20_000)];
    for (index, kind) in kinds.iter().enumerate() {
        let mut one_wrong = unknown.clone();
        one_wrong[index] = wrong(*kind);
        bodies.extend([unknown[..index].join(","), one_wrong.join(",")]);
    }
    if !kinds.is_empty() {
        bodies.push(unknown.join(","));
    }
    bodies
}

#[tokio::test]
async fn every_command_with_every_kind_of_bad_arguments_ends_once_and_as_the_grammar_says() {
    let mut desk = Desk::of(&["1001", "1091"]).await;
    desk.talks("1001").await;
    for name in CommandName::ALL {
        let declaration = name.declaration();
        let id = match declaration.role {
            Role::Client => "desk",
            Role::Agent | Role::AgentOrSupervisor => "1001",
            Role::Supervisor => "1091",
        };
        for body in bad_bodies(*name) {
            let what = format!("{name} {body:.60}");
            match (desk.tries(&format!("{name}#{id}"), &body).await, Command::parse(*name, &body)) {
                // Neither of them takes arguments: what stands in the body is nothing to them.
                (Ok(event), _) if declaration.role == Role::Client => {
                    assert_eq!(event["type"], "System", "{what}")
                }
                (Ok(event), Err(error)) => {
                    is_error(&event, &error.code.to_string());
                    assert_eq!(event["errorMessage"], error.message(), "{what}");
                }
                // What is well said and means nothing is for Finesse to refuse, or to make the best of.
                (Ok(event), Ok(_)) => is_declared(declaration, &event),
                // It is for a client whom nobody knows.
                (Err(Answer { status: 409, json, .. }), Ok(Command::Connect { .. })) => {
                    assert_eq!(json["status"], "RECONNECT", "{what}");
                }
                (Err(answer), _) => panic!("{what}: {answer:?}"),
            }
        }
    }
    desk.does("Beat#desk", "").await;
    desk.does("GetState#1091", "").await;
    desk.goes_on("1001").await;
}

/// It is one of the events that the command brings, or one of the errors that it may end in.
#[track_caller]
fn is_declared(declaration: &Declaration, outcome: &Value) {
    let Declaration { wire, events, errors, .. } = declaration;
    match outcome["errorType"].as_str() {
        Some(code) => {
            is_error(outcome, code);
            let of_all = [ErrorCode::GeneralError, ErrorCode::PleaseRetry];
            let mut declared = errors.iter().chain(&of_all).map(ErrorCode::to_string);
            assert!(declared.any(|declared| declared == code), "{wire} does not declare {outcome}");
        }
        None => assert!(events.iter().any(|event| outcome["type"] == *event), "{wire}: {outcome}"),
    }
}
