//! A complete run.

use std::num::NonZero;
use std::path::Path;
use std::sync::Arc;
use std::thread::available_parallelism;

use gc_net::{Trust, http_client, read_authorities};
use gc_protocol::{CallbackParts, Command, Request};
use rustls::ClientConfig;
use tokio::task::JoinSet;

use crate::agent::{Agent, Stage};
use crate::arguments::{Load, Store};
use crate::client::{Client, Service};
use crate::control::Control;
use crate::crowd::Crowd;
use crate::failed::Failed;
use crate::health::Health;
use crate::inbox::Inbox;
use crate::process::Process;
use crate::report::Report;
use crate::resent::Resent;
use crate::scenario::{Pace, Scenario};
use crate::spawn::Spawned;
use crate::target::Target;
use crate::{outage, receiver, restart, stream, takeover};

/// Runs the load. With `--spawn`, starts a simulator and connectors first, and stops them at the end.
///
/// # Errors
/// When the run cannot start. Later failures are part of the report.
pub(crate) async fn run(scenario: Scenario, load: &Load) -> Result<Report, Failed> {
    let tls = tls(load.running.ca_file.as_deref())?;
    let http = http_client(&tls).build().map_err(Failed::unavailable)?;
    if !load.spawn {
        return drive(scenario, load, (http, tls), Target::of(load), None).await;
    }
    let members = load.members.unwrap_or(if scenario == Scenario::Takeover { 3 } else { 1 });
    let store = match scenario {
        _ if members > 1 => Store::Postgres,
        Scenario::Restart(..) => load.store.unwrap_or(Store::File),
        _ => load.store.unwrap_or(Store::Memory),
    };
    let mut spawned = Spawned::start(load, store, members, http.clone()).await?;
    let target = Target::spawned(&spawned);
    let report = drive(scenario, load, (http, tls), target, Some(&mut spawned)).await;
    spawned.stop().await;
    report.map(|report| Report { store: Some(store.name()), ..report })
}

