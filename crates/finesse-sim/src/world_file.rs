//! Who and what exists: the TOML file that a simulator starts from, replaceable by the user's own.

mod neighbours;
mod site;

use std::collections::BTreeSet;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

pub use neighbours::{Csq, CsqNumbers, CtiPort, Neighbours};
pub use site::{CallVariableLimit, NoReason, Numbers, ParticipantDrop, Rules, Timers};

/// A world as written in its file. `fixtures/sim/world.toml` is the one of the demo.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorldFile {
    /// The password of every user who has none of their own.
    pub password: SecretString,
    /// Who may read every user.
    pub administrator: Account,
    /// Telephones beside those named with the agents: single numbers or ranges `"2101-2110"`.
    #[serde(default)]
    pub devices: Vec<String>,
    /// Names of ECC variables that calls may carry beside `callVariable1` to `callVariable10`.
    #[serde(default)]
    pub ecc_variables: Vec<String>,
    /// What happens to calls that agents make to the outside.
    #[serde(default)]
    pub numbers: Numbers,
    /// The waits.
    #[serde(default)]
    pub timers: Timers,
    /// Behaviour that differs between sites.
    #[serde(default)]
    pub rules: Rules,
    /// The teams.
    pub teams: Vec<Team>,
    /// Agents and supervisors.
    pub agents: Vec<Agent>,
    /// The queues, each behind a route point number (UCCE).
    #[serde(default)]
    pub queues: Vec<Queue>,
    /// Reason codes, the system's own included.
    #[serde(default)]
    pub reason_codes: Vec<ReasonCode>,
    /// Wrap-up reasons.
    #[serde(default)]
    pub wrap_up_reasons: Vec<WrapUpReason>,
    /// Phone books, in the order in which they are listed.
    #[serde(default)]
    pub phone_books: Vec<PhoneBook>,
    /// The systems beside Finesse.
    #[serde(default)]
    pub neighbours: Neighbours,
}

/// An account that is no agent's: the administrator's, or the one for the recorder.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// User name.
    pub name: String,
    /// Password.
    pub password: SecretString,
}

impl Account {
    pub(crate) fn is(&self, name: &str, password: &str) -> bool {
        self.name == name && self.password.expose_secret() == password
    }
}

/// A team.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Team {
    /// The number in `/Team/{id}`.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// An agent; one who supervises teams is a supervisor.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    /// The login id: the agent peripheral number, on UCCX the login name.
    pub id: String,
    /// The login name, accepted wherever a user signs in. It may be the login id.
    pub login_name: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// The telephone usually used; any other existing one is accepted as well.
    pub extension: String,
    /// The team the agent belongs to.
    pub team: String,
    /// The teams the agent supervises.
    #[serde(default)]
    pub supervises: Vec<String>,
    /// An own password.
    pub password: Option<SecretString>,
    /// `OPTIONAL`, `REQUIRED`, `REQUIRED_WITH_WRAP_UP_DATA` or `NOT_ALLOWED`.
    #[serde(default = "optional")]
    pub wrap_up_on_incoming: String,
    /// The same for calls that the agent makes.
    #[serde(default = "not_allowed")]
    pub wrap_up_on_outgoing: String,
    /// How long wrap-up lasts at most, in seconds.
    #[serde(default = "wrap_up_timer")]
    pub wrap_up_timer: u64,
}

impl Agent {
    /// Login id and login name, which are one on UCCX.
    fn names(&self) -> impl Iterator<Item = &String> {
        let name = Some(&self.login_name).filter(|name| **name != self.id);
        std::iter::once(&self.id).chain(name)
    }
}

fn optional() -> String {
    "OPTIONAL".to_owned()
}

fn not_allowed() -> String {
    "NOT_ALLOWED".to_owned()
}

fn wrap_up_timer() -> u64 {
    7200
}

/// A queue.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// The number in `/Queue/{id}`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The route point that callers dial.
    pub number: String,
    /// The teams whose READY agents are offered its calls.
    pub teams: Vec<String>,
}

/// A reason code. Requests name its `id`, reports its `code`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReasonCode {
    /// The id of the object, used as `reasonCodeId`.
    pub id: String,
    /// `NOT_READY` or `LOGOUT`.
    pub category: String,
    /// The code.
    pub code: String,
    /// The text that an agent sees.
    pub label: String,
    /// Set by the system, never by an agent.
    #[serde(default)]
    pub system: bool,
}

/// A wrap-up reason.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrapUpReason {
    /// The id of the object.
    pub id: String,
    /// The text.
    pub label: String,
}

/// A phone book: of some teams, or of everybody when it names none.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhoneBook {
    /// The number in `/PhoneBook/{id}`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The teams that see it; empty for a global one.
    #[serde(default)]
    pub teams: Vec<String>,
    /// The contacts.
    #[serde(default)]
    pub contacts: Vec<Contact>,
}

