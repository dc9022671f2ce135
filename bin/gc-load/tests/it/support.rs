//! A simulated Finesse, a connector for it, and gc-load as a program.

use std::time::Duration;

use finesse_sim::{Config as SimConfig, Running, Sim};
use gc_server::{Config, Server};
use serde_json::{Value, json};
use tokio::process::Command;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_gc-load");

/// A test that waits this long has failed.
const DEADLINE: Duration = Duration::from_secs(120);

pub(crate) struct Stage {
    sim: Running,
    server: Server,
}

impl Stage {
    /// The demo's world with a short event delay.
    pub(crate) async fn start() -> Self {
        Self::with("").await
    }

    /// The same, with these lines in gc.toml.
    pub(crate) async fn with(lines: &str) -> Self {
        gc_server::choose_crypto();
        let mut config = SimConfig::demo().unwrap();
        config.world.timers.event_delay = Duration::from_millis(1);
        let sim = Sim::start(config).await.unwrap();
        let (rest, notifications) = (sim.rest_url(), sim.websocket_url());
        let url = rest.trim_end_matches("/finesse/api");
        let ca = sim.ca_pem().unwrap();
        let toml = format!(
            "http.listen = '127.0.0.1:0'\nfinesse.health_interval = '100ms'\nfinesse.ca_pem = '''{ca}'''\n\
             finesse.nodes = [{{ url = '{url}', notifications = '{notifications}' }}]\n{lines}"
        );
        let server = Server::start(&Config::parse(&toml).unwrap()).await.unwrap();
        Self { sim, server }
    }

    pub(crate) fn server_url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// Runs a load against the stage; this process is measured as both server and simulator.
    pub(crate) async fn load(&self, scenario: &str, options: &[&str]) -> Ran {
        let (server, control) = (self.server_url(), format!("{}/sim", self.sim.control_url()));
        let pid = std::process::id().to_string();
        let mut arguments =
            vec![scenario, "--json", "--server", &server, "--server-pid", &pid, "--sim-pid", &pid];
        if !options.contains(&"--control") {
            arguments.extend(["--control", &control]);
        }
        arguments.extend(options);
        gc_load(&arguments).await
    }

    /// Checks that the load has signed out every agent.
    pub(crate) async fn assert_everybody_signed_out(&self) {
        let url = format!("{}/sim/users", self.sim.control_url());
        let users: Vec<Value> = http().get(url).send().await.unwrap().json().await.unwrap();
        let signed_in: Vec<_> = users.iter().filter(|user| user["state"] != "LOGOUT").collect();
        assert!(!users.is_empty() && signed_in.is_empty(), "{signed_in:?}");
    }

    /// Checks that the agents belong to the load's clients only.
    pub(crate) async fn other_clients_are_refused(&self) {
        let command = json!({ "data": { "type": "GetState#1001", "sessionUrl": "stranger" } });
        let url = format!("{}/gc/command", self.server_url());
        assert_eq!(http().post(url).json(&command).send().await.unwrap().status(), 409);
    }

    /// How many events of this client are undelivered.
    pub(crate) async fn events_waiting_for(&self, client: &str) -> u64 {
        let url = format!("{}/admin/clients/{client}", self.server_url());
        let shown: Value = http().get(url).send().await.unwrap().json().await.unwrap();
        shown["undelivered"].as_u64().unwrap()
    }

    pub(crate) async fn end(self) {
        self.server.stop().await;
        self.sim.shutdown().await;
    }
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap()
}

/// How the program ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// Its output, if that is JSON.
    pub(crate) json: Value,
}

impl Ran {
    /// Checks that all agents completed all steps, and that no event is missing or duplicate.
    #[track_caller]
    pub(crate) fn is_good(&self) {
        assert_eq!((self.code, self.stderr.as_str()), (Some(0), ""), "{}", self.stdout);
        let events = &self.json["events"];
        let none = |member: &str| events[member] == 0;
        assert!(none("missing") && none("repeated") && none("unreadable"), "{events}");
        assert_eq!(events["unasked"], json!({}));
        for phase in self.json["phases"].as_array().unwrap() {
            assert_eq!(phase["errors"], json!({}));
        }
    }
}

pub(crate) async fn gc_load(arguments: &[&str]) -> Ran {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).env_remove("GC_LOAD_PASSWORD").kill_on_drop(true);
    let output =
        tokio::time::timeout(DEADLINE, command.output()).await.expect("gc-load does not end").unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    let json = serde_json::from_str(&stdout).unwrap_or_default();
    Ran { code: output.status.code(), stdout, stderr, json }
}

/// Each phase on a line: its name, how many agents completed and started it, and the count of each step.
pub(crate) fn counts(report: &Value) -> Vec<String> {
    let phases = report["phases"].as_array().unwrap().iter().map(|phase| {
        let steps = phase["steps"].as_array().unwrap().iter();
        let steps: String =
            steps.map(|step| format!("{} {}, ", step["name"].as_str().unwrap(), step["count"])).collect();
        let (name, completed, began) =
            (phase["name"].as_str().unwrap(), &phase["completed"], &phase["began"]);
        format!("{name} {completed}/{began}: {steps}chain {}", phase["chain"]["count"])
    });
    phases.collect()
}

/// Polls until this holds.
pub(crate) async fn until(what: &str, holds: impl Fn() -> bool) {
    let mut ticks = tokio::time::interval(Duration::from_millis(5));
    let polling = async {
        while !holds() {
            ticks.tick().await;
        }
    };
    tokio::time::timeout(DEADLINE, polling).await.unwrap_or_else(|_| panic!("timed out waiting for {what}"));
}
