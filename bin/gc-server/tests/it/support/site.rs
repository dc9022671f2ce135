//! A Finesse of two nodes with a way to each of their servers, a connector behind them, and the clients' journal.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use finesse_sim::{Node, Running};
use gc_scenario::{View, state_for};
use gc_server::Server;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};
use tokio_util::task::AbortOnDropHandle;

use super::PATIENCE;
use super::client::{Answer, Client};
use super::journal::Journal;
use super::receiver::Receiver;
use super::stage::{Control, Settings, connector, toml_of};
use super::way::{Towards, Way};

/// What runs between the connector and a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Path {
    Rest,
    Notifications,
}

/// The ways to one node.
pub(crate) struct Ways {
    pub(crate) rest: Way,
    pub(crate) notifications: Way,
}

impl Ways {
    async fn to(node: &Node) -> Self {
        let (rest, notifications) = (node.rest_addr(), node.websocket_addr());
        Self { rest: Way::to(rest).await, notifications: Way::to(notifications).await }
    }

    pub(crate) fn on(&self, path: Path) -> &Way {
        match path {
            Path::Rest => &self.rest,
            Path::Notifications => &self.notifications,
        }
    }
}

pub(crate) struct Site {
    pub(crate) sim: Running,
    pub(crate) server: Server,
    pub(crate) control: Control,
    pub(crate) ways: [Ways; 2],
    pub(crate) journal: Arc<Journal>,
    client: Client,
    /// The client of each agent.
    agents: BTreeMap<String, String>,
    marks: AtomicU32,
    _listening: Vec<AbortOnDropHandle<()>>,
}

impl Site {
    /// A connector before this simulator, which has two nodes and no TLS; the agents are shared out among so many clients.
    pub(crate) async fn open(
        sim: Running,
        settings: Settings<'_>,
        agents: &[String],
        clients: usize,
    ) -> Self {
        let ways = [Ways::to(sim.first_node()).await, Ways::to(sim.second_node().unwrap()).await];
        let nodes = ways.each_ref().map(|ways| {
            let (rest, notifications) = (ways.rest.address, ways.notifications.address);
            format!("{{ url = 'http://{rest}', notifications = 'ws://{notifications}/ws/' }}")
        });
        let nodes = format!("[{}]", nodes.join(", "));
        let own = [("finesse.nodes", nodes.as_str()), ("finesse.allow_plaintext", "true")];
        let server = connector(&toml_of(&[&own, settings].concat())).await;
        let (client, journal) = (Client::of(server.address()), Journal::new());
        let mut listening = Vec::new();
        for desk in (0..clients).map(|number| format!("desk-{number}")) {
            let receiver = Receiver::good().await;
            client.hello_with_callback(&desk, &receiver.url).await;
            listening.push(journal.listen(&desk, receiver));
        }
        let shared_out =
            agents.iter().cloned().zip((0..clients).cycle().map(|number| format!("desk-{number}")));
        Self {
            control: Control::of(&sim),
            agents: shared_out.collect(),
            sim,
            server,
            ways,
            journal,
            client,
            marks: 0.into(),
            _listening: listening,
        }
    }

    pub(crate) fn agents(&self) -> impl Iterator<Item = &str> {
        self.agents.keys().map(String::as_str)
    }

    /// Delays one direction of one path, at both nodes.
    pub(crate) fn delay(&self, path: Path, towards: Towards, by: Duration) {
        self.ways.iter().for_each(|ways| ways.on(path).delay(towards, by));
    }

    /// Sends an agent's command; its id if it is taken.
    pub(crate) async fn sends(&self, agent: &str, command: &str, body: &str) -> Result<String, Answer> {
        let answer = self.client.send(&format!("{command}#{agent}"), body).await;
        if answer.status != 202 {
            self.journal.note(Some(agent), format!("> {command} {body}: {} {}", answer.status, answer.json));
            return Err(answer);
        }
        let id = answer.command_id();
        self.journal.took(agent, command, body, &id);
        Ok(id)
    }

    /// The same for a command that has to be taken.
    pub(crate) async fn does(&self, agent: &str, command: &str, body: &str) -> String {
        let taken = self.sends(agent, command, body).await;
        taken.unwrap_or_else(|answer| panic!("{command}#{agent} {body}: {answer:?}"))
    }

    pub(crate) async fn connects(&self, agent: &str) -> String {
        self.does(agent, "Connect", &format!("{},demo", self.agents[agent])).await
    }

    pub(crate) async fn logs_in(&self, agent: &str) -> String {
        self.does(agent, "Login", &format!("demo,{}", extension(agent))).await
    }

