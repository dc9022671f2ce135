//! A store goes out as lines, and comes in again.

use gc_store::{
    Change, ClientKey, CommandRecord, Dump as _, Epochs, Journal, Settled, Settlement, read_lines,
    write_lines,
};
use uuid::Uuid;

use crate::stage::{Subject, journal, numbered, server, soon, store};

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_out_comes_in_again_with_epochs_numbers_and_dead_letters() {
    let Some(server) = server(&[]) else { return };
    let (from, to) = (server.database("one").unwrap(), server.database("other").unwrap());
    let error = store(&from).check().unwrap_err();
    assert!(error.to_string().contains("there is no store"), "{error}");
    let journal_of_one = journal(&from);
    let subject = Subject::of(&journal_of_one);
    for body in ["1", "\u{1}\0", "3"] {
        subject.append(&journal_of_one, body).await;
    }
    let token = soon(subject.outbox.claim(Uuid::from_u128(1))).await.unwrap().token;
    let reason = gc_store::Reason::Refused(gc_store::Failure::TimedOut);
    let one = Settlement { settled: Settled::up_to(1), dead: vec![(2, reason)], ..Settlement::default() };
    soon(subject.outbox.settle(token, one)).await.unwrap();
    // An id of a client's choice, longer than an index takes.
    let command = CommandRecord {
        id: "é\0".repeat(5_000).into(),
        client: ClientKey::from("crm"),
        agent: gc_store::AgentKey::new("default".into(), "1001"),
        name: "MakeCall".to_owned(),
    };
    soon(journal_of_one.append(Change::Command(command.clone()).into())).await.unwrap();
    let epoch = subject.outbox.epoch();

    // While it is in use.
    let mut lines = Vec::new();
    let contents = write_lines(&store(&from), &mut lines).unwrap();
    assert_eq!((contents.entries, contents.dead_letters, contents.commands), (3, 1, 1));
    drop((subject, journal_of_one));
    assert_eq!(read_lines(&store(&to), &mut &*lines, Epochs::Same).unwrap(), contents);
    let error = read_lines(&store(&to), &mut &*lines, Epochs::Same).unwrap_err();
    assert!(error.to_string().contains("there is something already"), "{error}");

    let journal = journal(&to);
    let subject = Subject::of(&journal);
    assert_eq!(subject.outbox.epoch(), epoch);
    assert_eq!(subject.held().await, numbered(&["1", "\u{1}\0", "3"]));
    assert_eq!(soon(subject.outbox.dead_letters()).await.unwrap()[0].entry.sequence, 2);
    let kept = soon(journal.kept()).await.unwrap();
    assert!(kept.commands.into_values().eq([command.clone()]));
    assert!(!kept.is_outdated);
    soon(journal.append(Change::CommandOver(command.key()).into())).await.unwrap();
    drop((subject, journal));
    let mut again = Vec::new();
    assert_eq!(write_lines(&store(&to), &mut again).unwrap().commands, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_make_no_sense_leave_nothing_behind() {
    let Some(server) = server(&[]) else { return };
    let url = server.database("gc").unwrap();
    let command =
        r#"{"kind":"command","id":"c-1","client":"crm","agent":["default","1001"],"name":"MakeCall"}"#;
    for (lines, says) in [(format!("{command}\nnonsense\n"), "line 2"), (String::new(), "there is none")] {
        let error = read_lines(&store(&url), &mut lines.as_bytes(), Epochs::Same).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
        assert_eq!(store(&url).check().unwrap(), gc_store::Contents::default());
    }
    let held = journal(&url);
    let error = read_lines(&store(&url), &mut command.as_bytes(), Epochs::Same).unwrap_err();
    assert!(error.to_string().contains("in use"), "{error}");
    drop(held);
    assert_eq!(read_lines(&store(&url), &mut command.as_bytes(), Epochs::Same).unwrap().commands, 1);
}

/// Two entries, the first of which is delivered; the epoch.
async fn filled(url: &str) -> gc_store::Epoch {
    let journal = journal(url);
    let subject = Subject::of(&journal);
    for body in ["1", "2"] {
        subject.append(&journal, body).await;
    }
    let token = soon(subject.outbox.claim(Uuid::from_u128(1))).await.unwrap().token;
    let one = Settlement { settled: Settled::up_to(1), ..Settlement::default() };
    soon(subject.outbox.settle(token, one)).await.unwrap();
    subject.outbox.epoch()
}

/// What waits goes on in another epoch, and whoever starts knows that something may be missing.
async fn begins_anew(url: &str, old: gc_store::Epoch) {
    let journal = journal(url);
    assert!(soon(journal.kept()).await.unwrap().is_outdated);
    let subject = Subject::of(&journal);
    assert_ne!(subject.outbox.epoch(), old);
    assert_eq!(subject.held().await, numbered(&["2"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_in_goes_on_in_new_epochs_unless_it_is_known_to_be_whole() {
    let Some(server) = server(&[]) else { return };
    let (from, to) = (server.database("one").unwrap(), server.database("other").unwrap());
    let old = filled(&from).await;
    let mut lines = Vec::new();
    write_lines(&store(&from), &mut lines).unwrap();
    read_lines(&store(&to), &mut &*lines, Epochs::New).unwrap();
    begins_anew(&to, old).await;
}

/// Into the same server, so that system and timeline are the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_dump_that_was_restored_and_a_copy_begin_new_epochs_by_themselves() {
    let Some(server) = server(&[]) else { return };
    let url = server.database("gc").unwrap();
    let old = filled(&url).await;
    server.dump("gc", &["--format=custom"]).unwrap();
    server.database("restored").unwrap();
    server.restore(&["--dbname=restored"]).unwrap();
    begins_anew(&server.url("restored"), old).await;
    server.sql("postgres", "create database copy template gc").unwrap();
    begins_anew(&server.url("copy"), old).await;
    // What was there goes on as it was, until the dump takes its place.
    let again = journal(&url);
    assert_eq!(Subject::of(&again).outbox.epoch(), old);
    drop(again);
    server.restore(&["--dbname=gc", "--clean"]).unwrap();
    begins_anew(&url, old).await;
}
