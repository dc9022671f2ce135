//! A store as lines: what goes out comes in again.

use uuid::Uuid;

use super::*;
use crate::{
    Change, Contents, DumpError, Reason, Settlement, StoreFile, conformance, read_lines, write_lines,
};

/// A file with a client's outbox of five entries, of which 1 and 2 are delivered and 4 is a dead letter, and a command.
fn filled(path: &Path) {
    let journal = open(path).unwrap();
    append(&journal, &["1", "2", "3", "4", "5"]).unwrap();
    let outbox = Journal::open(&journal, &crm());
    let token = block_on(outbox.claim(Uuid::nil())).unwrap().token;
    let dead = vec![(4, Reason::Overflow)];
    let settlement = Settlement { settled: crate::Settled::up_to(2), dead, arrived: Vec::new() };
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
    read_lines(&StoreFile::at(path), &mut lines.as_bytes())
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
