//! The calls that there are. Each is listed by its users and by the call that it listens to, so that none of these
//! is searched for: what an operation costs does not depend on how many calls are open.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Call;

/// The calls, and lists of them that follow every change.
#[derive(Default)]
pub(crate) struct OpenCalls {
    calls: BTreeMap<String, Entry>,
    /// By user: the calls with a party of that user, whatever its state.
    of_user: HashMap<String, BTreeSet<String>>,
    /// By call: the calls by which supervisors listen to it.
    listening: HashMap<String, BTreeSet<String>>,
    /// Calls that something happened to, and users in them, since that was asked last.
    stirred: BTreeSet<String>,
    stirred_users: BTreeSet<String>,
    /// How many calls were looked at.
    #[cfg(test)]
    pub(super) looked_at: std::cell::Cell<usize>,
}

struct Entry {
    call: Call,
    /// Where it is listed.
    users: Vec<String>,
    listens_to: Option<String>,
}

impl OpenCalls {
    pub(crate) fn get(&self, id: &str) -> Option<&Call> {
        #[cfg(test)]
        self.looked_at.update(|count| count + 1);
        self.calls.get(id).map(|entry| &entry.call)
    }

    /// All of them, in the order of their ids.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Call> {
        let calls = self.calls.keys();
        calls.filter_map(|id| self.get(id))
    }

    /// Those with a party of that user, whatever its state, in the order of their ids.
    pub(super) fn of<'a>(&'a self, user: &str) -> impl Iterator<Item = &'a Call> + use<'a> {
        self.of_user.get(user).into_iter().flatten().filter_map(|id| self.get(id))
    }

    /// Those that listen to a call.
    pub(super) fn listening_to<'a>(&'a self, id: &str) -> impl Iterator<Item = &'a Call> + use<'a> {
        self.listening.get(id).into_iter().flatten().filter_map(|id| self.get(id))
    }

    pub(super) fn insert(&mut self, call: Call) {
        let id = call.id.clone();
        self.calls.insert(id.clone(), Entry { call, users: Vec::new(), listens_to: None });
        self.list(&id);
    }

    /// Changes a call; `None` if there is no such call.
    pub(super) fn change<R>(&mut self, id: &str, change: impl FnOnce(&mut Call) -> R) -> Option<R> {
        let result = self.calls.get_mut(id).map(|entry| change(&mut entry.call))?;
        self.list(id);
        Some(result)
    }

    pub(super) fn remove(&mut self, id: &str) {
        if let Some(entry) = self.calls.remove(id) {
            self.strike(id, &entry.users, entry.listens_to.as_deref());
            self.stirred.insert(id.to_owned());
        }
    }

    /// The calls that something happened to since this was asked last; some may be gone.
    pub(super) fn take_stirred(&mut self) -> BTreeSet<String> {
        std::mem::take(&mut self.stirred)
    }

    /// The users in calls that something happened to since this was asked last.
    pub(super) fn take_stirred_users(&mut self) -> BTreeSet<String> {
        std::mem::take(&mut self.stirred_users)
    }

    /// Lists a call where it belongs after a change.
    fn list(&mut self, id: &str) {
        let Some(entry) = self.calls.get_mut(id) else { return };
        let Entry { call, users, listens_to } = entry;
        self.stirred.insert(id.to_owned());
        let in_call = || call.parties.iter().filter_map(|party| party.user.as_ref());
        self.stirred_users.extend(in_call().cloned());
        if in_call().eq(users.iter()) && *listens_to == call.monitors {
            return;
        }
        let users_before = std::mem::replace(users, in_call().cloned().collect());
        let listened_before = std::mem::replace(listens_to, call.monitors.clone());
        let (users, listens_to) = (users.clone(), listens_to.clone());
        self.strike(id, &users_before, listened_before.as_deref());
        for user in users {
            self.of_user.entry(user).or_default().insert(id.to_owned());
        }
        if let Some(listens_to) = listens_to {
            self.listening.entry(listens_to).or_default().insert(id.to_owned());
        }
    }

    /// Takes a call off its lists.
    fn strike(&mut self, id: &str, users: &[String], listens_to: Option<&str>) {
        for user in users {
            strike(&mut self.of_user, user, id);
            self.stirred_users.insert(user.clone());
        }
        if let Some(listens_to) = listens_to {
            strike(&mut self.listening, listens_to, id);
        }
    }
}

fn strike(lists: &mut HashMap<String, BTreeSet<String>>, key: &str, id: &str) {
    if let Some(list) = lists.get_mut(key) {
        list.remove(id);
        if list.is_empty() {
            lists.remove(key);
        }
    }
}
