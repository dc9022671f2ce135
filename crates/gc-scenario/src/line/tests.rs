//! Lines that can be read, and lines that cannot.

use super::*;

fn dialog(line: &str) -> DialogText {
    match read(line).unwrap() {
        Step::Notify { notice: Notice::Dialog { dialog, .. }, .. } => dialog,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_client_precedes_the_mark() {
    let step = read("acme>    Login#1001 de,mo,2001").unwrap();
    let (client, command, body) = ("acme".into(), "Login#1001".into(), "de,mo,2001".into());
    assert_eq!(step, Step::Send { client, command, body });
    assert!(read("acme> Login 1001").is_err());
    assert!(read("no mark").is_err());
}

#[test]
fn participants_follow_bars() {
    let actual = dialog(
        "finesse~ 1001 PUT {call} FAILED type=OUT echo | 2001 FAILED cause=BUSY actions=DROP at= | 5550199 FAILED",
    );
    assert_eq!((actual.id.as_str(), actual.state.as_str()), ("{call}", "FAILED"));
    assert_eq!(actual.members, [("type".to_owned(), "OUT".to_owned())]);
    let own = ParticipantText {
        address: "2001".into(),
        state: "FAILED".into(),
        cause: "BUSY".into(),
        actions: Some("DROP".into()),
        at: Some(String::new()),
    };
    assert_eq!(actual.participants.first(), Some(&own));
    assert_eq!(actual.participants.len(), 2);
}

#[test]
fn several_dialogs_are_separated_by_semicolons() {
    let Step::Reply(Reply::Object(Object::Dialogs(dialogs))) =
        read("finesse> 200 Dialogs {a} ACTIVE | 2001 HELD ; {b} ALERTING from=1 | 2001 ALERTING").unwrap()
    else {
        panic!("no dialogs")
    };
    assert_eq!(dialogs.iter().map(|dialog| dialog.id.as_str()).collect::<Vec<_>>(), ["{a}", "{b}"]);
    assert!(
        matches!(read("finesse> 200 Dialogs"), Ok(Step::Reply(Reply::Object(Object::Dialogs(none)))) if none.is_empty())
    );
}

#[test]
fn unknown_words_are_refused() {
    for line in [
        "finesse> 200 Nonsense",
        "finesse> 202 and more",
        "finesse> stream 1001 gone",
        "finesse~ 1001 User READY colour=red",
        "finesse~ 1001 PUT {a} ACTIVE ; {b} ACTIVE",
        "time> soon",
        "sim> nothing",
        "sim~ 1001 User READY echo",
        "sim~ 1001 again",
        "gc< State",
        "http< State",
    ] {
        assert!(read(line).is_err(), "{line}");
    }
}

#[test]
fn durations_are_readable() {
    assert_eq!(read("time> 1m30s"), Ok(Step::Wait(Duration::from_secs(90))));
    assert_eq!(read("time> 500ms"), Ok(Step::Wait(Duration::from_millis(500))));
}
