//! Two tenants in one connector: each is served, and neither sees or touches the other.

use std::collections::BTreeMap;

use gc_protocol::CommandName;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::not_allowed::about;
use crate::support::client::Client;
use crate::support::soon;
use crate::support::stage::{connector, simulator, toml_of};
use crate::support::tenants::{ACMES_SESSION, Tenants, entry, token};

/// What a tenant may try: an address, or a command at an address. `@` stands for a name: first one that another tenant
/// has, then one that nobody has.
struct Attempt {
    path: String,
    command: Option<Value>,
    names: [&'static str; 2],
}

impl Attempt {
    fn get(path: &str, names: [&'static str; 2]) -> Self {
        Self { path: path.to_owned(), command: None, names }
    }

    fn post(path: &str, data: Value, names: [&'static str; 2]) -> Self {
        Self { path: path.to_owned(), command: Some(json!({ "data": data })), names }
    }

    fn request(&self, who: &Client, name: &str) -> RequestBuilder {
        let url = format!("{}{}", who.url, self.path.replace('@', name));
        match &self.command {
            None => who.http.get(url),
            Some(command) => {
                let command = command.to_string().replace('@', name);
                who.http.post(url).header("content-type", "application/json").body(command)
            }
        }
    }

    /// All of the answer except for the name and the time: the same for both names.
    async fn learns_nothing(&self, who: &Client) -> u16 {
        let [there, nowhere] = self.names;
        let learnt = async |name: &str| {
            let answer = soon("an answer", self.request(who, name).send()).await.unwrap();
            let status = answer.status().as_u16();
            let headers = answer
                .headers()
                .iter()
                .filter(|(header, _)| !["date", "content-length"].contains(&header.as_str()));
            let headers: BTreeMap<_, _> = headers
                .map(|(header, value)| (header.to_string(), value.to_str().unwrap().to_owned()))
                .collect();
            (status, headers, soon("its end", answer.text()).await.unwrap().replace(name, "@"))
        };
        let (what, answer) = (format!("{} {:?}", self.path, self.command), learnt(there).await);
        assert!((400..500).contains(&answer.0) && answer.0 != 429, "{what}: {answer:?}");
        assert_eq!(answer, learnt(nowhere).await, "{what}");
        answer.0
    }
}

const AGENTS: [&str; 2] = ["1001", "1003"];
const DESTINATIONS: [&str; 2] = ["acme", "acme-2"];
const SESSIONS: [&str; 2] = [ACMES_SESSION, "https://nobody.example/s"];

/// Every command for an agent and every address with a name in it.
fn attempts() -> Vec<Attempt> {
    let mut attempts = vec![
        Attempt::get("/gc/events/@", DESTINATIONS),
        Attempt::get("/gc/events/@?envelope=true&last_event_id=1.1", DESTINATIONS),
        Attempt::get("/admin/clients/@/dead-letters", DESTINATIONS),
        Attempt::get("/admin/clients/@/dead-letters/1", DESTINATIONS),
        Attempt::get("/admin/agents/@", AGENTS),
        Attempt::get("/admin/agents/@/recording", AGENTS),
        Attempt::post("/admin/agents/@/recording", Value::Null, AGENTS),
        Attempt::post("/admin/agents/@/move", Value::Null, AGENTS),
    ];
    let mut post = |data: Value, names| attempts.push(Attempt::post("/gc/command", data, names));
    for (command, body, callback) in [
        ("Hello#@", "", None),
        ("Hello#@", "", Some("http://127.0.0.1:1")),
        ("Beat#@", "", None),
        ("Connect#1001", "@,demo", None),
        ("Connect#1001", "@,demo", Some("http://127.0.0.1:1")),
        ("Connect#1003", "@,demo", None),
    ] {
        post(json!({ "type": command, "body": body, "callbackFqdn": callback }), DESTINATIONS);
    }
    let of_agents = |name: &&CommandName| !["Hello", "Beat", "Connect"].contains(&name.to_string().as_str());
    for name in CommandName::ALL.iter().filter(of_agents) {
        let (command, body) = (format!("{name}#@"), about(*name, "17"));
        post(json!({ "type": command, "body": body }), AGENTS);
        post(json!({ "type": command, "body": "" }), AGENTS);
        post(json!({ "type": command, "body": body, "sessionUrl": ACMES_SESSION }), AGENTS);
        post(json!({ "type": command.replace('@', "1001"), "body": body, "sessionUrl": "@" }), SESSIONS);
    }
    attempts
}

#[tokio::test]
async fn a_tenant_learns_nothing_of_another_by_any_command_or_address_and_changes_nothing() {
    let tenants = Tenants::at_work().await;
    let mut bells = tenants.bell.watched("bell").await;
    let mut acmes = tenants.acme.events("acme", None).await;
    tenants.acme.accepted("Beat#acme", "").await;
    let before = acmes.of_type("System").await.sequence();
    let attempts = attempts();
    assert!(attempts.len() > 100, "{}", attempts.len());
    for attempt in &attempts {
        let status = attempt.learns_nothing(&tenants.bell).await;
        assert!([400, 403, 404, 409].contains(&status), "{} {:?}: {status}", attempt.path, attempt.command);
    }
    assert_eq!(tenants.stage.server.pending_commands(), 0);
    // Nobody has heard anything of it, and acme's own requests are acme's business.
    tenants.acme.accepted("Beat#acme", "").await;
    assert_eq!(acmes.next().await.unwrap().sequence(), before + 1);
    tenants.bell.accepted("Beat#bell", "").await;
    let heard = bells.next().await.unwrap();
    assert_eq!((heard.sequence(), heard.brief().as_str()), (2, "System IN_SERVICE"));
    tenants.end().await;
}

#[tokio::test]
async fn a_tenant_of_one_cluster_does_not_learn_that_there_is_another() {
    let sim = simulator(false).await;
    let node = sim.first_node();
    let rest = node.rest_url();
    let cluster = |name: &str, destinations: &str| {
        format!(
            "[[cluster]]\nname = '{name}'\ndestinations = [{destinations}]\nallow_plaintext = true\nhealth_interval = '100ms'\n\
             nodes = [{{ url = '{}', notifications = '{}' }}]\n",
            rest.trim_end_matches("/finesse/api"),
            node.websocket_url()
        )
    };
    let bell = entry("bell", 2, "supervisor").replace("name =", "cluster = 'east', name =");
    let clients = format!("[{}, {bell}]", entry("acme", 1, "supervisor"));
    let toml = toml_of(&[("client", &clients)]).replace("finesse.health_interval = '100ms'\n", "");
    let server = connector(&format!("{toml}{}{}", cluster("west", "'bell-west'"), cluster("east", ""))).await;
    let (acme, bell) =
        (Client::of(server.address()).bearing(&token(1)), Client::of(server.address()).bearing(&token(2)));
    let mut acmes = acme.watched("acme").await;
    acme.signs_in("1001", "acme", &mut acmes).await;
    bell.watched("bell").await;
    let clusters = ["west", "north"];
    for (command, body) in
        [("Hello#bell", ""), ("Connect#1001", "bell,demo"), ("GetState#1001", ""), ("MakeReady#1001", "")]
    {
        let data = json!({ "type": command, "body": body });
        Attempt::post("/gc/@/command", data, clusters).learns_nothing(&bell).await;
    }
    for command in ["GetState#@", "MakeReady#@"] {
        for path in ["/gc/command", "/gc/east/command"] {
            Attempt::post(path, json!({ "type": command }), AGENTS).learns_nothing(&bell).await;
        }
    }
    // A destination of its own that belongs to the other cluster is answered like one of another tenant's.
    let hello = Attempt::post("/gc/command", json!({ "type": "Hello#@" }), ["bell-west", "acme"]);
    assert_eq!(hello.learns_nothing(&bell).await, 403);
    server.stop().await;
    sim.shutdown().await;
}

#[tokio::test]
async fn each_tenant_drives_its_own_agents_and_hears_only_of_them() {
    let Tenants { stage, acme, bell } = Tenants::start().await;
    let mut acmes = acme.watched("acme").await;
    let mut bells = bell.watched("bell").await;
    acme.signs_in("1001", "acme", &mut acmes).await;
    bell.signs_in("1002", "bell", &mut bells).await;

    acme.accepted("MakeReady#1001", "").await;
    assert_eq!(acmes.of_type("State").await.data["agentId"], "1001");
    bell.accepted("MakeReady#1002", "").await;
    assert_eq!(bells.of_type("State").await.data["agentId"], "1002");
    for (who, agent) in [(&acme, "1002"), (&bell, "1001")] {
        let refused = who.send(&format!("MakeNotReady#{agent}"), "").await;
        assert_eq!((refused.status, &refused.json["state"]), (409, &json!("RE_LOGIN")), "{refused:?}");
    }
    // A call between them: each side is reported to its own client only.
    acme.accepted("MakeCall#1001", "2002").await;
    assert_eq!(acmes.of_type("InboundCall").await.data["agentId"], "1001");
    assert_eq!(bells.of_type("NewInboundCall").await.data["agentId"], "1002");

    stage.end().await;
    for (mut events, foreign) in [(acmes, "1002"), (bells, "1001")] {
        let rest = events.rest().await;
        assert!(rest.iter().all(|event| event.data["agentId"] != foreign), "{rest:?}");
    }
}

#[tokio::test]
async fn an_agent_who_changes_tenants_with_its_password_is_lost_to_the_old_one() {
    let Tenants { stage, acme, bell } = Tenants::start().await;
    let mut acmes = acme.watched("acme").await;
    let mut bells = bell.watched("bell").await;
    acme.signs_in("1001", "acme", &mut acmes).await;

    bell.accepted("Connect#1001", "bell,wrong").await;
    bells.brief("Error SUBSCRIPTION_FAILED").await;
    acme.accepted("GetState#1001", "").await;
    acmes.of_type("DialogState").await;

    bell.accepted("Connect#1001", "bell,demo").await;
    acmes.brief("Error SESSION_INVALIDATED").await;
    bells.of_type("ConnectStatus").await;
    let refused = acme.send("GetState#1001", "").await;
    assert_eq!((refused.status, &refused.json["state"]), (409, &json!("RE_LOGIN")), "{refused:?}");
    bell.accepted("GetState#1001", "").await;
    stage.end().await;
}

#[tokio::test]
async fn a_tenants_supervisor_is_its_own() {
    let Tenants { stage, acme, bell } = Tenants::start().await;
    let mut acmes = acme.watched("acme").await;
    let mut bells = bell.watched("bell").await;
    acme.signs_in("1091", "acme", &mut acmes).await;
    acme.accepted("getteamusers#1091", "1").await;
    acmes.of_type("TeamAgents").await;
    bell.signs_in("1002", "bell", &mut bells).await;

    // 1001 is in the team that 1091 has listed: for acme's supervisor, and for nobody else's.
    for command in ["MakeReady#1001", "MakeNotReady#1001", "Logout#1001", "getteamusers#1091"] {
        let refused = bell.send(command, "1").await;
        assert_eq!(
            (refused.status, &refused.json["state"]),
            (409, &json!("RE_LOGIN")),
            "{command}: {refused:?}"
        );
    }
    acme.accepted("Logout#1002", "").await;
    stage.control().until_state("1002", "LOGOUT").await;
    stage.end().await;
}

#[tokio::test]
async fn a_tenant_does_not_learn_which_ids_anothers_commands_have() {
    let tenants = Tenants::at_work().await;
    let mut acmes = tenants.acme.events("acme", None).await;
    let mut bells = tenants.bell.watched("bell").await;
    let read = json!({ "method": "GET", "path": "/finesse/api/User/1001" });
    tenants.stage.control().fault(json!({ "when": read, "then": { "do": "delay", "ms": 2000 } })).await;
    let mine = |command: &str, body: &str| json!({ "type": command, "body": body, "correlationId": "mine" });
    let accepted = async |who: &Client, data: Value| {
        let answer = who.send_data(data).await;
        assert_eq!((answer.status, &answer.json["commandId"]), (202, &json!("mine")), "{answer:?}");
    };
    accepted(&tenants.acme, mine("GetState#1001", "")).await;
    tenants.stage.control().until_faults_are_used().await;
    let again = tenants.acme.send_data(mine("GetState#1001", "")).await;
    assert_eq!(again.status, 409, "one's own is still there: {again:?}");
    accepted(&tenants.bell, mine("Connect#1001", "bell,wrong")).await;
    // Each gets the answer to its own.
    bells.brief("Error SUBSCRIPTION_FAILED").await;
    acmes.of_type("DialogState").await;
    tenants.end().await;
}
