//! The agents to whom a queue's call can be offered.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

/// Agents who are READY and have no call, by team.
#[derive(Default)]
pub(super) struct FreeAgents {
    /// Who is READY for the longest time comes first.
    by_team: HashMap<String, BTreeSet<(Option<Timestamp>, String)>>,
    /// Where an agent is listed.
    listed: HashMap<String, (String, Option<Timestamp>)>,
    /// Those of whom it has to be found out whether they are free.
    doubtful: BTreeSet<String>,
}

impl FreeAgents {
    /// Something happened to that user.
    pub(super) fn doubt(&mut self, user: &str) {
        self.doubtful.insert(user.to_owned());
    }

    pub(super) fn take_doubtful(&mut self) -> BTreeSet<String> {
        std::mem::take(&mut self.doubtful)
    }

    /// An agent of that team is free since then.
    pub(super) fn list(&mut self, user: &str, team: &str, since: Option<Timestamp>) {
        self.strike(user);
        self.by_team.entry(team.to_owned()).or_default().insert((since, user.to_owned()));
        self.listed.insert(user.to_owned(), (team.to_owned(), since));
    }

    /// An agent is not free.
    pub(super) fn strike(&mut self, user: &str) {
        let Some((team, since)) = self.listed.remove(user) else { return };
        if let Some(free) = self.by_team.get_mut(&team) {
            free.remove(&(since, user.to_owned()));
        }
    }

    /// Who is READY for the longest time in these teams.
    pub(super) fn first_of<'a>(&'a self, teams: &'a [String]) -> Option<&'a str> {
        let first = |team: &String| self.by_team.get(team)?.first();
        teams.iter().filter_map(first).min().map(|(_, user)| user.as_str())
    }
}
