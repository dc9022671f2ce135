//! Lines that come into a store from another one: what is in them must belong together.

use std::collections::BTreeSet;

use super::Write;
use crate::{Change, ClientKey, DeadLetter, DumpError, Entry, Epoch, Line, OutboxLine, Record};

/// Checks lines, and says what is to be written for each of them.
#[derive(Default)]
pub struct Intake {
    /// The outbox whose entries and dead letters come, and the number behind its last entry; 0 until its first entry is known.
    outbox: Option<(OutboxLine, u64)>,
    clients: BTreeSet<ClientKey>,
    epochs: BTreeSet<Epoch>,
    lines: usize,
}

impl Intake {
    /// What is to be written for the next line.
    ///
    /// # Errors
    /// When the line makes no sense here.
    pub fn take(&mut self, line: Line) -> Result<Write, DumpError> {
        self.lines += 1;
        let number = self.lines;
        let wrong = |reason: &str| Err(DumpError::Line { number, reason: reason.to_owned(), source: None });
        if client_of(&line).is_some_and(|client| client.as_str().trim().is_empty()) {
            return wrong("its client has no name");
        }
        Ok(match (line, &mut self.outbox) {
            (Line::Client(client), _) => Write::Change(Change::Client(client)),
            (Line::Session(session), _) => Write::Change(Change::Session(session)),
            (Line::Command(command), _) => Write::Change(Change::Command(command)),
            (Line::Outbox(next), last) => {
                if !last.as_ref().is_none_or(|(outbox, next)| is_whole(outbox, *next)) {
                    return wrong("entries of the outbox before are missing");
                }
                if !self.clients.insert(next.client.clone()) || !self.epochs.insert(next.epoch) {
                    return wrong("the outbox or its client was there before");
                }
                *last = Some((next.clone(), 0));
                Write::Outbox(next)
            }
            (Line::Entry { sequence, record }, Some((outbox, next))) => {
                let follows = *next == 0 || *next == sequence;
                if !follows || sequence == 0 || sequence > outbox.last || !is_of(&record, outbox) {
                    return wrong("the entry does not belong here");
                }
                *next = sequence.saturating_add(1);
                Write::Append { epoch: outbox.epoch, entry: Entry { sequence, record: record.into() } }
            }
            (Line::DeadLetter { number: place, sequence, reason, record }, Some((outbox, _))) => {
                if place == 0 || place > outbox.given_up {
                    return wrong("the dead letter does not belong here");
                }
                let entry = Entry { sequence, record: record.into() };
                Write::Letter { epoch: outbox.epoch, dead: DeadLetter { number: place, entry, reason } }
            }
            (_, None) => return wrong("there is no outbox before it"),
        })
    }

    /// There are no more lines.
    ///
    /// # Errors
    /// When there was none, or something is missing behind the last one.
    pub fn end(self) -> Result<(), DumpError> {
        match self.outbox {
            _ if self.lines == 0 => Err(DumpError::Incomplete("there is none")),
            Some((outbox, next)) if !is_whole(&outbox, next) => {
                Err(DumpError::Incomplete("entries of the last outbox are missing"))
            }
            _ => Ok(()),
        }
    }
}

/// Whose the line is, if it says so.
fn client_of(line: &Line) -> Option<&ClientKey> {
    match line {
        Line::Client(client) => Some(&client.client),
        Line::Session(session) => Some(&session.owner),
        Line::Command(command) => Some(&command.client),
        Line::Outbox(outbox) => Some(&outbox.client),
        Line::Entry { record, .. } | Line::DeadLetter { record, .. } => Some(&record.client),
    }
}

fn is_of(record: &Record, outbox: &OutboxLine) -> bool {
    record.epoch == outbox.epoch && record.client == outbox.client
}

/// Whether what an outbox has to hold is there: all entries from the first undelivered one on. `next` follows its last entry.
fn is_whole(outbox: &OutboxLine, next: u64) -> bool {
    next == outbox.last.saturating_add(1) || next == 0 && outbox.settled.prefix() >= outbox.last
}
