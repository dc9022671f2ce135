//! A file that is removed, replaced or truncated while it is in use, and the lock that outlives it.

use super::*;

/// A journal with 200 entries, most of which are not in memory.
fn stage(path: &Path) -> RedbJournal {
    let journal = open(path).unwrap();
    let text = "x".repeat(2_000);
    (0..20).for_each(|_| append(&journal, &[text.as_str(); 10]).unwrap());
    journal
}

fn reason(journal: &RedbJournal) -> Option<String> {
    journal.health().read(|health| match health {
        Health::InMemory { reason } => Some(reason.clone()),
        Health::Working | Health::Away { .. } | Health::Ended { .. } => None,
    })
}

/// What the next life of the journal finds.
fn reopened(journal: RedbJournal, path: &Path) -> usize {
    drop(journal);
    bodies(&open(path).unwrap()).len()
}

#[test]
fn nothing_is_lost_when_the_file_is_removed() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("gc.redb");
    let journal = stage(&path);
    fs::remove_file(&path).unwrap();
    append(&journal, &["late"]).unwrap();
    assert_eq!(reason(&journal).unwrap(), "the file was removed while it was in use");
    assert_eq!(bodies(&journal).len(), 201);
    assert!(matches!(open(&path), Err(OpenError::InUse { .. })), "the lock is there without the file");
    block_on(journal.recover()).unwrap();
    assert_eq!(reason(&journal), None);
    append(&journal, &["again"]).unwrap();
    assert_eq!(reopened(journal, &path), 202);
}

#[test]
fn another_file_in_its_place_is_moved_and_not_overwritten() {
    let directory = TempDir::new().unwrap();
    let (path, other) = (directory.path().join("gc.redb"), directory.path().join("other"));
    let journal = stage(&path);
    fs::write(&other, "somebody's").unwrap();
    fs::rename(&other, &path).unwrap();
    append(&journal, &["late"]).unwrap();
    assert_eq!(reason(&journal).unwrap(), "the file was replaced by another one while it was in use");
    assert_eq!(fs::read_to_string(&path).unwrap(), "somebody's");
    block_on(journal.recover()).unwrap();
    assert_eq!(fs::read_to_string(directory.path().join("gc.redb.replaced")).unwrap(), "somebody's");
    // A second one does not take the place of the first.
    fs::write(&other, "somebody else's").unwrap();
    fs::rename(&other, &path).unwrap();
    append(&journal, &["later"]).unwrap();
    block_on(journal.recover()).unwrap();
    let moved = ["gc.redb.replaced", "gc.redb.replaced.2"].map(|name| directory.path().join(name));
    assert_eq!(moved.map(|moved| fs::read_to_string(moved).unwrap()), ["somebody's", "somebody else's"]);
    assert_eq!(reopened(journal, &path), 202);
}

#[test]
fn what_a_truncated_file_has_lost_is_counted() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("gc.redb");
    let journal = stage(&path);
    fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(5_000).unwrap();
    append(&journal, &["late"]).unwrap();
    assert_eq!(reason(&journal).unwrap(), "the file was truncated while it was in use");
    let counts = Journal::open(&journal, &crm()).counts().get();
    assert_eq!(counts.undelivered + counts.lost, 201, "{counts:?}");
    assert!(bodies(&journal).ends_with(&["late".to_owned()]));
    let left = bodies(&journal).len();
    block_on(journal.recover()).unwrap();
    assert_eq!(reopened(journal, &path), left);
}

#[test]
fn a_second_journal_does_not_start_while_the_disk_fails() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("gc.redb");
    let journal = stage(&path);
    // The first one goes on in memory, and has let go of its file.
    fs::remove_file(&path).unwrap();
    append(&journal, &["late"]).unwrap();
    fs::write(&path, "").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    assert!(matches!(open(&path), Err(OpenError::InUse { .. })));
}
