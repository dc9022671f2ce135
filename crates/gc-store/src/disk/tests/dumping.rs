//! A store as lines: what goes out comes in again.

use std::error::Error as _;

use uuid::Uuid;

use super::*;
use crate::{
    Change, Contents, Dump as _, DumpError, Epochs, Reason, Settlement, StoreFile, conformance, read_lines,
    write_lines,
};

/// A file with a client's outbox of five entries, of which 1 and 2 are delivered and 4 is a dead letter, and a command.
fn filled(path: &Path) {
    let journal = open(path).unwrap();
    append(&journal, &["1", "2", "3", "4", "5"]).unwrap();
    let outbox = Journal::open(&journal, &crm());
    let token = block_on(outbox.claim(Uuid::nil())).unwrap().token;
    let dead = vec![(4, Reason::Overflow)];
    let settlement = Settlement { settled: crate::Settled::up_to(2), dead, ..Settlement::default() };
    block_on(outbox.settle(token, settlement)).unwrap();
    block_on(journal.append(Batch::from(Change::Command(conformance::command("c-1"))))).unwrap();
}

fn exported(path: &Path) -> Result<String, DumpError> {
    let mut lines = Vec::new();
    write_lines(&StoreFile::at(path), &mut lines)?;
    Ok(String::from_utf8(lines).unwrap())
}

