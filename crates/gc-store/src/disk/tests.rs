//! What is this journal's own: the file, and a disk that fails. The rest is in the conformance suite.

mod device;
mod displaced;
mod dumping;
mod failing;
mod limits;

use std::{fs, os::unix::fs::PermissionsExt, sync::Arc};

use device::{Device, Fault};
use gc_environment::RealEnvironment;
use redb::Database;
use tempfile::TempDir;

use super::*;
use crate::{Bounds, JournalError, Limits, Message, Record, conformance};

fn open(path: &Path) -> Result<RedbJournal, OpenError> {
    RedbJournal::open(path, StoreBounds::default(), Arc::new(RealEnvironment))
}

fn on(device: &Device) -> RedbJournal {
    within(device, StoreBounds::default())
}

fn within(device: &Device, bounds: StoreBounds) -> RedbJournal {
    RedbJournal::on(device.clone(), bounds, Arc::new(RealEnvironment)).unwrap()
}

fn block_on<T>(answer: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(answer)
}

/// An empty file that only its owner may use.
fn private(path: &Path) {
    fs::write(path, "").unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

fn crm() -> ClientKey {
    ClientKey::from("crm")
}

/// A batch for the outbox of a client.
fn batch(journal: &RedbJournal, bodies: &[&str]) -> Batch {
    let epoch = Journal::open(journal, &crm()).epoch();
    let record = |body: &&str| Record {
        client: crm(),
        epoch,
        id: RealEnvironment.id(),
        at: RealEnvironment.now(),
        message: Message::new("State", *body),
    };
    bodies.iter().map(record).collect()
}

fn append(journal: &RedbJournal, bodies: &[&str]) -> Result<(), JournalError> {
    block_on(journal.append(batch(journal, bodies)))
}

fn bodies(journal: &RedbJournal) -> Vec<String> {
    let page = block_on(Journal::open(journal, &crm()).read(0, usize::MAX)).unwrap();
    page.entries.iter().map(|entry| entry.message.body.clone()).collect()
}

#[test]
fn the_journal_conforms() {
    assert_eq!(conformance::check(|| Arc::new(on(&Device::default()))), Ok(()));
}

#[test]
fn the_journal_goes_on_where_it_was() {
    let fresh = || {
        let device = Device::default();
        move || Arc::new(on(&device))
    };
    assert_eq!(conformance::check_reopening(fresh), Ok(()));
}

#[test]
fn a_file_is_its_owners_and_open_only_once() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("gc.redb");
    let journal = open(&path).unwrap();
    append(&journal, &["1", "2"]).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(matches!(open(&path), Err(OpenError::InUse { .. })));
    assert_eq!(bodies(&journal), ["1", "2"]);
    drop(journal);
    assert_eq!(bodies(&open(&path).unwrap()), ["1", "2"]);
}

#[test]
fn what_is_no_store_is_refused_and_left_as_it_was() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("notes.txt");
    private(&path);
    fs::write(&path, "call the plumber\n".repeat(10_000)).unwrap();
    let before = fs::read(&path).unwrap();
    let refused = open(&path).err().unwrap();
    assert!(matches!(refused, OpenError::Damaged { .. }), "{refused:?}");
    assert!(refused.to_string().starts_with(&path.display().to_string()), "{refused}");
    assert_eq!(fs::read(&path).unwrap(), before);
    let nowhere = open(&directory.path().join("nowhere/gc.redb")).err().unwrap();
    assert!(matches!(nowhere, OpenError::Io { .. }), "{nowhere:?}");
}

#[test]
fn a_file_that_others_may_use_is_refused() {
    let directory = TempDir::new().unwrap();
    let (path, link) = (directory.path().join("gc.redb"), directory.path().join("link"));
    drop(open(&path).unwrap());
    std::os::unix::fs::symlink(&path, &link).unwrap();
    for (path, mode, says) in
        [(&path, 0o640, "chmod 600"), (&path, 0o602, "chmod 600"), (&link, 0o600, "symbolic link")]
    {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        let refused = open(path).err().unwrap();
        assert!(matches!(refused, OpenError::Exposed(_)), "{refused:?}");
        assert!(refused.to_string().contains(says), "{refused}");
    }
    open(&path).unwrap();
    let lock = directory.path().join("gc.redb.lock");
    let _ = fs::remove_file(&lock);
    std::os::unix::fs::symlink(directory.path().join("elsewhere"), &lock).unwrap();
    let refused = open(&path).err().unwrap();
    assert!(matches!(refused, OpenError::Exposed(_)), "{refused:?}");
    assert!(refused.to_string().contains("gc.redb.lock: it is a symbolic link"), "{refused}");
    assert!(!directory.path().join("elsewhere").exists());
}

#[test]
fn an_empty_file_is_refused_and_stays_empty() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("gc.redb");
    private(&path);
    let refused = open(&path).err().unwrap();
    assert!(refused.to_string().ends_with("it is no store, or damaged: it is empty"), "{refused}");
    assert_eq!(fs::metadata(&path).unwrap().len(), 0);
}

#[test]
fn what_is_wrong_is_said_in_our_words_first() {
    let full = redb::Error::Io(std::io::ErrorKind::StorageFull.into());
    // In words that the database has used.
    let damaged = redb::Error::Corrupted("Primary is corrupted despite 2-phase commit".to_owned());
    for (error, begins) in [(full, "the disk is full ("), (damaged, "it is no store, or damaged (")] {
        let text = fault::Fault::from(error).to_string();
        assert!(text.starts_with(begins), "{text}");
    }
}

