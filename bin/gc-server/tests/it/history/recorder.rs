//! What the test sees while it happens.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Mutex;

use gc_environment::{Environment, RealEnvironment};

use super::process_of::process_of;
use super::{Record, What, since_1970};
use crate::support::receiver::Callback;

/// What a record is by when nobody knows who did it.
pub(crate) const SOMEBODY: &str = "?";
/// Who does what the test does to a client's part.
const CLIENTS: &str = "clients";

#[derive(Default)]
pub(crate) struct Recorder {
    records: Mutex<Vec<Record>>,
    /// Their names by the ids of their processes.
    members: Mutex<BTreeMap<u32, String>>,
    /// Whose each connection to a receiver is.
    connections: Mutex<BTreeMap<u64, String>>,
}

impl Recorder {
    pub(crate) fn notes(&self, by: &str, what: What) {
        let at = since_1970(RealEnvironment.now());
        self.records.lock().unwrap().push(Record { at, by: by.to_owned(), what });
    }

    /// This process is the member of this name.
    pub(crate) fn knows(&self, process: u32, name: &str) {
        self.members.lock().unwrap().insert(process, name.to_owned());
    }

    pub(crate) fn accepted(&self, id: &str, command: &str) {
        self.notes(CLIENTS, What::Accepted { id: id.to_owned(), command: command.to_owned() });
    }

    /// A receiver has read this.
    pub(crate) fn posted(&self, client: &str, callback: &Callback) {
        let header = |name: &str| callback.headers.get(name).cloned().unwrap_or_default();
        let what = What::Posted {
            client: client.to_owned(),
            place: (header("gc-epoch"), callback.sequence()),
            id: header("webhook-id"),
            brief: gc_scenario::brief(&callback.event),
        };
        self.records.lock().unwrap().push(Record {
            at: since_1970(callback.at),
            by: self.member_at(callback.peer),
            what,
        });
    }

    /// Which member has this end of a connection. Linux takes its time to say it.
    fn member_at(&self, (connection, peer): (u64, SocketAddr)) -> String {
        if let Some(member) = self.connections.lock().unwrap().get(&connection) {
            return member.clone();
        }
        let members = self.members.lock().unwrap().clone();
        if members.is_empty() {
            return SOMEBODY.to_owned();
        }
        let process = process_of(peer, members.keys().copied());
        let Some(member) = process.and_then(|process| members.get(&process)) else {
            return SOMEBODY.to_owned();
        };
        self.connections.lock().unwrap().insert(connection, member.clone());
        member.clone()
    }

    /// Everything so far, which it forgets.
    pub(crate) fn take(&self) -> Vec<Record> {
        std::mem::take(&mut *self.records.lock().unwrap())
    }
}
