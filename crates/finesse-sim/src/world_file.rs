//! The TOML file that a simulator starts from: agents, teams, queues and everything else that exists.

mod check;
mod lists;
mod neighbours;
mod people;
mod site;

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::Deserialize;

pub use check::WorldFileError;
pub use lists::{Contact, PhoneBook, Queue, ReasonCode, WrapUpReason};
pub use neighbours::{Csq, CsqNumbers, CtiPort, Neighbours};
pub use people::{Account, Agent, Team};
pub use site::{CallVariableLimit, NoReason, Numbers, ParticipantDrop, Release, Rules, Timers, UccxTakeover};

/// The contents of a world file. `fixtures/sim/world.toml` is the demo's.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorldFile {
    /// The password of all users without their own.
    pub password: SecretString,
    /// The administrator, who may read every user.
    pub administrator: Account,
    /// Telephones in addition to the agents': single numbers or ranges `"2101-2110"`.
    #[serde(default)]
    pub devices: Vec<String>,
    /// The ids of the devices of an extension that has several (UCCE 12.6). One of them is active after a LOGIN.
    #[serde(default)]
    pub devices_of: BTreeMap<String, Vec<String>>,
    /// Names of ECC variables that calls can have in addition to `callVariable1` to `callVariable10`.
    #[serde(default)]
    pub ecc_variables: Vec<String>,
    /// The external numbers that agents can call.
    #[serde(default)]
    pub numbers: Numbers,
    /// The timers.
    #[serde(default)]
    pub timers: Timers,
    /// Behaviour that differs between sites.
    #[serde(default)]
    pub rules: Rules,
    /// The teams.
    pub teams: Vec<Team>,
    /// Agents and supervisors.
    pub agents: Vec<Agent>,
    /// The queues, each with a route point number (UCCE).
    #[serde(default)]
    pub queues: Vec<Queue>,
    /// Reason codes, including the system's.
    #[serde(default)]
    pub reason_codes: Vec<ReasonCode>,
    /// Wrap-up reasons.
    #[serde(default)]
    pub wrap_up_reasons: Vec<WrapUpReason>,
    /// Phone books, in the order in which they are listed.
    #[serde(default)]
    pub phone_books: Vec<PhoneBook>,
    /// The neighbouring systems.
    #[serde(default)]
    pub neighbours: Neighbours,
}

impl WorldFile {
    /// Reads and checks a world.
    pub fn parse(text: &str) -> Result<Self, WorldFileError> {
        let world: Self = toml::from_str(text)?;
        world.check()?;
        Ok(world)
    }

    /// The demo's world, which is built in.
    pub fn demo() -> Result<Self, WorldFileError> {
        Self::parse(include_str!("../world.toml"))
    }
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
    fn the_demo_world_is_valid_and_has_the_documented_agents() {
        let world = WorldFile::demo().unwrap();
        let ids: Vec<&str> = world.agents.iter().map(|agent| agent.id.as_str()).collect();
        for id in (1001..=1020).chain(1091..=1092) {
            assert!(ids.contains(&id.to_string().as_str()), "agent {id}");
        }
        let numbered = world.agents.iter().filter(|agent| agent.id != agent.login_name);
        assert!(numbered.clone().all(|agent| agent.extension == agent.id.replacen('1', "2", 1)));
        assert_eq!(world.agents.len() - numbered.count(), 1, "one has a name as login id, as on UCCX");
    }

    #[test]
    fn ranges_of_devices_are_expanded_and_timers_have_defaults() {
        let world = WorldFile::parse(SMALL).unwrap();
        let mut devices: Vec<_> = world.all_devices().unwrap().into_iter().collect();
        devices.sort();
        assert_eq!(devices, ["2001", "2101", "2102", "2103", "2200"]);
        assert_eq!(world.timers.rona, Duration::from_secs(5));
        assert_eq!(world.timers.presence_loss, Duration::from_secs(60));
    }

    #[test]
    fn passwords_are_not_printed() {
        let world = WorldFile::parse(&SMALL.replace("\"p\"", "\"secret-1\"")).unwrap();
        assert!(!format!("{world:?}").contains("secret-1"));
    }

    #[test]
    fn errors_name_the_mistake() {
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
