//! A world file for the simulator with any number of agents.

use std::fmt::Write;

/// The login id and extension of the first agent, and the password of all agents.
pub(crate) const FIRST_AGENT: u64 = 100_001;
pub(crate) const FIRST_EXTENSION: u64 = 500_001;
pub(crate) const PASSWORD: &str = "load";

const TEAM_SIZE: u32 = 20;

/// The world file (docs/simulator.md), with default timers and rules. No agent has wrap-up.
pub(crate) fn world(agents: u32) -> String {
    let mut text = format!(
        "# {agents} agents for gc-load --first-agent {FIRST_AGENT} --first-extension {FIRST_EXTENSION}.\n\
         password = \"{PASSWORD}\"\n\
         administrator = {{ name = \"administrator\", password = \"{PASSWORD}\" }}\n\
         numbers = {{ customers = [\"9*\"] }}\n\
         teams = [\n"
    );
    // Writing to a string does not fail.
    for team in 0..agents.div_ceil(TEAM_SIZE) {
        let _ = writeln!(text, "  {{ id = \"{team}\", name = \"Team {team}\" }},");
    }
    text.push_str("]\nagents = [\n");
    for index in 0..agents {
        let (id, extension) = (FIRST_AGENT + u64::from(index), FIRST_EXTENSION + u64::from(index));
        let team = index / TEAM_SIZE;
        let _ = writeln!(
            text,
            "  {{ id = \"{id}\", login_name = \"agent.{id}\", first_name = \"Agent\", last_name = \"{id}\", \
             extension = \"{extension}\", team = \"{team}\", wrap_up_on_incoming = \"NOT_ALLOWED\" }},"
        );
    }
    text.push(']');
    text
}

#[cfg(test)]
mod tests {
    use finesse_sim::WorldFile;

    use super::*;

    #[test]
    fn the_simulator_accepts_it_and_all_agents_are_there() {
        let world = WorldFile::parse(&world(41)).unwrap();
        let agents: Vec<_> =
            world.agents.iter().map(|agent| (agent.id.as_str(), agent.extension.as_str())).collect();
        assert_eq!((agents.len(), agents[0], agents[40]), (41, ("100001", "500001"), ("100041", "500041")));
        assert_eq!(world.teams.len(), 3);
    }
}
