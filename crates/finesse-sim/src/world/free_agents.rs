//! The agents to whom queue calls can be offered.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

/// Agents who are READY and have no call, by team.
#[derive(Default)]
pub(super) struct FreeAgents {
    /// Ordered by how long they have been READY, longest first.
    by_team: HashMap<String, BTreeSet<(Option<Timestamp>, String)>>,
    /// The team and time an agent is listed with.
    positions: HashMap<String, (String, Option<Timestamp>)>,
    /// Users whose state or calls changed, and who have not been checked since.
    changed: BTreeSet<String>,
}

impl FreeAgents {
    /// Marks a user to be checked again.
    pub(super) fn mark_changed(&mut self, user: &str) {
        self.changed.insert(user.to_owned());
    }

    pub(super) fn take_changed(&mut self) -> BTreeSet<String> {
        std::mem::take(&mut self.changed)
    }

    /// Adds an agent who is free since this time.
    pub(super) fn insert(&mut self, user: &str, team: &str, since: Option<Timestamp>) {
        self.remove(user);
        self.by_team.entry(team.to_owned()).or_default().insert((since, user.to_owned()));
        self.positions.insert(user.to_owned(), (team.to_owned(), since));
    }

    /// Removes an agent who is not free.
    pub(super) fn remove(&mut self, user: &str) {
        let Some((team, since)) = self.positions.remove(user) else { return };
        if let Some(free) = self.by_team.get_mut(&team) {
            free.remove(&(since, user.to_owned()));
        }
    }

    /// The agent of these teams who has been READY for the longest time.
    pub(super) fn first_of<'a>(&'a self, teams: &'a [String]) -> Option<&'a str> {
        let first = |team: &String| self.by_team.get(team)?.first();
        teams.iter().filter_map(first).min().map(|(_, user)| user.as_str())
    }
}