/// The names of the files in a directory.
fn names(directory: &TempDir) -> Vec<String> {
    let names = fs::read_dir(directory.path()).unwrap().map(|file| file.unwrap().file_name());
    let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

fn import(path: &Path, lines: &str) -> Result<Contents, DumpError> {
    read_lines(&StoreFile::at(path), &mut lines.as_bytes(), Epochs::Same)
}

#[test]
fn what_is_written_out_and_read_in_is_the_same_store() {
    let directory = TempDir::new().unwrap();
    let (one, other) = (directory.path().join("one"), directory.path().join("other"));
    filled(&one);
    let lines = exported(&one).unwrap();
    assert_eq!(lines.lines().count(), 1 + 1 + 5 + 1, "{lines}");
    let imported = import(&other, &lines).unwrap();
    assert_eq!(exported(&other).unwrap(), lines);
    let expected = Contents {
        commands: 1,
        outboxes: 1,
        undelivered: 2,
        entries: 5,
        dead_letters: 1,
        ..Contents::default()
    };
    assert_eq!((StoreFile::at(&other).check().unwrap(), imported), (expected, expected));
    let (one, other) = (open(&one).unwrap(), open(&other).unwrap());
    assert_eq!(bodies(&one), bodies(&other));
    let outboxes = [&one, &other].map(|journal| Journal::open(journal, &crm()));
    let [one, other] = outboxes.map(|outbox| (outbox.epoch(), block_on(outbox.claim(Uuid::nil())).unwrap()));
    assert_eq!(one, other);
}

#[test]
fn dead_letters_that_come_in_can_be_removed() {
    let directory = TempDir::new().unwrap();
    let (one, other) = (directory.path().join("one"), directory.path().join("other"));
    let renew = |journal: Arc<RedbJournal>| -> Arc<dyn Journal> {
        drop(journal);
        let lines = exported(&one).unwrap();
        read_lines(&StoreFile::at(&other), &mut lines.as_bytes(), Epochs::New).unwrap();
        Arc::new(open(&other).unwrap())
    };
    assert_eq!(conformance::check_renewing(|| Arc::new(open(&one).unwrap()), renew), Ok(()));
}

/// After the lines were written, 6 may have been given to another entry.
#[test]
fn what_comes_in_goes_on_in_new_epochs_unless_it_is_known_to_be_whole() {
    let directory = TempDir::new().unwrap();
    let (one, other) = (directory.path().join("one"), directory.path().join("other"));
    filled(&one);
    let lines = exported(&one).unwrap();
    let old = Journal::open(&open(&one).unwrap(), &crm()).epoch();
    let imported = read_lines(&StoreFile::at(&other), &mut lines.as_bytes(), Epochs::New).unwrap();
    assert_eq!((imported.entries, imported.dead_letters), (5, 1));
    let journal = open(&other).unwrap();
    let outbox = Journal::open(&journal, &crm());
    assert_ne!(outbox.epoch(), old);
    assert_eq!(bodies(&journal), ["3", "5"]);
    assert_eq!(outbox.counts().get().last, 2);
    assert_eq!(block_on(outbox.dead_letters()).unwrap().len(), 1);
    let kept = block_on(journal.kept()).unwrap();
    assert!(kept.is_outdated && kept.commands.len() == 1);
    // It is said once.
    append(&journal, &["6"]).unwrap();
    drop((outbox, journal));
    let journal = open(&other).unwrap();
    assert!(!block_on(journal.kept()).unwrap().is_outdated);
    assert_eq!(bodies(&journal), ["3", "5", "6"]);
}

#[test]
fn nothing_is_read_in_over_something_or_in_part() {
    let directory = TempDir::new().unwrap();
    let (one, other) = (directory.path().join("one"), directory.path().join("other"));
    filled(&one);
    let lines = exported(&one).unwrap();
    assert!(matches!(import(&one, &lines), Err(DumpError::NotEmpty { .. })));
    let all: Vec<_> = lines.lines().collect();
    let without = |gone: usize| {
        let left = all.iter().enumerate().filter(|(place, _)| *place != gone);
        left.map(|(_, line)| format!("{line}\n")).collect::<String>()
    };
    let twice = format!("{lines}{lines}");
    // No outbox before its entries; an entry in the midst; the last entry; an outbox twice; no JSON.
    for (wrong, line) in [(without(1), Some(2)), (without(3), Some(4)), (without(6), None), (twice, Some(10))]
    {
        let refused = import(&other, &wrong).unwrap_err();
        let found = match &refused {
            DumpError::Line { number, .. } => Some(*number),
            _ => None,
        };
        assert_eq!(found, line, "{refused}");
        assert_eq!(names(&directory), ["one", "one.lock"]);
    }
    for (line, says) in [
        ("{}", "line 1: missing field `kind` (column 2)"),
        (r#"{"kind":"queue"}"#, "line 1: unknown variant `queue`"),
        (r#"{"kind":"command","id":"c","agent":["a","1"],"name":"X"}"#, "line 1: missing field `client`"),
        (
            r#"{"kind":"command","id":"c","client":"","agent":["a","1"],"name":"X"}"#,
            "line 1: its client has no name",
        ),
    ] {
        let refused = import(&other, &format!("{line}\n")).unwrap_err().to_string();
        assert!(refused.starts_with(says), "{refused}");
    }
    let refused = import(&other, "").unwrap_err().to_string();
    assert_eq!(refused, "the lines are not whole: there is none");
    assert_eq!(names(&directory), ["one", "one.lock"]);
}

#[test]
fn what_is_not_there_or_in_use_is_not_checked() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("gc.redb");
    let nothing = StoreFile::at(&path).check().unwrap_err();
    assert!(nothing.to_string().contains("gc.redb") && names(&directory).is_empty(), "{nothing}");
    private(&path);
    let empty = StoreFile::at(&path).check().unwrap_err();
    assert!(empty.to_string().contains("it is empty"), "{empty}");
    assert_eq!(fs::metadata(&path).unwrap().len(), 0);
    fs::remove_file(&path).unwrap();
    let journal = open(&path).unwrap();
    let in_use = exported(&path).unwrap_err();
    assert!(in_use.to_string().contains("in use"), "{in_use}");
    drop(journal);
    assert_eq!(exported(&path).unwrap(), "");
}

/// Twelve clients with events of 4 MiB, appended in turn, of whom one is left: what it has is all over the file.
fn grown(path: &Path) -> u64 {
    let journal = open(path).unwrap();
    let clients: Vec<_> = (0..12).map(|number| ClientKey::from(format!("client-{number}"))).collect();
    let body = "x".repeat(128 << 10);
    for _ in 0..32 {
        let record = |client: &ClientKey| Record {
            client: client.clone(),
            epoch: Journal::open(&journal, client).epoch(),
            id: RealEnvironment.id(),
            at: RealEnvironment.now(),
            message: Message::new("State", &*body),
        };
        block_on(journal.append(clients.iter().map(record).collect())).unwrap();
    }
    for client in &clients[..11] {
        block_on(journal.forget(client)).unwrap();
    }
    drop(journal);
    fs::metadata(path).unwrap().len()
}

#[test]
fn a_file_that_is_mostly_free_is_shortened_by_a_command_and_at_the_start() {
    let directory = TempDir::new().unwrap();
    let first = directory.path().join("gc.redb");
    let long = grown(&first);
    assert!(long > 64 << 20, "{long}");
    for at_start in [false, true] {
        let path = directory.path().join(format!("gc-{at_start}.redb"));
        fs::copy(&first, &path).unwrap();
        match at_start {
            true => drop(open(&path).unwrap()),
            false => {
                let (before, after) = StoreFile::at(&path).compact().unwrap();
                assert_eq!((before, after), (long, fs::metadata(&path).unwrap().len()));
            }
        }
        let short = fs::metadata(&path).unwrap().len();
        assert!(short < 24 << 20, "{long} became {short}");
        // What is in it is there, and it can be written to.
        let journal = open(&path).unwrap();
        let first = Journal::open(&journal, &ClientKey::from("client-11"));
        assert_eq!(block_on(first.read(0, 99)).unwrap().entries.len(), 32);
        append(&journal, &["1"]).unwrap();
        assert_eq!(journal.health().read(Health::clone), Health::Working);
    }
}

#[test]
fn what_whoever_reads_a_line_says_is_the_source_of_the_error() {
    let directory = TempDir::new().unwrap();
    let error = import(&directory.path().join("store"), "{\"client\": 1").unwrap_err();
    assert!(error.source().is_some_and(|source| source.is::<serde_json::Error>()), "{error:?}");
}

#[test]
fn what_the_system_says_of_a_store_is_the_source_of_the_error() {
    let directory = TempDir::new().unwrap();
    let error = open(&directory.path().join("nowhere/store")).err().unwrap();
    assert!(error.source().is_some_and(|source| source.is::<std::io::Error>()), "{error:?}");
}
