//! What the database alone shows.

use std::collections::BTreeMap;

use super::super::{Record, What};
use super::{Violation, violated};

/// Only who holds the store writes into it, and nobody takes it whose holder's lease is not over. Commits are counted upwards.
pub(super) fn only_the_holder_writes(records: &[Record]) -> Result<(), Violation> {
    let mut ids: BTreeMap<&str, &str> = BTreeMap::new();
    let (mut holder, mut counted) = (None, None);
    for (place, Record { at, by, what }) in records.iter().enumerate() {
        let is_by = |id: Option<&str>| id.is_some_and(|id| ids.get(id) == Some(&by.as_str()));
        match what {
            What::Joined { id } => _ = ids.insert(id, by),
            What::Held(hold) => {
                let earlier = counted.replace(hold.commits).unwrap_or(hold.commits);
                if hold.commits < earlier {
                    return violated(place, format!("commit {} comes after {earlier}", hold.commits));
                }
                let (before, now) = (hold.before.as_deref(), hold.holder.as_deref());
                let is_taken = now.is_some() && now != before;
                if is_taken && !is_by(now) {
                    return violated(place, format!("{by} gives the store to another one"));
                }
                if is_taken && before.is_some() && hold.until_before > *at {
                    let left = hold.until_before.saturating_sub(*at);
                    return violated(place, format!("{by} takes the store {left:?} before the lease's end"));
                }
                // A commit is of the holder; a test may end a lease, which counts nothing.
                if hold.commits > earlier && !is_by(now) {
                    return violated(place, format!("{by} commits, and is not the holder"));
                }
                holder = now;
            }
            What::Appended { .. }
            | What::Outbox { .. }
            | What::GivenUp { .. }
            | What::CommandOpened { .. }
            | What::CommandEnded { .. }
            | What::SessionOver { .. }
                if !is_by(holder) =>
            {
                return violated(place, format!("{by} writes, and is not the holder"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The numbers of each outbox are 1, 2, 3 … in the order of the commits.
pub(super) fn numbers_have_no_gap(records: &[Record]) -> Result<(), Violation> {
    let mut last: BTreeMap<&str, u64> = BTreeMap::new();
    for (place, record) in records.iter().enumerate() {
        let What::Appended { place: (epoch, number), .. } = &record.what else { continue };
        let last = last.entry(epoch).or_default();
        if *number != *last + 1 {
            return violated(place, format!("{number} comes after {last} in {epoch}"));
        }
        *last = *number;
    }
    Ok(())
}

/// Commands that end without a word, once a call is over for the client.
const SILENT: [&str; 2] = ["wrapup", "update_call_variable"];

/// A command was kept before it was answered with 202, and ends once, whoever leads then. One that began and ended in the same commit is seen by the
/// events that answer it. In the end none is open.
pub(super) fn each_command_ends_once(records: &[Record]) -> Result<(), Violation> {
    // Where it was opened, and where it ended.
    let mut commands: BTreeMap<&str, (usize, Option<usize>)> = BTreeMap::new();
    let answered = |id: &str| {
        let answers =
            |record: &Record| matches!(&record.what, What::Appended { command: Some(of), .. } if of == id);
        records.iter().any(answers)
    };
    for (place, record) in records.iter().enumerate() {
        match &record.what {
            What::CommandOpened { id } => {
                let before = commands.insert(id, (place, None));
                before.map_or(Ok(()), |_| violated(place, format!("{id} is opened again")))?;
            }
            What::CommandEnded { id } => match commands.get_mut(id.as_str()) {
                Some((_, ended @ None)) => *ended = Some(place),
                Some(_) => return violated(place, format!("{id} ends again")),
                None => return violated(place, format!("{id} ends and was never opened")),
            },
            What::Accepted { id, command }
                if !commands.contains_key(id.as_str())
                    && !SILENT.contains(&command.as_str())
                    && !answered(id) =>
            {
                return violated(place, format!("{command} {id} got 202, and nothing of it was kept"));
            }
            _ => {}
        }
    }
    match commands.iter().find(|(_, (_, ended))| ended.is_none()) {
        Some((id, (opened, _))) => violated(*opened, format!("{id} never ends")),
        None => Ok(()),
    }
}
