//! Indexes of the world file: by id, name, number and team.

use std::collections::HashMap;

use super::World;
use crate::{Queue, Team, WorldFile};

/// Positions in the lists of the world file, which do not change.
pub(super) struct Lookup {
    teams: HashMap<String, usize>,
    /// By team: the login ids of its members, in the order of the ids.
    members: HashMap<String, Vec<String>>,
    queues: HashMap<String, usize>,
    queue_numbers: HashMap<String, usize>,
    /// In lower case.
    queue_names: HashMap<String, usize>,
    /// By team: the ids of the queues whose calls it is offered.
    queues_of_team: HashMap<String, Vec<String>>,
}

impl Lookup {
    pub(super) fn new(file: &WorldFile) -> Self {
        let queues = || file.queues.iter().enumerate();
        let mut members: HashMap<String, Vec<String>> = HashMap::new();
        for agent in &file.agents {
            members.entry(agent.team.clone()).or_default().push(agent.id.clone());
        }
        members.values_mut().for_each(|ids| ids.sort_unstable());
        let mut queues_of_team: HashMap<String, Vec<String>> = HashMap::new();
        for queue in &file.queues {
            for team in &queue.teams {
                queues_of_team.entry(team.clone()).or_default().push(queue.id.clone());
            }
        }
        Self {
            teams: file.teams.iter().enumerate().map(|(place, team)| (team.id.clone(), place)).collect(),
            members,
            queues: queues().map(|(place, queue)| (queue.id.clone(), place)).collect(),
            queue_numbers: queues().map(|(place, queue)| (queue.number.clone(), place)).collect(),
            queue_names: queues()
                .rev()
                .map(|(place, queue)| (queue.name.to_ascii_lowercase(), place))
                .collect(),
            queues_of_team,
        }
    }
}

impl World {
    pub(crate) fn team(&self, id: &str) -> Option<&Team> {
        self.lookup.teams.get(id).and_then(|place| self.file.teams.get(*place))
    }

    /// The members of a team, in the order of their ids.
    pub(crate) fn members<'a>(&'a self, team: &str) -> impl Iterator<Item = &'a super::User> + use<'a> {
        self.lookup.members.get(team).into_iter().flatten().filter_map(|id| self.users.get(id))
    }

    pub(crate) fn queue(&self, id: &str) -> Option<&Queue> {
        self.lookup.queues.get(id).and_then(|place| self.file.queues.get(*place))
    }

    /// The queue at a route point.
    pub(super) fn queue_at(&self, number: &str) -> Option<&Queue> {
        self.lookup.queue_numbers.get(number).and_then(|place| self.file.queues.get(*place))
    }

    /// The queue of this name, ignoring case.
    pub(super) fn queue_called(&self, name: &str) -> Option<&Queue> {
        let place = self.lookup.queue_names.get(&name.to_ascii_lowercase())?;
        self.file.queues.get(*place)
    }

    /// The queues whose calls a team is offered.
    pub(super) fn queues_of_team(&self, team: &str) -> &[String] {
        self.lookup.queues_of_team.get(team).map_or(&[], Vec::as_slice)
    }
}
