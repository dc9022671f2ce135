//! One of two nodes goes: the agents hear what happens all the same, and nobody is signed out.

use std::time::Duration;

use finesse_sim::{Config as SimConfig, Platform, Running, SecondNode, Sim, UccxTakeover};
use serde_json::json;

use crate::support::client::Client;
use crate::support::events::{Event, Events};
use crate::support::stage::{Settings, Stage, connector, gc_toml};
use crate::support::until;
use crate::support::way::Way;

/// Two nodes that share a world: `a` is called localhost, `b` 127.0.0.1.
pub(crate) async fn cluster(platform: Platform) -> Running {
    cluster_whose_standby(UccxTakeover::KeepsStates, platform).await
}

async fn cluster_whose_standby(takeover: UccxTakeover, platform: Platform) -> Running {
    gc_server::choose_crypto();
    let second_node = Some(SecondNode::any("127.0.0.1"));
    let mut config = SimConfig { platform, second_node, ..SimConfig::demo().unwrap() };
    config.world.rules.uccx_takeover = takeover;
    config.world.timers.event_delay = Duration::from_millis(1);
    Sim::start(config).await.unwrap()
}

/// One client with an agent who talks, was READY, and a supervisor who follows the team.
struct Desk {
    stage: Stage,
    client: Client,
    events: Events,
    platform: Platform,
    /// The agent's call.
    call: String,
}

impl Desk {
    async fn at_work(sim: Running, settings: Settings<'_>) -> Self {
        Self::at_work_on(Platform::Ucce, sim, settings).await
    }

    async fn at_work_on(platform: Platform, sim: Running, settings: Settings<'_>) -> Self {
        let administrator = ("finesse.administrator", "{ user = 'administrator', password = 'demo' }");
        let settings = [&[administrator], settings].concat();
        let server = connector(&(gc_toml(&sim, &settings) + &gc_server::directory(&sim))).await;
        let stage = Stage::of(sim, server);
        let client = stage.client();
        let mut events = client.watched("desk").await;
        client.signs_in("1001", "desk", &mut events).await;
        client.accepted("MakeReady#1001", "").await;
        events.brief("State READY").await;
        let call = stage.control().call("5550100", "Sales").await;
        events.of_type("NewInboundCall").await;
        client.accepted("AnswerCall#1001", &call).await;
        events.brief("InboundCall ACTIVE").await;
        client.signs_in("1091", "desk", &mut events).await;
        client.accepted("getteamusers#1091", "1,true").await;
        events.of_type("TeamAgents").await;
        Self { stage, client, events, platform, call }
    }

    /// One more call rings at the agent, and nothing else is reported, but that it makes an agent of UCCX who is
    /// ready not ready.
    async fn rings(&mut self, customer: &str) {
        let call = self.stage.control().call(customer, "1001").await;
        let next = self.next_but_not_ready().await;
        assert_eq!((next.brief().as_str(), &next.data["dialogId"]), ("NewInboundCall", &call.into()));
    }

    async fn next_but_not_ready(&mut self) -> Event {
        loop {
            let event = self.events.next().await.unwrap();
            let not_ready =
                brief(&event).starts_with("State NOT_READY") && event.data["reasonCode"] == "32761";
            if !not_ready {
                return event;
            }
            assert_eq!(self.platform, Platform::Uccx);
        }
    }

    /// The agent's call ends, which agent and supervisor hear once.
    async fn ends_the_call(&mut self) {
        self.client.accepted("ReleaseCall#1001", &self.call).await;
        let mut events = Vec::new();
        for _ in 0..3 {
            events.push(brief(&self.events.next().await.unwrap()));
        }
        events.sort();
        assert_eq!(events, ["InboundCall DROPPED", "State READY", "State READY of 1001"]);
    }

    /// All are signed in as they were, and every event was asked for.
    async fn ends(mut self) {
        self.client.accepted("Beat#desk", "").await;
        assert_eq!(self.next_but_not_ready().await.brief(), "System IN_SERVICE");
        let agent = if self.platform == Platform::Uccx { "NOT_READY" } else { "READY" };
        for (user, state) in [("1001", agent), ("1091", "NOT_READY")] {
            assert_eq!(self.stage.control().user(user).await["state"], state);
        }
        self.stage.end().await;
    }
}

fn brief(event: &Event) -> String {
    match event.data["teamAgentId"].as_str() {
        Some(member) => format!("{} of {member}", event.brief()),
        None => event.brief(),
    }
}

/// `a` loses its telephony: it says so, and then nothing more, on streams that stay open.
async fn out_of_service_and_back(platform: Platform) -> Desk {
    let mut desk = Desk::at_work_on(platform, cluster(platform).await, &[]).await;
    desk.stage.control().system_of("a", "OUT_OF_SERVICE").await;
    desk.rings("5550101").await;
    desk.ends_the_call().await;
    desk.stage.control().system_of("a", "IN_SERVICE").await;
    desk.stage.control().until_looked_at("a", 2).await;
    desk.rings("5550102").await;
    desk
}

#[tokio::test]
async fn while_a_node_is_out_of_service_everything_comes_from_the_other_one() {
    let desk = out_of_service_and_back(Platform::Ucce).await;
    // The first node's return moves nobody: the one stream that each has is not there.
    let control = desk.stage.control();
    for user in ["1001", "1091"] {
        let left = async || control.user(user).await["streams"] == json!(["gc"]);
        until("the end of the stream that was left", left).await;
        assert_eq!(control.cut(user, "a").await, 0);
    }
    desk.ends().await;
}