    /// Waits until every command has its outcome, nothing is on its way to a client any more, and each client knows of its
    /// agents what the simulator has; otherwise says what is missing.
    pub(crate) async fn settles(&self) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let unsettled = match self.unsettled().await {
                None => return Ok(()),
                Some(unsettled) => unsettled,
            };
            if Instant::now() > deadline {
                return Err(unsettled);
            }
            // Looked at now and then: the simulator's timers change what it has, too.
            let never = self.journal.until(|_| false);
            _ = timeout(Duration::from_millis(50), never).await;
        }
    }

    async fn unsettled(&self) -> Option<String> {
        let before = self.actual().await;
        let differ = self.differ_from(&before);
        if !differ.is_empty() {
            return Some(self.report(&differ));
        }
        let open = self.server.pending_commands();
        if open > 0 {
            return Some(format!("{open} commands have no outcome"));
        }
        if let Some(deaf) = self.deaf().await {
            return Some(self.report(&deaf));
        }
        let after = self.actual().await;
        let differ = self.differ_from(&after);
        if !differ.is_empty() {
            return Some(self.report(&differ));
        }
        (before != after).then(|| "the simulator does not come to rest".to_owned())
    }

    /// The agents as the simulator has them.
    async fn actual(&self) -> BTreeMap<String, View> {
        let mut actual = self.control.views().await;
        actual.retain(|agent, _| self.agents.contains_key(agent));
        actual
    }

    /// The agents of whom the client knows something else.
    fn differ_from(&self, actual: &BTreeMap<String, View>) -> Vec<(String, String)> {
        let book = self.journal.book();
        let differs = |(agent, has): (&String, &View)| {
            let known = book.view(agent);
            (known != *has)
                .then(|| (agent.clone(), format!("the client knows {known:?}\n     Finesse has {has:?}")))
        };
        actual.iter().filter_map(differs).collect()
    }

    /// The agents whose clients do not hear what Finesse sends now. Streams keep their order: for the others everything
    /// before has arrived as well.
    async fn deaf(&self) -> Option<Vec<(String, String)>> {
        let number = self.marks.fetch_add(1, Ordering::Relaxed);
        let text = format!("This is mark {number} of many");
        for agent in self.agents() {
            // About a call that nobody has, so that nothing under way can take it for its own.
            let mark = json!({ "user": agent, "dialog": "0", "errorType": "Mark", "errorMessage": text });
            self.control.post("/sim/errors", mark).await;
        }
        let all = self.journal.until(|book| self.agents().all(|agent| book.was_heard(agent, &text)));
        timeout(Duration::from_secs(5), all).await.err()?;
        let book = self.journal.book();
        let deaf = self.agents().filter(|agent| !book.was_heard(agent, &text));
        Some(deaf.map(|agent| (agent.to_owned(), "the client does not hear the stream".to_owned())).collect())
    }

    /// Whether the clients heard what they have to and each command had one outcome; to be asked when all is settled.
    pub(crate) fn keeps_the_rules(&self) -> Result<(), String> {
        let broken = self.journal.book().broken();
        if broken.is_empty() { Ok(()) } else { Err(self.report(&broken)) }
    }

    /// What is wrong with these agents, and how it came about for the first few.
    pub(crate) fn report(&self, wrong: &[(String, String)]) -> String {
        let all: Vec<_> = wrong.iter().map(|(agent, what)| format!("{agent}: {what}")).collect();
        let mut transcripts: Vec<&String> = wrong.iter().map(|(agent, _)| agent).collect();
        transcripts.dedup();
        let transcripts = transcripts.into_iter().take(TRANSCRIPTS);
        let transcripts: Vec<_> =
            transcripts.map(|agent| format!("-- {agent}\n{}", self.journal.transcript(agent))).collect();
        format!("{}\n{}", all.join("\n"), transcripts.join("\n"))
    }

    pub(crate) async fn end(self) {
        self.server.stop().await;
        self.sim.shutdown().await;
    }
}

/// A report shows how it came about for so many agents.
const TRANSCRIPTS: usize = 4;

/// The telephone of an agent of the demo's world: 2001 for 1001.
pub(crate) fn extension(agent: &str) -> String {
    format!("2{}", &agent[1..])
}

impl Control {
    /// Each user as a client should know it.
    pub(crate) async fn views(&self) -> BTreeMap<String, View> {
        let (users, calls) = (self.get("users").await, self.get("calls").await);
        let view = |user: &Value| {
            let id = text(user, "id");
            let calls = calls.iter().filter_map(|call| Some((text(call, "dialogId"), state_for(call, &id)?)));
            (id.clone(), View { state: text(user, "state"), calls: calls.collect() })
        };
        users.iter().map(view).collect()
    }

    /// The agent asks for a state at another desktop: as if Finesse's own were open, too. Finesse may refuse.
    pub(crate) async fn asks_for(&self, agent: &str, state: &str) {
        let body = match state {
            "LOGIN" => {
                format!("<User><state>LOGIN</state><extension>{}</extension></User>", extension(agent))
            }
            _ => format!("<User><state>{state}</state></User>"),
        };
        for rest in &self.rest {
            let request = self.http.put(format!("{rest}/User/{agent}")).basic_auth(agent, Some("demo"));
            let request = request.header("content-type", "application/xml").body(body.clone());
            if request.send().await.unwrap().status() == 202 {
                return;
            }
        }
    }
}

fn text(object: &Value, member: &str) -> String {
    object[member].as_str().unwrap().to_owned()
}
