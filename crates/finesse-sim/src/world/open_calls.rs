//! The open calls, indexed by user and by the call they listen to, so that the cost of an operation does not
//! depend on how many calls are open.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Call;

/// The calls, and indexes that are updated on every change.
#[derive(Default)]
pub(crate) struct OpenCalls {
    calls: BTreeMap<String, Entry>,
    /// By user: the calls in which the user is a party, in any state.
    of_user: HashMap<String, BTreeSet<String>>,
    /// By call: the supervisors' calls that monitor it.
    listening: HashMap<String, BTreeSet<String>>,
    /// Calls that changed since the last `take_changed`, and users in calls that changed since the last
    /// `take_changed_users`.
    changed: BTreeSet<String>,
    changed_users: BTreeSet<String>,
    /// How many calls were looked up.
    #[cfg(test)]
    pub(super) looked_at: std::cell::Cell<usize>,
}

struct Entry {
    call: Call,
    /// The keys it is indexed by.
    users: Vec<String>,
    listens_to: Option<String>,
}

impl OpenCalls {
    pub(crate) fn get(&self, id: &str) -> Option<&Call> {
        #[cfg(test)]
        self.looked_at.update(|count| count + 1);
        self.calls.get(id).map(|entry| &entry.call)
    }

    /// All calls, in the order of their ids.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Call> {
        let calls = self.calls.keys();
        calls.filter_map(|id| self.get(id))
    }

    /// The calls in which the user is a party, in any state, in the order of their ids.
    pub(super) fn of<'a>(&'a self, user: &str) -> impl Iterator<Item = &'a Call> + use<'a> {
        self.of_user.get(user).into_iter().flatten().filter_map(|id| self.get(id))
    }

    /// The calls that monitor this call.
    pub(super) fn listening_to<'a>(&'a self, id: &str) -> impl Iterator<Item = &'a Call> + use<'a> {
        self.listening.get(id).into_iter().flatten().filter_map(|id| self.get(id))
    }

    pub(super) fn insert(&mut self, call: Call) {
        let id = call.id.clone();
        self.calls.insert(id.clone(), Entry { call, users: Vec::new(), listens_to: None });
        self.reindex(&id);
    }

    /// Changes a call; `None` if there is no such call.
    pub(super) fn change<R>(&mut self, id: &str, change: impl FnOnce(&mut Call) -> R) -> Option<R> {
        let result = self.calls.get_mut(id).map(|entry| change(&mut entry.call))?;
        self.reindex(id);
        Some(result)
    }

    pub(super) fn remove(&mut self, id: &str) {
        if let Some(entry) = self.calls.remove(id) {
            self.unindex(id, &entry.users, entry.listens_to.as_deref());
            self.changed.insert(id.to_owned());
        }
    }

    /// The calls that changed since the last time this was called; some may no longer exist.
    pub(super) fn take_changed(&mut self) -> BTreeSet<String> {
        std::mem::take(&mut self.changed)
    }

    /// The users in calls that changed since the last time this was called.
    pub(super) fn take_changed_users(&mut self) -> BTreeSet<String> {
        std::mem::take(&mut self.changed_users)
    }

    /// Updates the indexes after a call changed.
    fn reindex(&mut self, id: &str) {
        let Some(entry) = self.calls.get_mut(id) else { return };
        let Entry { call, users, listens_to } = entry;
        self.changed.insert(id.to_owned());
        let in_call = || call.parties.iter().filter_map(|party| party.user.as_ref());
        self.changed_users.extend(in_call().cloned());
        if in_call().eq(users.iter()) && *listens_to == call.monitors {
            return;
        }
        let users_before = std::mem::replace(users, in_call().cloned().collect());
        let listened_before = std::mem::replace(listens_to, call.monitors.clone());
        let (users, listens_to) = (users.clone(), listens_to.clone());
        self.unindex(id, &users_before, listened_before.as_deref());
        for user in users {
            self.of_user.entry(user).or_default().insert(id.to_owned());
        }
        if let Some(listens_to) = listens_to {
            self.listening.entry(listens_to).or_default().insert(id.to_owned());
        }
    }

    /// Removes a call from the indexes.
    fn unindex(&mut self, id: &str, users: &[String], listens_to: Option<&str>) {
        for user in users {
            remove_from(&mut self.of_user, user, id);
            self.changed_users.insert(user.clone());
        }
        if let Some(listens_to) = listens_to {
            remove_from(&mut self.listening, listens_to, id);
        }
    }
}

fn remove_from(lists: &mut HashMap<String, BTreeSet<String>>, key: &str, id: &str) {
    if let Some(ids) = lists.get_mut(key) {
        ids.remove(id);
        if ids.is_empty() {
            lists.remove(key);
        }
    }
}