/// Its web application goes, which the presence of the user `finesse` shows: streams stay open, and are silent.
#[tokio::test]
async fn when_a_nodes_web_application_goes_everything_comes_from_the_other_one() {
    let mut desk = Desk::at_work(cluster(Platform::Ucce).await, &[]).await;
    let web_application = |is: &str| json!({ "webApplication": is, "node": "a" });
    desk.stage.control().post("/sim/system", web_application("down")).await;
    desk.rings("5550101").await;
    desk.ends_the_call().await;
    desk.stage.control().post("/sim/system", web_application("up")).await;
    desk.stage.control().until_looked_at("a", 2).await;
    desk.rings("5550102").await;
    desk.ends().await;
}

/// There the node that comes takes over from the other one.
#[tokio::test]
async fn notifications_follow_the_node_that_takes_over_on_uccx() {
    out_of_service_and_back(Platform::Uccx).await.ends().await;
}

/// The standby knows no agents: one is signed out at once, the other one when the call is over. Both want to be READY.
#[tokio::test]
async fn agents_whom_the_standby_of_uccx_signs_out_are_signed_in_again() {
    let sim = cluster_whose_standby(UccxTakeover::SignsOut, Platform::Uccx).await;
    let mut desk = Desk::at_work_on(Platform::Uccx, sim, &[]).await;
    desk.client.signs_in("1002", "desk", &mut desk.events).await;
    desk.client.accepted("MakeReady#1002", "").await;
    desk.events.until(|event| brief(event) == "State READY of 1002").await;
    let control = desk.stage.control();
    control.system_of("a", "OUT_OF_SERVICE").await;
    let back =
        desk.events.all_until(|event| event.brief() == "State READY" && event.data["agentId"] == "1002");
    let signed_out = |event: &Event| event.brief() == "State LOGOUT" && event.data["teamAgentId"].is_null();
    assert!(!back.await.iter().any(signed_out), "its client learns the state that follows");
    assert_eq!(control.user("1002").await["state"], "READY");
    assert_eq!(control.user("1001").await["state"], "TALKING");
    desk.client.accepted("ReleaseCall#1001", &desk.call).await;
    let back =
        desk.events.all_until(|event| event.brief() == "State READY" && event.data["agentId"] == "1001");
    assert!(!back.await.iter().any(signed_out));
    control.until_state("1001", "READY").await;
    desk.stage.end().await;
}

#[tokio::test]
async fn when_a_node_dies_everything_comes_from_the_other_one() {
    let sim = cluster(Platform::Ucce).await;
    let (a, b) = (sim.first_node(), sim.second_node().unwrap());
    let rest = Way::to(a.rest_addr()).await;
    let notifications = Way::to(a.websocket_addr()).await;
    let nodes = format!(
        "[{{ url = 'https://localhost:{}', notifications = 'wss://localhost:{}/ws/' }}, \
         {{ url = 'https://127.0.0.1:{}', notifications = '{}' }}]",
        rest.address.port(),
        notifications.address.port(),
        b.rest_addr().port(),
        b.websocket_url()
    );
    let mut desk = Desk::at_work(sim, &[("finesse.nodes", &nodes)]).await;
    rest.shut().await;
    notifications.shut().await;
    desk.rings("5550101").await;
    desk.ends_the_call().await;
    desk.ends().await;
}

/// An administrator moves the agent, and moves it back.
#[tokio::test]
async fn an_agent_who_is_moved_to_the_other_node_hears_everything_and_stays_signed_in() {
    let mut desk = Desk::at_work(cluster(Platform::Ucce).await, &[]).await;
    let client = desk.client.clone();
    let node_of = async |agent: &str| {
        let shown = client.ask(client.http.get(format!("{}/admin/agents/{agent}", client.url))).await;
        shown.json["stream"]["node"].as_str().map(|node| node.rsplit_once(':').unwrap().0.to_owned())
    };
    for (customer, node, left) in [("5550101", "127.0.0.1", "a"), ("5550102", "localhost", "b")] {
        let moved = client.ask(client.http.post(format!("{}/admin/agents/1001/move", client.url))).await;
        assert_eq!(moved.status, 202, "{moved:?}");
        let there = moved.json["node"].as_str().unwrap().to_owned();
        assert!(there.starts_with(node), "{moved:?}");
        // Who asks again, and names the node, does not move the agent back.
        let again = format!("{}/admin/agents/1001/move?node={there}", client.url);
        let again = client.ask(client.http.post(again)).await;
        assert_eq!((again.status, again.json["node"].as_str()), (202, Some(there.as_str())));
        // While it is under way.
        desk.rings(customer).await;
        until(node, async || node_of("1001").await.as_deref() == Some(node)).await;
        until("the old stream's end", async || desk.stage.control().cut("1001", left).await == 0).await;
        assert_eq!(node_of("1091").await.as_deref(), Some("localhost"), "others stay");
        if left == "a" {
            desk.ends_the_call().await;
        }
    }
    desk.ends().await;
}

#[tokio::test]
async fn supervisors_are_listed_without_states_while_finesse_does_not_show_them() {
    let mut desk = Desk::at_work(cluster(Platform::Ucce).await, &[]).await;
    for state in ["NOT_READY", "UNKNOWN"] {
        desk.client.accepted("GETSUPERVISOR#1091", "").await;
        let listed = desk.events.of_type("supervisors").await.data;
        assert_eq!(listed["supervisorList"][0]["supervisorId"], "1091");
        assert_eq!(listed["supervisorList"][0]["supervisorState"], state);
        let then = json!({ "do": "answer", "status": 503, "body": "<html>" });
        let fault = json!({ "when": { "path": "/finesse/api/Users" }, "times": 1000, "then": then });
        desk.stage.control().fault(fault).await;
    }
    desk.stage.end().await;
}