/// Whose certificates are trusted.
fn tls(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, Failed> {
    let Some(file) = ca_file else {
        // A machine without authorities is good enough for connectors without TLS.
        let tls = Trust::System.client_config().or_else(|_| Trust::Pinned(Vec::new()).client_config());
        return tls.map_err(Failed::unavailable);
    };
    let authority = read_authorities(file).map_err(Failed::unavailable)?;
    Trust::Authority(authority).client_config().map_err(Failed::unavailable)
}

async fn drive(
    scenario: Scenario,
    load: &Load,
    (http, tls): (reqwest::Client, Arc<ClientConfig>),
    target: Target,
    mut spawned: Option<&mut Spawned>,
) -> Result<Report, Failed> {
    let mut processes = target.processes.clone();
    let own = Process { name: "gc-load", pid: std::process::id() };
    processes.push(own);
    for process in &processes {
        process.check().map_err(Failed::unavailable)?;
    }
    let mut healths = target.servers.iter().map(|server| Health::new(http.clone(), server));
    for health in healths.clone() {
        health.wait_until_ready(load.timeout).await.map_err(Failed::unavailable)?;
    }
    let health = healths.next().ok_or_else(|| Failed::unavailable("there is no connector"))?;
    let connections = usize::from(load.connections);
    let token = load.running.token.clone().filter(|_| !load.spawn);
    let service = Service { servers: Arc::clone(&target.servers), tls, token, connections };
    let clients = (0..load.clients).map(|number| Client::new(number, &service).map(Arc::new));
    let clients = clients.collect::<Result<Vec<_>, _>>().map_err(Failed::unavailable)?;

    let mut inbox = Inbox::default();
    let agents = agents(load, &target, &clients, &mut inbox);
    let inbox = Arc::new(inbox);
    // Dropping it ends the receivers.
    let mut receiving = JoinSet::new();
    receive(load, &clients, &inbox, &mut receiving).await?;
    if let (true, Some(client)) = (load.waiting > 0, clients.first()) {
        let_wait(client, load.waiting).await?;
    }

    let resent = matches!(scenario, Scenario::Restart(..)) || target.servers.len() > 1;
    let stage = Stage {
        health,
        control: Control::new(http, &target.control),
        password: target.password,
        timeout: load.timeout,
        resent: resent.then(Resent::default),
    };
    let mut crowd = Crowd { agents, stage: Arc::new(stage), inbox, at_once: load.max_at_once(), processes };
    let mut phases = Vec::new();
    let (mut outage, mut restart, mut takeover) = (None, None, None);
    for phase in scenario.phases() {
        if let Scenario::Outage { away } = scenario
            && !phases.is_empty()
            && outage.is_none()
        {
            outage = Some(outage::run(&crowd, away).await?);
        }
        match (scenario, phase.pace, spawned.as_deref_mut()) {
            (Scenario::Restart(_, plan), Pace::Shift(_), Some(spawned)) => {
                let (stage, agents) = (Arc::clone(&crowd.stage), crowd.agents.len());
                let restarting = restart::run(spawned, &stage, agents, plan);
                let (report, restarted) = tokio::join!(crowd.run_phase(&phase), restarting);
                phases.push(report);
                restart = Some(restarted?);
                crowd.processes = spawned.processes().into_iter().chain([own]).collect();
            }
            (Scenario::Takeover, Pace::Together, Some(spawned)) => {
                let (report, taken_over) = takeover::run(&mut crowd, spawned, &phase).await?;
                phases.push(report);
                takeover = Some(taken_over);
            }
            _ => phases.push(crowd.run_phase(&phase).await),
        }
    }
    let resent = crowd.stage.resent.as_ref();
    let restart = restart.zip(resent).map(|(restart, resent)| restart.with_resent(resent));
    Ok(Report {
        scenario: scenario.name(),
        agents: load.agents,
        clients: load.clients,
        connectors: target.servers.len(),
        store: None,
        waiting: load.waiting,
        at_once: load.max_at_once(),
        events_by: if load.running.stream { "stream" } else { "callback" },
        processors: available_parallelism().map_or(0, NonZero::get),
        phases,
        outage,
        restart,
        takeover,
        events: crowd.inbox.tally(),
    })
}

/// The agents, distributed evenly over the clients.
fn agents(load: &Load, target: &Target, clients: &[Arc<Client>], inbox: &mut Inbox) -> Vec<Agent> {
    let agents = (0..load.agents).zip(clients.iter().cycle()).map(|(index, client)| {
        let id = (target.first_agent + u64::from(index)).to_string();
        let extension = (target.first_extension + u64::from(index)).to_string();
        let events = inbox.agent(&id);
        Agent::new(id, extension, Arc::clone(client), format!("9{index:07}"), events)
    });
    agents.collect()
}

/// Sends Hello for every client, and starts to receive its events.
async fn receive(
    load: &Load,
    clients: &[Arc<Client>],
    inbox: &Arc<Inbox>,
    receiving: &mut JoinSet<()>,
) -> Result<(), Failed> {
    let mut callback = None;
    if !load.running.stream {
        let address = receiver::start(load.running.listen, Arc::clone(inbox), receiving).await;
        let address = address.map_err(|error| {
            Failed::unavailable(format!("cannot listen on {}: {error}", load.running.listen))
        })?;
        callback = Some(format!("http://{address}"));
    }
    for (number, client) in (0..).zip(clients) {
        let callback = callback.clone().map(|fqdn| CallbackParts { fqdn, endpoint: format!("/{number}") });
        hello(client, &client.name, callback).await?;
        if load.running.stream {
            let opened = client.stream(None).await;
            let opened = opened.map_err(|refused| {
                Failed::unavailable(format!("the stream of {}: {refused}", client.name))
            })?;
            receiving.spawn(stream::read(number, Arc::clone(client), opened, Arc::clone(inbox)));
        }
    }
    Ok(())
}

/// Lets so many events wait for a client at whose callback nobody listens.
async fn let_wait(sender: &Client, events: u32) -> Result<(), Failed> {
    let nowhere = CallbackParts { fqdn: "http://127.0.0.1:1".to_owned(), endpoint: String::new() };
    hello(sender, AWAY, Some(nowhere)).await?;
    let mut beat = Request::new(&Command::Beat, AWAY).map_err(Failed::unavailable)?;
    beat.session_url = Some(AWAY.to_owned());
    // Hello has an event as well.
    for _ in 1..events {
        let sent = sender.send(&beat).await;
        sent.map_err(|refused| Failed::unavailable(format!("Beat of {AWAY} is refused: {refused}")))?;
    }
    Ok(())
}

async fn hello(sender: &Client, name: &str, callback: Option<CallbackParts>) -> Result<(), Failed> {
    let mut hello = Request::new(&Command::Hello, name).map_err(Failed::unavailable)?;
    hello.session_url = Some(name.to_owned());
    hello.callback = callback;
    let sent = sender.send(&hello).await;
    sent.map_err(|refused| Failed::unavailable(format!("Hello of {name} is refused: {refused}")))
}

/// The client that is away.
const AWAY: &str = "load-away";

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::arguments::{Arguments, Command as Subcommand};

    #[test]
    fn agents_are_distributed_evenly_over_the_clients() {
        let options = ["gc-load", "login", "--agents", "5", "--clients", "2", "--first-agent", "1019"];
        let Subcommand::Login(load) = Arguments::parse_from(options).command else { panic!() };
        let tls = Trust::Pinned(Vec::new()).client_config().unwrap();
        let service = Service { servers: Arc::default(), tls, token: None, connections: 1 };
        let clients: Vec<_> = (0..2).map(|number| Arc::new(Client::new(number, &service).unwrap())).collect();
        let agents = agents(&load, &Target::of(&load), &clients, &mut Inbox::default());
        let agents: Vec<_> =
            agents.iter().map(|agent| (&*agent.id, &*agent.extension, &*agent.client.name)).collect();
        let expected = [
            ("1019", "2001", "load-0"),
            ("1020", "2002", "load-1"),
            ("1021", "2003", "load-0"),
            ("1022", "2004", "load-1"),
            ("1023", "2005", "load-0"),
        ];
        assert_eq!(agents, expected);
    }
}
