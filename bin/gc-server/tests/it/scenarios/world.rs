//! What happens in the simulator's world.

use std::collections::HashMap;

use finesse_sim::WorldFile;
use gc_scenario::{Notice, Scenario, WorldStep};
use serde_json::json;

use super::Player;

/// The demo's world, changed as the scenario says.
pub(super) fn world(scenario: &Scenario) -> WorldFile {
    let text = include_str!("../../../../../fixtures/sim/world.toml");
    let mut world: toml::Table = text.parse().unwrap();
    for (key, value) in &scenario.world {
        let (section, name) = key.split_once('.').unwrap();
        let value: toml::Table = format!("value = {value}").parse().unwrap();
        let section = world.entry(section).or_insert_with(|| toml::Table::new().into());
        section.as_table_mut().unwrap().insert(name.to_owned(), value["value"].clone());
    }
    WorldFile::parse(&world.to_string()).unwrap()
}

impl Player {
    /// The simulator sends a notification; of what it says, and of a call in it, its world knows nothing.
    pub(super) async fn order(&mut self, agent: &str, notice: &Notice) -> Result<(), String> {
        if let Notice::Dialog { dialog, .. } = notice {
            self.next_call += u32::from(self.bindings.matches(&dialog.id, &self.next_call.to_string()));
        }
        let update = self.finesse.update(agent, notice, "", &self.bindings);
        let update = update.map_err(|unbound| unbound.to_string())?;
        let asked = json!({ "user": agent, "node": notice.node(agent), "update": update });
        self.stage.control().post("/sim/notify", asked).await;
        Ok(())
    }

    pub(super) async fn happen(&mut self, world: &WorldStep) -> Result<(), String> {
        let control = self.stage.control();
        let fill = |text: &str| self.bindings.fill(text).map_err(|unbound| unbound.to_string());
        match world {
            WorldStep::CustomerCalls { from, to, variables, call } => {
                let variables: HashMap<_, _> = variables.iter().cloned().collect();
                let asked = json!({ "from": from, "to": to, "variables": variables });
                let made = control.post("/sim/calls", asked).await;
                let id = made["dialogId"].as_str().ok_or_else(|| made.to_string())?;
                self.bindings.bind(call.as_str(), id);
            }
            WorldStep::Campaign { kind, customer, agent, call, options } => {
                let mut asked = json!({ "kind": kind, "customer": customer, "agent": agent });
                for (name, value) in options {
                    asked[name] = serde_json::from_str(value).unwrap_or_else(|_| json!(value));
                }
                let made = control.post("/sim/campaign", asked).await;
                let id = made["dialogId"].as_str().ok_or_else(|| made.to_string())?;
                self.bindings.bind(call.as_str(), id);
            }
            WorldStep::HangsUp { call } => control.delete(&format!("/sim/calls/{}", fill(call)?)).await,
            WorldStep::Transfer { call, to } => {
                let path = format!("/sim/calls/{}/transfer", fill(call)?);
                control.post(&path, json!({ "to": to })).await;
            }
            WorldStep::Fault { json } => {
                control.fault(serde_json::from_str(json).map_err(|error| error.to_string())?).await;
            }
            WorldStep::Cut { agent, condition } => {
                let condition =
                    condition.as_ref().map(|name| format!("?condition={name}")).unwrap_or_default();
                control.delete(&format!("/sim/streams/{agent}{condition}")).await;
            }
            WorldStep::Password { agent, password } => {
                let changed = json!({ "password": password });
                control.post(&format!("/sim/users/{agent}/password"), changed).await;
            }
            WorldStep::Token { token, ends: true, .. } => {
                control.delete(&format!("/sim/tokens/{token}")).await;
            }
            WorldStep::Token { agent, token, .. } => {
                control.post("/sim/tokens", json!({ "user": agent, "token": token })).await;
            }
            WorldStep::FaultsUsed => control.until_faults_are_used().await,
            WorldStep::System { status } => control.system(status).await,
            WorldStep::Maintenance { node, status } => control.maintenance(node, status).await,
        }
        Ok(())
    }
}
