//! A database, a Finesse and the connectors. Dropping the site stops all of them.

use std::io;
use std::time::Duration;

use finesse_sim::{Config as SimConfig, Running, Sim};
use gc_store_postgres::testing;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::Outcome;
use crate::connector::Connector;
use crate::desk::Place;
use crate::files::{Files, Ports};

const CONNECTORS: usize = 3;
/// Connectors look twice a second who leads; a lease is 15 s.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(100);

/// In the order in which they are stopped.
pub(crate) struct Site {
    pub(crate) connectors: Vec<Connector>,
    finesse: Running,
    http: reqwest::Client,
    database: testing::Server,
    /// The connectors read them when they start.
    _files: Files,
}

impl Site {
    pub(crate) async fn start() -> Outcome<Self> {
        let files = Files::new()?;
        // What is lost when the machine fails is gone with the site anyway.
        let database = testing::Server::start(&["fsync = off"])?;
        let database_url = database.database("gc")?;
        let finesse = Sim::start(SimConfig { tls: false, ..SimConfig::demo()? }).await?;
        let nodes = format!("{}\nallow_plaintext = true", nodes(&finesse));
        let http = reqwest::Client::builder().tls_certs_only([]).timeout(PATIENCE).build()?;
        let mut connectors = Vec::new();
        for (number, ports) in (1..).zip(free_ports()?) {
            let config = files.configure(number, ports, &nodes, &database_url)?;
            let url = format!("http://127.0.0.1:{}", ports.clients);
            connectors.push(Connector::new(
                number,
                url,
                format!("https://localhost:{}", ports.group),
                config,
            ));
        }
        let mut site = Self { connectors, finesse, http, database, _files: files };
        for connector in &mut site.connectors {
            connector.start(&site.http).await?;
        }
        Ok(site)
    }

    pub(crate) fn database_port(&self) -> u16 {
        self.database.port()
    }

    pub(crate) fn finesse_url(&self) -> String {
        self.finesse.rest_url()
    }

    /// Which connector leads, as those say that run; waits until one does.
    pub(crate) async fn leader(&self) -> Outcome<usize> {
        let leads = async {
            loop {
                for connector in self.connectors.iter().filter(|connector| connector.process().is_some()) {
                    if let Some(number) = self.leader_at(connector).await? {
                        return Ok(number);
                    }
                }
                sleep(PAUSE).await;
            }
        };
        timeout(PATIENCE, leads).await.map_err(|_| "nobody leads")?
    }

    /// Whom this one takes for the leader, if that one runs.
    async fn leader_at(&self, connector: &Connector) -> Outcome<Option<usize>> {
        let answer = self.http.get(format!("{}/admin/members", connector.url)).send().await?;
        let group: Value = answer.error_for_status()?.json().await?;
        let mut members = group.get("members").and_then(Value::as_array).into_iter().flatten();
        let leader = members.find(|member| member.get("leads") == Some(&json!(true)));
        let is_it = |other: &&Connector| {
            leader.is_some_and(|leader| leader.get("url") == Some(&json!(other.group_url)))
        };
        let leader = self.connectors.iter().find(is_it);
        Ok(leader.filter(|leader| leader.process().is_some()).map(|leader| leader.number))
    }

    /// Where clients may ask: first those that do not lead.
    pub(crate) fn connectors_from(&self, leader: usize) -> Vec<Place> {
        let (leads, follow): (Vec<_>, Vec<_>) =
            self.connectors.iter().partition(|connector| connector.number == leader);
        follow.into_iter().chain(leads).map(|each| (each.name(), each.url.clone())).collect()
    }

    /// A customer calls agent 1001; the dialog's id.
    pub(crate) async fn customer_calls(&self) -> Outcome<String> {
        let url = format!("{}/sim/calls", self.finesse.control_url());
        let call = json!({ "from": "5550100", "to": "1001" });
        let answer: Value = self.http.post(url).json(&call).send().await?.json().await?;
        Ok(answer.get("dialogId").and_then(Value::as_str).ok_or("the simulator made no call")?.to_owned())
    }

    pub(crate) fn kill(&mut self, number: usize) -> Outcome<()> {
        Ok(self.connectors.iter_mut().filter(|each| each.number == number).try_for_each(Connector::kill)?)
    }

    pub(crate) async fn restart(&mut self, number: usize) -> Outcome<()> {
        for connector in self.connectors.iter_mut().filter(|each| each.number == number) {
            connector.start(&self.http).await?;
        }
        Ok(())
    }

    pub(crate) async fn stop(mut self) -> Outcome<()> {
        self.connectors.iter_mut().try_for_each(Connector::kill)?;
        self.finesse.shutdown().await;
        Ok(())
    }
}

/// `finesse.nodes` of this Finesse.
fn nodes(finesse: &Running) -> String {
    let nodes = [Some(finesse.first_node()), finesse.second_node()].into_iter().flatten();
    let nodes = nodes.map(|node| {
        let url = node.rest_url();
        format!(
            "{{ url = '{}', notifications = '{}' }}",
            url.trim_end_matches("/finesse/api"),
            node.websocket_url()
        )
    });
    format!("nodes = [{}]", nodes.collect::<Vec<_>>().join(", "))
}

/// Ports that are free now, all different.
fn free_ports() -> io::Result<Vec<Ports>> {
    let ports = |_| Ok(Ports { clients: testing::free_port()?, group: testing::free_port()? });
    (0..CONNECTORS).map(ports).collect()
}