#[test]
fn other_tables_and_newer_formats_are_refused() {
    let directory = TempDir::new().unwrap();
    let (other, newer) = (directory.path().join("other"), directory.path().join("newer"));
    for (path, table, format) in [(&other, "recipes", 1), (&newer, "format", 7)] {
        private(path);
        let database = Database::create(path).unwrap();
        let writing = database.begin_write().unwrap();
        let table = redb::TableDefinition::<&str, u64>::new(table);
        writing.open_table(table).unwrap().insert("format", format).unwrap();
        writing.commit().unwrap();
    }
    assert!(matches!(open(&other), Err(OpenError::Damaged { .. })));
    assert!(matches!(open(&newer), Err(OpenError::TooNew { found: 7, .. })));
}

#[test]
fn a_file_of_the_first_format_opens_and_its_commands_can_end() {
    const BY_ID: redb::TableDefinition<'_, &str, &[u8]> = redb::TableDefinition::new("commands");
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("gc.redb");
    let journal = open(&path).unwrap();
    append(&journal, &["1"]).unwrap();
    drop(journal);
    let command = conformance::command("c-1");
    {
        let database = Database::create(&path).unwrap();
        let writing = database.begin_write().unwrap();
        assert!(writing.delete_table(file::COMMANDS).unwrap());
        let row = file::write(&command).unwrap();
        writing.open_table(BY_ID).unwrap().insert("c-1", &*row).unwrap();
        writing.open_table(file::FORMATS).unwrap().insert("format", 1).unwrap();
        writing.commit().unwrap();
    }
    for ends in [true, false] {
        let journal = open(&path).unwrap();
        let kept = block_on(journal.kept()).unwrap().commands;
        assert_eq!(kept.into_values().collect::<Vec<_>>(), if ends { vec![command.clone()] } else { vec![] });
        assert_eq!(bodies(&journal), ["1"]);
        block_on(journal.append(crate::Change::CommandOver(command.key()).into())).unwrap();
    }
}

#[test]
fn a_damaged_file_is_refused_and_does_not_panic() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("gc.redb");
    let journal = open(&path).unwrap();
    (0..50).for_each(|number| append(&journal, &[&number.to_string().repeat(200)]).unwrap());
    drop(journal);
    let good = fs::read(&path).unwrap();
    let step = good.len() / 60;
    let mut refused = 0;
    for place in (0..good.len()).step_by(step) {
        let mut damaged = good.clone();
        let end = (place + step / 2).min(damaged.len());
        damaged[place..end].iter_mut().for_each(|byte| *byte ^= 0x5a);
        fs::write(&path, damaged).unwrap();
        match open(&path) {
            // Not all of a file is in use.
            Ok(journal) => assert_eq!(bodies(&journal).len(), 50, "{place}"),
            Err(OpenError::Damaged { .. } | OpenError::TooNew { .. }) => refused += 1,
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(refused > 10, "only {refused}");
}

#[test]
fn when_the_power_fails_each_batch_is_there_or_not_and_what_was_acknowledged_is_there() {
    let device = Device::default();
    let journal = on(&device);
    append(&journal, &["1", "2"]).unwrap();
    append(&journal, &["3"]).unwrap();
    device.set(Fault::NoSync);
    drop(journal.append(batch(&journal, &["4", "5", "6"])));
    drop(journal);
    let (unsynced, mut found) = (device.unsynced(), Vec::new());
    assert!(unsynced > 1_000, "{unsynced}");
    for written in (0..=unsynced).step_by(97).chain([unsynced]) {
        found.push(bodies(&on(&device.lose_power(written))).len());
    }
    assert!(found.iter().all(|entries| [3, 6].contains(entries)), "{found:?}");
    assert!(found.contains(&3), "{found:?}");
}

#[test]
fn a_commit_of_which_the_disk_has_written_only_some_parts_is_not_there() {
    let device = Device::default();
    let journal = on(&device);
    append(&journal, &["1", "2", "3"]).unwrap();
    device.set(Fault::NoSync);
    drop(journal.append(batch(&journal, &["4", "5", "6"])));
    drop(journal);
    let writes = device.unsynced_writes();
    assert!((2..64).contains(&writes), "{writes}");
    let (all, mut found) = (u64::MAX >> (64 - writes), Vec::new());
    let patterns = [0, all, 0x5555_5555_5555_5555, 0x3333_3333_3333_3333, 0x0f0f_0f0f_0f0f_0f0f];
    let without_one = (0..writes).map(|one| all & !(1 << one));
    let only_one = (0..writes).map(|one| 1 << one);
    for kept in patterns.into_iter().chain(without_one).chain(only_one) {
        found.push(bodies(&on(&device.lose_power_but_for(|place| kept & (1 << place) != 0))).len());
    }
    assert!(found.iter().all(|entries| [3, 6].contains(entries)), "{found:?}");
    assert!(found.contains(&3), "{found:?}");
}

#[test]
fn what_gathers_while_a_commit_is_under_way_is_committed_together() {
    let device = Device::default();
    let journal = on(&device);
    append(&journal, &["1"]).unwrap();
    let mut counts = Journal::open(&journal, &crm()).counts();
    device.set(Fault::Stalls);
    let first = journal.append(batch(&journal, &["2"]));
    device.stalled();
    let rest: Vec<_> = (3..40).map(|n| journal.append(batch(&journal, &[&n.to_string()]))).collect();
    assert_eq!(counts.get().last, 1, "announced before it was durable");
    assert_eq!(bodies(&journal), ["1"]);
    let before = device.syncs();
    device.set(None);
    block_on(first).unwrap();
    rest.into_iter().for_each(|answer| block_on(answer).unwrap());
    assert_eq!(counts.get().last, 39);
    assert!(device.syncs() - before <= 4, "{} syncs", device.syncs() - before);
    assert_eq!(bodies(&journal), (1..40).map(|n| n.to_string()).collect::<Vec<_>>());
}
