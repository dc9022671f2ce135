//! Checks of a world file for contradictions.

use std::collections::BTreeSet;

use super::{Agent, WorldFile};

/// Why a world file is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorldFileError {
    /// Not TOML, or not of the expected structure.
    #[error("{0}")]
    Syntax(#[from] toml::de::Error),
    /// An id, name or number that occurs twice.
    #[error("{what} {id:?} occurs twice")]
    Twice {
        /// The kind of entry.
        what: &'static str,
        /// The id, name or number.
        id: String,
    },
    /// A reference to a team that is not defined.
    #[error("{of} names team {team:?}, which does not exist")]
    NoSuchTeam {
        /// The entry with the reference.
        of: String,
        /// The team.
        team: String,
    },
    /// An invalid range of telephones.
    #[error("device range {0:?} is not \"first-last\" with at most 10,000 numbers")]
    Range(String),
    /// An unknown wrap-up setting.
    #[error("agent {agent}: {value:?} is not a wrap-up setting")]
    WrapUp {
        /// The agent.
        agent: String,
        /// The setting.
        value: String,
    },
}

impl WorldFile {
    /// All telephones.
    pub(crate) fn all_devices(&self) -> Result<BTreeSet<String>, WorldFileError> {
        let mut devices: BTreeSet<String> = self.agents.iter().map(|agent| agent.extension.clone()).collect();
        for entry in &self.devices {
            match entry.split_once('-') {
                None => {
                    devices.insert(entry.clone());
                }
                Some((first, last)) => {
                    let wrong = || WorldFileError::Range(entry.clone());
                    let first: u64 = first.trim().parse().map_err(|_| wrong())?;
                    let last: u64 = last.trim().parse().map_err(|_| wrong())?;
                    if last < first || last - first >= 10_000 {
                        return Err(wrong());
                    }
                    devices.extend((first..=last).map(|number| number.to_string()));
                }
            }
        }
        Ok(devices)
    }

    pub(super) fn check(&self) -> Result<(), WorldFileError> {
        unique("team", self.teams.iter().map(|team| &team.id))?;
        unique("agent", self.agents.iter().flat_map(Agent::names))?;
        unique("extension", self.agents.iter().map(|agent| &agent.extension))?;
        unique("queue", self.queues.iter().flat_map(|queue| [&queue.id, &queue.name, &queue.number]))?;
        unique("reason code", self.reason_codes.iter().map(|code| &code.id))?;
        unique("wrap-up reason", self.wrap_up_reasons.iter().map(|reason| &reason.id))?;
        unique("phone book", self.phone_books.iter().map(|book| &book.id))?;
        let contacts = self.phone_books.iter().flat_map(|book| &book.contacts);
        unique("contact", contacts.map(|contact| &contact.id))?;
        unique("skill group", self.neighbours.skill_groups.iter())?;
        unique("CTI port", self.neighbours.cti_ports.iter().map(|port| &port.name))?;
        unique("contact service queue", self.neighbours.csqs.iter().map(|csq| &csq.name))?;
        for agent in &self.agents {
            let of = format!("agent {}", agent.id);
            self.teams_exist(&of, agent.supervises.iter().chain([&agent.team]))?;
            for value in [&agent.wrap_up_on_incoming, &agent.wrap_up_on_outgoing] {
                if !["OPTIONAL", "REQUIRED", "REQUIRED_WITH_WRAP_UP_DATA", "NOT_ALLOWED"]
                    .contains(&value.as_str())
                {
                    return Err(WorldFileError::WrapUp { agent: agent.id.clone(), value: value.clone() });
                }
            }
        }
        for queue in &self.queues {
            self.teams_exist(&format!("queue {}", queue.name), queue.teams.iter())?;
        }
        for book in &self.phone_books {
            self.teams_exist(&format!("phone book {}", book.name), book.teams.iter())?;
        }
        self.all_devices().map(|_| ())
    }

    fn teams_exist<'a>(
        &self,
        of: &str,
        mut teams: impl Iterator<Item = &'a String>,
    ) -> Result<(), WorldFileError> {
        match teams.find(|team| !self.teams.iter().any(|known| known.id == **team)) {
            None => Ok(()),
            Some(team) => Err(WorldFileError::NoSuchTeam { of: of.to_owned(), team: team.clone() }),
        }
    }
}

fn unique<'a>(what: &'static str, ids: impl Iterator<Item = &'a String>) -> Result<(), WorldFileError> {
    let mut seen = BTreeSet::new();
    for id in ids {
        if !seen.insert(id) {
            return Err(WorldFileError::Twice { what, id: id.clone() });
        }
    }
    Ok(())
}