impl PhoneBook {
    pub(crate) fn kind(&self) -> &'static str {
        if self.teams.is_empty() { "GLOBAL" } else { "TEAM" }
    }
}

/// An entry of a phone book.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// The number in `/PhoneBook/{id}/Contact/{id}`.
    pub id: String,
    /// First name.
    #[serde(default)]
    pub first_name: String,
    /// Last name.
    #[serde(default)]
    pub last_name: String,
    /// The number to dial.
    pub number: String,
    /// A remark.
    #[serde(default)]
    pub description: String,
}

/// Why a world file is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorldFileError {
    /// Not TOML, or not of this shape.
    #[error("{0}")]
    Syntax(#[from] toml::de::Error),
    /// Two entries with the same id, name or number.
    #[error("{what} {id:?} occurs twice")]
    Twice {
        /// What kind of entry.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// A team that is named but not defined.
    #[error("{of} names team {team:?}, which does not exist")]
    NoSuchTeam {
        /// Who names it.
        of: String,
        /// The team.
        team: String,
    },
    /// A range of telephones that is not `first-last`.
    #[error("device range {0:?} is not \"first-last\" with at most 10,000 numbers")]
    Range(String),
    /// A wrap-up setting that Finesse does not know.
    #[error("agent {agent}: {value:?} is no wrap-up setting")]
    WrapUp {
        /// The agent.
        agent: String,
        /// What the file says.
        value: String,
    },
}

impl WorldFile {
    /// Reads and checks a world.
    pub fn parse(text: &str) -> Result<Self, WorldFileError> {
        let world: Self = toml::from_str(text)?;
        world.check()?;
        Ok(world)
    }

    /// The world of the demo, built in.
    pub fn demo() -> Result<Self, WorldFileError> {
        Self::parse(include_str!("../../../fixtures/sim/world.toml"))
    }

    /// Every telephone that exists.
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

    fn check(&self) -> Result<(), WorldFileError> {
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SMALL: &str = r#"
        password = "p"
        devices = ["2101-2103", "2200"]
        administrator = { name = "admin", password = "q" }
        timers = { rona = "5s" }
        teams = [{ id = "1", name = "One" }]
        agents = [{ id = "1001", login_name = "ann", first_name = "Ann", last_name = "Lee", extension = "2001", team = "1" }]
    "#;

    #[test]
    fn the_demo_world_is_sound_and_has_the_promised_people() {
        let world = WorldFile::demo().unwrap();
        let ids: Vec<&str> = world.agents.iter().map(|agent| agent.id.as_str()).collect();
        for id in (1001..=1020).chain(1091..=1092) {
            assert!(ids.contains(&id.to_string().as_str()), "agent {id}");
        }
        let numbered = world.agents.iter().filter(|agent| agent.id != agent.login_name);
        assert!(numbered.clone().all(|agent| agent.extension == agent.id.replacen('1', "2", 1)));
        assert_eq!(world.agents.len() - numbered.count(), 1, "one has a name for an id, as on UCCX");
    }

    #[test]
    fn ranges_of_devices_are_expanded_and_waits_have_defaults() {
        let world = WorldFile::parse(SMALL).unwrap();
        let mut devices: Vec<_> = world.all_devices().unwrap().into_iter().collect();
        devices.sort();
        assert_eq!(devices, ["2001", "2101", "2102", "2103", "2200"]);
        assert_eq!(world.timers.rona, Duration::from_secs(5));
        assert_eq!(world.timers.presence_loss, Duration::from_secs(60));
    }

    #[test]
    fn passwords_are_not_printed() {
        let world = WorldFile::parse(&SMALL.replace("\"p\"", "\"tell-nobody\"")).unwrap();
        assert!(!format!("{world:?}").contains("tell-nobody"));
    }

    #[test]
    fn mistakes_are_named() {
        let refused =
            |from: &str, to: &str| WorldFile::parse(&SMALL.replace(from, to)).unwrap_err().to_string();
        assert_eq!(
            refused("team = \"1\"", "team = \"9\""),
            "agent 1001 names team \"9\", which does not exist"
        );
        assert!(refused("2101-2103", "2103-2101").starts_with("device range \"2103-2101\""));
        let namesake = "agents = [{ id = \"ann\", login_name = \"bob\", first_name = \"Bob\", last_name = \"Roy\", \
                        extension = \"2002\", team = \"1\" }, ";
        assert_eq!(refused("agents = [", namesake), "agent \"ann\" occurs twice");
        assert!(refused("devices", "telephones").contains("unknown field `telephones`"));
    }
}
